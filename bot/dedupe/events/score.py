"""How likely two reports without a veto tell the same event."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.events.names import is_known
from bot.dedupe.events.numbers import clashes, digits
from bot.dedupe.events.overlap import common_words, covered, overlap
from bot.dedupe.events.vetoes import disjoint, veto
from bot.models.events import Likeness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.dedupe.events.numbers import Quantity
    from bot.dedupe.events.overlap import Weigh
    from bot.dedupe.events.report import Report

SAME, RELATED = 1.0, 0.0
"""Log-odds from which it is the same story, and from which it may be."""
_BIAS = -4.73
_WEIGHTS = {
    "words": 0.3,
    "overlap": 3.06,
    "titles": 1.83,
    "names": 2.16,
    "facts": 1.49,
    "figures": 1.86,
    "differences": -4.1,
}
_RAREST = 8
_LEAST_TELLING = 1.5
"""The weight of common words without which reports are of one sort, not of one event."""
_MOST_FACTS = 3
_ROUND_DIGITS, _MOST_DIGITS = 2, 2
_LARGE = 10_000
"""A number from which it says something, whatever it counts: 600,000 devices or subscribers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The verdict, and what decided: a veto, or the score in log-odds with its parts."""

    likeness: Likeness
    score: float = 0.0
    veto: str | None = None
    parts: tuple[tuple[str, float], ...] = ()


def compare(one: Report, other: Report, weigh: Weigh) -> Comparison:
    """Return whether `one` and `other` tell the same event; in either order the same."""
    reason = veto(one, other, weigh)
    if reason is not None:
        return Comparison(likeness=Likeness.OTHER, veto=reason)
    parts = {name: _WEIGHTS[name] * value for name, value in features(one, other, weigh).items()}
    score = _BIAS + sum(parts.values())
    is_telling = parts["words"] >= _LEAST_TELLING * _WEIGHTS["words"]
    likeness = (
        Likeness.SAME
        if score >= SAME and is_telling
        else Likeness.RELATED
        if score >= RELATED
        else Likeness.OTHER
    )
    return Comparison(likeness=likeness, score=score, parts=tuple(parts.items()))


def features(one: Report, other: Report, weigh: Weigh) -> Mapping[str, float]:
    """Return what the two have in common, each as a number."""
    common = common_words(one, other, weigh)
    return {
        "words": sum(heapq.nlargest(_RAREST, common.values())),
        "overlap": overlap(one, other, weigh, common),
        "titles": sum(covered(one, other, weigh)) / 2,
        "names": _common_names(one, other, weigh),
        "facts": _common_facts(one, other),
        "figures": min(_figures(one, other), _figures(other, one), _MOST_FACTS),
        "differences": _differences(one, other),
    }


def _common_names(one: Report, other: Report, weigh: Weigh) -> float:
    """Return the share of names that the other report knows, by how telling they are."""
    if not one.full_names or not other.full_names:
        return 0.0
    every = math.fsum(map(weigh, one.full_names)) + math.fsum(map(weigh, other.full_names))
    known = _known_names(one, other, weigh) + _known_names(other, one, weigh)
    return known / every if every else 0.0


def _known_names(one: Report, other: Report, weigh: Weigh) -> float:
    return math.fsum(weigh(name) for name in one.full_names if is_known(name, one, other))


def _common_facts(one: Report, other: Report) -> float:
    numbers = min(_matched(one, other), _matched(other, one), _MOST_FACTS)
    models = any(
        one.full_models[name] & other.full_models[name]
        for name in one.full_models.keys() & other.full_models.keys()
        if len(name) > 1  # not the "g" of "5G", which many reports have
    )
    ours, theirs = one.full_times, other.full_times
    times = bool(ours.days & theirs.days) + bool(ours.periods & theirs.periods)
    return numbers + models + times + 0.5 * bool(ours.weekdays & theirs.weekdays)


def _matched(one: Report, other: Report) -> int:
    return sum(_is_fact(number, one) and _is_told(number, other) for number in one.full_numbers)


def _is_fact(number: Quantity, report: Report) -> bool:
    """Tell whether a number says something; that of a model does so by itself."""
    models = report.full_models.values()
    is_model = any(f"{number.value:g}" in numbers for numbers in models)
    return (number.is_solid or number.value >= _LARGE) and not is_model


def _is_told(number: Quantity, other: Report) -> bool:
    is_large = number.value >= _LARGE
    return number.is_among(other.full_numbers) or (
        is_large and any(number.value == its.value for its in other.full_numbers)
    )


def _figures(one: Report, other: Report) -> int:
    """Return by how many digits numbers are alike that hardly two events have: 46,096 by three."""
    return sum(
        min(digits(number.value) - _ROUND_DIGITS, _MOST_DIGITS)
        for number in one.full_numbers
        if number.is_telling and number.is_among(other.full_numbers)
    )


def _differences(one: Report, other: Report) -> float:
    ours, theirs = one.full_times, other.full_times
    times = disjoint(ours.days, theirs.days) + disjoint(ours.months, theirs.months)
    return clashes(one.full_numbers, other.full_numbers) + 0.5 * times
