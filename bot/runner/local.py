"""Runs the pipeline on one machine: as a service, or once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.log import get_logger, local_time
from bot.runner.service import HOUSEKEEPING, LATE_CHORE, LATE_TICK, TICK, ServiceRunner
from bot.stopping import STOP_GRACE, stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from datetime import datetime
    from typing import Any

    from bot.runner.clockwork import Clockwork

_log = get_logger(__name__)


class LocalRunner(ServiceRunner):
    """Polls and delivers what each tick finds due; on a file its caller holds the instance lock."""

    ticks = timedelta(seconds=TICK)

    def _repeat(self, clockwork: Clockwork) -> None:
        clockwork.every(TICK, self._poller.tick, name="polling", late=LATE_TICK)
        clockwork.every(TICK, self._send, name="delivering", late=LATE_TICK)
        clockwork.every(HOUSEKEEPING, self._keep_house, name="housekeeping", late=LATE_CHORE)

    def _go_on(self) -> Iterable[Callable[[], Coroutine[Any, Any, None]]]:
        return (self._deliver_when_ready,)

    async def _deliver_when_ready(self) -> None:
        """Deliver at once when a poll brought something or a lane became free."""
        while True:
            await self._bell.heard()
            await self._send()

    async def _send(self) -> None:
        for each in self._senders:
            await each.tick()

    async def once(self, wait: timedelta) -> bool:
        """Poll every feed, deliver for at most `wait`; True if all went well."""
        stop = stop_signal()
        await self._take_over()
        await self._desk.visit()
        polls = asyncio.create_task(self._poller.poll_all())
        deadline = None
        while not stop.is_set():
            if deadline is None and polls.done():
                deadline = self._assembly.now() + wait
                await self._gather_no_more()
            await self._poller.keep_claims()
            for each in self._senders:
                await each.tick()
            pause = await self._pause(deadline)
            if pause is None:
                break
            await self._deliverer.jobs.wait_for_any(pause)
        polls.cancel()
        await self._desk.visit()
        await self._desk.stop()
        await self._drain()
        workers = (self._poller, *self._senders)
        return not any(each.failed or each.jobs.crashes for each in workers)

    async def _gather_no_more(self) -> None:
        """Let digests go: all feeds were polled, so that nothing more joins them."""
        now = self._assembly.now()
        await self._deliverer.jobs.guard(self._assembly.store.outbox.gather_no_more(now))

    async def _pause(self, deadline: datetime | None) -> float | None:
        """Return the seconds until the next tick, None when there is nothing to wait for."""
        if deadline is None or any(len(each.jobs) for each in self._senders):
            expired = deadline is not None and self._assembly.now() >= deadline + timedelta(
                seconds=STOP_GRACE
            )
            return None if expired else 0.05
        if self._assembly.store.outbox.unwritten is not None:
            return 1.0 if self._assembly.now() < deadline else None
        dues = await self._deliverer.next_due(), await self._corrector.next_due()
        due = min((one for one in dues if one is not None), default=None)
        if due is None:
            return None
        if due > deadline:
            _log.info("the rest waits for its time", next=local_time(due, self._assembly.timezone))
            return None
        return min(max((due - self._assembly.now()).total_seconds(), 0.01), 1.0)
