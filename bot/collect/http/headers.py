"""Response headers: when the server wants to be asked again, and with which validators."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.feeds import Validators

_LONGEST_WAIT: Final = timedelta(days=366)
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_NOT_STORED: Final = re.compile(r"(?:^|[,\s])no-(?:store|cache)\b", re.IGNORECASE)
_VALIDATOR: Final = re.compile(r"[\x20-\x7e\xa0-\ud7ff]{1,1000}")


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the answer stays fresh (RFC 9111 section 4.2), None if it says nothing."""
    control = headers.get("Cache-Control", "")
    if _NOT_STORED.search(control):
        return None
    stated = _MAX_AGE.search(control)
    if stated:
        age = _seconds(headers.get("Age", "")) or timedelta(0)
        return max(_bounded(int(stated[1])) - age, timedelta(0))
    return _until(headers.get("Expires"), headers)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the server asks to wait (RFC 9110 section 10.2.3), None if it does not."""
    stated = headers.get("Retry-After")
    if stated is None:
        return None
    return _seconds(stated) or _until(stated, headers)


def validators(headers: Mapping[str, str], poll_hash: bytes, known: Validators) -> Validators:
    """Return the validators of the next poll: exactly as received."""
    return replace(
        known,
        etag=_storable(headers.get("ETag")),
        last_modified=_storable(headers.get("Last-Modified")),
        poll_hash=poll_hash,
    )


def merged_validators(headers: Mapping[str, str], known: Validators) -> Validators:
    """Return `known` with the newer validators of a 304 (RFC 9111 section 4.3.4)."""
    return replace(
        known,
        etag=_storable(headers.get("ETag")) or known.etag,
        last_modified=_storable(headers.get("Last-Modified")) or known.last_modified,
    )


def _storable(value: str | None) -> str | None:
    """Return a header that can be stored and sent back, None for one that cannot."""
    return value if value and _VALIDATOR.fullmatch(value) else None


def _seconds(text: str) -> timedelta | None:
    return _bounded(int(text)) if re.fullmatch(r"\s*\d{1,12}\s*", text) else None


def _bounded(seconds: int) -> timedelta:
    return min(timedelta(seconds=seconds), _LONGEST_WAIT)


def _until(moment: str | None, headers: Mapping[str, str]) -> timedelta | None:
    """Return the time to `moment` by the server's own clock, which may differ from ours."""
    end, start = _date(moment), _date(headers.get("Date"))
    if end is None or start is None:
        return None
    return min(max(end - start, timedelta(0)), _LONGEST_WAIT)


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def user_agent(contact: str | None, version: str) -> str:
    """Return who asks, and where the owners of a site reach a person."""
    return f"newsbot/{version}" + (f" (+{contact})" if contact else "")
