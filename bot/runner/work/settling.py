"""Settles what may have been sent, and lets posts follow the corrections of their stories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.models.outbox import (
    Absent,
    Corrected,
    Dropped,
    Edited,
    Failed,
    Found,
    LeftAlone,
    Settled,
    TryAgain,
    Unknown,
)
from bot.pipeline.correct import follow_correction
from bot.pipeline.settle import settle
from bot.runner.work.delivering import AHEAD, lanes_of, until
from bot.runner.work.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from bot.models.basics import DeliveryId
    from bot.models.outbox import Correction, Outdated, Sought
    from bot.runner.parts import Parts
    from bot.runner.watchdog import Sign

_log = get_logger(__name__)
_LIMIT = 600.0  # seconds; a look through a busy chat keeps to the platform's pace
_LOOKS_AT_ONCE = 8
_RENEWAL = timedelta(seconds=20)
"""Between two renewals of the claims, of which each lasts for a minute."""
_ENDING = timedelta(minutes=5)
"""How often it is told which corrections were never shown."""


class Settler:
    """Looks for lost posts; `failed` counts those that are left to the operator.

    `busy` are the deliveries that this process is sending right now, however long that takes.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        busy: Callable[[], Collection[DeliveryId]],
        on_end: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._busy = busy
        self._on_end = on_end
        self._renewed_at: datetime | None = None
        self.jobs: Jobs[DeliveryId] = Jobs()
        self.failed = 0

    async def tick(self) -> None:
        """Keep the looks in flight, and start looking for what is due."""
        await self.jobs.guard(self._renew())
        await self.jobs.guard(self._start_due())

    def exchange(self, parts: Parts) -> None:
        """Look with other parts from now on."""
        self._parts = parts

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each look in flight."""
        return self.jobs.signs("look for", _LIMIT)

    async def _renew(self) -> None:
        now = self._parts.now()
        if self._renewed_at is None or now >= self._renewed_at + _RENEWAL:
            self._renewed_at = now
            if looks := self.jobs.keys():
                await self._parts.store.outbox.renew_looks(looks, now)

    async def _start_due(self) -> None:
        parts = self._parts
        room = _LOOKS_AT_ONCE - len(self.jobs)
        if room <= 0:
            return
        found = await parts.store.outbox.claim_looks(lanes_of(parts), parts.now(), limit=room)
        # A look whose claim ran out, as in a sleep of the machine, goes on instead of a second one.
        running = self.jobs.keys()
        for sought in (each for each in found if each.id not in running):
            self.jobs.start(
                sought.id, self._settle(sought, parts), on_crash=self._crashed, on_end=self._on_end
            )

    async def _settle(self, sought: Sought, parts: Parts) -> None:
        route, outbox = parts.routes[sought.channel], parts.store.outbox
        settled = await settle(sought, route, store=outbox, now=parts.now, busy=self._busy())
        if parts.observer is not None:
            parts.observer.settled(sought, settled)
        self._tell(sought, settled)

    async def _crashed(self) -> None:
        # The claim's lease runs out; until then nothing of the channel is sent.
        self.failed += 1

    def _tell(self, sought: Sought, settled: Settled) -> None:
        log = _log.bind(channel=sought.channel, feed=sought.feed, delivery=sought.id)
        match settled:
            case Found():
                log.info("had arrived", remote_id=settled.receipt.remote_id)
            case Absent():
                log.info("had not arrived, will be sent again")
            case TryAgain():
                log.warning("may have been sent, will be sent again (on_unknown)")
            case Dropped():
                log.warning("may have been sent, dropped (on_unknown)")
            case Failed():
                self.failed += 1
                log.error("failed", reason=settled.reason.text)
            case Unknown(search_at=None):
                self.failed += 1
                log.error(
                    "may have been sent: look at the channel, then `newsbot retry` or `drop` it",
                    reason=settled.reason.text,
                )
            case Unknown():
                log.debug("not settled yet", reason=settled.reason.text)


class Corrector:
    """Lets posts follow their stories."""

    def __init__(self, parts: Parts, *, on_end: Callable[[], None]) -> None:
        self._parts = parts
        self._on_end = on_end
        self.jobs: Jobs[DeliveryId] = Jobs()
        self._ends: datetime | None = None

    async def tick(self) -> None:
        """Start the edits that are due."""
        await self.jobs.guard(self._start_due())

    def exchange(self, parts: Parts) -> None:
        """Edit with other parts from now on."""
        self._parts = parts

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each edit in flight."""
        return self.jobs.signs("edit of", _LIMIT)

    async def _start_due(self) -> None:
        parts = self._parts
        channels = [route.channel for route in parts.routes.values()]
        windows = {each.id: each.edit_window for each in channels if each.edit_window}
        if not windows:
            return
        found = await parts.store.outbox.claim_corrections(
            lanes_of(parts), parts.now(), within=max(windows.values()), ahead=AHEAD
        )
        for correction in found:
            self.jobs.start(
                correction.delivery.id,
                self._follow(correction, parts),
                on_crash=_crashed,
                on_end=self._on_end,
            )
        if self._ends is None or parts.now() >= self._ends:
            self._ends = parts.now() + _ENDING
            for outdated in await parts.store.outbox.end_corrections(windows, parts.now()):
                _tell_of_end(outdated)

    async def _follow(self, correction: Correction, parts: Parts) -> None:
        route = parts.routes[correction.delivery.channel]
        await until(correction.delivery.start, parts.now())
        corrected = await follow_correction(
            correction, route, store=parts.store.outbox, now=parts.now
        )
        _tell_of_correction(correction, corrected)


def _tell_of_end(outdated: Outdated) -> None:
    _log.warning(
        "correction not shown within edit_window, the post stays as it is",
        channel=outdated.channel,
        delivery=outdated.id,
        title=outdated.title,
    )


async def _crashed() -> None:
    """Do nothing: the claim's lease runs out, then the post is looked at again."""


def _tell_of_correction(correction: Correction, corrected: Corrected) -> None:
    delivery = correction.delivery
    log = _log.bind(channel=delivery.channel, feed=delivery.feed, delivery=delivery.id)
    title = delivery.article.title
    match corrected:
        case Edited():
            log.info("edited after a correction", remote_id=correction.remote_id, title=title)
        case LeftAlone(reason=None):
            log.debug("corrected in what the post does not show", title=title)
        case LeftAlone() | TryAgain():
            reason = corrected.reason.text if corrected.reason else ""
            log.info("correction not shown", reason=reason, title=title)
