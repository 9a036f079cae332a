"""One kind of work: due work is claimed at each tick, and each claim is a job of its own."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from bot.publish.pace import lane_of
from bot.runner.work.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
    from datetime import datetime

    from bot.models.outbox import Lane
    from bot.runner.assembly import Assembly
    from bot.runner.sd_notify import Sign

_Key = TypeVar("_Key", bound="Hashable")
_Claim = TypeVar("_Claim")


class Worker(ABC, Generic[_Key, _Claim]):
    """The frame of a worker: a subclass claims, does the work of one claim, and logs the result.

    `failed` counts failures. `on_end` is called after each job, failed or not, unless its end
    lets nothing begin.
    """

    doing: ClassVar[str]
    """How a sign of life calls a job, before its key."""
    limit: ClassVar[float]
    """The seconds after which a job is stuck."""

    def __init__(self, assembly: Assembly, *, on_end: Callable[[], None]) -> None:
        self._assembly = assembly
        self._on_end = on_end
        self.turn = asyncio.Lock()
        """Held by a claim until its work has begun."""
        self.jobs: Jobs[_Key] = Jobs()
        self.failed = 0

    async def tick(self) -> None:
        """Claim the work that is due, and start it."""
        await self.jobs.guard(self._start_due())

    def exchange(self, assembly: Assembly) -> frozenset[asyncio.Task[None]]:
        """Claim with another assembly from now on; return the jobs that go on with the old one.

        Whoever calls it has the turn.
        """
        self._assembly = assembly
        return self.jobs.running()

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each job."""
        return self.jobs.signs(self.doing, self.limit)

    async def _start_due(self) -> None:
        # A claim that was made with one assembly must not begin with another.
        async with self.turn:
            self._start(await self._claim(self._assembly), self._assembly)

    def _start(
        self, claims: Sequence[_Claim], assembly: Assembly
    ) -> list[tuple[_Claim, asyncio.Task[None]]]:
        running = self.jobs.keys()
        return [
            (
                claim,
                self.jobs.start(
                    self._key(claim),
                    self._work(claim, assembly),
                    on_crash=partial(self._crashed, claim, assembly),
                    on_end=partial(self._ended, claim),
                ),
            )
            for claim in claims
            # A job whose claim ran out, as in a sleep of the machine, goes on without a second one.
            if self._key(claim) not in running
        ]

    def _ended(self, _claim: _Claim) -> None:
        """Tell that a job ended: something else may begin."""
        self._on_end()

    @abstractmethod
    async def _claim(self, assembly: Assembly) -> Sequence[_Claim]:
        """Claim the work that is due."""

    @abstractmethod
    def _key(self, claim: _Claim) -> _Key:
        """Return the key of the job that works on `claim`."""

    @abstractmethod
    async def _work(self, claim: _Claim, assembly: Assembly) -> None:
        """Do the work of one claim, and log the result."""

    async def _crashed(self, _claim: _Claim, _assembly: Assembly) -> None:
        """Count it: when the lease of the claim is over, the work is tried again."""
        self.failed += 1


async def wait_for_turn(start: datetime | None, assembly: Assembly) -> None:
    """Wait for the moment at which a lane lets a delivery or an edit go."""
    now = assembly.now()
    if start is not None and start > now:
        await assembly.sleep((start - now).total_seconds())


def lanes_of(assembly: Assembly, only: Collection[str] | None = None) -> Sequence[Lane]:
    """Return the lanes of all channels, or of `only` some; the wall clock tells which are quiet.

    They are made once a minute, in which no lane changes: each tick asks for hundreds of them.
    """
    minute, made = assembly.wall().replace(second=0, microsecond=0), assembly.lanes
    if minute not in made:
        routes = assembly.routes.values()
        made.clear()
        made[minute] = [lane_of(route.channel, minute, assembly.timezone) for route in routes]
    every = made[minute]
    return every if only is None else [lane for lane in every if lane.channel in only]
