"""Feeds that are silent against their own rhythm."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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
        quiet = [
            (feed.id, feed.last_new, feed.last_success)
            for feed in feeds
            if not (feed.errors or feed.paused)
            and feed.last_new is not None
            and feed.last_success is not None
            and feed.last_success - self._heard(feed.id, feed.last_new) >= _LEAST
        ]
        await self._learn({feed: last_new for feed, last_new, _ in quiet})
        found = {one[0]: await self._silent_since(*one) for one in quiet}
        return {feed: since for feed, since in found.items() if since is not None}

    def _heard(self, feed: FeedId, last_new: datetime) -> datetime:
        return max(last_new, self._copies.get(feed, last_new))

    async def _silent_since(
        self, feed: FeedId, last_new: datetime, polled: datetime
    ) -> datetime | None:
        heard, (_, allowed) = self._heard(feed, last_new), self._patience[feed]
        if allowed is None or polled - heard <= allowed:
            return None
        # It may be alive and only slower than another outlet with the same stories.
        copy = await self._book.last_copy(feed, heard)
        if copy is None:
            return heard
        self._copies[feed] = copy
        return copy if polled - copy > allowed else None

    async def _learn(self, last_new: Mapping[FeedId, datetime]) -> None:
        """Read the rhythm of those that brought something since it was read."""
        new = [
            feed
            for feed, at in last_new.items()
            if feed not in self._patience or self._patience[feed][0] != at
        ]
        times = await self._book.story_times(new, _STORIES_MOST) if new else {}
        self._patience |= {feed: (last_new[feed], patience(times[feed])) for feed in new}
