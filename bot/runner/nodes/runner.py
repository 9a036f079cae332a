"""Runs the pipeline on one of several machines: each does what jobs of their queue call for.

The outbox stays the only truth. A look finds what is due and gives it a job; a job calls the same
workers as the ticks of one machine do, which claim before they work. So a job that is lost, late or
there twice does no harm (docs/decisions/0049).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.models.nodes import lock_of
from bot.runner.nodes.engine import Engine
from bot.runner.nodes.presence import SIGNS, Presence
from bot.runner.service import LATE_CHORE, LATE_TICK, TICK, ServiceRunner
from bot.runner.work.correcting import longest_window
from bot.runner.work.worker import lanes_of
from bot.store.db.faults import OtherTables

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.models.nodes import JobKind, Role
    from bot.runner.assembly import Assembly
    from bot.runner.clockwork import Clockwork
    from bot.runner.nodes.engine import Handlers
    from bot.runner.reload.reloading import Reloader
    from bot.runner.work.called import CalledWorker

LOOK: Final = 3.0
"""Seconds between two looks at what is due: with the time until a job is fetched, what an operator
does in another process takes effect within five."""
_REST: Final = timedelta(seconds=2)
"""A job that found nothing to do was called too early: by another clock, or while another node
claimed in its lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What this machine is among the others, and how it reaches the `database` of this name."""

    database: str
    address: Mapping[str, Any]
    roles: Sequence[Role]
    concurrency: int


class NodeRunner(ServiceRunner):
    """Looks for what is due, and works the jobs of its roles."""

    def __init__(
        self, assembly: Assembly, place: Place, *, reloader: Reloader[Any] | None = None
    ) -> None:
        super().__init__(assembly, reloader=reloader)
        self._roles = place.roles
        self._resting: dict[str, datetime] = {}
        workers = (self._poller, self._deliverer, self._settler, self._corrector)
        self._presence = Presence(place.roles, lambda: sum(len(one.jobs) for one in workers))
        self._engine = Engine(
            place.database,
            place.address,
            self._handlers(),
            roles=place.roles,
            concurrency=place.concurrency,
            on_end=self._bell.ring,
        )

    def _handlers(self) -> Handlers:
        async def poll(feeds: Sequence[str]) -> None:
            await self._look_after("poll", self._poller, *feeds)

        async def deliver(channel: str) -> None:
            await self._look_after("deliver", self._deliverer, channel)

        async def settle(channel: str, delivery: int) -> None:  # noqa: ARG001 - for who reads the queue
            await self._look_after("settle", self._settler, channel)

        async def correct() -> None:
            await self._corrector.tick()
            await self._corrector.jobs.wait()

        return {
            "poll": poll,
            "deliver": deliver,
            "settle": settle,
            "correct": correct,
            "digest": self._deliverer.tend_lanes,
            "housekeeping": self._keep_house,
        }

    async def _look_after(self, kind: JobKind, worker: CalledWorker[Any, Any], *names: str) -> None:
        for name in await worker.look_after(*names):
            self._resting[lock_of(kind, name)] = self._assembly.now() + _REST

    def _repeat(self, clockwork: Clockwork) -> None:
        clockwork.every(TICK, self._keep, name="claims", late=LATE_TICK)
        clockwork.every(LOOK, self._look_around, name="looking", late=LATE_CHORE)
        clockwork.every(SIGNS, self._sign, name="presence", late=LATE_CHORE)

    def _go_on(self) -> Iterable[Callable[[], Coroutine[Any, Any, None]]]:
        return self._work_jobs, self._look_when_called

    async def _work_jobs(self) -> None:
        while True:
            await self._poller.jobs.guard(self._engine.run())
            await asyncio.sleep(TICK)

    async def _keep(self) -> None:
        """Keep the claims of what is in flight, and poll what only this machine can."""
        await self._poller.tick_alone(may_poll="poll" in self._roles)
        await self._settler.keep_claims()

    async def _look_around(self) -> None:
        await self._poller.jobs.guard(self._look(is_woken=False))

    async def _look_when_called(self) -> None:
        """Look at once when a job is done: it may have brought news, or made its lane free."""
        while True:
            await self._bell.heard()
            await self._poller.jobs.guard(self._look(is_woken=True))

    async def _look(self, *, is_woken: bool) -> None:
        assembly, now = self._assembly, self._assembly.now()
        self._resting = {lock: until for lock, until in self._resting.items() if until > now}
        await assembly.store.queue.look(
            assembly.feeds,
            lanes_of(assembly),
            now,
            within=longest_window(assembly),
            resting=self._resting,
            is_woken=is_woken,
        )

    async def _sign(self) -> None:
        await self._poller.jobs.guard(self._sign_or_end())

    async def _sign_or_end(self) -> None:
        try:
            await self._presence.sign(self._assembly)
        except OtherTables as error:
            self._ends_with = error

    async def _take_over(self) -> None:
        await self._assembly.store.queue.prepare()
        await super()._take_over()

    async def _drain(self) -> None:
        try:
            await super()._drain()
        finally:
            await self._poller.jobs.guard(self._presence.leave(self._assembly))
