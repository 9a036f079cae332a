"""When a feed publishes: counts by hour of the week and minute of the hour, in 700 bytes.

Times are counted as they are in UTC; who keeps summer time shifts by an hour twice a year, which
the smoothing over neighbours bears until the weeks before are forgotten.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from math import exp, log
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

HOURS: Final = 168
"""Of a week; the first one begins on Monday at 00:00 UTC."""
MINUTES: Final = 60
_HOUR, _DAY = 3600.0, 86_400.0
_MEMORY: Final = 56 * _DAY
"""Counts fade to a third in eight weeks."""
# How many days of news until half of the observed shape is believed, by how fine the shape is;
# chosen with `python -m benchmarks delay`.
_DAYS_HOUR, _DAYS_WEEKDAY, _DAYS_CELL, _DAYS_MINUTE = 5.0, 14.0, 28.0, 5.0
_ITEMS_MINUTE: Final = 60.0
_MOST_COUNT: Final = 60_000.0  # a half float holds 65,504
_LEAST_RATE: Final = 0.02
_MOST_TRUST: Final = 8.0
_MONDAY: Final = 72  # the first hour of 1970 was the 73rd of its week
_UNCERTAIN: Final = 3 * _HOUR
_AT_ONCE: Final = 200
_FORMAT: Final = struct.Struct(f"<Bdfifi3sBff{HOURS}s{HOURS}e{MINUTES}e")
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The decayed counts of news up to `at` (seconds since 1970), and what the feed states.

    `days` counts days with news, `last_day` is the newest of them. `trust` is the logarithm of how
    much better than a uniform guess the shape foretold the hours of news. `ttl` is in minutes;
    `skip_hours` and `skip_days` are bits (RSS 2.0: GMT hours, Monday is the lowest day). `plan` is
    what `planned` made of all that within the bounds `fewest` and `most`; empty is none yet.
    """

    at: float = 0.0
    days: float = 0.0
    last_day: int = -1
    trust: float = 0.0
    ttl: int = 0
    skip_hours: int = 0
    skip_days: int = 0
    fewest: float = 0.0
    most: float = 0.0
    plan: bytes = b""
    hours: tuple[float, ...] = (0.0,) * HOURS
    minutes: tuple[float, ...] = (0.0,) * MINUTES

    def pack(self) -> bytes:
        """Return the record as the store keeps it."""
        skip_hours = self.skip_hours.to_bytes(3, "little")
        head = (self.at, self.days, self.last_day, self.trust, self.ttl, skip_hours, self.skip_days)
        plan = (self.fewest, self.most, self.plan)
        counts: Sequence[float] = (*self.hours, *self.minutes)
        if max(counts) > _MOST_COUNT:
            counts = [min(count, _MOST_COUNT) for count in counts]
        return _FORMAT.pack(_VERSION, *head, *plan, *counts)

    @property
    def news(self) -> float:
        """How much news is remembered, faded as it is."""
        return sum(self.hours)


def unpack(record: bytes | None) -> Rhythm:
    """Return the rhythm in `record`; nothing is known of one that is missing or of another kind."""
    if record is None or len(record) != _FORMAT.size or record[0] != _VERSION:
        return Rhythm()
    _, at, days, last_day, trust, ttl, skip_hours, skip_days, fewest, most, plan, *counts = (
        _FORMAT.unpack(record)
    )
    return Rhythm(
        at=at,
        days=days,
        last_day=last_day,
        trust=trust,
        ttl=ttl,
        skip_hours=int.from_bytes(skip_hours, "little"),
        skip_days=skip_days,
        fewest=fewest,
        most=most,
        plan=plan if any(plan) else b"",
        hours=tuple(counts[:HOURS]),
        minutes=tuple(counts[HOURS:]),
    )


