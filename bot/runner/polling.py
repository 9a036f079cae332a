"""Polls the feeds that are due."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.log import get_logger
from bot.pipeline import collect_feed
from bot.runner.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models import Feed, FeedId, FeedState, PollReport
    from bot.runner.parts import Parts

_log = get_logger(__name__)
_AT_ONCE = 64
_PER_HOST = 4  # a slow host holds up only itself


class Poller:
    """Claims due feeds and polls them side by side; `failed` counts the polls that failed."""

    def __init__(self, parts: Parts, *, on_owed: Callable[[], None]) -> None:
        self._parts = parts
        self._on_owed = on_owed
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_PER_HOST)
        )
        self._polled: set[FeedId] = set()
        self._local = tuple(feed.id for feed in parts.feeds.values() if feed.is_local)
        self._remote = tuple(feed.id for feed in parts.feeds.values() if not feed.is_local)
        self.jobs = Jobs()
        self.failed = 0

    async def tick(self) -> None:
        """Start polling what is due, local files first."""
        await self.jobs.guard(self._start_due())

    async def poll_all(self) -> None:
        """Poll every feed once, due or not, and return when all are done."""
        for feeds in (self._local, self._remote):
            await self._start(feeds, limit=len(feeds), force=True)
        while len(self.jobs):
            await self.jobs.wait()

    async def _start_due(self) -> None:
        await self._start(self._local, limit=len(self._local))
        await self._start(self._remote, limit=_AT_ONCE - len(self.jobs))

    async def _start(self, feeds: tuple[FeedId, ...], *, limit: int, force: bool = False) -> None:
        if not feeds or limit <= 0:
            return
        states = await self._parts.store.feeds.claim_due_feeds(
            feeds, self._parts.now(), limit=limit, force=force
        )
        for state in states:
            self.jobs.start(
                state.feed, self._poll(state), on_crash=self._crashed, on_end=self._on_owed
            )

    async def _crashed(self) -> None:
        self.failed += 1  # the claim's lease runs out, then the feed is polled again

    async def _poll(self, state: FeedState) -> None:
        feed = self._parts.feeds[state.feed]
        async with self._hosts[urlsplit(feed.url).netloc]:
            report = await collect_feed(feed, state, self._parts.now(), self._parts.collect)
        self._tell(feed, state, report)
        if not report.owed and feed.id not in self._polled and report.outcome != "failed":
            await self._tell_posted_before(feed)
        self._polled.add(feed.id)

    def _tell(self, feed: Feed, state: FeedState, report: PollReport) -> None:
        if report.outcome == "failed" and report.reason is not None:
            self.failed += 1
            _log.warning(
                "feed failed", feed=feed.id, reason=report.reason.text, errors=state.errors + 1
            )
        elif report.outcome == "not_modified":
            _log.debug("feed not modified", feed=feed.id)
        else:
            _log.info(
                "feed polled", feed=feed.id, items=report.items, new=report.new, owed=report.owed
            )
            if report.reason is not None:
                _log.warning("feed is damaged", feed=feed.id, reason=report.reason.text)

    async def _tell_posted_before(self, feed: Feed) -> None:
        """After a start, a feed that brings nothing would leave a newcomer wondering why."""
        rows = await self._parts.store.desk.latest_deliveries_of_feed(feed.id, limit=1)
        for row in rows:
            if row.sent_at is not None:
                local = row.sent_at.astimezone(self._parts.timezone)
                _log.info(
                    "nothing new: posted before",
                    feed=feed.id,
                    title=row.items[0].title if row.items else "",
                    channel=row.channel,
                    at=f"{local:%Y-%m-%d %H:%M:%S}",
                )
