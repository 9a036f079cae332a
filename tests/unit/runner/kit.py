"""A service inside the test: feeds and platforms in memory, the real store and event loop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.clock import SteadyClock, utc_now
from bot.errors import Throttled
from bot.format.templates import compile_template
from bot.models.basics import AccountId, ChannelId, FeedId, Platform
from bot.models.feeds import FetchedFeed
from bot.models.posts import Receipt
from bot.models.settings import Channel, Feed, TemplateText
from bot.pipeline.judging import CollectPorts
from bot.pipeline.route import Route
from bot.runner.assembly import Assembly
from bot.runner.local import LocalRunner
from bot.store.engine import open_store
from tests.shipped import DIGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bot.models.feeds import FetchFailed, FetchOutcome, Validators
    from bot.models.posts import Post
    from bot.store.engine import Store


class Wall:
    """The wall clock of this machine, which anybody may set."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.offset


class News:
    """Feeds that show more and more items; every poll brings all of them. Implements `Fetcher`."""

    def __init__(self, happened: asyncio.Event) -> None:
        self.titles: list[str] = []
        self.polls = 0
        self._happened = happened

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        await asyncio.sleep(0.01)
        self.polls += 1
        self._happened.set()
        items = "".join(
            f"<item><title>{title}</title><link>https://example.org/{feed.id}/{number}</link>"
            f"<guid>{feed.id}-{number}</guid></item>"
            for number, title in enumerate(self.titles)
        )
        body = f"<rss version='2.0'><channel><title>{feed.id}</title>{items}</channel></rss>"
        return FetchedFeed(url=feed.url, body=body.encode())

    async def fetch_pages(self, feed: Feed, links: Sequence[str]) -> list[Any | FetchFailed]:
        raise AssertionError("no feed here wants pages")


class Board:
    """What a channel shows; some attempts fail for certain. Implements `Publisher`."""

    def __init__(self, happened: asyncio.Event) -> None:
        self._happened = happened
        self.posts: list[str] = []
        self.seconds = 0.02
        self.attempts = 0
        self.under_way = 0
        self.closed_at: int | None = None

    async def publish(self, post: Post) -> Receipt:
        assert self.closed_at is None, "the account was closed under a post"
        self.attempts += 1
        self.under_way += 1
        self._happened.set()
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way -= 1
        if self.attempts % 7 == 3:
            raise Throttled("flood", "slowly", wait=timedelta(seconds=0.1))
        self.posts.append(post.text)
        self._happened.set()
        return Receipt(remote_id=str(len(self.posts)))

    async def close(self) -> None:
        assert not self.under_way
        self.closed_at = self.attempts


async def at_once(work: Callable[[], Any]) -> Any:
    return work()


def feed(name: str, *channels: str, **keys: Any) -> Feed:
    values: dict[str, Any] = {
        "id": FeedId(name),
        "url": f"https://{name}.example.org/rss",
        "channels": tuple(ChannelId(one) for one in channels),
        "every": timedelta(seconds=1),
        "every_min": timedelta(seconds=1),
        "first_run": 1000,
        "storm": 0,
        "fetch_page": "never",
    }
    return Feed(**values | keys)


def channel(name: str, **keys: Any) -> Channel:
    values: dict[str, Any] = {
        "id": ChannelId(name),
        "platform": Platform.CONSOLE,
        "account": AccountId("acc"),
        "template": TemplateText(name="t", source="{{ title }}"),
        "digest_template": DIGEST_TEXT,
    }
    return Channel(**values | keys)


class Service:
    """A runner with what it runs on."""

    def __init__(self, store: Store, wall: Wall, clock: SteadyClock) -> None:
        self.store = store
        self.wall = wall
        self.clock = clock
        self.happened = asyncio.Event()
        self.news = News(self.happened)
        self.boards: dict[str, Board] = {}
        self.runner = LocalRunner(self.assembly([], []))

    def assembly(self, feeds: Sequence[Feed], channels: Sequence[Channel]) -> Assembly:
        return Assembly(
            feeds={one.id: one for one in feeds},
            routes={one.id: self._route(one) for one in channels},
            store=self.store,
            collect=CollectPorts(
                fetcher=self.news,
                feeds=self.store.feeds,
                stories=self.store.stories,
                pages=self.news,
                offload=at_once,
            ),
            timezone=ZoneInfo("UTC"),
            remember=None,
            now=self.clock,
            wall=self.wall,
        )

    def _route(self, channel: Channel) -> Route:
        return Route(
            channel=channel,
            account=None,
            template=compile_template(channel.template, channel.platform),
            publisher=self.boards.setdefault(channel.id, Board(self.happened)),
            timezone=ZoneInfo("UTC"),
        )

    def posts(self) -> Counter[tuple[str, str]]:
        """Return how often each channel shows each post."""
        return Counter((name, text) for name, one in self.boards.items() for text in one.posts)

    async def shows(self, count: int, seconds: float = 20) -> None:
        """Wait until so many posts stand in all channels together."""
        await self.until(lambda: self.posts().total() >= count, seconds)

    async def polled(self, times: int) -> None:
        """Wait until feeds have been polled so many times more."""
        end = self.news.polls + times
        await self.until(lambda: self.news.polls >= end)

    async def until(self, condition: Callable[[], object], seconds: float = 20) -> None:
        """Wait until the condition holds: it is asked when a feed or a platform is called."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.happened.clear()
                await self.happened.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run the service; end it as systemd does, with SIGTERM."""
        task = asyncio.create_task(self.runner.run())
        try:
            yield task
        finally:
            if not task.done():
                await asyncio.sleep(0.05)
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.wait_for(task, 20)


@asynccontextmanager
async def service(home: Path, wall: Wall | None = None) -> AsyncIterator[Service]:
    """Yield a service on the database in `home`, which may have been used before."""
    wall = wall or Wall()
    store = open_store(f"sqlite:///{home}/news.db", create=True)
    try:
        latest = await store.desk.latest_moment([FeedId("vn")])
        yield Service(store, wall, SteadyClock(wall, since=latest))
    finally:
        await store.close()
