"""Code that got into a text: shortcodes of page builders, BBCode, style sheets, scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.format.text import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

# "[vc_row css=...]", "[/url]": a name, and in the opening tag perhaps attributes. In markup the
# attributes' quotes may be written as entities, and editors make curly ones of them.
_SHORTCODE = re.compile(r"\[(/?)([a-zA-Z][\w-]{0,40}|\*)((?:[\s=:][^\[\]<>]{0,2000})?)/?\]")
_HAS_ATTRIBUTE = re.compile(r"[\w-]\s*=|^\s*[\"'“”″]|^=")
# Shortcodes that have neither an end nor attributes.
_ALONE = word_set("gallery toc more embed playlist hr br embedyt rev_slider adrotate")
# Shortcodes whose inside is no text of the article: captions, addresses of pictures and films.
_INSIDE_TOO = word_set("caption wp_caption img embed video audio youtube gallery code attach media")
_UNDERSCORE = "_"

_COMMENT = re.compile(r"(?<![^\s};])/\*.{0,2000}?\*/", re.DOTALL)
# "padding:0", "margin: 0;", "font-size: 2em": the inside of a style sheet's braces.
_DECLARATION = re.compile(
    r"\s*(?:[a-z-]{2,40}\s?:\s?[^\s:;{}][^:;{}]*;|[a-z-]{2,40}:[^\s:;{}][^:;{}]*$|[a-z]+-[a-z-]+\s*:)",
    re.ASCII,
)
_STATEMENT = re.compile(
    r";\s*$|;\s|\)\s?=>|\bfunction\b|\breturn\b|[\w$]\(|\b(?:var|let|const)\s|=\s*['\"]"
)
# A call or an assignment that stands by itself: "gtag('config', 'x');", "var a = b || [];".
_BARE_STATEMENT = re.compile(
    r"\b(?:var|let|const)\s[\w$]{1,40}\s?=\s?[^;\n]{0,300};"
    r"|(?<![\w$.'\"(])[\w$]{1,40}(?:\.[\w$]{1,40}){1,6}(?:\([^()\n]{0,300}\)|\s?=\s?[^;\n]{1,300});"
    r"|(?<![\w$.'\"(])[\w$]{1,40}\(\s?['\"][^()\n]{0,300}\);"
)
# Elements, keywords and operators that stand before a brace: "@media screen and (...) {".
_HEAD_WORDS = word_set(
    """
    a p b i li ul ol div span body html table td th tr img h1 h2 h3 h4 h5 h6 input button label form
    and screen print only not if else for while function var let const new return try catch switch
    document window in of = => - + > ~ ) (
    """
)
_CODE_SIGN = re.compile(
    r"[{}=;$#_*<>|\\]|^[.@:&(\[!]|\(|\)$|:[a-z-]+,?$|\w\.\w+\(|^(?:window|document)\."
)
_TAIL = re.compile(r"(?:\s?\([^(){}\n]{0,200}\)|\s?[)\];,}](?:\s?\d{1,6}\);)?)+")
_LONGEST_HEAD = 600
_MOST_BRACES = 2_000


def without_shortcodes(markup: str) -> str:
    """Return `markup` without shortcodes and BBCode; words in brackets stay ("[Video]", "[sic]").

    A tag is one that is closed again, has attributes or an underscore in its name, or is known.
    """
    if "[" not in markup:
        return markup
    closed = {tag[2].lower() for tag in _SHORTCODE.finditer(markup) if tag[1]}
    if not closed and _SHORTCODE.search(markup) is None:
        return markup
    return "".join(_outside(markup, closed))


def _outside(markup: str, closed: set[str]) -> Iterator[str]:
    """Yield the text between the tags, but for the inside of some."""
    place, inside = 0, ""
    for tag in _SHORTCODE.finditer(markup):
        name = tag[2].lower()
        if not _is_shortcode(tag, closed):
            continue
        if not inside:
            yield markup[place : tag.start()]
            yield " " if _UNDERSCORE in name else ""
        place = tag.end()
        if name == inside and tag[1]:
            inside = ""
        elif not inside and not tag[1] and name in _INSIDE_TOO & closed:
            inside = name
    if not inside:
        yield markup[place:]


def _is_shortcode(tag: re.Match[str], closed: set[str]) -> bool:
    name = tag[2].lower()
    if name in closed or name in _ALONE:
        return True
    if _HAS_ATTRIBUTE.search(tag[3]):
        return True
    return name.islower() and _UNDERSCORE in name


def without_code(text: str) -> str:
    """Return `text` without style sheets and scripts; words in braces stay ("{sic}").

    A pair of braces is code by its inside, and goes together with its selector, condition or
    function's name.
    """
    if "/*" in text:
        text = _COMMENT.sub(" ", text)
    if "{" in text:
        text = "".join(_between_blocks(text))
    return _BARE_STATEMENT.sub(" ", text) if ";" in text else text


def _between_blocks(text: str) -> Iterator[str]:
    place = 0
    for start, end in _braces(text):
        if start < place or not _is_code(text[start + 1 : end - 1]):
            continue
        yield _without_head(text[place:start])
        yield " "
        tail = _TAIL.match(text, end)
        place = tail.end() if tail else end
    yield text[place:]


def _braces(text: str) -> list[tuple[int, int]]:
    """Return the outermost pairs of braces; one that is never closed ends with the text."""
    found: list[tuple[int, int]] = []
    depth = start = 0
    for mark in re.finditer(r"[{}]", text):
        if mark[0] == "{":
            start = start if depth else mark.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                found.append((start, mark.end()))
        if len(found) > _MOST_BRACES:
            break
    return [*found, (start, len(text) + 1)] if depth else found


def _is_code(inside: str) -> bool:
    pieces = [piece for piece in re.split(r"[{}]", inside) if piece.strip()]
    if not pieces or _STATEMENT.search(inside):
        return True
    return any(_DECLARATION.match(piece) for piece in pieces)


def _without_head(text: str) -> str:
    """Leave out the words at the end of `text` that lead to a brace."""
    bound = max(0, len(text) - _LONGEST_HEAD)
    end = _before_parenthesis(text, bound)
    for word in reversed(list(re.finditer(r"\S+", text[bound:end]))):
        if not _leads_to_brace(word[0], is_next=bound + word.end() == len(text)):
            break
        end = bound + word.start()
    return text[:end]


def _before_parenthesis(text: str, bound: int) -> int:
    """Return where the parenthesis opens with whose end `text` ends: "if (a < b)", or its end."""
    if not text.rstrip().endswith(")"):
        return len(text)
    depth = 0
    for place in range(len(text) - 1, bound - 1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if text[place] == "(" and not depth:
            # With the name that stands before it.
            return place + 1
    return len(text)


def _leads_to_brace(word: str, *, is_next: bool) -> bool:
    if _HEAD_WORDS.issuperset(filter(None, word.split(","))):
        return True
    if word[-1:] in ".!?…" and word[:1].isalpha():
        return False
    return _CODE_SIGN.search(word) is not None or (is_next and word.isascii() and "-" in word)
