"""Runs the pipeline on one machine: as a service, or once."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.log import get_logger
from bot.pipeline import unknown_policy
from bot.runner.delivering import Deliverer
from bot.runner.polling import Poller

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.runner.parts import Chore, Parts

_log = get_logger(__name__)
_TICK = 0.5  # seconds; also bounds how long an operator's command takes to work
_GRACE = 8.0  # seconds that posts in flight get to finish
_HOUSEKEEPING = 3600


class LocalRunner:
    """Polls and delivers from this process alone; its caller holds the instance lock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ready = asyncio.Event()
        self._poller = Poller(parts, on_owed=self._ready.set)
        self._deliverer = Deliverer(parts, on_end=self._ready.set)

    async def run(self) -> None:
        """Work until SIGINT or SIGTERM, then finish what is in flight."""
        stop = _stop_signal()
        await self._recover()
        scheduler = self._scheduler()
        scheduler.start()
        _log.info("running", feeds=len(self._parts.feeds), channels=len(self._parts.routes))
        waker = asyncio.create_task(self._deliver_when_ready())
        await stop.wait()
        _log.info("stopping: finishing what is in flight")
        waker.cancel()
        scheduler.remove_all_jobs()
        await self._drain()
        scheduler.shutdown(wait=False)

    async def once(self, wait: timedelta) -> bool:
        """Poll every feed, deliver what may go out within `wait`; True if all went well."""
        stop = _stop_signal()
        await self._recover()
        polls = asyncio.create_task(self._poller.poll_all())
        deadline = None
        while not stop.is_set():
            if deadline is None and polls.done():
                deadline = self._parts.now() + wait
            await self._deliverer.tick()
            pause = await self._pause(deadline)
            if pause is None:
                break
            await self._deliverer.jobs.wait_for_any(pause)
        polls.cancel()
        await self._drain()
        broken = self._poller.jobs.crashes + self._deliverer.jobs.crashes
        return not (self._poller.failed or self._deliverer.failed or broken)

    async def _pause(self, deadline: datetime | None) -> float | None:
        """Return the seconds until the next look, None when there is nothing to wait for."""
        if deadline is None or len(self._deliverer.jobs):
            expired = deadline is not None and self._parts.now() >= deadline + _grace()
            return None if expired else 0.05
        due = await self._deliverer.next_due()
        if due is None:
            return None
        if due > deadline:
            local = due.astimezone(self._parts.timezone)
            _log.info("the rest waits for its time", next=f"{local:%Y-%m-%d %H:%M:%S}")
            return None
        return min(max((due - self._parts.now()).total_seconds(), 0.01), 1.0)

    def _scheduler(self) -> AsyncIOScheduler:
        """Return the clockwork: it decides when, the store's claims decide who."""
        # A run that comes late is still wanted, once: APScheduler's default drops it after 1 s.
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._every(scheduler, _TICK, self._poller.tick)
        self._every(scheduler, _TICK, self._deliverer.tick)
        self._every(scheduler, _HOUSEKEEPING, self._keep_house)
        for chore in self._parts.chores:
            self._every(scheduler, chore.seconds, partial(self._do, chore))
        return scheduler

    def _every(
        self, scheduler: AsyncIOScheduler, seconds: float, job: Callable[[], Awaitable[None]]
    ) -> None:
        scheduler.add_job(job, "interval", seconds=seconds, next_run_time=self._parts.now())

    async def _deliver_when_ready(self) -> None:
        """Deliver at once when a poll brought something or a lane became free."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            await self._deliverer.tick()

    async def _recover(self) -> None:
        """Take back what a killed predecessor held; what it was sending may have been sent."""
        outbox, now = self._parts.store.outbox, self._parts.now()
        for interrupted in await outbox.recover(now):
            route = self._parts.routes.get(interrupted.channel)
            policy = unknown_policy(route.channel, interrupted.reason) if route else "hold"
            if policy != "hold":
                await outbox.settle_unknown(
                    interrupted.id,
                    "pending" if policy == "resend" else "dropped",
                    interrupted.reason,
                    now,
                )
            _log.warning(
                "interrupted while sending",
                channel=interrupted.channel,
                delivery=interrupted.id,
                policy=policy,
            )

    async def _keep_house(self) -> None:
        if self._parts.remember is not None:
            await self._poller.jobs.guard(self._forget(self._parts.remember))

    async def _do(self, chore: Chore) -> None:
        await self._poller.jobs.guard(chore.work())

    async def _forget(self, remember: timedelta) -> None:
        forgotten = await self._parts.store.housekeeping(self._parts.now(), remember)
        if forgotten:
            _log.info("forgot stories older than dedupe.remember", stories=forgotten)

    async def _drain(self) -> None:
        await self._poller.jobs.cancel()
        await self._deliverer.jobs.wait(_GRACE)
        await self._deliverer.jobs.cancel()
        await self._recover()


def _grace() -> timedelta:
    return timedelta(seconds=_GRACE)


def _stop_signal() -> asyncio.Event:
    """Return an event that the first SIGINT or SIGTERM sets; a second one ends the process."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def stopped(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped, number)
    return stop
