"""When a feed asks not to be polled: skipHours and skipDays of RSS."""

from __future__ import annotations

import re
from typing import Final

_HOURS: Final = re.compile(rb"<hour>\s{0,20}(\d{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAYS: Final = re.compile(rb"<day>\s{0,20}([a-z]{3})[a-z]{0,9}\s{0,20}</day>", re.IGNORECASE)
_NAMES: Final = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_LONGEST: Final = 4096
_ALL_HOURS: Final = 24


def skipped_hours(body: bytes) -> frozenset[int]:
    """Return the hours (GMT) of skipHours; none where it names all, which would stop the feed.

    RSS 2.0 counts from 0, RSS 0.92 from 1 to 24: an hour 24 is 0.
    """
    hours = {int(hour) % _ALL_HOURS for hour in _HOURS.findall(_part(body, b"skipHours"))}
    return frozenset(hours) if len(hours) < _ALL_HOURS else frozenset()


def skipped_days(body: bytes) -> frozenset[int]:
    """Return the days (GMT, 0 is Monday) of skipDays; none where it names all."""
    names = {name.lower() for name in _DAYS.findall(_part(body, b"skipDays"))}
    days = {number for number, name in enumerate(_NAMES) if name in names}
    return frozenset(days) if len(days) < len(_NAMES) else frozenset()


def _part(body: bytes, name: bytes) -> bytes:
    start = body.find(b"<" + name)
    end = body.find(b"</" + name, start, start + _LONGEST) if start >= 0 else -1
    return body[start:end] if end >= 0 else b""
