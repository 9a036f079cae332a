"""How likely two reports without a veto tell the same event."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.dedupe.events.numbers import clashes
from bot.dedupe.events.overlap import overlap
from bot.dedupe.events.vetoes import disjoint, veto
from bot.models.events import Likeness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.dedupe.events.overlap import Weigh
    from bot.dedupe.events.report import Report

SAME, RELATED = 1.95, 0.8
"""Log-odds from which it is the same story, and from which it may be."""
_BIAS = -2.36
_WEIGHTS = {"words": 0.5, "overlap": 1.52, "names": 1.65, "facts": 0.82, "differences": -2.99}
_RAREST = 8
_MOST_FACTS = 3


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
    likeness = (
        Likeness.SAME if score >= SAME else Likeness.RELATED if score >= RELATED else Likeness.OTHER
    )
    return Comparison(likeness=likeness, score=score, parts=tuple(parts.items()))


def features(one: Report, other: Report, weigh: Weigh) -> Mapping[str, float]:
    """Return what the two have in common, each as a number."""
    return {
        "words": sum(heapq.nlargest(_RAREST, map(weigh, one.words & other.words))),
        "overlap": overlap(one, other, weigh),
        "names": _jaccard(one.full_names, other.full_names, weigh),
        "facts": _common_facts(one, other),
        "differences": _differences(one, other),
    }


def _sum(words: frozenset[str], weigh: Weigh) -> float:
    return sum(map(weigh, words))


def _jaccard(ones: frozenset[str], others: frozenset[str], weigh: Weigh) -> float:
    whole = _sum(ones | others, weigh)
    return _sum(ones & others, weigh) / whole if ones and others and whole else 0.0


def _common_facts(one: Report, other: Report) -> float:
    numbers = min(_matched(one, other), _matched(other, one), _MOST_FACTS)
    models = any(
        one.full_models[name] & other.full_models[name]
        for name in one.full_models.keys() & other.full_models.keys()
    )
    ours, theirs = one.full_times, other.full_times
    times = bool(ours.days & theirs.days) + bool(ours.periods & theirs.periods)
    return numbers + models + times + 0.5 * bool(ours.weekdays & theirs.weekdays)


def _matched(one: Report, other: Report) -> int:
    return sum(n.is_solid and n.is_among(other.full_numbers) for n in one.full_numbers)


def _differences(one: Report, other: Report) -> float:
    ours, theirs = one.full_times, other.full_times
    times = disjoint(ours.days, theirs.days) + disjoint(ours.months, theirs.months)
    return clashes(one.full_numbers, other.full_numbers) + 0.5 * times
