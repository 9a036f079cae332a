"""A job that ended keeps nobody from its key, and work that is claimed is begun."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import structlog

from bot.errors import StoreError
from bot.runner.work.jobs import Jobs
from bot.runner.work.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.runner.assembly import Assembly


class _Retrying(Worker[str, str]):
    """Ends a job, and claims the same work again, as results of the store's thread come in."""

    doing = "try"
    limit = 60.0

    def __init__(self) -> None:
        super().__init__(cast("Assembly", None), on_end=lambda: None)
        self.ended = asyncio.Event()
        self.claimed = asyncio.Event()
        self.begun = 0

    async def _claim(self, assembly: Assembly) -> Sequence[str]:
        if self.begun:
            await self.claimed.wait()
        return ["post"]

    def _key(self, claim: str) -> str:
        return claim

    async def _work(self, claim: str, assembly: Assembly) -> None:
        self.begun += 1
        await self.ended.wait()


async def test_work_claimed_again_in_the_moment_in_which_it_ends_is_begun_again() -> None:
    worker = _Retrying()
    await worker.tick()
    await asyncio.sleep(0)
    again = asyncio.create_task(worker.tick())
    await asyncio.sleep(0)
    # A busy loop hears of both at once: the outcome was stored, and then the work claimed.
    worker.ended.set()
    worker.claimed.set()
    await again
    await worker.jobs.wait()
    assert worker.begun == 2


async def test_a_fault_of_the_database_is_told_once_though_other_jobs_end_well() -> None:
    """On a full disk what only reads goes on, twice a second."""
    jobs: Jobs[str] = Jobs()
    faults = ["full", "full", "full", None, "full", "locked"]

    async def claim(fault: str | None) -> None:
        if fault:
            raise StoreError(fault)

    async def count() -> None:
        raise StoreError("full")

    async def look() -> None:
        return

    with structlog.testing.capture_logs() as logs:
        for fault in faults:
            await jobs.guard(claim(fault))
            await jobs.guard(look())
        await jobs.guard(count())
    assert [log["event"] for log in logs] == ["full", "full", "locked", "full"]
    assert jobs.crashes == len(faults)
