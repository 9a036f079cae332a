"""Settles deliveries that may have been sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.models.basics import DeliveryId
from bot.models.outbox import Absent, Dropped, Failed, Found, Settled, Sought, TryAgain, Unknown
from bot.pipeline.settle import settle
from bot.runner.work.called import CalledWorker
from bot.runner.work.worker import lanes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from bot.models.outbox import Lane
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)
_AT_ONCE = 8
_RENEWAL = timedelta(seconds=20)
"""Between two renewals of the claims, of which each lasts for a minute."""


class Settler(CalledWorker[DeliveryId, Sought]):
    """Searches for lost posts; `failed` counts those that are left to the operator.

    `busy` are the deliveries that this process is sending right now, however long that takes.
    """

    doing = "look for"
    limit = 600.0  # a search through a busy chat keeps to the platform's pace

    def __init__(
        self,
        assembly: Assembly,
        *,
        busy: Callable[[], Collection[DeliveryId]],
        on_end: Callable[[], None],
    ) -> None:
        super().__init__(assembly, on_end=on_end)
        self._busy = busy
        self._renewed_at: datetime | None = None

    async def tick(self) -> None:
        """Keep the claims of the searches in flight, and start those that are due."""
        await self.keep_claims()
        await super().tick()

    async def keep_claims(self) -> None:
        """Keep the claims of the searches in flight."""
        await self.jobs.guard(self._renew())

    async def _renew(self) -> None:
        now = self._assembly.now()
        if self._renewed_at is None or now >= self._renewed_at + _RENEWAL:
            self._renewed_at = now
            if searches := self.jobs.keys():
                await self._assembly.store.outbox.renew_searches(searches, now)

    async def _claim(self, assembly: Assembly) -> list[Sought]:
        return await self._claim_in(lanes_of(assembly), assembly)

    async def _claim_those(self, asked: Collection[str], assembly: Assembly) -> list[Sought]:
        return await self._claim_in(lanes_of(assembly, asked), assembly)

    async def _claim_in(self, lanes: Sequence[Lane], assembly: Assembly) -> list[Sought]:
        room = _AT_ONCE - len(self.jobs)
        if room <= 0:
            return []
        return await assembly.store.outbox.claim_searches(lanes, assembly.now(), limit=room)

    def _subject(self, claim: Sought) -> str:
        return claim.channel

    def _key(self, claim: Sought) -> DeliveryId:
        return claim.id

    async def _work(self, claim: Sought, assembly: Assembly) -> None:
        settled = await settle(
            claim,
            assembly.routes[claim.channel],
            store=assembly.store.outbox,
            now=assembly.now,
            busy=self._busy(),
        )
        for observer in assembly.observers:
            observer.settled(claim, settled)
        self._tell(claim, settled)

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
                    "may have been sent: look at the channel, then `newsbot retry ID` or "
                    "`newsbot drop ID`",
                    reason=settled.reason.text,
                )
            case Unknown():
                log.debug("not settled yet", reason=settled.reason.text)
