"""The headline of an item: without its source's name, in small letters, or made of the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.limits import cut_text
from bot.format.phrases import phrases
from bot.format.sentences import split_sentences
from bot.format.text import DENSE, fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

MOST_MADE_TITLE = 140
_SUFFIX_MARKS = (" - ", " – ", " — ", " | ", " :: ", " « ", " » ")
# "World › Five dead in Florida", "[11.08.2018 - 18:47 Uhr] Traktorbergung".
_RUBRIC = re.compile(r"[^\n.:!?]{2,30}?\s[›»]\s+(?=[\w\"“«‘'])")
_DATED = re.compile(
    r"\[\s?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[\s,–-]{1,3}\d{1,2}[:.h]\d{2}(?:\sUhr)?)?\s?\]\s*"
)
_IN_BRACKETS = re.compile(r"[\[【]([^\[\]【】]{2,30})[\]】]\s*(?=\S)")
_FIRST_SIGNS = 3
# A headline in capitals: of fewer letters, or one word, it may be a name ("COVID-19").
_LEAST_LETTERS = 10
_LEAST_WORDS = 2
_SHORT = 3  # letters
_MOST_WORDS_OF_A_NAME = 4
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\w+")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:]\s|[\"“«‘(\[–—|-]\s?|\n)[\"“«‘(\[]*$")
_OWN_LANGUAGE_OF_CAPITALS = "de"  # its nouns have them
_VOWELS = re.compile(r"[aeiouy]")
# A syllable of Vietnamese without its marks; any other word is a name or an acronym.
_SYLLABLE = re.compile(
    r"(?:[bdhklmrstvx]|ch?|gh?|gi|kh|ng?h?|ph?|qu|t[hr])?[aeiouy]{1,3}(?:ch?|m|ng?|nh|p|t)?"
)


def sentence_case(title: str, language: str, paragraphs: Iterable[str]) -> str:
    """Return a headline that is all in capitals as a sentence; any other as it is.

    Names are known from `lists/names.toml` and from how `paragraphs`, the article's own
    text, write them. A word of up to three letters stays unless it is one of the language's.
    """
    found = list(_WORD.finditer(title))
    letters = sum(map(str.isupper, title))
    if not title.isupper() or len(found) < _LEAST_WORDS or letters < _LEAST_LETTERS:
        return title
    short = phrases().short.get(language, frozenset())
    names = {**phrases().names, **_names_in(paragraphs)}
    names = {key: name for key, name in names.items() if key not in short}
    parts: list[str] = []
    place = index = 0
    while index < len(found):
        count, written = _name_at(found, index, title, names)
        written = written or _as_word(found[index][0], language)
        if _SENTENCE_START.search(title[max(0, found[index].start() - 4) : found[index].start()]):
            written = _with_capital(written, found[index][0])
        parts += (title[place : found[index].start()], written)
        place = found[index + count - 1].end()
        index += count
    return "".join((*parts, title[place:]))


def _with_capital(word: str, loud: str) -> str:
    # "iPhone" keeps its own; the capital of a Turkish "i" is the one that stood there.
    return loud[:1] + word[1:] if word.islower() else word


def _name_at(
    found: list[re.Match[str]], index: int, title: str, names: Mapping[str, str]
) -> tuple[int, str]:
    """Return how many words a name takes that begins at `index`, and the name; 1 and "" if none."""
    for count in range(min(_MOST_WORDS_OF_A_NAME, len(found) - index), 0, -1):
        said = title[found[index].start() : found[index + count - 1].end()]
        if name := names.get(said.casefold()):
            return count, name
    return 1, ""


def _as_word(word: str, language: str) -> str:
    lowered = word.translate({73: "ı", 304: "i"}).lower() if language == "tr" else word.lower()
    if any(map(str.isdigit, word)):
        return word
    if language == "vi":
        return _as_vietnamese(word, lowered)
    if len(word) <= _SHORT:
        short = phrases().short.get(language)
        is_word = lowered in short if short else _VOWELS.search(fold(word)) is not None
        return lowered if is_word else word
    return lowered.capitalize() if language == _OWN_LANGUAGE_OF_CAPITALS else lowered


def _as_vietnamese(word: str, lowered: str) -> str:
    bare = fold(word)
    if not word.isascii() or _SYLLABLE.fullmatch(bare):
        return lowered
    is_acronym = len(word) <= _SHORT or _VOWELS.search(bare) is None
    return word if is_acronym else lowered.capitalize()


def _names_in(paragraphs: Iterable[str]) -> dict[str, str]:
    """Return how a text writes its words inside of sentences, and its names, by small letters."""
    names: dict[str, str] = {}
    common: set[str] = set()
    for text in paragraphs:
        run: list[re.Match[str]] = []
        for word in _WORD.finditer(text):
            is_first = _SENTENCE_START.search(text[max(0, word.start() - 4) : word.start()])
            is_name = word[0][:1].isupper() or any(map(str.isupper, word[0]))
            if run and is_name and text[run[-1].end() : word.start()] == " " and not is_first:
                run.append(word)
            else:
                run = [word] if is_name and not is_first else []
            if run:
                name = text[run[0].start() : run[-1].end()]
                names[name.casefold()] = name
            elif not is_first:
                common.add(word[0].casefold())
    return {
        **{key: name for key, name in names.items() if not _is_loud(name)},
        **{word: word for word in common},
    }


def _is_loud(name: str) -> bool:
    return name.isupper() and len(name) > 2 * _SHORT


def without_rubric(title: str) -> str:
    """Leave out the place in a site's menu, or the date in brackets, before a headline.

    A colon at its end announces what stands on the page.
    """
    title = title.rstrip(":： ") or title
    for found in (_DATED.match(title), _RUBRIC.match(title)):
        if found and title[found.end() :]:
            return title[found.end() :]
    return title


def without_name(title: str, names: Collection[str]) -> str:
    """Leave out the source's name that some feeds put behind every title, or before it."""
    title = _without_name_in_brackets(title, names)
    for mark in _SUFFIX_MARKS:
        head, found, name = title.rpartition(mark)
        if found and head and fold(name) in names:
            return head.rstrip()
        name, found, tail = title.partition(mark)
        if found and tail and fold(name) in names:
            return tail.lstrip()
    return title


def _without_name_in_brackets(title: str, names: Collection[str]) -> str:
    """Leave out "[来自异次元]": "from", and the first signs of a name without spaces."""
    found = _IN_BRACKETS.match(title)
    if found is None:
        return title
    said = fold(found[1])
    begins = (name[:_FIRST_SIGNS] for name in names if DENSE.match(name))
    return title[found.end() :] if said in names or any(map(said.__contains__, begins)) else title


def made_title(paragraphs: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take the first sentence for the title and leave the rest for the lead."""
    if not paragraphs:
        return "", ()
    first = split_sentences(paragraphs[0])[0]
    title = cut_text(first, MOST_MADE_TITLE, len)
    kept = len(title.removesuffix(CUT_MARK)) if title != first else len(first)
    rest = paragraphs[0][kept:].strip()
    if title != first and rest and title.endswith(CUT_MARK):
        rest = CUT_MARK + rest
    return title, tuple(text for text in (rest, *paragraphs[1:]) if text)
