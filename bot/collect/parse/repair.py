"""Mends a document in UTF-8 before feedparser reads it."""

from __future__ import annotations

import re
from html.entities import html5
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# XML 1.0 section 2.2 forbids them, feeds hold them: with one the whole document is unreadable.
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\r")
_REFERENCE: Final = re.compile(rb"&#([xX][0-9a-fA-F]+|[0-9]+);?")
_TEXT_CHARACTER: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\U0010ffff]")
_AMPERSAND: Final = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)(?:([a-zA-Z]\w{1,30});)?"
)
# Only short ones, and few uses of them, so that a small document stays small.
_ENTITY: Final = re.compile(rb"""<!ENTITY\s{1,9}(\w{1,30})\s{1,9}["'][^"']{0,1000}["']""")
_MOST_USES: Final = 1000
# feedparser looks for entities in quadratic time where many empty lines stand before the root.
_ROOT: Final = re.compile(rb"<\w")
_SPACE: Final = re.compile(rb"\s{2,}")
_SECTION: Final = b"<![CDATA["
_SECTION_END: Final = b"]]>"
_TEXTS: Final = re.compile(
    rb"<(title|description|summary|content:encoded|encoded)\b(?![^<>]{0,300}xhtml)[^<>]{0,300}(?<!/)>"
)
_TAG: Final = re.compile(rb"<[a-zA-Z/]")

_MEDIA_DESCRIPTION: Final = re.compile(rb"<(/?)media:description\b[^<>]*?(/?)>")
# feedparser's search for e-mail addresses in persons is quadratic, so that it sees none. The names
# of authors come to it as categories of a domain of their own.
_PERSON: Final = re.compile(
    rb"<(/?(?:[\w.-]{1,40}:)?)(author|creator|contributor|managingeditor|webmaster|publisher)\b"
    rb"(?:(?=[^<>]{0,300}>\s{0,99}(?:<(?:[\w.-]{1,40}:)?name>)?(<!\[CDATA\[)?([^<>\]]{1,300}))|)",
    re.IGNORECASE,
)
_AUTHORS: Final = frozenset({b"author", b"creator"})
_CUT_REFERENCE: Final = re.compile(r"&[^;]*\Z")
AUTHOR: Final = "x-author"
"""The domain of categories that are names of authors."""
_PERMALINK: Final = re.compile(
    rb"""<guid\b(?![^<>]{0,200}\bispermalink\s{0,9}=\s{0,9}["']\s{0,9}false)""", re.IGNORECASE
)
_TEXT_TYPE: Final = re.compile(
    rb"""(<(?:[\w.-]{1,40}:)?(?:title|summary|content)\b[^<>]{0,300}\btype\s{0,9}=\s{0,9}["'])"""
    rb"""text(?:/plain)?(?=["'])""",
    re.IGNORECASE,
)
# The forgiving reader would make "&ampid=22" of "&amp;amp;id=22".
_LINK: Final = re.compile(rb"<link>[^<>]{1,4000}</link>")
STATED_TEXT: Final = "text/x-plain"
"""The type of a text that says itself that it is one; without a type it is "text/plain"."""


def well_formed(body: bytes) -> bytes:
    """Return `body` with the faults mended that would cost the whole document.

    Characters that XML forbids go, plain or as references: feedparser cannot make a character of
    "&#xD800;". An ampersand that begins no reference becomes one, HTML's entities become their
    characters; otherwise feedparser's forgiving reader takes over and changes every ampersand.
    """
    body = _REFERENCE.sub(_allowed, body.translate(None, _CONTROLS))
    declared = set(_ENTITY.findall(body))
    uses = count()

    def referenced(found: re.Match[bytes]) -> bytes:
        name = found[1]
        if name in declared:
            return found[0] if next(uses) < _MOST_USES else b""
        characters = html5.get(f"{name.decode('utf-8', 'replace')};") if name else None
        if characters is None:
            return b"&amp;" + found[0][1:]
        return "".join(f"&#{ord(char)};" for char in characters).encode()

    pieces = (
        piece if is_section else _AMPERSAND.sub(referenced, piece)
        for is_section, piece in _pieces(body)
    )
    return b"".join(pieces)


def prepared(body: bytes) -> bytes:
    """Return a well-formed `body` as feedparser understands it.

    A photo's caption (`media_caption`) is not taken for the article's summary; a guid that is a
    permalink is told by an element of its own (`x-permalink`), a text by `STATED_TEXT`, an author
    by a category (`AUTHOR`); CDATA beside markup makes one HTML with it.
    """
    root = _ROOT.search(body)
    if root:
        body = _SPACE.sub(b"\n", body[: root.start()]) + body[root.start() :]
    body = _PERSON.sub(_person, body)
    body = _MEDIA_DESCRIPTION.sub(rb"<\1media:caption\2>", body)
    body = _PERMALINK.sub(rb"<x-permalink>1</x-permalink>\g<0>", body)
    body = _LINK.sub(lambda link: link[0].replace(b"&amp;amp;", b"&amp;"), body)
    body = _TEXT_TYPE.sub(rb"\1" + STATED_TEXT.encode(), body)
    return _with_single_texts(body) if _SECTION in body else body


def _allowed(reference: re.Match[bytes]) -> bytes:
    digits = reference[1].lower()
    try:
        char = chr(int(digits[1:], 16) if digits.startswith(b"x") else int(digits))
    except (ValueError, OverflowError):  # no such character, or thousands of digits
        return b""
    return reference[0] if _TEXT_CHARACTER.match(char) else b""


def _person(found: re.Match[bytes]) -> bytes:
    prefix, kind, section, name = found.groups()
    element = b"<" + prefix + b"x-" + kind
    if prefix.startswith(b"/") or kind.lower() not in _AUTHORS or not (name or b"").strip():
        return element
    # A name longer than what is looked at may be cut within a character.
    name = _CUT_REFERENCE.sub("", name.decode(errors="ignore")).encode()
    said = _SECTION + name + _SECTION_END if section else name
    return b'<category domain="%b">%b</category>%b' % (AUTHOR.encode(), said, element)


def _pieces(body: bytes) -> Iterator[tuple[bool, bytes]]:
    """Yield the pieces of `body`, and whether each is a CDATA section."""
    at = 0
    while (start := body.find(_SECTION, at)) >= 0:
        end = body.find(_SECTION_END, start)
        if end < 0:
            break
        yield False, body[at:start]
        at = end + len(_SECTION_END)
        yield True, body[start:at]
    yield False, body[at:]


def _with_single_texts(body: bytes) -> bytes:
    done, at = [], 0
    for start in _TEXTS.finditer(body):
        if start.start() < at:
            continue
        end = body.find(b"</" + start[1], start.end())
        if end < 0:
            break
        done += [body[at : start.end()], _single_text(body[start.end() : end])]
        at = end
    return b"".join((*done, body[at:]))


def _single_text(inner: bytes) -> bytes:
    if _SECTION not in inner:
        return inner
    pieces = list(_pieces(inner))
    if not any(_TAG.search(piece) for is_section, piece in pieces if not is_section):
        return inner
    return b"".join(piece if is_section else _escaped(piece) for is_section, piece in pieces)


def _escaped(markup: bytes) -> bytes:
    return markup.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
