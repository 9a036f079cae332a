"""Recurring jobs go on, whatever happens to the clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.clock import utc_now
from bot.runner.clockwork import Clockwork, Every

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_missed_runs_are_one_run() -> None:
    every = Every(0.5)
    assert every.get_next_fire_time(NOW, NOW) == NOW + timedelta(seconds=0.5)
    later = NOW + timedelta(days=20_000)
    assert every.get_next_fire_time(NOW, later) == later + timedelta(seconds=0.5)
    assert every.get_next_fire_time(None, NOW) == NOW + timedelta(seconds=0.5)


async def test_a_clock_set_back_stops_no_job() -> None:
    """APScheduler would wait for the hour to come again."""
    clockwork = Clockwork()
    ran = asyncio.Event()

    async def work() -> None:
        ran.set()

    clockwork.every(60, work, name="work", late=60)
    clockwork.start()
    await asyncio.wait_for(ran.wait(), 5)
    ran.clear()
    # What a job looks like after the clock was set back by an hour.
    (job,) = clockwork._scheduler.get_jobs()
    job.modify(next_run_time=utc_now() + timedelta(hours=1))
    keeper = asyncio.create_task(clockwork.keep_time())
    await asyncio.wait_for(ran.wait(), 5)
    keeper.cancel()
    await clockwork.stop(1)


@pytest.mark.parametrize("is_quick", [True, False])
async def test_a_stop_lets_a_run_end_or_ends_it_and_logs_no_error(
    caplog: pytest.LogCaptureFixture, is_quick: bool
) -> None:
    """APScheduler logs a traceback for each run that its own shutdown cancels."""
    clockwork = Clockwork()
    begun, ended, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    clockwork.every(60, work, name="work", late=60)
    clockwork.start()
    await asyncio.wait_for(begun.wait(), 5)
    if is_quick:
        asyncio.get_running_loop().call_soon(may_end.set)
    await clockwork.stop(5 if is_quick else 0)
    assert ended.is_set() is is_quick
    await asyncio.sleep(0)
    assert caplog.records == []


async def test_a_run_that_is_due_at_the_stop_is_not_begun(caplog: pytest.LogCaptureFixture) -> None:
    clockwork = Clockwork()
    runs: list[None] = []

    async def work() -> None:
        runs.append(None)

    clockwork.every(60, work, name="work", late=60)
    clockwork.start()
    await clockwork.stop(5)
    assert (runs, caplog.records) == ([], [])


def since(clockwork: Clockwork) -> float:
    (sign,) = [one for one in clockwork.signs() if one.name == "work"]
    return sign.since


async def test_a_job_is_not_begun_beside_itself_and_shows_how_long_it_takes() -> None:
    clockwork = Clockwork()
    begun, end, again, count = asyncio.Event(), asyncio.Event(), asyncio.Event(), 0
    others: asyncio.Queue[None] = asyncio.Queue()

    async def work() -> None:
        nonlocal count
        count += 1
        if count == 2:
            begun.set()
            await end.wait()
        if count == 4:
            again.set()

    clockwork.every(0.05, work, name="work", late=10)
    clockwork.every(0.05, partial(others.put, None), name="other", late=10)
    clockwork.start()
    await asyncio.wait_for(begun.wait(), 5)
    before = since(clockwork)
    for _ in range(others.qsize() + 5):
        await asyncio.wait_for(others.get(), 5)
    assert count == 2
    assert since(clockwork) == before
    end.set()
    await asyncio.wait_for(again.wait(), 5)
    assert since(clockwork) > before
    clockwork.forget("work")
    clockwork.forget("other")
    assert list(clockwork.signs()) == []
    await clockwork.stop(1)
