"""The latest moment that the database remembers: the clock cannot rightly be before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.models.basics import FeedId
    from bot.store.engine import Store

_NEWEST = 20  # deliveries; one that was made before others may have been sent after them


async def last_moment(store: Store, feeds: Iterable[FeedId]) -> datetime | None:
    """Return when something was last polled, owed or sent, None in an empty database."""
    polled = [status.last_success for status in await store.desk.feed_status(tuple(feeds))]
    rows = await store.desk.deliveries(limit=_NEWEST)
    moments = (*polled, *(row.created_at for row in rows), *(row.sent_at for row in rows))
    return max((moment for moment in moments if moment is not None), default=None)
