"""Keeps what hubs sent until a poll of the feed reads it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models.basics import FeedId
    from bot.models.feeds import FetchedFeed

_MOST: Final = 4
_MOST_BYTES: Final = 32 * 1024 * 1024
_AFTER_PART: Final = 15.0
"""Seconds to the next reading, for each news that one brought: in the 5 minutes between two polls
no more than the usual `storm` of a poll.
"""
_AFTER_WHOLE: Final = 60.0


class Mailbox:
    """The documents that hubs pushed, by feed and in their order.

    Where a hub only said that there is news, or sent more than is kept, the feed itself is to be
    read. A hub that sends a lot is read slowly. `time` is a steady clock in seconds.
    """

    def __init__(self, *, time: Callable[[], float] | None = None) -> None:
        self._time = time
        self._waiting: dict[FeedId, deque[FetchedFeed | None]] = {}
        self._free_at: dict[FeedId, float] = {}
        self._bytes = 0

    def put(self, feed: FeedId, document: FetchedFeed | None) -> None:
        """Keep `document`, or None for news of which the hub sent nothing."""
        queue = self._waiting.setdefault(feed, deque())
        size = len(document.body) if document else 0
        if queue and queue[-1] is None:
            return  # the feed itself is to be read, which is enough for all that came since
        if document is None or len(queue) >= _MOST or self._bytes + size > _MOST_BYTES:
            self._bytes -= sum(len(one.body) for one in queue if one)
            queue.clear()
            queue.append(None)
            return
        self._bytes += size
        queue.append(document)

    def due(self) -> tuple[FeedId, ...]:
        """Return the feeds of which something may be read now."""
        if not self._waiting:
            return ()
        now = self._now()
        return tuple(feed for feed in self._waiting if self._free_at.get(feed, now) <= now)

    def __contains__(self, feed: FeedId) -> bool:
        """Tell whether something of `feed` waits."""
        return feed in self._waiting

    def take(self, feed: FeedId) -> tuple[bool, FetchedFeed | None]:
        """Return whether a hub told of news, and the document to read instead of the feed."""
        queue = self._waiting.get(feed)
        if queue is None or self._free_at.get(feed, 0.0) > self._now():
            return False, None
        document = queue.popleft()
        if not queue:
            del self._waiting[feed]
        self._bytes -= len(document.body) if document else 0
        now = self._now()
        self._free_at = {one: free for one, free in self._free_at.items() if free > now}
        self._free_at[feed] = now + (_AFTER_PART if document else _AFTER_WHOLE)
        return True, document

    def brought(self, feed: FeedId, news: int) -> None:
        """Let the next reading of `feed` wait for the `news` that the last document had."""
        if feed in self._free_at:
            self._free_at[feed] += _AFTER_PART * max(news - 1, 0)

    def _now(self) -> float:
        return self._time() if self._time else asyncio.get_running_loop().time()
