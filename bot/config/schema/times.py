"""Functions that read hours, times and days of the week: the typed value, or a `Mistake`."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, TypeVar

from bot.config.mistakes import Mistake, nearest, not_this, one_of, quote
from bot.models.times import DAYS, Hours, Times, WeekHours, is_weekend
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_DAY = f"(?:{'|'.join(DAYS)})"
_PART = f"(?:{_DAY}(?:-{_DAY})?|weekdays|weekend)"
DAYS_OF_WEEK = re.compile(rf"{_PART}(?:,\s*{_PART})*", re.ASCII)
WEEKLY = re.compile(rf"(?:{_DAY}) {TIME.pattern}", re.ASCII)
EVERY_DAY = frozenset(range(len(DAYS)))
_WEEK_KEYS = ("weekdays", "weekend")
_MOST_TIMES = 48
_WEEK = '{ weekdays = "23:00-06:00", weekend = "00:00-08:00" }'


def parse_hours(value: object) -> Hours:
    """Read a daily span such as "23:00-06:00"; "24:00" may end it."""
    match = HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise not_this(marked('hours such as "23:00-06:00"'), value)
    start = time(int(match[1]), int(match[2]))
    end = time(int(match[3] or 0), int(match[4] or 0))
    if (start, end) == (time(), time()):
        raise Mistake(
            told("{value} is the whole day, which leaves no time outside of it", value=quote(value))
        )
    if start == end:
        raise Mistake(told("starts and ends at the same time: {value}", value=quote(value)))
    return Hours(start=start, end=end)


def parse_daily_hours(value: object) -> Hours | WeekHours:
    """Read hours, or a table of them for weekdays and weekends."""
    if isinstance(value, dict):
        return WeekHours(**_by_week(value, parse_hours, _WEEK))
    return parse_hours(value)


def parse_silent(value: object) -> bool | Hours | WeekHours:
    """Read true, false or hours."""
    if isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return parse_daily_hours(value)
    if not isinstance(value, str) or not HOURS.fullmatch(value):
        raise not_this(marked('true, false or hours such as "21:00-07:00"'), value)
    return parse_hours(value)


def parse_times(value: object) -> tuple[time, ...]:
    """Read a list of times such as ["07:00", "12:00"], in the order of the day."""
    if not isinstance(value, list) or not value:
        raise not_this(marked('a list of times such as ["07:00", "12:00"]'), value)
    found = sorted({_time(one) for one in value})
    if len(found) > _MOST_TIMES:
        raise Mistake(
            told(
                "must be at most {most_times} times, not {found}",
                most_times=_MOST_TIMES,
                found=len(found),
            )
        )
    return tuple(found)


def parse_post_at(value: object) -> Times:
    """Read a list of times, or a table of such lists for weekdays and weekends."""
    if not isinstance(value, dict):
        return at_times(parse_times(value), EVERY_DAY)
    form = '{ weekdays = ["07:00", "12:00"], weekend = ["09:00"] }'
    lists = _by_week(value, parse_times, form)
    days = (lists.get(_WEEK_KEYS[is_weekend(day)], ()) for day in range(len(DAYS)))
    return Times(of_days=tuple(days))


def parse_days(value: object) -> frozenset[int]:
    """Read days such as "mon-fri", "sat,sun" or "weekend"; a span may go over Sunday."""
    if not isinstance(value, str) or not DAYS_OF_WEEK.fullmatch(value):
        raise not_this(marked('days such as "mon-fri", "sat,sun" or "weekend"'), value)
    parts = (part.strip() for part in value.split(","))
    return frozenset[int]().union(*map(_span, parts))


def parse_weekly(value: object) -> Times | None:
    """Read a moment of the week such as "mon 08:00"; "off" is none."""
    if value == "off":
        return None
    if not isinstance(value, str) or not WEEKLY.fullmatch(value):
        raise not_this(marked('a day and a time such as "mon 08:00", or "off"'), value)
    day, _, moment = value.partition(" ")
    return at_times((_time(moment),), parse_days(day))


def at_times(times: tuple[time, ...], days: frozenset[int]) -> Times:
    """Return the same `times` on each of `days`."""
    return Times(of_days=tuple(times if day in days else () for day in range(len(DAYS))))


def _span(part: str) -> frozenset[int]:
    if part in _WEEK_KEYS:
        return frozenset(day for day in EVERY_DAY if is_weekend(day) is (part == "weekend"))
    first, _, last = part.partition("-")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return frozenset(day % len(DAYS) for day in range(start, end + 1 + len(DAYS) * (end < start)))


def _time(value: object) -> time:
    match = TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise not_this(marked('times such as "07:00"'), value)
    return time(int(match[1]), int(match[2]))


def _by_week(value: dict[str, object], parse: Callable[[object], T], form: str) -> dict[str, T]:
    for key in value:
        if key not in _WEEK_KEYS:
            hint = nearest(key, _WEEK_KEYS) or f", expected {one_of(_WEEK_KEYS)}"
            raise Mistake(told("unknown key {key}", key=quote(key)) + hint)
    if not value:
        raise not_this(told("a table such as {form}", form=form), value)
    return {key: parse(one) for key, one in value.items()}
