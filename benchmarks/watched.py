"""Posting while ten browsers watch the desk: how much longer the same posts take, in one run.

The database is the full one of `benchmarks/desk.py`. Rounds of one post for each of 300 channels go
out at the 30 a second that Telegram allows, by the runner's deliverer to a platform that answers
after 50 ms; every other round is watched. A browser, in another process, follows the decisions as
they come and reads another page each RELOAD seconds: the desk's own script does so each 30.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from dataclasses import dataclass, field, replace
from itertools import count, cycle, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import aiohttp
from structlog.testing import capture_logs

from benchmarks._decided import all_new
from benchmarks.delivery import Drained, article_of, channel_of
from benchmarks.delivery import _deliver as deliver_all
from benchmarks.desk import FEEDS, fill, newsroom
from bot.clock import utc_now
from bot.config import Web
from bot.format.templates import compile_template
from bot.models.basics import FeedId
from bot.models.feeds import Item, Poll, Validators
from bot.models.outbox import Sent
from bot.models.posts import Receipt
from bot.models.stories import Story
from bot.operate.browser.frame import Frame
from bot.operate.browser.index import PAGES
from bot.operate.web.application import Server
from bot.pipeline.route import Route
from bot.runner.assembly import Assembly
from bot.store.engine import open_store

if TYPE_CHECKING:
    from datetime import datetime
    from multiprocessing.connection import Connection

    from bot.models.basics import ChannelId
    from bot.models.outbox import Delivery, Outcome
    from bot.models.posts import Post
    from bot.operate.browser.newsroom import Newsroom

BROWSERS, POSTS, ROUNDS, RELOAD = 10, 300, 4, 3.0
MOST = 1.1
"""How many times as long the posts of a watched round may take."""


@dataclass(frozen=True)
class Platform:
    """Takes every post. Implements `ports.Publisher`."""

    numbers: count[int] = field(default_factory=lambda: count(1))

    async def publish(self, _: Post) -> Receipt:
        await asyncio.sleep(0.05)
        return Receipt(remote_id=f"w{next(self.numbers)}")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Round(Drained):
    """Counts posts by the wall clock, and how late each was behind the one that should be next."""

    times: list[datetime] = field(default_factory=list)

    def delivered(self, _: Delivery, outcome: Outcome, now: datetime) -> None:
        assert isinstance(outcome, Sent), outcome
        self.times.append(now)
        if len(self.times) == self.total:
            self.done.set()

    @property
    def seconds(self) -> float:
        return (self.times[-1] - self.times[0]).total_seconds()

    @property
    def longest_gap(self) -> float:
        times = sorted(self.times)
        return max((later - one).total_seconds() for one, later in pairwise(times))


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder, capture_logs():
        return asyncio.run(measured(Path(folder)))


async def measured(folder: Path) -> bool:
    room = newsroom(folder, utc_now())
    await room.store.database.run(lambda: fill(room.store, utc_now()))
    reads = open_store(f"sqlite:///{folder}/newsbot.db", create=False)
    room = replace(room, reads=reads, now=utc_now)
    frame = Frame(room, PAGES, Web(host="127.0.0.1", port=1, public_url=None, token=None), None)
    server = Server([frame.site()])
    port = await server.listen("127.0.0.1", 0)
    assembly, numbers = assembly_of(room), count(FEEDS * 100)
    alone: list[Round] = []
    watched: list[Round] = []
    for place in range(ROUNDS):
        kind = watched if place % 2 else alone
        kind.append(await a_round(assembly, next(numbers), port if place % 2 else None))
    await server.close()
    await reads.close()
    await room.store.close()
    return shown(alone, watched)


def shown(alone: list[Round], watched: list[Round]) -> bool:
    took = [sum(one.seconds for one in some) / len(some) for some in (alone, watched)]
    gaps = [max(one.longest_gap for one in some) for some in (alone, watched)]
    ratio = took[1] / took[0]
    print(
        f"{POSTS} posts take {took[0]:.2f} s alone and {took[1]:.2f} s with {BROWSERS} browsers: "
        f"{ratio:.3f} times as long; the longest gap between two is {gaps[0] * 1000:.0f} and "
        f"{gaps[1] * 1000:.0f} ms; {'kept' if ratio <= MOST else f'NOT KEPT: {MOST} at most'}"
    )
    return ratio <= MOST


def assembly_of(room: Newsroom) -> Assembly:
    platform = Platform()
    return Assembly(
        feeds={},
        routes={id_: route_of(id_, room, platform) for id_ in islice(room.config.channels, POSTS)},
        store=room.store,
        collect=None,  # type: ignore[arg-type] # nothing is polled here
        timezone=ZoneInfo("UTC"),
        remember=None,
        now=utc_now,
        wall=utc_now,
    )


def route_of(id_: ChannelId, room: Newsroom, platform: Platform) -> Route:
    channel = replace(channel_of(0), id=id_, chat=room.config.channels[id_].chat)
    return Route(
        channel=channel,
        account=None,
        template=compile_template(channel.template, channel.platform),
        publisher=platform,
        timezone=ZoneInfo("UTC"),
    )


async def a_round(assembly: Assembly, number: int, port: int | None) -> Round:
    """Post one story to all channels; with a `port` while browsers watch there."""
    owed = tuple(assembly.routes)
    story = Story(items=(Item(id=str(number)),), keys=(), owed=owed, article=article_of(number))
    now = utc_now()
    poll = Poll(feed=FeedId("bao-1"), at=now, next_poll=now, validators=Validators())
    await assembly.store.feeds.finish_poll(poll, (), all_new([story]))
    found = Round(len(owed))
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    watchers = context.Process(target=watch, args=(port, there), daemon=True)
    if port is not None:
        watchers.start()
        await asyncio.to_thread(here.recv)  # each has its first page
    await deliver_all(replace(assembly, observers=(found,)), found)
    if port is not None:
        here.send("enough")
        pages, events = await asyncio.to_thread(here.recv)
        print(f"{BROWSERS} browsers read {pages} pages and {events} decisions")
        watchers.join()
    return found


@dataclass
class Read:
    """What all browsers read."""

    pages: int = 0
    events: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    enough: asyncio.Event = field(default_factory=asyncio.Event)


def watch(port: int, pipe: Connection) -> None:
    asyncio.run(_watch(port, pipe))


async def _watch(port: int, pipe: Connection) -> None:
    read = Read()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        tabs = [
            asyncio.create_task(work)
            for place in range(BROWSERS)
            for work in (_follow(session, read), _reload(session, place, read))
        ]
        await read.begun.wait()
        pipe.send("ready")
        await asyncio.to_thread(pipe.recv)
        read.enough.set()
        await asyncio.gather(*tabs)
    pipe.send((read.pages, read.events))


async def _follow(session: aiohttp.ClientSession, read: Read) -> None:
    async with session.get("/events", timeout=aiohttp.ClientTimeout()) as answer:
        async for line in answer.content:
            read.events += line.startswith(b"event:")
            if read.enough.is_set():
                return


async def _reload(session: aiohttp.ClientSession, place: int, read: Read) -> None:
    for path in cycle([*("/", "/plan", "/posts", "/feeds")[place % 4 :], "/"]):
        async with session.get(path) as answer:
            answer.raise_for_status()
            await answer.read()
        read.pages += 1
        if read.pages == BROWSERS:
            read.begun.set()
        try:
            await asyncio.wait_for(read.enough.wait(), RELOAD)
        except TimeoutError:
            continue
        return
