"""What nothing to do costs, with 10,000 feeds and 300 channels.

On SQLite the CPU of a tick in which every worker looks is measured: for polls, corrections, posts
whose fate is unknown and deliveries. On PostgreSQL a node runs, and when it has started its
statements are counted for SECONDS, beginnings and ends of transactions apart.
`FEEDS=2000 CHANNELS=30 python -m benchmarks idle` for others.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import statistics
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks.delivery import channel_of, route_of
from bot.clock import utc_now
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import Poll, Validators
from bot.models.settings import Feed
from bot.publish.telegram.account import TelegramAccount
from bot.runner.assembly import Assembly
from bot.runner.nodes.runner import NodeRunner, Place
from bot.runner.work.correcting import Corrector
from bot.runner.work.delivering import Deliverer
from bot.runner.work.polling import Poller
from bot.runner.work.settling import Settler
from bot.store.db.postgres import connection_arguments
from bot.store.engine import open_store
from tests.standins.postgres import running_postgres
from tests.standins.telegram import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runner.work.worker import Worker
    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer

FEEDS, CHANNELS = int(os.environ.get("FEEDS", "10000")), int(os.environ.get("CHANNELS", "300"))
LIMIT = 5.0  # milliseconds
SECONDS, MOST = float(os.environ.get("SECONDS", "60")), 5.0  # statements a second
STARTING = 40.0
NOW = datetime(2026, 5, 22, tzinfo=UTC)
TICKS, WARM = 120, 12
TICK = timedelta(seconds=0.5)


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        good = asyncio.run(_measure(open_store(f"sqlite:///{folder}/bench.db", create=True)))
        url = server.url(server.new_database())
        return asyncio.run(_count(open_store(url, create=True), server)) and good


async def _count(store: Store, server: PostgresServer) -> bool:
    """Let a node run on PostgreSQL for SECONDS; return whether it asked seldom enough."""
    account = TelegramAccount(TOKEN, "http://127.0.0.1:1")
    assembly = _assembly(store, account, utc_now)
    await _polled_before(assembly)
    place = Place(
        database=store.database.name,
        address=connection_arguments(store.database.engine),
        roles=("poll", "deliver"),
        concurrency=16,
    )
    service = asyncio.create_task(NodeRunner(assembly, place).run())
    await asyncio.sleep(STARTING)
    server.admin("ALTER SYSTEM SET log_statement = 'all'")
    server.admin("SELECT pg_reload_conf()")
    await asyncio.sleep(SECONDS)
    told = _statements(server)
    os.kill(os.getpid(), signal.SIGTERM)
    await service
    await account.close()
    await store.close()
    rate = told.total() / SECONDS
    print(f"PostgreSQL: {rate:.1f} statements a second, at most {MOST}; most often:")
    for statement, count in told.most_common(12):
        print(f"  {count / SECONDS:4.1f} {statement}")
    return rate <= MOST


def _statements(server: PostgresServer) -> Counter[str]:
    """Return the beginnings of the statements in the server's log, but for those of transactions.

    A connection that has broken is noticed by an empty one before each transaction.
    """
    log = (server.home / "log").read_text("utf-8", "replace")
    found = re.findall(r"LOG:  (?:statement|execute [^:]*): *(.*)", log)
    short = (" ".join(one.split())[:60] for one in found)
    return Counter(one for one in short if not one.startswith(("BEGIN", "COMMIT", "ROLLBACK", ";")))


async def _measure(store: Store) -> bool:
    account = TelegramAccount(TOKEN, "http://127.0.0.1:1")
    now = [NOW]
    assembly = _assembly(store, account, lambda: now[0])
    await _polled_before(assembly)
    every: dict[str, Worker[Any, Any]] = {
        "polls": Poller(assembly, on_end=nothing),
        "corrections": Corrector(assembly, on_end=nothing),
        "doubts": Settler(assembly, on_end=nothing, busy=frozenset),
        "deliveries": Deliverer(assembly, on_end=nothing),
    }
    costs: dict[str, list[float]] = {name: [] for name in every}
    for _ in range(TICKS):
        now[0] += TICK
        for name, worker in every.items():
            before = time.process_time()
            await worker.tick()
            assert not len(worker.jobs)
            costs[name].append((time.process_time() - before) * 1000)
    await account.close()
    await store.close()
    found = {name: statistics.mean(of[WARM:]) for name, of in costs.items()}
    total = sum(found.values())
    parts = ", ".join(f"{name} {cost:.2f}" for name, cost in found.items())
    print(f"{FEEDS} feeds, {CHANNELS} channels: {total:.2f} ms a tick ({parts}); at most {LIMIT}")
    return total <= LIMIT


def nothing() -> None:
    """Take note of nothing."""


def _assembly(store: Store, account: TelegramAccount, clock: Callable[[], datetime]) -> Assembly:
    feeds = [
        Feed(id=FeedId(f"f{number}"), url=f"https://site{number}.example/feed", channels=())
        for number in range(FEEDS)
    ]
    channels = [channel_of(number) for number in range(CHANNELS)]
    return Assembly(
        feeds={feed.id: feed for feed in feeds},
        routes={ChannelId(channel.id): route_of(channel, account) for channel in channels},
        store=store,
        collect=None,  # type: ignore[arg-type] # nothing is polled here
        timezone=ZoneInfo("UTC"),
        remember=None,
        now=clock,
        wall=clock,
    )


async def _polled_before(assembly: Assembly) -> None:
    """Let all feeds be known, and due in an hour."""
    now = assembly.now()
    polls = (
        Poll(feed=feed, at=now, next_poll=now + timedelta(hours=1), validators=Validators())
        for feed in assembly.feeds
    )
    await asyncio.gather(*(assembly.store.feeds.finish_poll(poll) for poll in polls))
