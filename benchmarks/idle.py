"""The CPU of a tick at which nothing is due, with 10,000 feeds and 300 channels.

A tick is what the service does each half second: claims of polls, of corrections, of posts whose
fate is unknown and of deliveries. `FEEDS=2000 CHANNELS=30 python -m benchmarks idle` for others.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks.delivery import channel_of, route_of
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import Poll, Validators
from bot.models.settings import Feed
from bot.publish.telegram.account import TelegramAccount
from bot.runner.assembly import Assembly
from bot.runner.work.correcting import Corrector
from bot.runner.work.delivering import Deliverer
from bot.runner.work.polling import Poller
from bot.runner.work.settling import Settler
from bot.store.engine import open_store
from tests.standins.telegram import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runner.work.worker import Worker
    from bot.store.engine import Store

FEEDS, CHANNELS = int(os.environ.get("FEEDS", "10000")), int(os.environ.get("CHANNELS", "300"))
LIMIT = 5.0  # milliseconds
NOW = datetime(2026, 5, 22, tzinfo=UTC)
TICKS, WARM = 120, 12
TICK = timedelta(seconds=0.5)


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(open_store(f"sqlite:///{folder}/bench.db", create=True)))


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
    polls = (
        Poll(feed=feed, at=NOW, next_poll=NOW + timedelta(hours=1), validators=Validators())
        for feed in assembly.feeds
    )
    await asyncio.gather(*(assembly.store.feeds.finish_poll(poll) for poll in polls))
