"""When to ask a hub, and when again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.models.subscriptions import Lease

WANTED: Final = timedelta(days=10)
"""What other subscribers ask for; the hub decides."""
_LONGEST: Final = timedelta(days=90)
"""A hub that forgets a subscription before its end is asked again then, whatever it promised."""
_RENEWED_AFTER: Final = 0.8
_LEAST: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)
_MAX_DOUBLINGS: Final = 20
MOST_GOODBYES: Final = 3


def lease_of(text: str, now: datetime) -> Lease:
    """Return the lease of a verification whose `hub.lease_seconds` is `text`.

    Hubs of before WebSub send none, or what is no number: they get what was asked for.
    """
    digits = text.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 12  # noqa: PLR2004
    lease = min(timedelta(seconds=int(digits)), _LONGEST) if is_number else WANTED
    return Lease(expires=now + lease, renew_at=now + max(lease * _RENEWED_AFTER, _LEAST))


def next_try(now: datetime, attempts: int, wish: timedelta | None = None) -> datetime:
    """Return when to ask a hub again that has not verified the last `attempts` requests.

    After 5 minutes, then twice as long each time up to a day; its Retry-After lengthens that, for
    a day at most. A verification may come hours after the request: another one then harms nobody.
    """
    doubled: timedelta = _LEAST * (1 << min(max(attempts - 1, 0), _MAX_DOUBLINGS))
    return now + min(max(doubled, wish or timedelta(0)), _DAY)
