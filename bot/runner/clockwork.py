"""Recurring jobs: APScheduler decides when, and a clock that jumps disturbs none of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.clock import utc_now
from bot.runner.sd_notify import Sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_CHECK = 0.5  # seconds between two checks for jobs that the clock has moved away


class Every(BaseTrigger):  # type: ignore[misc] # the library has no types
    """Fires every so many seconds; runs that were missed are one run.

    APScheduler's interval would count each missed one: 170,000 ticks when the clock jumps a day.
    """

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return one interval after the last run, or after now where that is over."""
        due = (previous_fire_time or now) + self.interval
        return due if due > now else now + self.interval


@dataclass(slots=True)
class _Work:
    """A recurring job; `since` is the loop's time when it began or last ended.

    `runs` are the runs that are under way, of all jobs together.
    """

    name: str
    limit: float
    work: Callable[[], Awaitable[None]]
    since: float
    runs: set[asyncio.Future[None]]
    is_busy: bool = False
    is_over: bool = False

    async def __call__(self) -> None:
        # A run that takes longer than its interval is not begun again beside itself.
        if self.is_busy or self.is_over:
            return
        self.is_busy = True
        run = asyncio.ensure_future(self.work())
        self.runs.add(run)
        try:
            # It is not awaited itself: APScheduler logs a traceback where a stop cancels it.
            await asyncio.wait({run})
            if not run.cancelled():
                run.result()
        finally:
            self.runs.discard(run)
            self.is_busy = False
            self.since = asyncio.get_running_loop().time()


class Clockwork:
    """The recurring jobs of a service."""

    def __init__(self) -> None:
        # A run that comes late is still wanted, once: APScheduler's default drops it after 1 s.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        self._works: list[_Work] = []
        self._runs: set[asyncio.Future[None]] = set()

    def every(
        self, seconds: float, work: Callable[[], Awaitable[None]], *, name: str, late: float
    ) -> None:
        """Do `work` now and every `seconds`; a run that ends more than `late` late is stuck."""
        now = asyncio.get_running_loop().time()
        job = _Work(name=name, limit=seconds + late, work=work, since=now, runs=self._runs)
        self._works.append(job)
        self._scheduler.add_job(
            job.__call__, Every(seconds), id=str(id(job)), next_run_time=utc_now()
        )

    def forget(self, name: str) -> None:
        """Begin no job of this name any more."""
        for job in [job for job in self._works if job.name == name]:
            self._works.remove(job)
            self._scheduler.remove_job(str(id(job)))

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    async def stop(self, grace: float) -> None:
        """Begin nothing any more; a run that is under way gets `grace` seconds to end.

        APScheduler itself would cancel it, and log that as an error with a traceback.
        """
        self._scheduler.remove_all_jobs()
        for job in self._works:
            job.is_over = True
        await asyncio.sleep(0)  # runs that were begun in this turn of the loop find that out
        _, late = await asyncio.wait(self._runs, timeout=grace) if self._runs else ((), ())
        for run in late:
            run.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # their jobs end, too
        self._scheduler.shutdown(wait=False)

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each job."""
        for job in self._works:
            yield Sign(name=job.name, since=job.since, limit=job.limit)

    async def keep_time(self) -> None:
        """Call back the jobs that a clock set back has sent into the future.

        APScheduler sleeps until a time on the wall clock: set back by an hour, that is an hour.
        """
        while True:
            await asyncio.sleep(_CHECK)
            self.call_back()

    def call_back(self) -> None:
        """Let no job wait for longer than its interval."""
        now = utc_now()
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > job.trigger.interval:
                job.modify(next_run_time=now)
