"""One post at once, through the same path as every post: budget, pauses and proof included."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from bot.errors import NewsbotError
from bot.models import Outcome, Post, Sent, Stopped, TryAgain, Unknown
from bot.operate.show import dollars
from bot.pipeline import charge_for, parts_to_save, prepare, send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.models import Delivery
    from bot.pipeline import Route
    from bot.store.engine import Store

_PATIENCE = 20  # half seconds that the service gets to finish its own post


class Tried(NamedTuple):
    """What was sent, or why nothing could be rendered, and what came of it."""

    post: Post | Outcome
    outcome: Outcome | None


async def claimed(
    claim: Callable[[], Awaitable[Delivery | None]], route: Route, *, patience: int = _PATIENCE
) -> Delivery:
    """Return what `claim` claims once the channel is free. Raises NewsbotError if it stays busy."""
    for _ in range(patience):
        delivery = await claim()
        if delivery is not None:
            return delivery
        await asyncio.sleep(0.5)
    raise NewsbotError(
        f"channel {route.channel.id} is busy with another post; try again in a minute"
    )


async def try_now(
    delivery: Delivery, route: Route, store: Store, now: Callable[[], datetime], *, silent: bool
) -> Tried:
    """Make one attempt to send what is claimed, and store what came of it."""
    without = await parts_to_save(route, store.desk.spent, now())
    post = await prepare(delivery, route, feed=None, silent=silent, now=now(), without=without)
    if isinstance(post, Post):
        return Tried(post, await send(delivery, post, route, store=store.outbox, now=now))
    await store.outbox.finish(delivery.id, post, now())
    return Tried(post, post)


def message_of(tried: Tried, delivery: Delivery, route: Route, now: datetime) -> str:
    """Return what to tell the operator. Raises NewsbotError where nothing was sent."""
    channel = route.channel.id
    if not isinstance(tried.outcome, Sent):
        raise NewsbotError(f"channel {channel}: {_why(tried.outcome, delivery)}")
    cost = ""
    if isinstance(tried.post, Post):
        charge = charge_for(tried.post, route.account, now=now, timezone=route.timezone)
        cost = f", cost {dollars(charge.cost)} USD" if charge else ""
    receipt = tried.outcome.receipt
    return f"sent to {channel}: {receipt.url or receipt.remote_id}{cost}"


def _why(outcome: Outcome | None, delivery: Delivery) -> str:
    match outcome:
        case None | Sent():
            return "it is paused; `newsbot resume` it first"
        case TryAgain():
            return f"{outcome.reason.text}; delivery {delivery.id} will be tried again"
        case Stopped():
            return f"{outcome.reason.text}; delivery {delivery.id} is held"
        case Unknown():
            return f"{outcome.reason.text}; delivery {delivery.id} may have arrived all the same"
        case _:
            return outcome.reason.text
