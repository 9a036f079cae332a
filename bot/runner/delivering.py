"""Delivers what is due, one post at a time in each channel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.log import get_logger
from bot.models import (
    Dropped,
    Failed,
    Lane,
    Outcome,
    Post,
    Reason,
    Sent,
    Stopped,
    TryAgain,
    Unknown,
)
from bot.pipeline import Route, prepare, send
from bot.publish.pace import account_gap, is_open, is_silent, pace_of
from bot.runner.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.models import Delivery
    from bot.runner.parts import Parts

_log = get_logger(__name__)
_BROKEN = Reason(code="internal_error", text="an error in newsbot itself; see the log")


class Deliverer:
    """Claims due deliveries and sends them; `failed` counts posts that went wrong."""

    def __init__(self, parts: Parts, *, on_end: Callable[[], None]) -> None:
        self._parts = parts
        self._on_end = on_end
        self.jobs = Jobs()
        self.failed = 0

    async def tick(self) -> None:
        """Start what may go out now."""
        await self.jobs.guard(self._start_due())

    async def next_due(self) -> datetime | None:
        """Return when something could go out, None where nothing waits."""
        return await self._parts.store.outbox.next_due(self._lanes(), self._parts.now())

    async def _start_due(self) -> None:
        lanes = self._lanes()
        if not lanes:
            return
        claimed = await self._parts.store.outbox.claim_due_deliveries(
            lanes, self._parts.now(), limit=len(lanes)
        )
        for delivery in claimed:
            self.jobs.start(
                delivery.id,
                self._deliver(delivery),
                on_crash=partial(self._abandon, delivery),
                on_end=self._on_end,
            )

    def _lanes(self) -> list[Lane]:
        now = self._parts.now()
        return [
            _lane(route)
            for route in self._parts.routes.values()
            if is_open(route.channel, now, self._parts.timezone)
        ]

    async def _deliver(self, delivery: Delivery) -> None:
        route = self._parts.routes[delivery.channel]
        now = self._parts.now()
        post = await prepare(
            delivery,
            route,
            feed=self._parts.feeds.get(delivery.feed),
            silent=is_silent(route.channel, now, self._parts.timezone),
            now=now,
        )
        outbox = self._parts.store.outbox
        if isinstance(post, Post):
            outcome = await send(delivery, post, route, store=outbox, now=self._parts.now)
        else:
            outcome = post
            await outbox.finish(delivery.id, outcome, now)
        if outcome is not None:
            self._tell(delivery, outcome)

    async def _abandon(self, delivery: Delivery) -> None:
        self.failed += 1
        await self._parts.store.outbox.abandon(delivery.id, _BROKEN, self._parts.now())

    def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        log = _log.bind(channel=delivery.channel, feed=delivery.feed, delivery=delivery.id)
        match outcome:
            case Sent():
                log.info(
                    "posted", remote_id=outcome.receipt.remote_id, title=delivery.article.title
                )
            case TryAgain():
                at = outcome.due.astimezone(self._parts.timezone)
                log.warning(
                    "not sent, will try again", reason=outcome.reason.text, at=f"{at:%H:%M:%S}"
                )
            case Dropped():
                log.info("dropped", reason=outcome.reason.text)
            case Stopped():
                self.failed += 1
                log.error("paused", scope=outcome.scope, reason=outcome.reason.text)
            case Unknown():
                self.failed += 1
                log.error(
                    "may have been sent: look at the channel, then `newsbot retry` or `drop` it",
                    reason=outcome.reason.text,
                )
            case Failed():
                self.failed += 1
                log.error("failed", reason=outcome.reason.text)


def _lane(route: Route) -> Lane:
    return Lane(
        channel=route.channel.id,
        account=route.channel.account,
        pace=pace_of(route.channel),
        account_gap=account_gap(route.channel.platform),
    )
