"""Lets posts follow the corrections of their stories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.models.basics import DeliveryId
from bot.models.outbox import Corrected, Correction, Edited, LeftAlone, TryAgain
from bot.pipeline.correct import follow_correction
from bot.runner.work.delivering import AHEAD
from bot.runner.work.worker import Worker, lanes_of, wait_for_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.models.basics import ChannelId
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)
_ENDING = timedelta(minutes=5)
"""Between two searches for corrections that were never shown."""


class Corrector(Worker[DeliveryId, Correction]):
    """Edits posts whose story was corrected."""

    doing = "edit of"
    limit = 600.0

    def __init__(self, assembly: Assembly, *, on_end: Callable[[], None]) -> None:
        super().__init__(assembly, on_end=on_end)
        self._ends_at: datetime | None = None

    async def tick(self) -> None:
        """Give up on the edits that are too late, and start those that are due."""
        await self.jobs.guard(self._give_up())
        await super().tick()

    async def next_due(self) -> datetime | None:
        """Return when a post could be edited, None where none waits for that."""
        assembly, within = self._assembly, longest_window(self._assembly)
        if within is None:
            return None
        return await assembly.store.outbox.next_correction(
            lanes_of(assembly), assembly.now(), within=within
        )

    async def _claim(self, assembly: Assembly) -> list[Correction]:
        within = longest_window(assembly)
        if within is None:
            return []
        return await assembly.store.outbox.claim_corrections(
            lanes_of(assembly), assembly.now(), within=within, ahead=AHEAD
        )

    def _key(self, claim: Correction) -> DeliveryId:
        return claim.delivery.id

    async def _work(self, claim: Correction, assembly: Assembly) -> None:
        await wait_for_turn(claim.delivery.start, assembly)
        corrected = await follow_correction(
            claim,
            assembly.routes[claim.delivery.channel],
            store=assembly.store.outbox,
            now=assembly.now,
        )
        self._tell(claim, corrected)

    async def _give_up(self) -> None:
        assembly, now = self._assembly, self._assembly.now()
        windows = _windows(assembly)
        if windows and (self._ends_at is None or now >= self._ends_at):
            self._ends_at = now + _ENDING
            for outdated in await assembly.store.outbox.end_corrections(windows, now):
                _log.warning(
                    "correction not shown within edit_window, the post stays as it is",
                    channel=outdated.channel,
                    delivery=outdated.id,
                    title=outdated.title,
                )

    def _tell(self, correction: Correction, corrected: Corrected) -> None:
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


def longest_window(assembly: Assembly) -> timedelta | None:
    """Return the longest `edit_window` of the channels, None where no post is edited."""
    return max(_windows(assembly).values(), default=None)


def _windows(assembly: Assembly) -> Mapping[ChannelId, timedelta]:
    channels = (route.channel for route in assembly.routes.values())
    return {one.id: one.edit_window for one in channels if one.edit_window}
