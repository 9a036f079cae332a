"""Sends due deliveries, one post at a time in each channel."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.log import get_logger, local_time
from bot.models.basics import DeliveryId, Reason
from bot.models.outbox import (
    Delivery,
    Dropped,
    Failed,
    Lane,
    Outcome,
    Sent,
    Stopped,
    TryAgain,
    Unknown,
)
from bot.models.reasons import ReasonCode
from bot.pipeline.deliver import deliver
from bot.publish.pace import lane_of, pace_of, quiet_until
from bot.runner.work.called import CalledWorker
from bot.runner.work.worker import lanes_of, wait_for_turn
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from bot.models.posts import Receipt
    from bot.runner.assembly import Assembly

_log = get_logger(__name__)
AHEAD = timedelta(seconds=0.75)
"""Lanes that are free before the next tick are claimed now, so that they start in time; half as
much again, because ticks of a busy machine come late."""
_BROKEN = Reason(
    code=ReasonCode.INTERNAL_ERROR, text=marked("an error in newsbot itself; see the log")
)


class Deliverer(CalledWorker[DeliveryId, Delivery]):
    """Sends the deliveries that are due; `failed` counts posts that went wrong.

    `ticks` is how often `tick` is called anyway, None where only ends of jobs lead to that.
    """

    doing = "delivery"
    limit = 300.0  # an attempt gives up after 60 seconds

    def __init__(
        self, assembly: Assembly, *, on_end: Callable[[], None], ticks: timedelta | None = None
    ) -> None:
        super().__init__(assembly, on_end=on_end)
        self._ticks = ticks

    async def next_due(self) -> datetime | None:
        """Return when something could go out, None where nothing waits."""
        assembly, now = self._assembly, self._assembly.now()
        starts: defaultdict[datetime, list[Lane]] = defaultdict(list)
        for route in assembly.routes.values():
            # In quiet hours, too, something urgent may go now.
            for start in {now, quiet_until(route.channel, now, assembly.timezone)}:
                starts[start].append(lane_of(route.channel, start, assembly.timezone))
        dues = [
            (await assembly.store.outbox.next_due(lanes, now), start)
            for start, lanes in starts.items()
        ]
        return min((max(due, start) for due, start in dues if due is not None), default=None)

    async def tend_lanes(self) -> None:
        """Do for all lanes what a claim does before it: fold digests, end leases, ask the desk."""
        await self.jobs.guard(self._tend(self._assembly))

    async def _tend(self, assembly: Assembly) -> None:
        await assembly.store.outbox.claim_due_deliveries(
            lanes_of(assembly), assembly.now(), limit=0, ahead=AHEAD
        )

    async def _claim(self, assembly: Assembly) -> list[Delivery]:
        return await self._claim_in(lanes_of(assembly), assembly)

    async def _claim_those(self, asked: Collection[str], assembly: Assembly) -> list[Delivery]:
        return await self._claim_in(lanes_of(assembly, asked), assembly)

    async def _claim_in(self, lanes: Sequence[Lane], assembly: Assembly) -> list[Delivery]:
        if not lanes:
            return []
        return await assembly.store.outbox.claim_due_deliveries(
            lanes, assembly.now(), limit=len(lanes), ahead=AHEAD
        )

    def _subject(self, claim: Delivery) -> str:
        return claim.channel

    def _ended(self, claim: Delivery) -> None:
        if not self._is_kept_past_the_next_tick(claim):
            super()._ended(claim)

    def _is_kept_past_the_next_tick(self, claim: Delivery) -> bool:
        """Tell whether the platform's pace keeps the lane so long: most ends let nothing begin."""
        route = self._assembly.routes.get(claim.channel)
        if self._ticks is None or route is None or claim.start is None:
            return False
        free_at = claim.start + pace_of(route.channel).gap
        return free_at >= self._assembly.now() + self._ticks

    def _key(self, claim: Delivery) -> DeliveryId:
        return claim.id

    async def _work(self, claim: Delivery, assembly: Assembly) -> None:
        await wait_for_turn(claim.start, assembly)
        outcome = await deliver(
            claim,
            assembly.routes[claim.channel],
            store=assembly.store.outbox,
            now=assembly.now,
            wall=assembly.wall,
            feed=assembly.feeds.get(claim.feed),
            events=assembly.store.events,
        )
        if outcome is not None:
            for observer in assembly.observers:
                observer.delivered(claim, outcome, assembly.wall())
            self._tell(claim, outcome)

    async def _crashed(self, claim: Delivery, assembly: Assembly) -> None:
        self.failed += 1
        await assembly.store.outbox.abandon(claim.id, _BROKEN, assembly.now())

    def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        log = _log.bind(channel=delivery.channel, feed=delivery.feed, delivery=delivery.id)
        match outcome:
            case Sent(receipt=receipt):
                log.info("posted", remote_id=receipt.remote_id, title=delivery.article.title)
                if why := _why_no_picture(delivery, receipt):
                    log.warning("posted without its picture", reason=why)
            case TryAgain():
                at = local_time(outcome.due, self._assembly.timezone)
                log.warning("not sent, will try again", reason=outcome.reason.text, at=at)
            case Dropped():
                log.info("dropped", reason=outcome.reason.text)
            case Stopped() if outcome.reason.code == ReasonCode.BUDGET:
                log.warning("paused", scope=outcome.scope, reason=outcome.reason.text)
            case Stopped():
                self.failed += 1
                log.error("paused", scope=outcome.scope, reason=outcome.reason.text)
            case Unknown():
                log.warning("may have been sent", reason=outcome.reason.text)
            case Failed():
                self.failed += 1
                log.error("failed", reason=outcome.reason.text)


def _why_no_picture(delivery: Delivery, receipt: Receipt) -> str | None:
    """Return why the picture that the article has is missing in the post, None where it is not."""
    if receipt.picture_lost is not None:
        return receipt.picture_lost.text
    if delivery.article.image is not None and {"image", "album"} & delivery.without:
        return marked("the platform refused it before")
    return None
