"""How a feed's requests are spread over its week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log2
from struct import Struct
from typing import TYPE_CHECKING, Final

from bot.collect.schedule.rhythm import HOURS, hour_of_week, minute_rates, rates

if TYPE_CHECKING:
    from bot.collect.schedule.rhythm import Rhythm

_STEEPNESS: Final = 0.65
"""Requests grow with this power of the rate. The root would make the mean delay least, the rate
itself the median: between them both gain, and the latest items lose nothing (benchmarks/delay)."""
_DAYS: Final = 4.0
_DOUBT: Final = 1.0
_ROUNDS: Final = 8
_CLOSE: Final = 0.005
_SPIKE: Final = 3.0
_BUSY: Final = 5.0  # seconds after the end of a minute at which a feed mostly publishes
_STEPS: Final = 16
_ONE: Final = 160
_DENSITIES: Final = tuple(2.0 ** ((step - _ONE) / _STEPS) for step in range(256))
"""A density in a byte, 4 % from one to the next; the byte 160 is the mean."""
_FLOAT: Final = Struct("<f")


@dataclass(frozen=True, slots=True)
class Plan:
    """How dense the requests are in each hour of the week and minute of the hour; the mean is 1."""

    hours: tuple[float, ...]
    minutes: tuple[float, ...]

    def density(self, at: float) -> float:
        """Return the density in the hour of a moment in seconds since 1970."""
        return self.hours[hour_of_week(at)]

    def next_after(self, now: float, *, every: float, least: float, most: float) -> float:
        """Return the moment at which one request is due: when the density since `now` adds up.

        All in seconds; at least `least` and at most `most` after `now`. Right after a minute at
        which the feed mostly publishes rather than in it.
        """
        sum_, at, first, end = 0.0, now, now + least, now + most
        while at < end:
            minute = int(at // 60)
            step = (minute + 1) * 60 - at
            rate = self.minutes[minute % 60]
            part = self.hours[hour_of_week(at)] * rate * step / every
            if sum_ + part >= 1.0 and at + step >= first:
                if rate > _SPIKE:
                    return min(max(at + step + _BUSY, first), end)
                rest = (1.0 - sum_) / part * step if sum_ < 1.0 else 0.0
                return min(max(at + rest, first), end)
            sum_ += part
            at += step
        return end


def planned(rhythm: Rhythm, *, fewest: float, most: float) -> Rhythm:
    """Return `rhythm` with a plan in which the density is from `fewest` to `most`.

    Kept with the rhythm: most polls bring nothing, and making it costs more than reading it.
    """
    bounds = (float32(fewest), float32(most))
    if rhythm.plan and (rhythm.fewest, rhythm.most) == bounds:
        return rhythm
    believed = _STEEPNESS * rhythm.days / (rhythm.days + _DAYS) * _belief(rhythm.trust)
    wanted = [max(rate, 0.0) ** believed for rate in rates(rhythm)]
    plan = bytes(_step(one) for one in _bounded(wanted, fewest, most))
    return replace(rhythm, fewest=bounds[0], most=bounds[1], plan=plan)


def _belief(trust: float) -> float:
    """Return how likely it is that the feed has a rhythm at all, against even chances of news.

    By Bayes' rule: `trust` is the logarithm of the evidence, and the doubt comes first.
    """
    return 1.0 / (1.0 + exp(_DOUBT - trust))


def plan_of(rhythm: Rhythm) -> Plan:
    """Return the plan of a rhythm that is `planned`."""
    return Plan(tuple([_DENSITIES[step] for step in rhythm.plan]), minute_rates(rhythm))


def float32(number: float) -> float:
    """Return `number` as the record keeps it."""
    return float(_FLOAT.unpack(_FLOAT.pack(number))[0])


def _step(density: float) -> int:
    return min(max(round(log2(max(density, _DENSITIES[1])) * _STEPS) + _ONE, 1), 255)


def _bounded(wanted: list[float], fewest: float, most: float) -> list[float]:
    """Return `wanted` scaled so that its mean is 1 and each part is within the bounds."""
    scale = HOURS / sum(wanted)
    found = wanted
    for _ in range(_ROUNDS):
        found = [min(max(scale * one, fewest), most) for one in wanted]
        free = sum(one for one in found if fewest < one < most)
        missing = HOURS - sum(found)
        if not free or abs(missing) < _CLOSE * HOURS:
            break
        scale *= max((free + missing) / free, 0.1)
    return found
