"""A service from its start to its end: signals, reloads, chores, signs of life.

Who does the work, and when, is its subclasses': `local` on one machine, `nodes` on several.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from bot.counted import counted
from bot.log import get_logger
from bot.runner.clockwork import Clockwork
from bot.runner.reload.filtered import follow_filters
from bot.runner.reload.refusals import note_refusal
from bot.runner.reload.reloading import Reloading
from bot.runner.reload.unrouted import CHECK, RoutingWatch
from bot.runner.sd_notify import Notifier
from bot.runner.work.bell import Bell
from bot.runner.work.correcting import Corrector
from bot.runner.work.delivering import Deliverer
from bot.runner.work.desk import DeskKeeper
from bot.runner.work.housekeeping import (
    back_up,
    drop_outdated,
    excuse,
    forget,
    forget_events,
    recognise_channels,
    recover,
    tell_time,
    thin,
    try_paused,
)
from bot.runner.work.polling import Poller
from bot.runner.work.settling import Settler
from bot.stopping import STOP_GRACE, stop_signal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
    from datetime import timedelta

    from bot.errors import StoreError
    from bot.runner.assembly import Assembly, Chore
    from bot.runner.reload.reloading import Read, Reloader
    from bot.runner.sd_notify import Sign

_log = get_logger(__name__)
TICK = 0.5  # seconds; on one machine it also bounds how long an operator's command takes to work
HOUSEKEEPING = 3600
LATE_TICK = 60.0  # seconds; a tick that takes longer is stuck
LATE_CHORE = 300.0


class ServiceRunner(ABC):
    """Runs `assembly` until it is stopped; a subclass says what is done again and again."""

    ticks: ClassVar[timedelta | None] = None
    """How often the lanes are looked at anyway."""

    def __init__(self, assembly: Assembly, *, reloader: Reloader[Any] | None = None) -> None:
        self._assembly = assembly
        self._reloader = reloader
        self._notifier = Notifier()
        self._clockwork = Clockwork()
        self._routing = RoutingWatch()
        self._bell = Bell()
        self._poller = Poller(assembly, on_end=self._bell.ring)
        self._deliverer = Deliverer(assembly, on_end=self._bell.ring, ticks=self.ticks)
        self._settler = Settler(assembly, busy=self._deliverer.jobs.keys, on_end=self._bell.ring)
        self._corrector = Corrector(assembly, on_end=self._bell.ring)
        self._desk = DeskKeeper(assembly, on_end=self._bell.ring)
        self._ends_with: StoreError | None = None
        """Why the service must not go on."""

    async def run(self, *, read: Read | None = None, notifier: Notifier | None = None) -> None:
        """Work until SIGINT or SIGTERM, then end the jobs in flight.

        Raises DatabaseLost as soon as it is: what was sent could not be remembered any more. Raises
        StoreError where the tables became those of another release.

        `read` reads the configuration again when that was saved, or on SIGHUP; it runs beside the
        event loop and raises NewsbotError for one with mistakes.
        """
        self._notifier = notifier or self._notifier
        stop = stop_signal()
        await self._take_over()
        # A run that cron repeats mends nothing: there the hours between two tries count.
        await self.try_paused()
        reloading = await self._reloading(read)
        if reloading is not None:
            reloading.listen(stop.set)
        async with self._working(reloading):
            _log.info(
                "running", feeds=len(self._assembly.feeds), channels=len(self._assembly.routes)
            )
            self._notifier.ready(self._status())
            await self._wait_for(stop)
            _log.info("stopping: finishing what is in flight")
            self._notifier.stopping()
        await self._tell_if_lost()
        await self._drain()
        if self._ends_with is not None:
            raise self._ends_with

    async def _reloading(self, read: Read | None) -> Reloading | None:
        """Return what reloads; the file that is taken at the start is no refused one any more."""
        if self._reloader is None or read is None:
            return None
        path = self._reloader.setup.config.path

        async def report(why: str | None) -> None:
            book, now = self._assembly.store.alerts, self._assembly.wall()
            await self._poller.jobs.guard(note_refusal(book, path, why, now))

        await report(None)
        return Reloading(self._reloader, self, read, report)

    async def exchange(self, assembly: Assembly) -> frozenset[asyncio.Task[None]]:
        """Go on with `assembly`; return the jobs that go on with the clients of the old one.

        Raises StoreError, and then goes on with the old one.
        """
        async with AsyncExitStack() as turns:
            # Nothing is claimed for a channel by the name that it had before.
            for each in (self._poller, *self._senders):
                await turns.enter_async_context(each.turn)
            await recognise_channels(assembly)
            before, self._assembly = self._assembly.routing, assembly
            self._poller.exchange(assembly)
            running = [each.exchange(assembly) for each in (*self._senders, self._desk)]
        await self._poller.jobs.guard(excuse(assembly))
        self._routing.follow(before, assembly.routing)
        await self._drop_unrouted()
        await self._poller.jobs.guard(follow_filters(self._assembly))
        self._start_chores()
        self._bell.ring()
        return frozenset[asyncio.Task[None]]().union(*running)

    async def try_paused(self) -> None:
        """Try at once what a platform paused."""
        await self._poller.jobs.guard(try_paused(self._assembly))
        self._bell.ring()

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life of everything that could hang."""
        yield from self._clockwork.signs()
        yield from self._poller.signs()
        yield from self._desk.signs()
        for each in self._senders:
            yield from each.signs()

    @property
    def _senders(self) -> tuple[Corrector, Settler, Deliverer]:
        """The workers that call platforms: posts last, or a full queue takes the others' turn."""
        return self._corrector, self._settler, self._deliverer

    @asynccontextmanager
    async def _working(self, reloading: Reloading | None) -> AsyncIterator[None]:
        """Do everything that a service does again and again while the block runs."""
        clockwork = self._clockwork
        self._repeat(clockwork)
        clockwork.every(TICK, self._desk.tick, name="desk", late=LATE_TICK)
        clockwork.every(CHECK, self._drop_unrouted, name="routing", late=LATE_CHORE)
        self._start_chores()
        works: list[Callable[[], Coroutine[Any, Any, None]]] = [
            *self._go_on(),
            clockwork.keep_time,
            self._feed_watchdog,
            partial(tell_time, lambda: self._assembly),
        ]
        if reloading is not None:
            works.append(partial(self._reload_when_due, reloading))
        clockwork.start()
        tasks = [asyncio.create_task(work()) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await clockwork.stop(STOP_GRACE)
            await self._desk.stop()

    @abstractmethod
    def _repeat(self, clockwork: Clockwork) -> None:
        """Tell `clockwork` what the work of the service is."""

    @abstractmethod
    def _go_on(self) -> Iterable[Callable[[], Coroutine[Any, Any, None]]]:
        """Yield what goes on beside that until the service is stopped."""

    def _start_chores(self) -> None:
        self._clockwork.forget("chore")
        for chore in self._assembly.chores:
            work = partial(self._do, chore)
            self._clockwork.every(chore.seconds, work, name="chore", late=LATE_CHORE)

    async def _reload_when_due(self, reloading: Reloading) -> None:
        while True:
            if await reloading.is_due():
                self._notifier.reloading()
                await self._poller.jobs.guard(reloading.reload())
                self._notifier.ready(self._status())

    async def _feed_watchdog(self) -> None:
        """Say that the bot is alive; a loop that does not turn says nothing."""
        loop = asyncio.get_running_loop()
        while True:
            self._notifier.ping(self.signs(), loop.time(), self._status())
            await asyncio.sleep(self._notifier.interval)

    def _status(self) -> str:
        posts, polls = len(self._deliverer.jobs), len(self._poller.jobs)
        return (
            f"{counted(len(self._assembly.feeds), 'feed')}, "
            f"{counted(len(self._assembly.routes), 'channel')}; "
            f"{counted(posts, 'post')} and {counted(polls, 'poll')} in flight"
        )

    async def _take_over(self) -> None:
        """Put the outbox in order before anything of it is claimed, or folded into a digest."""
        if self._assembly.store.is_copy:
            text = "the database is a copy put back: look at what is held, then release the feeds"
            _log.warning(text, feeds="`newsbot feeds release ID`")
        await recover(self._assembly)
        await recognise_channels(self._assembly)
        await self._drop_unrouted()
        for chore in (follow_filters, drop_outdated, excuse):
            await self._poller.jobs.guard(chore(self._assembly))

    async def _drop_unrouted(self) -> None:
        await self._poller.jobs.guard(self._routing.drop(self._assembly))

    async def _keep_house(self) -> None:
        for chore in (drop_outdated, forget_events, forget, thin, back_up):
            await self._poller.jobs.guard(chore(self._assembly))

    async def _do(self, chore: Chore) -> None:
        await self._poller.jobs.guard(chore.work())

    async def _wait_for(self, stop: asyncio.Event) -> None:
        """Return when the service is to stop, or when its database is lost or another's."""
        database = self._assembly.store.database
        while not stop.is_set() and database.lost is None and self._ends_with is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK)

    async def _tell_if_lost(self) -> None:
        """Tell that the database is lost: nothing can be noted in it any more, to be told later."""
        lost, tell = self._assembly.store.database.lost, self._assembly.last_word
        if lost is not None and tell is not None:
            await self._poller.jobs.guard(tell(str(lost)))

    async def _drain(self) -> None:
        await self._poller.stop()
        await asyncio.gather(*(each.jobs.wait(STOP_GRACE) for each in self._senders))
        for each in self._senders:
            await each.jobs.cancel()
        await recover(self._assembly)
