"""Delivers what is due, one post at a time in each channel."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.models.basics import Reason
from bot.models.outbox import Dropped, Failed, Lane, Outcome, Sent, Stopped, TryAgain, Unknown
from bot.pipeline.deliver import OVER_BUDGET, deliver
from bot.publish.pace import lane_of, quiet_until
from bot.runner.work.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.models.basics import DeliveryId
    from bot.models.outbox import Delivery
    from bot.runner.parts import Parts
    from bot.runner.watchdog import Sign

_log = get_logger(__name__)
AHEAD = timedelta(seconds=0.5)
"""Lanes that are free before the next tick are claimed now, so that they start in time."""
_LIMIT = 300.0  # seconds; an attempt gives up after 60, so that something hangs
_BROKEN = Reason(code="internal_error", text="an error in newsbot itself; see the log")


class Deliverer:
    """Claims due deliveries and sends them; `failed` counts posts that went wrong."""

    def __init__(self, parts: Parts, *, on_end: Callable[[], None]) -> None:
        self._parts = parts
        self._on_end = on_end
        self._turn = asyncio.Lock()
        self.jobs: Jobs[DeliveryId] = Jobs()
        self.failed = 0

    async def tick(self) -> None:
        """Start what may go out now."""
        await self.jobs.guard(self._start_due())

    async def next_due(self) -> datetime | None:
        """Return when something could go out, None where nothing waits."""
        parts, now = self._parts, self._parts.now()
        starts: defaultdict[datetime, list[Lane]] = defaultdict(list)
        for route in parts.routes.values():
            start = quiet_until(route.channel, now, parts.timezone)
            starts[start].append(lane_of(route.channel, start, parts.timezone))
        dues = [
            (await parts.store.outbox.next_due(lanes, now), start)
            for start, lanes in starts.items()
        ]
        return min((max(due, start) for due, start in dues if due is not None), default=None)

    async def exchange(self, parts: Parts) -> frozenset[asyncio.Task[None]]:
        """Claim with other parts from now on; return the posts that go on with the old ones."""
        async with self._turn:
            self._parts = parts
            return self.jobs.running()

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each post in flight."""
        return self.jobs.signs("delivery", _LIMIT)

    async def _start_due(self) -> None:
        # What is claimed with one set of parts must not begin with another.
        async with self._turn:
            parts = self._parts
            lanes = lanes_of(parts)
            if not lanes:
                return
            claimed = await parts.store.outbox.claim_due_deliveries(
                lanes, parts.now(), limit=len(lanes), ahead=AHEAD
            )
            for delivery in claimed:
                self.jobs.start(
                    delivery.id,
                    self._deliver(delivery, parts),
                    on_crash=partial(self._abandon, delivery),
                    on_end=self._on_end,
                )

    async def _deliver(self, delivery: Delivery, parts: Parts) -> None:
        route = parts.routes[delivery.channel]
        await until(delivery.start, parts.now())
        outcome = await deliver(
            delivery,
            route,
            store=parts.store.outbox,
            now=parts.now,
            wall=parts.wall,
            feed=parts.feeds.get(delivery.feed),
        )
        if outcome is not None:
            if parts.observer is not None:
                parts.observer.delivered(delivery, outcome, parts.wall())
            self._tell(delivery, outcome)

    async def _abandon(self, delivery: Delivery) -> None:
        self.failed += 1
        await self._parts.store.outbox.abandon(delivery.id, _BROKEN, self._parts.now())

    def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        log = _log.bind(channel=delivery.channel, feed=delivery.feed, delivery=delivery.id)
        match outcome:
            case Sent(receipt=receipt):
                log.info("posted", remote_id=receipt.remote_id, title=delivery.article.title)
                if receipt.picture_lost:
                    log.warning("posted without its picture", reason=receipt.picture_lost.text)
            case TryAgain():
                at = outcome.due.astimezone(self._parts.timezone)
                log.warning(
                    "not sent, will try again", reason=outcome.reason.text, at=f"{at:%H:%M:%S}"
                )
            case Dropped():
                log.info("dropped", reason=outcome.reason.text)
            case Stopped() if outcome.reason.code == OVER_BUDGET:
                log.warning("paused", scope=outcome.scope, reason=outcome.reason.text)
            case Stopped():
                self.failed += 1
                log.error("paused", scope=outcome.scope, reason=outcome.reason.text)
            case Unknown():
                log.warning("may have been sent", reason=outcome.reason.text)
            case Failed():
                self.failed += 1
                log.error("failed", reason=outcome.reason.text)


async def until(start: datetime | None, now: datetime) -> None:
    """Wait for the moment at which the lane lets a delivery or an edit go."""
    if start is not None and start > now:
        await asyncio.sleep((start - now).total_seconds())


def lanes_of(parts: Parts) -> list[Lane]:
    """Return the lanes of all channels; the wall clock tells which are in their quiet hours."""
    wall = parts.wall()
    return [lane_of(route.channel, wall, parts.timezone) for route in parts.routes.values()]
