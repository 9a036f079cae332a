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
    today = now.astimezone(timezone).date()
    return max(
        moment
        # A time may fall on the next day where clocks jump over midnight.
        for moment in _moments(times, today - _DAYS * _DAY, today, timezone)
        if moment <= now
    )


def next_time(times: Times, now: datetime, timezone: ZoneInfo) -> datetime:
    """Return the first of `times` after `now`."""
    today = now.astimezone(timezone).date()
    return min(
        moment
        for moment in _moments(times, today - _DAY, today + _DAYS * _DAY, timezone)
        if moment > now
    )


def _moments(times: Times, first: date, last: date, timezone: ZoneInfo) -> Iterator[datetime]:
    day = first
    while day <= last:
        for time in times.of_days[day.weekday()]:
            yield datetime.combine(day, time, timezone).astimezone(UTC)
        day += _DAY
