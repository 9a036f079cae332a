"""Times as people read them: in the time zone of the configuration file, which each time names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_UTC = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b", re.ASCII)


def local_time(moment: datetime | None, timezone: tzinfo, *, seconds: bool = False) -> str:
    """Return "2026-11-29 16:30 +07", the form of `date`(1) for the zone; "never" for None."""
    if moment is None:
        return "never"
    form = "%Y-%m-%d %H:%M:%S %Z" if seconds else "%Y-%m-%d %H:%M %Z"
    return moment.astimezone(timezone).strftime(form)


def with_local_times(text: str, timezone: tzinfo) -> str:
    """Return a stored `text` with its times, which the database keeps in UTC, in the `timezone`."""
    return _UTC.sub(lambda found: _read(found, timezone), text)


def _read(found: re.Match[str], timezone: tzinfo) -> str:
    try:
        moment = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        return local_time(moment, timezone)
    except (ValueError, OverflowError):  # words of a feed: no such day, or one before the year 1
        return found[0]
