"""Delivery -> outcome: render, freeze the text, publish, store what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from bot.errors import (
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
from bot.models import (
    Account,
    Channel,
    Charge,
    Delivery,
    Dropped,
    Failed,
    Feed,
    Outcome,
    Platform,
    Post,
    Reason,
    Sent,
    Stopped,
    TryAgain,
    Unknown,
)
from bot.ports import Begun, DeliveryStore, PictureSource, Publisher

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from bot.format.templates import Template

from bot.pipeline.money import charge_for
from bot.pipeline.pictures import illustrated, without_picture

# Waits after the n-th failure in a row of a channel or account that a person must mend.
PROBE_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 360))
_RETRY_FIRST = timedelta(seconds=5)
_RETRY_MOST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What delivering to one channel needs; without `pictures` none is looked at beforehand."""

    channel: Channel
    account: Account | None
    template: Template
    publisher: Publisher
    timezone: ZoneInfo
    pictures: PictureSource | None = None


async def prepare(
    delivery: Delivery, route: Route, *, feed: Feed | None, silent: bool, now: datetime
) -> Post | Outcome:
    """Render what the delivery owes, or say why it will not be sent."""
    if feed is not None and (reason := why_too_old(delivery, feed, now)):
        return Dropped(reason=reason)

    def draw(without: frozenset[str]) -> Post:
        return render_post(
            delivery.article, route.channel, route.template, without=without, silent=silent
        )

    try:
        return await illustrated(
            draw,
            delivery.without,
            route.pictures,
            allow_hosts=feed.allow_hosts if feed else (),
        )
    except TemplateError as error:
        return Failed(reason=Reason(code="template", text=str(error)))


async def send(
    delivery: Delivery,
    post: Post,
    route: Route,
    *,
    store: DeliveryStore,
    now: Callable[[], datetime],
) -> Outcome | None:
    """Freeze the text, publish it and store what came of it; None when the claim was lost.

    Between `begin` and `finish` the row says `sending`: a crash there leaves proof that the post
    may be out, so it is never sent again blindly.
    """
    charge = charge_for(post, route.account, now=now(), timezone=route.timezone)
    begun = await store.begin(delivery.id, post, now(), charge)
    if begun is Begun.OVER_BUDGET and post.platform is Platform.X and post.picture is not None:
        post = without_picture(post)
        charge = charge_for(post, route.account, now=now(), timezone=route.timezone)
        begun = await store.begin(delivery.id, post, now(), charge)
    if begun is Begun.LOST:
        return None
    if begun is Begun.OVER_BUDGET and charge is not None:
        outcome: Outcome = _over_budget(charge, now(), route.timezone)
    else:
        outcome = await _publish(delivery, post, route, now)
    await store.finish(delivery.id, outcome, now())
    if isinstance(outcome, Unknown):
        await _follow_policy(delivery, outcome.reason, route, store=store, now=now())
    return outcome


async def _follow_policy(
    delivery: Delivery, reason: Reason, route: Route, *, store: DeliveryStore, now: datetime
) -> None:
    """Do what the operator wants done with a post that may have been sent; its cost stays."""
    policy = unknown_policy(route.channel, reason)
    if policy == "resend":
        await store.settle_unknown(delivery.id, "pending", reason, now + retry_delay(delivery))
    elif policy == "drop":
        await store.settle_unknown(delivery.id, "dropped", reason, now)


async def _publish(
    delivery: Delivery, post: Post, route: Route, now: Callable[[], datetime]
) -> Outcome:
    try:
        return Sent(receipt=await route.publisher.publish(post))
    except PublishError as error:
        return outcome_of(error, delivery, now())


def why_too_old(delivery: Delivery, feed: Feed, now: datetime) -> Reason | None:
    """Return the reason if the story outgrew the feed's `max_age` while it waited."""
    published = delivery.article.published
    if feed.max_age is None or published is None or now - published <= feed.max_age:
        return None
    return Reason(code="too_old", text="became older than max_age while it waited")


def outcome_of(error: PublishError, delivery: Delivery, now: datetime) -> Outcome:
    """Translate what a platform said into what happens next (design: delivery states)."""
    reason = Reason(code=error.code, text=str(error))
    match error:
        case Throttled():
            # Our clock and the platform's differ: a time that is over is no permission.
            asked = now + (error.wait or _RETRY_MOST)
            until = error.until if error.until and error.until > now else asked
            return TryAgain(due=until, reason=reason, channel_until=until)
        case Unreachable():
            due = now + retry_delay(delivery)
            return TryAgain(due=due, reason=reason, channel_until=due)
        case Rejected(part=str(part)) if part not in delivery.without:
            return TryAgain(due=now, reason=reason, without=frozenset({part}))
        case Unauthorized():
            return Stopped(scope=error.scope, reason=reason, probe_after=PROBE_AFTER)
        case OutOfCredit():
            return Stopped(scope="account", reason=reason, probe_after=PROBE_AFTER)
        case OutcomeUnknown():
            return Unknown(reason=reason)
        case _:
            return Failed(reason=reason)


def unknown_policy(channel: Channel, reason: Reason) -> Literal["hold", "resend", "drop"]:
    """Return what the operator wants done with a post that may have been sent.

    A terminal loses nothing by showing a post again. A platform's own "duplicate" is never resent.
    """
    if channel.platform is Platform.CONSOLE:
        return "resend"
    return "hold" if reason.code == "duplicate" else channel.on_unknown


def retry_delay(delivery: Delivery) -> timedelta:
    """Return the wait before the next attempt: doubling, at most 15 minutes, spread by 20 %."""
    # Spread by id instead of chance: the same everywhere, and still no herd.
    spread = 0.8 + 0.4 * (crc32(b"%d" % delivery.id) / 2**32)
    doubled = _RETRY_FIRST * 2 ** min(delivery.attempts, 10)
    wait: timedelta = min(doubled, _RETRY_MOST)
    return wait * spread


def _over_budget(charge: Charge, now: datetime, timezone: ZoneInfo) -> Stopped:
    """Wait for the next local day, but look each hour: the operator may have raised the budget."""
    tomorrow = now.astimezone(timezone).replace(hour=0, minute=0, second=5) + timedelta(days=1)
    reason = Reason(
        code="budget",
        text=f"the budget of account {charge.account} is spent: it goes on the next day, or after "
        f"raising accounts.{charge.account}.budget and `newsbot resume {charge.account}`",
    )
    return Stopped(
        scope="account", reason=reason, probe_after=(min(tomorrow - now, timedelta(hours=1)),)
    )
