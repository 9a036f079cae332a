"""Days, months, years, quarters and ordinals that a text names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.dedupe.events.lists import lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.dedupe.events.lists import Phrases

_DAY_AND_MONTH = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/\d{4})?(?![\d/])")
_NAME_THEN_DAY = re.compile(r"\b([^\W\d_]{3,9})\.? (\d{1,2})\b(?!\d)")
_DAY_THEN_NAME = re.compile(r"\b(\d{1,2})\.? ([^\W\d_]{3,9})\b")
_YEAR = re.compile(r"(?<![\d.,$€£])(20[0-4]\d)(?![\d%])")
_WORD = re.compile(r"[^\W_]+")
_DAYS, _MONTHS = range(1, 32), range(1, 13)


@dataclass(frozen=True, slots=True)
class Times:
    """What a plain text says about time: sets, empty where it says nothing."""

    days: frozenset[tuple[int, int]]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    periods: frozenset[str]
    ordinals: frozenset[str]

    @property
    def are_any(self) -> bool:
        """Whether the text says anything about time."""
        facts = (self.days, self.months, self.weekdays, self.years, self.periods, self.ordinals)
        return any(facts)


def times_of(text: str) -> Times:
    """Return the times that a plain text names."""
    low = text.casefold()
    words = _WORD.findall(low)
    days, known = _days(low), lists()
    periods, rest = _keys(low, known.periods)
    ordinals, _ = _keys(rest, known.ordinals)
    return Times(
        days=days,
        months=_months(words) | {month for _, month in days},
        weekdays=frozenset(known.weekdays[word] for word in words if word in known.weekdays),
        years=frozenset(int(year) for year in _YEAR.findall(text)),
        periods=periods,
        ordinals=ordinals,
    )


def _days(low: str) -> frozenset[tuple[int, int]]:
    months = lists().months
    found = [(int(day), int(month)) for day, month in _DAY_AND_MONTH.findall(low)]
    found += [(int(day), months.get(name, 0)) for name, day in _NAME_THEN_DAY.findall(low)]
    found += [(int(day), months.get(name, 0)) for day, name in _DAY_THEN_NAME.findall(low)]
    return frozenset((day, month) for day, month in found if day in _DAYS and month in _MONTHS)


def _months(words: list[str]) -> frozenset[int]:
    known = lists()
    named = {
        known.months[word] for word in words if word in known.months and word not in known.not_bare
    }
    numbered = {
        int(number)
        for before, number in pairwise(words)
        if before in known.month_before and number.isdecimal() and int(number) in _MONTHS
    }
    return frozenset(named | numbered)


def _keys(low: str, phrases: Mapping[str, Phrases]) -> tuple[frozenset[str], str]:
    """Return the keys of the phrases found, and the text without them."""
    found = set()
    for key, of_key in phrases.items():
        low, count = of_key.taken_out(low)
        if count:
            found.add(key)
    return frozenset(found), low
