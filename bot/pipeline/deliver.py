"""Delivery -> outcome: render, freeze the text, publish, store what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from bot.errors import (
    ChatMoved,
    OutcomeUnknown,
    OutOfCredit,
    PublishError,
    Rejected,
    TemplateError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.format.render import render_post
from bot.models.basics import DeliveryId, Platform, Reason
from bot.models.outbox import (
    Charge,
    Delivery,
    Dropped,
    Failed,
    Outcome,
    Sent,
    Stopped,
    TryAgain,
    Unknown,
)
from bot.pipeline.pictures import illustrated, without_picture
from bot.pipeline.prices import billed, charge_for, spent_all_the_same
from bot.ports import Begun, DeliveryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from bot.models.posts import Post
    from bot.models.settings import Feed
    from bot.pipeline.route import Route

OVER_BUDGET = "budget"
"""The code of a pause that only money and time end; it is no failure."""

# Waits after the n-th failure in a row of a channel or account that a person must mend.
PROBE_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 360))
# What stops for a person to act; a chat that moves on and on is no chat.
_STOPS: Mapping[type[PublishError], Literal["channel", "account"]] = {
    OutOfCredit: "account",
    ChatMoved: "channel",
}
_LONGEST_REST = timedelta(hours=25)  # X counts by the day at most: more is a broken answer
_RETRY_FIRST = timedelta(seconds=5)
_RETRY_MOST = timedelta(minutes=15)


async def prepare(
    delivery: Delivery,
    route: Route,
    *,
    feed: Feed | None,
    silent: bool,
    now: datetime,
    without: frozenset[str] = frozenset(),
) -> Post | Outcome:
    """Render what the delivery owes, or say why it will not be sent.

    `without` are parts to leave out this time, beside those that the platform refused.
    """
    if feed is not None and (reason := why_too_old(delivery, feed, now)):
        return Dropped(reason=reason)
    try:
        post = await _illustrated(
            delivery, route, delivery.without | without, feed=feed, silent=silent
        )
    except TemplateError as error:
        return Failed(reason=Reason(code="template", text=str(error)))
    return replace(post, chat=delivery.chat or post.chat)


async def _illustrated(
    delivery: Delivery, route: Route, without: frozenset[str], *, feed: Feed | None, silent: bool
) -> Post:
    """Render the delivery with its picture as it must be sent. Raises TemplateError."""

    def draw(parts: frozenset[str]) -> Post:
        return render_post(
            delivery.article, route.channel, route.template, without=parts, silent=silent
        )

    allow_hosts = feed.allow_hosts if feed else ()
    return await illustrated(draw, without, route.pictures, allow_hosts=allow_hosts)


async def send(
    delivery: Delivery,
    post: Post,
    route: Route,
    *,
    store: DeliveryStore,
    now: Callable[[], datetime],
    feed: Feed | None = None,
) -> Outcome | None:
    """Freeze the text, publish it and store what came of it; None when the claim was lost.

    Between `begin` and `finish` the row says `sending`: a crash there leaves proof that the post
    may be out, so it is never sent again blindly.
    """
    charge = charge_for(post, route.account, now=now(), timezone=route.timezone)
    begun = await store.begin(delivery.id, post, now(), charge)
    if begun is Begun.LOST:
        return None
    if begun is Begun.OVER_BUDGET and charge is not None:
        cheaper = await _cheaper(delivery, route, post, feed)
        if cheaper is not None:
            return await send(delivery, cheaper, route, store=store, now=now, feed=feed)
        outcome: Outcome = _over_budget(charge, now(), route.timezone)
    else:
        outcome = await _publish(delivery, post, route, now)
    await store.finish(delivery, outcome, now())
    return outcome


async def _cheaper(delivery: Delivery, route: Route, post: Post, feed: Feed | None) -> Post | None:
    """Return the post again for a budget that has no room for it: first its link, then its picture.

    None where nothing of it can be saved.
    """
    if post.has_link and route.channel.link == "budget":
        without = delivery.without | {"link"}
        plain = await _illustrated(delivery, route, without, feed=feed, silent=post.silent)
        return None if plain.has_link else plain
    if post.platform is Platform.X and post.picture is not None:
        return without_picture(post)
    return None


async def _publish(
    delivery: Delivery, post: Post, route: Route, now: Callable[[], datetime]
) -> Outcome:
    try:
        receipt = await route.publisher.publish(post)
    except PublishError as error:
        outcome = outcome_of(error, delivery, now())
        if isinstance(outcome, TryAgain | Failed | Stopped):
            return replace(outcome, cost=spent_all_the_same(error, route.account))
        return outcome
    if receipt.rest_until is not None:
        rest = min(receipt.rest_until, now() + _LONGEST_REST)
        receipt = replace(receipt, rest_until=rest)
    return Sent(receipt=receipt, cost=billed(post, receipt, route.account))


def why_too_old(delivery: Delivery, feed: Feed, now: datetime) -> Reason | None:
    """Return the reason if the story outgrew the feed's `max_age` while it waited."""
    published = delivery.article.published
    if delivery.is_wanted or feed.max_age is None or published is None:
        return None
    if now - published <= feed.max_age:
        return None
    return Reason(code="too_old", text="became older than max_age while it waited")


