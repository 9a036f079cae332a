"""Models of products: the numbers and additions by which one is not the other."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.dedupe.events.lists import lists
from bot.dedupe.events.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.dedupe.events.words import Word

_ROMAN_NUMBERS = "ii iii iv v vi vii viii ix x xi"
_ROMAN = {roman: str(n) for n, roman in enumerate(_ROMAN_NUMBERS.split(), 2)}
_GLUED = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)?)-?(\d[\w.-]*)")
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,3})*[a-z]{0,2}")
_YEAR = re.compile(r"20[0-4]\d")
_GENERATION = re.compile(r"(\d)(g)")
_PLUS = re.compile(r"\d\+")


def models_of(words: Sequence[Word]) -> dict[str, frozenset[str]]:
    """Return the numbers that a name carries: {"iphone": {"17"}, "cve": {"2025-33053"}}."""
    found: dict[str, set[str]] = {}
    for place, word in enumerate(words):
        for name, number in _models_at(words, place, _arabic(words, place, word)):
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def variants_of(title: str, words: Sequence[Word]) -> frozenset[str]:
    """Return the additions to names: "Pro" in "iPhone 17 Pro", "+" in "S31+"."""
    known = lists().variants
    found = {
        word.folded
        for before, word in pairwise(words)
        if word.folded in known and word.is_capital and _may_carry(before)
    }
    return frozenset(found | ({"+"} if _PLUS.search(title) else set()))


def _may_carry(word: Word) -> bool:
    return word.is_capital or word.text[0].isdigit()


def _arabic(words: Sequence[Word], place: int, word: Word) -> str:
    """Return the folded word; a Roman number behind a name is written in digits."""
    is_roman = word.text.isupper() and word.folded in _ROMAN and place
    return _ROMAN[word.folded] if is_roman and words[place - 1].is_capital else word.folded


def _models_at(words: Sequence[Word], place: int, folded: str) -> Iterator[tuple[str, str]]:
    glued, generation = _GLUED.fullmatch(folded), _GENERATION.fullmatch(folded)
    if glued:
        yield glued[1], glued[2]
    elif generation:
        yield generation[2], generation[1]
    elif place and _NUMBER.fullmatch(folded) and not _YEAR.fullmatch(folded):
        before, after = words[place - 1], words[place + 1 : place + 2]
        if _carries(before) and not (after and _is_amount(after[0])):
            yield before.folded, folded


def _carries(word: Word) -> bool:
    known = lists()
    is_name = any(map(str.isupper, word.text)) and word.text[-1].isalpha()
    low = word.text.casefold()
    return is_name and low not in known.months and low not in known.weekdays


def _is_amount(word: Word) -> bool:
    low, known = word.text.casefold(), lists()
    return low in known.scale or low in known.currency or low in known.percent or fold(low) == "%"
