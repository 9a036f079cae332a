"""How telling a word is, and how often it has a capital: learned from the reports of a language."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.dedupe.events.words import is_title_case, plain_lead, plain_title, words_of
from bot.models.events import Count

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORT_NUMBER = 2
_NUMBER_WEIGHT = 0.4
PRIOR_REPORTS = 2000
"""So many reports the shipped counts stand for."""
ENOUGH = 3000
"""Reports of a language to be learned before two outlets' reports are merged: with nothing learned
87 of 18,000 merges were wrong, later none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What is known of the words of one language: learned `counts` of `reports`, over `prior`.

    `prior` are the shipped counts of the commonest words in `PRIOR_REPORTS`.
    """

    counts: Mapping[str, Count] = field(default_factory=dict)
    reports: int = 0
    prior: Mapping[str, float] = field(default_factory=dict)
    _weights: dict[str, float] = field(default_factory=dict, compare=False, repr=False, init=False)
    """Remembered: a report's words are weighed with each of its candidates."""

    @property
    def is_enough(self) -> bool:
        """Whether so much was learned that two reports may be taken for one event."""
        return self.reports >= ENOUGH

    def weigh(self, word: str) -> float:
        """Return how telling a folded word is, from 0 (in each report) to about 1 (never seen)."""
        known = self._weights.get(word)
        if known is None:
            known = self._weights[word] = self._weight(word)
        return known

    def _weight(self, word: str) -> float:
        if word.isdigit() and len(word) <= _SHORT_NUMBER:
            return _NUMBER_WEIGHT
        whole = self.reports + PRIOR_REPORTS
        count = self.counts.get(word)
        seen = (count.reports if count else 0) + self.prior.get(word, 0)
        return math.log(whole / (seen + 0.5)) / math.log(2 * whole)

    def capitals(self, word: str) -> float | None:
        """Return which share of the places within sentences of a folded word had a capital."""
        count = self.counts.get(word)
        places = count.capital + count.small if count else 0
        return count.capital / places if count and places else None


@cache
def _shipped() -> Mapping[str, Mapping[str, float]]:
    file = files("bot.dedupe.events") / "lists" / "common.json"
    found: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def shipped(language: str) -> Mapping[str, float]:
    """Return the counts of a language's commonest words that ship with the program."""
    return _shipped().get(language.partition("-")[0].lower(), {})


def counts_of(title: str, lead: str) -> dict[str, Count]:
    """Return what one report teaches about its words."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    every: set[str] = set()
    for text in (plain_title(title), plain_lead(lead)):
        words = words_of(text)
        every.update(word.folded for word in words)
        if not is_title_case(words):
            small.update(word.folded for word in words if word.text[0].islower())
            capital.update(
                word.folded
                for word in words
                if word.text[0].isalpha() and not word.text[0].islower() and not word.opens
            )
    return {word: Count(1, capital[word], small[word]) for word in every}