def outcome_of(error: PublishError, delivery: Delivery, now: datetime) -> Outcome:
    """Translate what a platform said into what happens next (design: delivery states)."""
    reason = Reason(code=error.code, text=str(error))
    match error:
        case Throttled():
            return later(error, reason, now)
        case ChatMoved() if error.chat != delivery.chat:
            return TryAgain(due=now, reason=reason, chat=error.chat)
        case Unreachable():
            due = now + retry_delay(delivery.id, delivery.attempts)
            return TryAgain(due=due, reason=reason, channel_until=due)
        case Rejected(part=str(part)) if part not in delivery.without:
            return TryAgain(due=now, reason=reason, without=frozenset({part}))
        case Unauthorized() | OutOfCredit() | ChatMoved():
            scope = error.scope if isinstance(error, Unauthorized) else _STOPS[type(error)]
            return Stopped(scope=scope, reason=reason, probe_after=PROBE_AFTER)
        case OutcomeUnknown():
            return Unknown(reason=reason, look_at=now)
        case Rejected(suspect="channel" | "account" as suspect):
            stop = Stopped(scope=suspect, reason=reason, probe_after=PROBE_AFTER)
            return Failed(reason=reason, otherwise=stop)
        case _:
            return Failed(reason=reason)


def later(error: Throttled, reason: Reason, now: datetime) -> TryAgain:
    """Return a silence for exactly the platform's time, of the channel or of its account."""
    until = rest_of(error, now, least=_RETRY_MOST)
    if error.scope == "account":
        return TryAgain(due=until, reason=reason, account_until=until)
    return TryAgain(due=until, reason=reason, channel_until=until)


def rest_of(error: Throttled, now: datetime, *, least: timedelta) -> datetime:
    """Return when to come back: as the platform says, else after `least`.

    Its clock and ours differ: a time that is over is no permission.
    """
    asked = now + (error.wait or least)
    until = error.until if error.until and error.until > now else asked
    return min(until, now + _LONGEST_REST) if error.scope == "account" else until


def retry_delay(delivery: DeliveryId, before: int) -> timedelta:
    """Return the wait after a failed attempt, of which there were so many `before`.

    Doubling, at most 15 minutes, spread by 20 %.
    """
    # Spread by id instead of chance: the same everywhere, and still no herd.
    spread = 0.8 + 0.4 * (crc32(b"%d" % delivery) / 2**32)
    doubled = _RETRY_FIRST * 2 ** min(before, 10)
    wait: timedelta = min(doubled, _RETRY_MOST)
    return wait * spread


def _over_budget(charge: Charge, now: datetime, timezone: ZoneInfo) -> Stopped:
    """Wait for the next local day, but look each hour: the operator may have raised the budget."""
    tomorrow = now.astimezone(timezone).replace(hour=0, minute=0, second=5) + timedelta(days=1)
    reason = Reason(
        code=OVER_BUDGET,
        text=f"the budget of account {charge.account} is spent: it goes on when day and month have "
        f"room again, or after raising accounts.{charge.account}.budget and "
        f"`newsbot resume account:{charge.account}`",
    )
    return Stopped(
        scope="account", reason=reason, probe_after=(min(tomorrow - now, timedelta(hours=1)),)
    )