def hour_of_week(at: float) -> int:
    """Return the hour of the week of a moment in seconds since 1970."""
    return int(at // _HOUR + _MONDAY) % HOURS


def learn(
    rhythm: Rhythm, news: Sequence[datetime | None], *, since: datetime | None, now: datetime
) -> Rhythm:
    """Return `rhythm` with the news that a poll at `now` brought.

    `news` are times of publication, None where there is none.
    News appeared after `since`, the last poll that worked; None where this is the first one, which
    shows a past of the feed. Of what is not dated within that time, the middle is the best guess.
    """
    times = _moments(news, since.timestamp() if since else None, now.timestamp())
    by_day: dict[int, list[tuple[float, bool]]] = {}
    for moment, is_exact in times[-_AT_ONCE:]:
        by_day.setdefault(int(moment // _DAY), []).append((moment, is_exact))
    for day, of_day in by_day.items():
        rhythm = _with_day(rhythm, day, of_day)
    return rhythm


def _moments(
    news: Sequence[datetime | None], since: float | None, now: float
) -> list[tuple[float, bool]]:
    """Return when the news appeared, in order, and whether the minute is known."""
    stated = [one.timestamp() if one else None for one in news]
    if since is None:
        return [
            (at, True) for at in sorted(at for at in stated if at and now - _MEMORY < at <= now)
        ]
    middle = [(since + now) / 2] if now - since <= _UNCERTAIN else []
    found: list[tuple[float, bool]] = []
    for at in stated:
        if at is not None and since <= at <= now:
            found.append((at, True))
        else:
            found.extend((guess, False) for guess in middle)
    return sorted(found)


def _with_day(rhythm: Rhythm, day: int, times: Sequence[tuple[float, bool]]) -> Rhythm:
    """Return `rhythm` with the news of one `day`; each of its hours is evidence once."""
    newest = times[-1][0]
    fade = exp(-max(newest - rhythm.at, 0.0) / _MEMORY) if rhythm.days else 0.0
    trust = rhythm.trust * fade
    for hour in {hour_of_week(at) for at, _ in times}:
        trust += log(max(rate_at(rhythm, hour), _LEAST_RATE))
    hours = [count * fade for count in rhythm.hours]
    minutes = [count * fade for count in rhythm.minutes]
    for at, is_exact in times:
        hours[hour_of_week(at)] += 1.0
        if is_exact:
            minutes[int(at // MINUTES) % MINUTES] += 1.0
    return replace(
        rhythm,
        at=max(newest, rhythm.at),
        days=rhythm.days * fade + (day != rhythm.last_day),
        last_day=max(day, rhythm.last_day),
        trust=max(min(trust, _MOST_TRUST), -_MOST_TRUST),
        hours=tuple(hours),
        minutes=tuple(minutes),
        plan=b"",
    )


def rates(rhythm: Rhythm) -> list[float]:
    """Return how much news each hour of the week is likely to bring, relative to its mean.

    The shape is that of the hours of the day, times that of the weekdays, and by and by of each
    hour of the week, each shrunk towards the even mean as long as few days are known.
    """
    total = rhythm.news
    if not total:
        return [1.0] * HOURS
    daily = [_of_day(rhythm, hour, total) for hour in range(24)]
    weekly = [_of_weekday(rhythm, day, total) for day in range(7)]
    return [
        _of_cell(rhythm, hour, daily[hour % 24] * weekly[hour // 24], total)
        for hour in range(HOURS)
    ]


def rate_at(rhythm: Rhythm, hour: int) -> float:
    """Return one of `rates`."""
    total = rhythm.news
    if not total:
        return 1.0
    base = _of_day(rhythm, hour % 24, total) * _of_weekday(rhythm, hour // 24, total)
    return _of_cell(rhythm, hour, base, total)


def minute_rates(rhythm: Rhythm) -> tuple[float, ...]:
    """Return how much news each minute of an hour is likely to bring, relative to its mean."""
    total = sum(rhythm.minutes)
    known = total / (total + _ITEMS_MINUTE) * _share(rhythm.days, _DAYS_MINUTE)
    if not known:
        return (1.0,) * MINUTES
    return tuple(1.0 - known + known * MINUTES * count / total for count in rhythm.minutes)


def _share(days: float, half: float) -> float:
    return days / (days + half)


def _of_day(rhythm: Rhythm, hour: int, total: float) -> float:
    counts = rhythm.hours
    here, before, after = (sum(counts[one % 24 :: 24]) for one in (hour, hour - 1, hour + 1))
    known = _share(rhythm.days, _DAYS_HOUR)
    return 1.0 - known + known * 24 * (2 * here + before + after) / 4 / total


def _of_weekday(rhythm: Rhythm, day: int, total: float) -> float:
    known = _share(rhythm.days, _DAYS_WEEKDAY)
    return 1.0 - known + known * 7 * sum(rhythm.hours[day * 24 : day * 24 + 24]) / total


def _of_cell(rhythm: Rhythm, hour: int, base: float, total: float) -> float:
    counts = rhythm.hours
    observed = (counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % HOURS]) / 4
    known = _share(rhythm.days, _DAYS_CELL)
    return (1.0 - known) * base + known * HOURS * observed / total
