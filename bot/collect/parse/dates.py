"""Reads the dates of feeds, whose formats and zone names feedparser does not all know."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_OLDEST: Final = datetime(1995, 1, 1, tzinfo=UTC)  # no feed is older than the web's first news
_NEWEST_YEAR: Final = 2100
_LONGEST: Final = 100
_NOON: Final = 12
_MIDNIGHT: Final = 24
_VIETNAM: Final = timezone(timedelta(hours=7))

# Hours east of UTC. The North American ones are RFC 822's; an ambiguous name (IST, CST, BST) has
# the meaning most usual in feeds: India, North America, Britain.
_ZONES: Final[dict[str, float]] = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "AKST": -9, "AKDT": -8, "HST": -10,
    "BRT": -3, "ART": -3, "CLT": -4, "COT": -5, "PET": -5,
    "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "TRT": 3, "GST": 4, "PKT": 5, "IST": 5.5,
    "ICT": 7, "WIB": 7, "SGT": 8, "MYT": 8, "PHT": 8, "HKT": 8, "AWST": 8,
    "JST": 9, "KST": 9, "ACST": 9.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}

_CLOCK: Final = r"(?P<hour>\d{1,2})[:hg](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
_ZONE: Final = (
    r"(?:\s*(?:GMT|UTC)?\s*(?P<offset>[+-]\d{1,2}(?::?\d{2})?)(?::\d{2})?"
    r"|\s*(?P<zone>[A-Za-z]{1,5}))?"
)
_HALF: Final = r"(?:\s*(?P<half>[AaPp]\.?[Mm]\.?|SA|CH))?"
_RFC822: Final = re.compile(
    r"(?:\D{1,20}?[,\s]\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[A-Za-z]{3})[a-z]*\.?[\s-]+"
    rf"(?P<year>\d{{4}}|\d{{2}})(?:,?\s+{_CLOCK}{_HALF}{_ZONE})?.{{0,12}}"
)
_ISO: Final = re.compile(
    r"(?P<year>\d{4})[-/.]?(?P<month>\d{2})[-/.]?(?P<day>\d{2})"
    rf"(?:(?:\s*T\s*|\s+){_CLOCK}{_HALF}{_ZONE})?",
    re.IGNORECASE,
)
_DAY_FIRST: Final = re.compile(
    r"(?:[^\d/]{1,20}?[,\s]\s*)?(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"
    rf"(?:[\s,|–-]+{_CLOCK}{_HALF}{_ZONE})?"
)
_CLOCK_FIRST: Final = re.compile(
    rf"{_CLOCK}{_HALF}{_ZONE}[\s,|–-]+(?P<day>\d{{1,2}})[/.-](?P<month>\d{{1,2}})[/.-](?P<year>\d{{4}})"
)
_EPOCH: Final = re.compile(r"(?P<seconds>\d{9,10})(?P<fraction>\d{3})?")


def parse_date(
    text: object, fallback: object = None, *, vietnamese: bool = False
) -> datetime | None:
    """Return the moment that `text` names, in UTC; None where there is none or it is absurd.

    `fallback` is feedparser's reading (a UTC struct_time), for the formats that only it knows.
    A date without zone is UTC, in a `vietnamese` feed Vietnam's time. Absurd is before 1995 or
    after 2100.
    """
    moment = _read(text, _VIETNAM if vietnamese else UTC) if isinstance(text, str) else None
    if moment is None:
        moment = _from_struct(fallback)
    if moment is None or moment < _OLDEST or moment.year > _NEWEST_YEAR:
        return None
    return moment


def _read(text: str, default: timezone) -> datetime | None:
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    for pattern, read in _FORMATS:
        match = pattern.fullmatch(text)
        if match:
            try:
                return read(match, default)
            except (ValueError, OverflowError):  # the 31st of February, hour 25, year 0
                return None
    return None


def _named(match: re.Match[str], default: timezone) -> datetime | None:
    month = _MONTHS.get(match["month"].lower())
    return None if month is None else _build(match, month, int(match["day"]), default)


def _numeric(match: re.Match[str], default: timezone) -> datetime | None:
    return _build(match, int(match["month"]), int(match["day"]), default)


def _day_first(match: re.Match[str], default: timezone) -> datetime | None:
    day, month = int(match["day"]), int(match["month"])
    american = (match["half"] or "").upper().endswith("M") and "/" in match[0]
    if (american and day <= len(_MONTHS)) or month > len(_MONTHS):
        day, month = month, day
    return _build(match, month, day, default)


def _epoch(match: re.Match[str], _default: timezone) -> datetime:
    return datetime.fromtimestamp(int(match["seconds"]), UTC)


_FORMATS: Final[
    tuple[tuple[re.Pattern[str], Callable[[re.Match[str], timezone], datetime | None]], ...]
] = (
    (_RFC822, _named),
    (_EPOCH, _epoch),
    (_ISO, _numeric),
    (_DAY_FIRST, _day_first),
    (_CLOCK_FIRST, _day_first),
)


def _build(match: re.Match[str], month: int, day: int, default: timezone) -> datetime | None:
    zone = _zone(match["offset"], match["zone"], default)
    if zone is None:
        return None
    hour, days = _hour(match)
    second = min(int(match["second"] or 0), 59)  # a leap second
    local = datetime(
        _year(match["year"]), month, day, hour, int(match["minute"] or 0), second, tzinfo=zone
    )
    return (local + timedelta(days=days)).astimezone(UTC)


def _year(text: str) -> int:
    if len(text) == len("25"):
        return int(text) + (2000 if text < "50" else 1900)  # RFC 2822 section 4.3
    return int(text)


def _hour(match: re.Match[str]) -> tuple[int, int]:
    """Return the hour from 0 to 23 and the days to add ("24:00" is the next day's start)."""
    hour = int(match["hour"] or 0)
    half = (match["half"] or "").upper()
    if half and hour <= _NOON:
        return hour % _NOON + (_NOON if half[0] in "PC" else 0), 0
    return (0, 1) if hour == _MIDNIGHT else (hour, 0)


def _zone(offset: str | None, name: str | None, default: timezone) -> timezone | None:
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > len("+7") else (digits, "0")
        east = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-east if offset[0] == "-" else east)
    if not name:
        return default
    hours_east = _ZONES.get(name.upper())
    return None if hours_east is None else timezone(timedelta(hours=hours_east))


def _from_struct(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(value), UTC)  # type: ignore[arg-type]  # checked here
    except (TypeError, ValueError, OverflowError, OSError, IndexError):
        return None
