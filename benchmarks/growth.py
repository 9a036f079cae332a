"""Bytes of SQLite for each remembered item of 100,000, and a poll of forty known ones.

The items come as a feed brings them, forty new ones a poll, and each is posted. Before
`explain_for` has passed they are whole, afterwards thinned.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.dedupe.decide import decide
from bot.dedupe.keys import keys_of
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import Item, Poll, Validators
from bot.models.settings import Feed
from bot.models.stories import Article
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.stories import Known, Story
    from bot.store.engine import Store

ITEMS, POLL = int(os.environ.get("ITEMS", "100000")), 40
START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)
MOST_BYTES = 60
CHANNEL = ChannelId("tin")
FEED = Feed(
    id=FeedId("tin"),
    url="https://example.org/rss",
    channels=(CHANNEL,),
    max_age=None,
    storm=0,
    first_run=POLL,
)
WORDS = [
    "mạng",
    "cáp",
    "quang",
    "biển",
    "vừa",
    "được",
    "nối",
    "lại",
    "sau",
    "nhiều",
    "tuần",
    "gián",
    "đoạn",
    "và",
    "các",
    "nhà",
    "mạng",
    "trong",
    "nước",
    "cho",
    "biết",
    "lưu",
    "lượng",
    "quốc",
    "tế",
    "đã",
    "trở",
    "về",
    "mức",
    "bình",
    "thường",
    "từ",
    "sáng",
    "nay",
    "tại",
    "cả",
    "ba",
    "miền",
]


def item(number: int) -> Item:
    mixed = [WORDS[(number * place + place * place) % len(WORDS)] for place in range(3, 40)]
    return Item(
        id=f"https://example.org/?p={number}",
        link=f"https://example.org/2026/05/{number}-{'-'.join(WORDS[:6])}",
        title=f"{' '.join(mixed[:11])} {number}",
        summary=f"{number}: {' '.join(mixed)}.",
        # One date for all would have each item compared with two hundred others.
        published=START + number * MONTH / ITEMS,
    )


def article(one: Item) -> Article:
    return Article(title=one.title, link=one.link, paragraphs=(one.summary,), published=START)


def told(known: Known, items: Sequence[Item], now: datetime) -> list[Story]:
    stories = decide(items, keys_of(FEED.id, items), known, feed=FEED, now=now)
    return [
        replace(story, article=article(story.items[0]) if story.owed else None) for story in stories
    ]


async def poll(store: Store, items: Sequence[Item], now: datetime) -> None:
    keys = [key for one in keys_of(FEED.id, items) for key in one.all]
    done = Poll(
        feed=FEED.id,
        at=now,
        next_poll=now + timedelta(hours=1),
        validators=Validators(),
        channels=(CHANNEL,),
    )
    await store.feeds.finish_poll(done, keys, lambda known: told(known, items, now))


def post_all(file: Path) -> None:
    """Note posts of all that is due: sending them one by one would take hours."""
    text = "x" * 400
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE deliveries SET state = 'sent', text = ?, remote_id = id, sent_at = due,"
            " attempted_at = due, attempts = 1, chat = '@tin' WHERE state = 'pending'",
            (text,),
        )


def used(file: Path) -> int:
    """Return the bytes that hold something; SQLite keeps the room of what is deleted for later."""
    with closing(sqlite3.connect(file)) as database:
        pages, free, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


async def poll_time(store: Store, items: Sequence[Item], now: datetime) -> float:
    """Return the milliseconds of CPU of a poll whose items are all known: the median of thirty."""
    times = []
    for _ in range(30):
        began = time.process_time()
        await poll(store, items, now)
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


async def measure(file: Path) -> bool:
    store = open_store(f"sqlite:///{file}", create=True)
    polls = ITEMS // POLL
    now = START
    for place in range(polls):
        now = START + place * timedelta(hours=1)
        await poll(store, [item(place * POLL + one) for one in range(POLL)], now)
    post_all(file)
    last = [item(ITEMS - POLL + one) for one in range(POLL)]
    whole = used(file) / ITEMS
    print(f"whole: {whole:.0f} bytes an item, {await poll_time(store, last, now):.1f} ms a poll")
    began = time.process_time()
    thinned = await store.thin(now + MONTH, MONTH)
    took = time.process_time() - began
    left = used(file) / ITEMS
    print(
        f"thin: {left:.0f} bytes an item ({thinned} of {ITEMS} thinned in {took:.1f} s), "
        f"{await poll_time(store, last, now + MONTH):.1f} ms a poll"
    )
    old = [item(one) for one in range(POLL)]
    print(f"thin: {await poll_time(store, old, now + MONTH):.1f} ms a poll of thinned items")
    await store.close()
    return left <= MOST_BYTES


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder) / "news.db"))
