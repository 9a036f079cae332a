"""What a process counts is written down by the hour, once, also where a write fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import pytest

from bot.errors import StoreError
from bot.models.basics import FeedId
from bot.models.feeds import PollReport
from bot.models.hours import HOUR
from bot.runner.work.counting import Counting, cpu_used, memory_used
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.engine import Store

NOW = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = open_store(":memory:", create=True)
    yield store
    await store.close()


def report(outcome: Literal["items", "not_modified", "failed"]) -> PollReport:
    return PollReport(feed=FeedId("f"), outcome=outcome)


async def read(store: Store) -> dict[str, int]:
    sums = await store.hours.sums(["polls", "failed_polls", "cpu", "memory"], NOW, NOW + HOUR, 1)
    return {one.figure: one.value for one in sums}


def counting(store: Store) -> Counting:
    cpu = iter([5_000, 7_000, 7_500])
    return Counting(store, lambda: NOW, cpu=lambda: next(cpu), memory=lambda: 9, machine="a")


async def test_polls_and_cpu_since_the_last_write_are_added(store: Store) -> None:
    counts = counting(store)
    counts.polled(report("items"), 0.1)
    counts.polled(report("failed"), 0.1)
    await counts.write({})
    counts.polled(report("not_modified"), 0.1)
    await counts.write({})
    assert await read(store) == {"polls": 3, "failed_polls": 1, "cpu": 7_000, "memory": 9}


async def test_what_was_not_written_is_written_the_next_time(store: Store) -> None:
    counts = counting(store)
    counts.polled(report("items"), 0.1)
    broken = open_store(":memory:", create=True)
    with broken.database.write() as tx:
        tx.exec_driver_sql("DROP TABLE hours")
    counts._store = broken
    with pytest.raises(StoreError):
        await counts.write({})
    await broken.close()
    counts._store = store
    await counts.write({})
    assert await read(store) == {"polls": 1, "cpu": 7_000, "memory": 9}


def test_cpu_and_memory_of_this_process_are_measured() -> None:
    assert cpu_used() > 0
    assert memory_used() > 10_000_000
