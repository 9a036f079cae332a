"""A job that ended keeps nobody from its key, and work that is claimed is begun."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

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
