"""Reads the dates of feeds, whose formats and zone names feedparser does not all know."""

from __future__ import annotations

import re
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from bot.collect.parse.dates.months import folded, named_month

if TYPE_CHECKING:
    from collections.abc import Iterable

_OLDEST: Final = datetime(1995, 1, 1, tzinfo=UTC)  # no feed is older than the web's first news
_NEWEST_YEAR: Final = 2100
_LONGEST: Final = 100
_NOON: Final = 12
_MIDNIGHT: Final = 24
_MONTHS: Final = 12
_VIETNAM: Final = timezone(timedelta(hours=7))
# The only ones that write the month before the day (Unicode CLDR, short date formats).
_MONTH_FIRST: Final = frozenset({"en-us", "en-ph", "en-pr", "en-gu"})

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

# All expressions take linear time: each is tried on folded text with single spaces.
_HALF: Final = r" ?(?P<half>[ap]\. ?m\b\.?|[ap]m\b|sa\b|ch\b|sang\b|chieu\b|toi\b)"
_ZONE: Final = (
    r"(?: ?\(?(?:gmt|utc)?\)? ?(?P<offset>[+-]\d{1,2}(?::?\d{2})?)(?![\d/.])(?::\d{2})?"
    r"| ?(?P<zone>[a-z]{1,5})\b)?"
)
_TIME: Final = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})(?:[:hg]| (?:gio|h) )(?P<minute>\d{2})(?!\d)"
    rf"(?::(?P<second>\d{{2}})(?:[.,]\d{{1,9}})?)?(?:{_HALF})?{_ZONE}"
)
_HOUR: Final = re.compile(rf"(?<![\d:])(?P<hour>\d{{1,2}})(?P<minute>)(?P<second>){_HALF}{_ZONE}")
# Behind the date where the time stands before it: "20:00 28/11/2026 (GMT+7)".
_LATE_ZONE: Final = re.compile(
    r"\(?\b(?P<zone>gmt|utc)(?: ?(?P<offset>[+-]\d{1,2}(?::?\d{2})?)\b)?\)?"
)
_SEPARATOR: Final = r" ?[/.-] ?"
_YEAR_FIRST: Final = re.compile(
    r"\D*(?P<year>\d{4})(?:[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})"
    r"|(?P<month2>\d{2})(?P<day2>\d{2}))\D*"
)
_YEAR_LAST: Final = re.compile(
    rf"[^/]*?(?<!\d)(?P<one>\d{{1,2}}){_SEPARATOR}(?P<other>\d{{1,2}}){_SEPARATOR}(?P<year>\d{{4}})\D*"
)
_NUMERIC: Final = re.compile(
    rf"(?<!\d)(?P<one>\d{{1,2}}){_SEPARATOR}(?P<other>\d{{1,2}}){_SEPARATOR}\d{{4}}(?!\d)"
)
_EPOCH: Final = re.compile(r"(?P<seconds>\d{9,10})(?:\d{3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateStyle:
    """A feed's reading of an ambiguous date: its zone, and whether 5/11 is in November.

    `day_first` None: the day comes first unless AM or PM says that an American wrote it.
    """

    zone: timezone = UTC
    day_first: bool | None = None


def style_of(language: str | None, texts: Iterable[object]) -> DateStyle:
    """Return the style of a feed in `language` that has the dates `texts`.

    A date such as "28/11/2026" decides, where all that do agree; else the language.
    """
    tag = (language or "").lower()
    numeric = (_NUMERIC.search(text[:_LONGEST]) for text in texts if isinstance(text, str))
    pairs = [(int(each["one"]), int(each["other"])) for each in numeric if each]
    proofs = {one > _MONTHS for one, other in pairs if (one > _MONTHS) != (other > _MONTHS)}
    day_first = proofs.pop() if len(proofs) == 1 else _usual(tag)
    return DateStyle(zone=_VIETNAM if tag.split("-")[0] == "vi" else UTC, day_first=day_first)


def are_numeric(texts: Iterable[object]) -> bool:
    """Tell whether one of the dates may be read in two ways, so that the others matter."""
    return any(isinstance(text, str) and _NUMERIC.search(text[:_LONGEST]) for text in texts)


def _usual(tag: str) -> bool | None:
    return None if tag in {"", "en"} else tag not in _MONTH_FIRST


def parse_date(
    text: object, fallback: object = None, *, style: DateStyle | None = None
) -> datetime | None:
    """Return the moment that `text` names, in UTC; None where there is none or it is absurd.

    `fallback` is feedparser's reading (a UTC struct_time), for the formats that only it knows.
    Absurd is before 1995 or after 2100.
    """
    moment = _read(text, style or DateStyle()) if isinstance(text, str) else None
    if moment is None:
        moment = _from_struct(fallback)
    if moment is None or moment < _OLDEST or moment.year > _NEWEST_YEAR:
        return None
    return moment


def _read(text: str, style: DateStyle) -> datetime | None:
    if len(text) > _LONGEST:
        return None
    plain = " ".join(folded(text).split())
    try:
        epoch = _EPOCH.fullmatch(plain)
        if epoch:
            return datetime.fromtimestamp(int(epoch["seconds"]), UTC)
        clock = _TIME.search(plain) or _HOUR.search(plain)
        if clock is None:
            day = _day(plain, style, is_american=False)
            return None if day is None else day.replace(tzinfo=style.zone).astimezone(UTC)
        return _moment(plain, clock, style)
    except (ValueError, OverflowError):  # the 31st of February, hour 25, year 0
        return None


def _moment(plain: str, clock: re.Match[str], style: DateStyle) -> datetime | None:
    zone, rest = _zone_and_day(plain, clock, style.zone)
    is_american = (clock["half"] or "x")[0] in "ap" and "/" in plain
    day = _day(rest.strip(), style, is_american=is_american)
    if day is None:
        return None
    hour, days = _hour(clock)
    second = min(int(clock["second"] or 0), 59)  # a leap second
    local = day.replace(hour=hour, minute=int(clock["minute"] or 0), second=second, tzinfo=zone)
    return (local + timedelta(days=days)).astimezone(UTC)


def _zone_and_day(plain: str, clock: re.Match[str], default: timezone) -> tuple[timezone, str]:
    """Return the zone of a date, and its text without time and zone."""
    zone, end = _zone(clock["offset"], clock["zone"], default), clock.end()
    if zone is None:  # the word after the time is no zone
        zone, end = default, clock.start("zone")
    rest = f"{plain[: clock.start()]} {plain[end:]}"
    late = None if clock["offset"] else _LATE_ZONE.search(rest)
    if late is None:
        return zone, rest
    stated = _zone(late["offset"], late["zone"], default)
    return stated or zone, rest[: late.start()] + rest[late.end() :]


def _day(plain: str, style: DateStyle, *, is_american: bool) -> datetime | None:
    """Return the day that is left of a date without its time, as a naive midnight."""
    first = _YEAR_FIRST.fullmatch(plain)
    if first:
        month, day = first["month"] or first["month2"], first["day"] or first["day2"]
        return datetime(int(first["year"]), int(month), int(day))  # noqa: DTZ001  # gets its zone
    last = _YEAR_LAST.fullmatch(plain)
    if last is None:
        return _named_day(plain)
    day, month = last["one"], last["other"]
    day_first = not is_american if style.day_first is None else style.day_first
    if (not day_first and int(day) <= _MONTHS) or int(month) > _MONTHS:
        day, month = month, day
    return datetime(int(last["year"]), int(month), int(day))  # noqa: DTZ001


def _named_day(plain: str) -> datetime | None:
    found = named_month(plain)
    if found is None:
        return None
    month, numbers = found
    day, year = reversed(numbers) if len(numbers[0]) == len("2025") else numbers
    return datetime(_year(year), month, int(day))  # noqa: DTZ001


def _year(text: str) -> int:
    if len(text) == len("25"):
        return int(text) + (2000 if text < "50" else 1900)  # RFC 2822 section 4.3
    return int(text)


def _hour(clock: re.Match[str]) -> tuple[int, int]:
    """Return the hour from 0 to 23 and the days to add ("24:00" is the next day's start)."""
    hour, half = int(clock["hour"]), clock["half"]
    if half and hour <= _NOON:
        # "SA" and "sáng" are Vietnamese for the morning; "CH", "chiều" and "tối" for later.
        return hour % _NOON + (_NOON if half[0] in "pct" else 0), 0
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
