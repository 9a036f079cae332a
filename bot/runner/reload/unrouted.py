"""News of a feed that was removed, disabled or led elsewhere is not posted any more."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.log import get_logger

if TYPE_CHECKING:
    from bot.models.basics import ChannelId, FeedId
    from bot.models.feeds import Routing
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)
CHECK = 15.0
"""Seconds between two checks: an attempt or a poll that was under way leaves something behind."""


class RoutingWatch:
    """Drops what waits for channels that its feed does not lead to, and tells how many."""

    def __init__(self) -> None:
        self._left: frozenset[tuple[FeedId, ChannelId]] = frozenset()

    def follow(self, before: Routing | None, after: Routing | None) -> None:
        """Remember where a reload leads no feed any more: that is certain, whatever else is."""
        if before is not None and after is not None:
            self._left = (self._left | before.pairs) - after.pairs

    async def drop(self, assembly: Assembly) -> None:
        """Do so for what reloads took out, and for what the file does not have otherwise."""
        routing, desk, now = assembly.routing, assembly.store.desk, assembly.now()
        if routing is None:
            return
        dropped: Counter[FeedId] = Counter()
        for only in (self._left, None):
            if await desk.unrouted(routing, now, only=only):
                dropped += await desk.drop_unrouted(routing, now, only=only)
        for feed, posts in sorted(dropped.items()):
            text = "dropped what was queued: its feed is not routed there any more"
            _log.info(text, feed=feed, posts=posts)
