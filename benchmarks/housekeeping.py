"""What is done each hour and at each start, with 10,000 feeds, 300 channels and 100,000 posts.

Each chore holds the one writing transaction of SQLite for as long as it takes: nothing is polled
with news and nothing is posted meanwhile.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.desk import fill, newsroom
from benchmarks.watched import assembly_of
from bot.clock import utc_now
from bot.runner.reload.filtered import follow_filters
from bot.runner.work import housekeeping

CHORES = (
    housekeeping.recover,
    housekeeping.recognise_channels,
    follow_filters,
    housekeeping.drop_outdated,
    housekeeping.excuse,
    housekeeping.forget_events,
    housekeeping.forget,
    housekeeping.thin,
    housekeeping.back_up,
)
LIMIT = 500.0  # milliseconds


def main() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> bool:
    room = newsroom(folder, utc_now())
    await room.store.database.run(lambda: fill(room.store, utc_now()))
    config = room.config
    assembly = replace(
        assembly_of(room),
        feeds=config.feeds,
        remember=config.remember,
        explain_for=config.explain_for,
    )
    slowest = 0.0
    for chore in CHORES:
        before = time.process_time()
        await chore(assembly)
        took = (time.process_time() - before) * 1000
        slowest = max(slowest, took)
        print(f"{chore.__name__:20} {took:7.1f} ms")
    await room.store.close()
    print(f"limit {LIMIT:.0f} ms: {'kept' if slowest <= LIMIT else 'NOT KEPT'}")
    return slowest <= LIMIT
