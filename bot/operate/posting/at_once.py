"""One post at once, through the same path as every post: budget, pauses and proof included."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import NewsbotError, StoreError
from bot.models.outbox import Sent, Stopped, TryAgain, Unknown
from bot.moments import local_time
from bot.operate.json_forms import dollars
from bot.pipeline.deliver import deliver
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.models.outbox import Delivery, Dropped, Failed, Outcome
    from bot.models.settings import Feed
    from bot.pipeline.route import Route
    from bot.store.engine import Store

    Claim = Callable[[], Awaitable[Delivery | None]]

_TRIES = 5
"""Tries at once: without parts that were refused, and in the chat that the channel moved to."""
_STORE_TRIES = 5  # a second apart; each waits for a locked database for 10 seconds by itself
_PATIENCE = 20  # half seconds that the service gets to finish its own post


async def post_at_once(
    claim: Claim,
    route: Route,
    store: Store,
    now: Callable[[], datetime],
    *,
    feed: Feed | None = None,
    is_kept: bool = True,
) -> str:
    """Send the delivery that `claim` claims, and return a message for the operator.

    `is_kept`: a delivery that could not be sent now is sent later; else it is withdrawn.
    Raises NewsbotError where nothing was sent.
    """
    without = frozenset[str]()
    for _ in range(_TRIES):
        delivery = await claimed(claim, route)
        delivery = replace(delivery, without=delivery.without | without)
        try:
            outcome = await _try(delivery, route, store, now, feed)
        finally:
            # A database that is locked now must not hide that the post is out.
            if not is_kept and store.outbox.unwritten is None:
                await store.desk.withdraw(delivery.id)
        if not isinstance(outcome, TryAgain) or outcome.due > now():
            break
        without |= outcome.without
    if not isinstance(outcome, Sent):
        why = _why(outcome, delivery)
        if not is_kept and not isinstance(outcome, Unknown):
            why = await _why_not(outcome, route, store)
        raise NewsbotError(told("channel {channel}: {why}", channel=route.channel.id, why=why))
    message = _message_of(outcome, route)
    await store_proof(store, message)
    return message


async def store_proof(store: Store, message: str, *, tries: int = _STORE_TRIES) -> None:
    """Store the proof that the database did not take at once, in so many tries.

    Raises NewsbotError, which begins with `message`, where it does not: the post is out all the
    same.
    """
    for nth in range(tries):
        if store.outbox.unwritten is None:
            return
        if nth:
            await asyncio.sleep(1)
        with suppress(StoreError):
            await store.outbox.write_rest()
    if why := store.outbox.unwritten:
        raise NewsbotError(
            told(
                "{why}; but that is not stored: {also}; {hint}",
                why=message,
                also=why,
                hint=store.outbox.journal_note,
            )
        )


async def _try(
    delivery: Delivery, route: Route, store: Store, now: Callable[[], datetime], feed: Feed | None
) -> Outcome:
    """Make one attempt. Raises NewsbotError where a pause, or another process, came in between."""
    outcome = await deliver(delivery, route, store=store.outbox, now=now, feed=feed)
    if outcome is None:
        raise NewsbotError(await _why_lost(delivery, route, store))
    return outcome


async def claimed(claim: Claim, route: Route, *, patience: int = _PATIENCE) -> Delivery:
    """Return the claimed delivery once the channel is free, or raise NewsbotError."""
    for _ in range(patience):
        delivery = await claim()
        if delivery is not None:
            return delivery
        await asyncio.sleep(0.5)
    raise NewsbotError(
        told(
            "channel {channel} is busy with another post; try again in a minute",
            channel=route.channel.id,
        )
    )


async def _why_lost(delivery: Delivery, route: Route, store: Store) -> str:
    channel = route.channel
    for pause in await store.desk.pauses_over(channel.id, channel.account):
        return told("channel {channel}: not sent: {why}", channel=channel.id, why=pause.sentence)
    return told(
        "channel {channel}: it took too long, and delivery {delivery} is not "
        "ours any more; `newsbot deliveries` shows what became of it",
        channel=channel.id,
        delivery=delivery.id,
    )


def _message_of(outcome: Sent, route: Route) -> str:
    receipt = outcome.receipt
    cost = (
        told(", cost {dollars} USD", dollars=dollars(outcome.cost))
        if outcome.cost is not None
        else ""
    )
    url = receipt.url or receipt.remote_id
    return told("sent to {channel}: {url}", channel=route.channel.id, url=url) + cost


def _why(outcome: TryAgain | Unknown | Failed | Dropped | Stopped, delivery: Delivery) -> str:
    match outcome:
        case TryAgain():
            return told(
                "{why}; delivery {delivery} will be tried again",
                why=outcome.reason.text,
                delivery=delivery.id,
            )
        case Stopped():
            return told(
                "{why}; delivery {delivery} is held", why=outcome.reason.text, delivery=delivery.id
            )
        case Unknown():
            return told(
                "{why}; delivery {delivery} may have arrived all the same",
                why=outcome.reason.text,
                delivery=delivery.id,
            )
        case _:
            return outcome.reason.text


async def _why_not(
    outcome: TryAgain | Failed | Dropped | Stopped, route: Route, store: Store
) -> str:
    """Return why a post that is not kept was not sent, and how to send it again."""
    text, channel = outcome.reason.text, route.channel
    match outcome:
        case TryAgain():
            when = local_time(outcome.due, route.timezone, seconds=True)
            return told("{why}; nothing was sent: try again at {when}", why=text, when=when)
        case Stopped():
            pauses = await store.desk.pauses_over(channel.id, channel.account)
            # The pause of a database in memory is over with it.
            kept = () if store.database.is_memory else pauses
            ends = "".join(f"`newsbot resume {one.scope}:{one.id}`, " for one in kept)
            return told(
                "{why}; nothing was sent: mend that, {ends}then try again", why=text, ends=ends
            )
        case _:
            return told("{why}; nothing was sent", why=text)
