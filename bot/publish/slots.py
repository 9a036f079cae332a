"""Fixed times of a channel as moments, on the days when clocks change too (pure).

A time that the clock jumps over is the moment at which it would have been, an hour later on the
wall; a time that comes twice counts the first time only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    from bot.models.times import Times

_DAY = timedelta(days=1)
# One more than a week: the only time of a week may be later today.
_DAYS = 9


def last_time(times: Times, now: datetime, timezone: ZoneInfo) -> datetime:
    """Return the last of `times` that is over, or is now."""
    days = (now.astimezone(timezone).date() - back * _DAY for back in range(_DAYS))
    return max(_first_two(_over(times, day, timezone, now) for day in days))


def next_time(times: Times, now: datetime, timezone: ZoneInfo) -> datetime:
    """Return the first of `times` after `now`."""
    yesterday = now.astimezone(timezone).date() - _DAY
    days = (yesterday + ahead * _DAY for ahead in range(_DAYS + 1))
    return min(_first_two(_to_come(times, day, timezone, now) for day in days))


def _first_two(days: Iterator[list[datetime]]) -> list[datetime]:
    """Return the moments of the first day that has any, and of the day behind it.

    A time that the clock jumps over may fall on the day after its own.
    """
    found = next((moments for moments in days if moments), [])
    return [*found, *next(days, [])]


def _over(times: Times, day: date, timezone: ZoneInfo, now: datetime) -> list[datetime]:
    return [moment for moment in _moments(times, day, timezone) if moment <= now]


def _to_come(times: Times, day: date, timezone: ZoneInfo, now: datetime) -> list[datetime]:
    return [moment for moment in _moments(times, day, timezone) if moment > now]


def _moments(times: Times, day: date, timezone: ZoneInfo) -> Iterator[datetime]:
    for time in times.of_days[day.weekday()]:
        yield datetime.combine(day, time, timezone).astimezone(UTC)
