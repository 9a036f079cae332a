"""Feeds that are silent against their own rhythm."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.models.basics import FeedId
    from bot.models.views import FeedStatus
    from bot.store.operator.alerts import AlertBook

_STORIES_LEAST = 10
_STORIES_MOST = 200  # the longest gap of a daily outlet is its weekend: one must be among them
_LEAST = timedelta(hours=24)


def patience(times: Sequence[datetime]) -> timedelta | None:
    """Return how long a feed whose stories appeared at `times` may be silent; None is not known.

    Four times the 90th percentile of its gaps, one and a half times its longest, a day at least.
    Ten different times are needed: a first poll without dates tells of no rhythm.
    """
    different = sorted(set(times))
    if len(different) < _STORIES_LEAST:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(different))
    usual = gaps[min(len(gaps) * 9 // 10, len(gaps) - 1)]
    return max(_LEAST, usual * 4, gaps[-1] * 1.5)


class SilenceWatch:
    """Finds silent feeds; a rhythm is read again only when a feed brought something."""

    def __init__(self, book: AlertBook) -> None:
        self._book = book
        self._patience: dict[FeedId, tuple[datetime, timedelta | None]] = {}
        self._copies: dict[FeedId, datetime] = {}

    async def silent(self, feeds: Iterable[FeedStatus]) -> dict[FeedId, datetime]:
        """Return since when the silent ones of `feeds` are so.

        Silence is measured up to the last successful poll: while the bot or the feed's server was
        down, nothing could be heard.
        """
        found = {}
        for feed in feeds:
            if feed.errors or feed.paused or feed.last_new is None or feed.last_success is None:
                continue
            since = await self._silent_since(feed.id, feed.last_new, feed.last_success)
            if since is not None:
                found[feed.id] = since
        return found

    async def _silent_since(
        self, feed: FeedId, last_new: datetime, polled: datetime
    ) -> datetime | None:
        heard = max(last_new, self._copies.get(feed, last_new))
        if polled - heard < _LEAST:
            return None
        allowed = await self._allowed(feed, last_new)
        if allowed is None or polled - heard <= allowed:
            return None
        # It may be alive and only slower than another outlet with the same stories.
        copy = await self._book.last_copy(feed, heard)
        if copy is None:
            return heard
        self._copies[feed] = copy
        return copy if polled - copy > allowed else None

    async def _allowed(self, feed: FeedId, last_new: datetime) -> timedelta | None:
        known = self._patience.get(feed)
        if known is not None and known[0] == last_new:
            return known[1]
        allowed = patience(await self._book.story_times(feed, _STORIES_MOST))
        self._patience[feed] = (last_new, allowed)
        return allowed
