"""One post at once, through the same path as every post: budget, pauses and proof included."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.errors import NewsbotError
from bot.models import Dropped, Failed, Outcome, Post, Sent, Stopped, TryAgain, Unknown
from bot.operate.show import dollars
from bot.pipeline import parts_to_save, prepare, send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.models import Delivery, Feed
    from bot.pipeline import Route
    from bot.store.engine import Store

# Again at once without picture, buttons or markup that were refused, and where the chat moved to.
TRIES = 5
_PATIENCE = 20  # half seconds that the service gets to finish its own post


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
    delivery: Delivery,
    route: Route,
    store: Store,
    now: Callable[[], datetime],
    *,
    silent: bool = False,
    feed: Feed | None = None,
) -> Outcome | None:
    """Make one attempt to send what is claimed and store what came of it.

    None where a pause came in between.
    """
    without = await parts_to_save(route, store.desk.spent, now())
    post = await prepare(delivery, route, feed=feed, silent=silent, now=now(), without=without)
    if isinstance(post, Post):
        return await send(delivery, post, route, store=store.outbox, now=now)
    await store.outbox.finish(delivery, post, now())
    return post


def is_worth_another(outcome: Outcome | None, now: datetime) -> bool:
    """Tell whether it may go now: without what was refused, or where the chat moved to."""
    return isinstance(outcome, TryAgain) and outcome.due <= now


def message_of(outcome: Outcome | None, delivery: Delivery, route: Route) -> str:
    """Return what to tell the operator. Raises NewsbotError where nothing was sent."""
    channel = route.channel.id
    if not isinstance(outcome, Sent):
        raise NewsbotError(f"channel {channel}: {_why(outcome, delivery)}")
    receipt = outcome.receipt
    cost = f", cost {dollars(outcome.cost)} USD" if outcome.cost is not None else ""
    return f"sent to {channel}: {receipt.url or receipt.remote_id}{cost}"


def _why(
    outcome: TryAgain | Unknown | Failed | Dropped | Stopped | None, delivery: Delivery
) -> str:
    match outcome:
        case None:
            return "not sent: a pause came in between; `newsbot status` names it"
        case TryAgain():
            return f"{outcome.reason.text}; delivery {delivery.id} will be tried again"
        case Stopped():
            return f"{outcome.reason.text}; delivery {delivery.id} is held"
        case Unknown():
            return f"{outcome.reason.text}; delivery {delivery.id} may have arrived all the same"
        case _:
            return outcome.reason.text
