"""The words of a title or lead, with the capitals that tell names from words."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAG = re.compile(r"<[^<>]{0,500}>")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W_]+)?(?:-[^\W\d_]*\d[^\W_]*)*")
_OUTLET = re.compile(r" [-|–—»] ")
_OUTLET_WORDS = 4
_OUTLET_LETTERS = 40
_SMALL_WORDS = 1
"""Words without a capital in an outlet's name: "Người Lao động"."""
_TITLE_WORDS = 4
_TITLE_LETTERS = 300
_LEAD_LETTERS = 400
_SENTENCE_ENDS = ".!?:;"
_QUOTES = " \"'“”«»(‘’"
_CAPITALS = 0.7
_GAP = 4
"""Letters before a word in which its sentence may begin."""
_LONG_WORD = 3
_TEXTS, _FOLDED = 128, 4096
"""Remembered: a report and its candidates are read several times, and words come again."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in its text, and folded: no case, no accents, no possessive.

    `opens`: it begins a sentence, so that its capital says nothing.
    """

    text: str
    folded: str
    opens: bool

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[0].isupper()

    @property
    def has_digit(self) -> bool:
        """Whether a digit is in it."""
        return any(map(str.isdigit, self.text))


@lru_cache(maxsize=_TEXTS)
def plain_title(title: str) -> str:
    """Return `title` without markup and without the outlet's name behind a dash."""
    text = _plain(title)[:_TITLE_LETTERS]
    return _without_outlet(text.capitalize() if text.isupper() else text)


@lru_cache(maxsize=_TEXTS)
def plain_lead(lead: str) -> str:
    """Return the beginning of `lead` without markup."""
    return _plain(lead)[:_LEAD_LETTERS]


@lru_cache(maxsize=_TEXTS)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a plain text; numbers with their separators are words."""
    return tuple(
        Word(
            found[0],
            fold(found[0].replace("’", "'").removesuffix("'s")),
            _opens(text, found.start()),
        )
        for found in _WORD.finditer(text)
    )


@lru_cache(maxsize=_FOLDED)
def fold(text: str) -> str:
    """Return `text` in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def is_title_case(words: Sequence[Word]) -> bool:
    """Tell whether Words Have Capitals Like This, so that they say nothing about names."""
    long = [word for word in words if len(word.text) > _LONG_WORD and word.text[0].isalpha()]
    return len(long) >= _TITLE_WORDS and sum(word.is_capital for word in long) >= _CAPITALS * len(
        long
    )


def _plain(markup: str) -> str:
    text = _TAG.sub(" ", html.unescape(html.unescape(markup)))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def _without_outlet(title: str) -> str:
    dashes = list(_OUTLET.finditer(title))
    if not dashes:
        return title
    head, tail = title[: dashes[-1].start()], title[dashes[-1].end() :]
    is_outlet = (
        len(head.split()) >= _TITLE_WORDS
        and len(tail.split()) <= _OUTLET_WORDS
        and len(tail) <= _OUTLET_LETTERS
        and not any(map(str.isdigit, tail))
        and sum(word[0].islower() for word in tail.split()) <= _SMALL_WORDS
    )
    return head if is_outlet else title


def _opens(text: str, at: int) -> bool:
    start = max(at - _GAP, 0)
    before = text[start:at].rstrip(_QUOTES)
    return before[-1:] in tuple(_SENTENCE_ENDS) if before else start == 0
