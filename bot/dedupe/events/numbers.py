"""Quantities with their units, and when two of them may be the same one, rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.events.lists import lists
from bot.dedupe.events.words import fold

if TYPE_CHECKING:
    from collections.abc import Collection

_NUMBER = re.compile(
    r"(?P<sign>[$€£¥₩₫₽])?\s?"
    r"(?P<value>\d{1,3}(?:[.,\u00a0 ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
    r"[\s-]?(?P<unit>%|[^\W\d_]+)?(?:[\s-](?P<then>[^\W\d_]+))?"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,\u00a0 ]\d{3})+")
_YEARS = range(1990, 2041)
_ABOUT = 0.03
_TELLING_DIGITS = 3
_MOST_DIGITS = 15
_SHORT = 3
BIG = "big"
"""The unit of a scaled number without another: "9.1 billion"."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: "%", a currency's sign, `BIG`, or the folded next word.

    `about`: the text says "nearly" or "more than". `is_short`: a whole number below a thousand is
    written, which nobody rounds without saying so: 148 million is not 150 million.
    """

    unit: str
    value: float
    about: bool = False
    is_short: bool = False

    @property
    def is_telling(self) -> bool:
        """Whether so exact a number hardly occurs twice by chance."""
        return digits(self.value) >= _TELLING_DIGITS and not _is_year(self.value)

    @property
    def is_solid(self) -> bool:
        """Whether the number has a unit that makes it a fact."""
        is_counted = self.unit == BIG or not self.unit.isalpha()
        return self.unit != "" and (digits(self.value) > 1 or is_counted)

    def is_among(self, others: Collection[Quantity]) -> bool:
        """Tell whether one of `others` says the same, exactly or rounded."""
        return any(
            self.is_same(other) and (self._shares_unit(other) or digits(self.value) > 1)
            for other in others
        )

    def is_same(self, other: Quantity) -> bool:
        """Tell whether both say the same value, exactly or rounded."""
        about = self.about or other.about
        if self.is_short and other.is_short and not about:
            return self.value == other.value
        return is_same_value(self.value, other.value, about=about)

    def _shares_unit(self, other: Quantity) -> bool:
        return self.unit == other.unit or not self.unit or not other.unit


def quantities(text: str) -> frozenset[Quantity]:
    """Return the quantities that a plain text names; not the parts of dates and model names."""
    found = set()
    for match in _NUMBER.finditer(text):
        if not _is_part(text, match):
            quantity = _quantity(text, match)
            if quantity is not None:
                found.add(quantity)
    return frozenset(found)


def clashes(ones: Collection[Quantity], others: Collection[Quantity]) -> int:
    """Return how many units both name without a value in common."""
    units = ({one.unit for one in ones} & {other.unit for other in others}) - {""}
    return sum(
        not any(
            one.is_same(other)
            for one in ones
            if one.unit == unit
            for other in others
            if other.unit == unit
        )
        for unit in units
    )


def is_same_value(one: float, other: float, *, about: bool = False) -> bool:
    """Tell whether two values are equal or one is the other rounded: 9.1 and 9.08.

    `about`: one of them is said to be near, as in "nearly 18" for 17.6. A year is never rounded.
    """
    if one == other:
        return True
    if _is_year(one) or _is_year(other):
        return False
    return _is_rounded(one, other) or (about and abs(one - other) <= _ABOUT * max(one, other))


def digits(value: float) -> int:
    """Return how many digits say something: one of 5,000 and of 0.5, three of 1,250."""
    return len(f"{value:.10g}".partition("e")[0].replace(".", "").strip("0")) or 1


def _is_rounded(one: float, other: float) -> bool:
    coarse, fine = sorted((one, other), key=digits)
    count = digits(coarse)
    return count != digits(fine) and count > 1 and float(f"{fine:.{count}g}") == coarse


def _is_year(value: float) -> bool:
    return value in _YEARS


def _is_part(text: str, match: re.Match[str]) -> bool:
    """Tell whether the digits belong to a model's name or to a date."""
    start, end = match.span("value")
    before, after = text[max(start - 1, 0) : start], text[end : end + 2]
    return (
        before.isalpha()
        or before in tuple("-/.")
        or (after[:1] in tuple("/-") and after[1:].isdigit())
    )


def _quantity(text: str, match: re.Match[str]) -> Quantity | None:
    words, unit, then = lists(), (match["unit"] or "").casefold(), (match["then"] or "").casefold()
    if len(match["value"]) > _MOST_DIGITS or unit in words.months:
        return None
    value, sign = _value(match["value"]), match["sign"] or ""
    is_glued = text[match.end("value") : match.start("unit")] == ""
    is_scaled = len(unit) > 1 or sign or then in words.currency or (then and is_glued)
    if unit in words.percent:
        kind = "%"
    elif unit in words.scale and is_scaled:
        value, kind = value * words.scale[unit], sign or words.currency.get(then, BIG)
    elif sign or unit in words.currency:
        kind = sign or words.currency[unit]
    else:
        kind = _word_unit(text[: match.start("value")].casefold(), unit)
    before = text[max(match.start() - 20, 0) : match.start() + bool(sign)].casefold()
    about = bool(words.about.search(before.rstrip("$€£¥₩₫₽ ")))
    return Quantity(kind, value, about=about, is_short=_is_short(match["value"]))


def _is_short(value: str) -> bool:
    return value.isdecimal() and len(value) <= _SHORT


def _word_unit(before: str, unit: str) -> str:
    words = lists()
    last = before.split()[-1:] or [""]
    if unit in words.time_units and last[0].strip(" (") not in words.before_dates:
        return f"{fold(unit)} long"
    return fold(unit) if unit not in words.no_unit else ""


def _value(text: str) -> float:
    if _THOUSANDS.fullmatch(text):
        return float(re.sub(r"\D", "", text))
    return float(text.replace(",", "."))
