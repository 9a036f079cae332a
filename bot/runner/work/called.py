"""Work that jobs of the queue call for: a feed or a channel at a time."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from bot.runner.work.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from bot.runner.assembly import Assembly

_Key = TypeVar("_Key", bound="Hashable")
_Claim = TypeVar("_Claim")


class CalledWorker(Worker[_Key, _Claim]):
    """A worker that also looks after subjects, such as feeds, where it is told to."""

    def __init__(self, assembly: Assembly, *, on_end: Callable[[], None]) -> None:
        super().__init__(assembly, on_end=on_end)
        self._asked: set[str] = set()
        self._begun: dict[str, asyncio.Task[None]] = {}

    async def look_after(self, *subjects: str) -> frozenset[str]:
        """Do what is due of `subjects`; return when that is done, and those of which nothing was.

        What is claimed is begun, even where this is cancelled.
        """
        self._asked.update(subjects)
        await asyncio.shield(asyncio.create_task(self._begin(subjects)))
        jobs = {one: self._begun.pop(one) for one in subjects if one in self._begun}
        if jobs:
            await asyncio.wait(jobs.values())
        return frozenset(subjects) - jobs.keys()

    async def _begin(self, subjects: Collection[str]) -> None:
        """Claim what was asked for while others claimed: all of it at once."""
        async with self.turn:
            if not self._asked.isdisjoint(subjects):
                asked, self._asked = self._asked, set()
                await self.jobs.guard(self._start_those(asked))

    async def _start_those(self, asked: Collection[str]) -> None:
        assembly = self._assembly
        for claim, job in self._start(await self._claim_those(asked, assembly), assembly):
            self._begun[self._subject(claim)] = job

    @abstractmethod
    async def _claim_those(self, asked: Collection[str], assembly: Assembly) -> Sequence[_Claim]:
        """Claim what is due of the subjects that were `asked` for."""

    @abstractmethod
    def _subject(self, claim: _Claim) -> str:
        """Return the subject that `claim` is about."""
