"""What a million remembered items cost: bytes of SQLite each, and what a poll waits for.

ITEMS are those of thinned stories, four keys each; KEYS stand in `story_keys` beside them, as those
of stories that can still be explained. Milliseconds are of CPU: the machine may have others.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, insert

from benchmarks.growth import FEED, MONTH, POLL, START, item, poll, used
from bot.dedupe.keys import id_hash, keys_of
from bot.models.basics import Key
from bot.models.traces import Marks
from bot.store.engine import open_store
from bot.store.stories.known import known_of, look_up
from bot.store.stories.settled import day_of, forget_settled, settle
from bot.store.tables.schema import story_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.models.feeds import Item
    from bot.store.engine import Store

ITEMS = int(os.environ.get("ITEMS", "1000000"))
KEYS = int(os.environ.get("KEYS", "1000000"))
MOST_BYTES, MOST_MS = 40, 2.0
_AT_ONCE = 2_000_000
_NOW = START + 2 * MONTH


def fill(store: Store) -> None:
    """Settle keys as those of ITEMS items, half of them the feed's own, and add KEYS others."""
    for done in range(0, 4 * ITEMS, _AT_ONCE):
        count = min(_AT_ONCE, 4 * ITEMS - done)
        random = os.urandom(16 * count)
        days = {
            Key(random[16 * at : 16 * at + 16], FEED.id if at % 2 else ""): day_of(START) + at % 30
            for at in range(count)
        }
        with store.database.write(durable=False) as tx:
            settle(tx, days)
    for done in range(0, KEYS, _AT_ONCE):
        rows = [
            {"key": os.urandom(16), "feed": FEED.id if at % 2 else "", "story": done + at + 10**6}
            for at in range(min(_AT_ONCE, KEYS - done))
        ]
        with store.database.write(durable=False) as tx:
            tx.execute(insert(story_keys), rows)


def marks_of(items: list[Item]) -> Marks:
    keys = keys_of(FEED.id, items)
    return Marks(
        keys=tuple(key for one in keys for key in one.all),
        ids=frozenset(id_hash(one.id) for one in items),
        sketches=frozenset(one.sketch for one in keys if one.sketch),
        dates=frozenset(one.published for one in items if one.published),
    )


def looked_up(store: Store, marks: Marks) -> None:
    with store.database.read() as tx:
        known_of(tx, look_up(tx, marks, FEED.id), FEED.id)


def cpu(work: Callable[[], object], times: int = 100) -> float:
    """Return the milliseconds of CPU that `work` takes: the median."""
    took = []
    for _ in range(times):
        began = time.thread_time()
        work()
        took.append((time.thread_time() - began) * 1000)
    return statistics.median(took)


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """Yield a list of the statements that run in the block."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(store.database.engine, "before_cursor_execute", note)


def measure_lookups(store: Store, shown: dict[str, list[Item]]) -> bool:
    good = True
    for name, items in shown.items():
        marks = marks_of(items)
        with counted(store) as statements:
            looked_up(store, marks)
        took = cpu(partial(looked_up, store, marks))
        good &= took < MOST_MS
        print(f"look-up of {name}: {len(statements)} statements, {took:.2f} ms")
    return good


async def measure(file: Path) -> bool:
    store = open_store(f"sqlite:///{file}", create=True)
    empty = used(file)
    await store.database.run(lambda: fill(store))
    with closing(sqlite3.connect(file)) as database:
        query = "SELECT sum(pgsize) FROM dbstat WHERE name = 'settled_keys'"
        size = database.execute(query).fetchone()[0] / ITEMS
    print(f"{ITEMS} items: {size:.1f} bytes each; with {KEYS} keys {used(file) - empty} bytes")
    old, live = [item(one) for one in range(POLL)], [item(POLL + one) for one in range(POLL)]
    await poll(store, old, START)
    await store.housekeeping(START, timedelta(days=400))
    await settle_all(store, old)
    await poll(store, live, _NOW)
    new = item(2 * POLL)
    shown = {
        "1 new item": [new],
        "40 items that can be explained": live,
        "40 such items and 1 new": [*live, new],
        "40 thinned items": old,
        "40 thinned items and 1 new": [*old, new],
    }
    good = measure_lookups(store, shown)
    began = time.process_time()
    await store.housekeeping(_NOW, timedelta(days=400))
    print(f"housekeeping: {(time.process_time() - began) * 1000:.0f} ms")
    for what, before in (("nothing", 0), ("half of the keys", day_of(START) + 15)):
        with store.database.write(durable=False) as tx:
            took = cpu(partial(forget_settled, tx, before, -1), times=1)
        print(f"a step of it in which {what} is forgotten: {took:.0f} ms")
    await store.close()
    return good and size <= MOST_BYTES


async def settle_all(store: Store, items: list[Item]) -> None:
    """Thin the stories of `items` as if their posts were settled long ago."""
    keys = [key for one in keys_of(FEED.id, items) for key in one.all]

    def work() -> None:
        with store.database.write(durable=False) as tx:
            settle(tx, dict.fromkeys(keys, day_of(_NOW)))
            tx.exec_driver_sql("DELETE FROM story_keys WHERE story < 1000")
            tx.exec_driver_sql("DELETE FROM stories")

    await store.database.run(work)


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder) / "news.db"))
