"""Polls the feeds that are due."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.log import get_logger
from bot.pipeline.collect import collect_feed
from bot.runner.work.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.models.basics import FeedId
    from bot.models.feeds import FeedState, PollReport
    from bot.models.settings import Feed
    from bot.runner.parts import Parts
    from bot.runner.watchdog import Sign

_log = get_logger(__name__)
_AT_ONCE = 64
_PER_HOST = 4  # a slow host holds up only itself
_EXACT = timedelta(seconds=1)
_LIMIT = 1800.0  # seconds; polls give up after 60, and wait for others of their host before


class Poller:
    """Claims due feeds and polls them side by side; `failed` counts the polls that failed."""

    def __init__(self, parts: Parts, *, on_owed: Callable[[], None]) -> None:
        self._parts = parts
        self._on_owed = on_owed
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_PER_HOST)
        )
        self._polled: set[FeedId] = set()
        self._told_left_out: set[tuple[FeedId, str]] = set()
        self._local, self._remote = _by_place(parts)
        # At a start local files are read at once, whenever they are due.
        self._hasty: set[FeedId] = set(self._local)
        self._fetching = 0
        self.jobs: Jobs[FeedId] = Jobs()
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

    def exchange(self, parts: Parts) -> None:
        """Poll with other parts from now on; polls in flight go on with the old ones.

        A feed that moved, leads to more channels, or is to be polled more often, is polled now.
        """
        before, self._parts = self._parts.feeds, parts
        self._local, self._remote = _by_place(parts)
        self._hasty = {
            id_
            for id_, feed in parts.feeds.items()
            if id_ in self._hasty or (id_ in before and _is_urgent(before[id_], feed))
        }

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each poll in flight."""
        return self.jobs.signs("poll of", _LIMIT)

    async def _start_due(self) -> None:
        await self._start(tuple(self._hasty), limit=self._room, force=True)
        await self._start(self._local, limit=len(self._local))
        await self._start(self._remote, limit=self._room)

    @property
    def _room(self) -> int:
        """How many polls more may start; those that wait for their host take no room."""
        return _AT_ONCE - self._fetching

    async def _start(self, feeds: tuple[FeedId, ...], *, limit: int, force: bool = False) -> None:
        parts = self._parts
        # A lease that runs out, as when the clock is set forward, is no reason to poll twice.
        busy = self.jobs.keys()
        idle = tuple(feed for feed in feeds if feed not in busy)
        if not idle or limit <= 0:
            return
        states = await parts.store.feeds.claim_due_feeds(
            idle, parts.now(), limit=limit, force=force
        )
        self._hasty.difference_update(state.feed for state in states)
        for state in states:
            self.jobs.start(
                state.feed, self._poll(state, parts), on_crash=self._crashed, on_end=self._on_owed
            )

    async def _crashed(self) -> None:
        self.failed += 1  # the claim's lease runs out, then the feed is polled again

    async def _poll(self, state: FeedState, parts: Parts) -> None:
        feed = parts.feeds[state.feed]
        async with self._hosts[urlsplit(feed.url).netloc]:
            began, now = time.monotonic(), parts.now()
            self._fetching += 1
            try:
                aged = _aged(feed, now - parts.wall())
                report = await collect_feed(aged, state, now, parts.collect)
            finally:
                self._fetching -= 1
        if parts.observer is not None:
            parts.observer.polled(report, time.monotonic() - began)
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
            if report.held:
                _log.warning(
                    "too much at once: held back; look, then `newsbot feeds release`",
                    feed=feed.id,
                    held=report.held,
                )
            if report.reason is not None:
                _log.warning("feed is damaged", feed=feed.id, reason=report.reason.text)
            self._tell_of_texts(feed, report)

    def _tell_of_texts(self, feed: Feed, report: PollReport) -> None:
        for text, pages in Counter(reason.text for reason in report.unread_pages).items():
            _log.info("pages not read: told from the feed", feed=feed.id, reason=text, pages=pages)
        for line in report.left_out:
            if (feed.id, line) not in self._told_left_out:
                self._told_left_out.add((feed.id, line))
                _log.info("line of several items left out", feed=feed.id, line=line[:200])

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


def _by_place(parts: Parts) -> tuple[tuple[FeedId, ...], tuple[FeedId, ...]]:
    """Return the feeds that are local files, and those that are not."""
    local = tuple(feed.id for feed in parts.feeds.values() if feed.is_local)
    return local, tuple(feed.id for feed in parts.feeds.values() if not feed.is_local)


def _is_urgent(old: Feed, new: Feed) -> bool:
    """Tell whether what the old settings left for later may be due by the new ones."""
    has_more = not set(new.channels).issubset(old.channels)
    return has_more or old.url != new.url or new.every < old.every or new.every_max < old.every_max


def _aged(feed: Feed, ahead: timedelta) -> Feed:
    """Return the feed as a clock that is `ahead` of the world's must see it: news looks older."""
    if feed.max_age is None or ahead <= _EXACT:
        return feed
    return replace(feed, max_age=feed.max_age + ahead)
