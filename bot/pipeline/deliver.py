"""Delivery -> outcome: the one place where a claimed delivery becomes a post.

render -> begin ("sending", with the text frozen and its price reserved) -> publish -> finish
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.errors import PublishError, TemplateError
from bot.models.basics import Platform, Reason
from bot.models.outbox import (
    Begun,
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
from bot.models.reasons import ReasonCode
from bot.pipeline.drawing import drawn
from bot.pipeline.merging import same_story
from bot.pipeline.outcomes import LONGEST_REST, check_prompt, outcome_of
from bot.pipeline.pictures import with_fewer_pictures
from bot.pipeline.prices import (
    MICRO,
    billed,
    charge_for,
    has_room,
    parts_to_save,
    spent_all_the_same,
)
from bot.pipeline.screening import why_excluded
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models.posts import Post
    from bot.models.settings import Account, Feed
    from bot.pipeline.route import Route
    from bot.store_ports import DeliveryStore, EventStore


async def deliver(
    delivery: Delivery,
    route: Route,
    *,
    store: DeliveryStore,
    now: Callable[[], datetime],
    wall: Callable[[], datetime] | None = None,
    feed: Feed | None = None,
    events: EventStore | None = None,
) -> Outcome | None:
    """Make one attempt to send a claimed delivery, and store its outcome.

    `now` is the store's time. The age of news and silent hours go by `wall`, which people read;
    without one they go by `now`. `feed` is None where it is not configured any more. `events` knows
    what other outlets brought while the story was decided about.
    Returns None where the claim was lost: the operator, or another process, came in between.

    Between `begin` and `finish` the row says `sending`: a crash there leaves proof that the post
    may be out, so it is never sent again blindly.
    """
    moment = (wall or now)()
    attempt = _Attempt(delivery=delivery, route=route, feed=feed, is_silent=route.is_silent(moment))
    told = await _told_elsewhere(attempt, events, now())
    outcome = told or await _outcome(attempt, store, now, moment)
    if outcome is not None:
        await store.finish(delivery, outcome, now())
    return outcome


async def _told_elsewhere(
    attempt: _Attempt, events: EventStore | None, now: datetime
) -> Dropped | None:
    delivery, feed = attempt.delivery, attempt.feed
    if events is None or feed is None or feed.same_story is None or delivery.is_wanted:
        return None
    show = attempt.route.channel.also_at
    relation = await events.told_meanwhile(delivery, now, show=show)
    return Dropped(reason=same_story(relation)) if relation else None


async def _outcome(
    attempt: _Attempt, store: DeliveryStore, now: Callable[[], datetime], moment: datetime
) -> Outcome | None:
    delivery, feed = attempt.delivery, attempt.feed
    if reason := _why_too_old(delivery, feed, moment) or why_excluded(delivery, feed):
        return Dropped(reason=reason)
    try:
        post = await attempt.render(await parts_to_save(attempt.route, store.spent, now()))
    except TemplateError as error:
        return Failed(reason=Reason(code=ReasonCode.TEMPLATE, text=str(error)))
    return await _send(attempt, post, store, now)


async def _send(
    attempt: _Attempt, post: Post, store: DeliveryStore, now: Callable[[], datetime]
) -> Outcome | None:
    route = attempt.route
    charge = charge_for(post, route.account, now=now(), timezone=route.timezone)
    began = now()
    begun = await store.begin(attempt.delivery.id, post, began, charge)
    if begun is Begun.LOST:
        return None
    if begun is Begun.YES or charge is None:
        return await attempt.publish(post, now, began if store.is_shared else None)
    cheaper = await attempt.cheaper(post)
    if cheaper is not None:
        return await _send(attempt, cheaper, store, now)
    spent = await store.spent(charge.account, charge.day_start, charge.month_start)
    return _over_budget(charge, route, spent, now())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One attempt to send `delivery`."""

    delivery: Delivery
    route: Route
    feed: Feed | None
    is_silent: bool

    async def render(self, without: frozenset[str]) -> Post:
        """Return the post without these parts. Raises TemplateError."""
        return await drawn(
            self.delivery, self.route, self.feed, without=without, silent=self.is_silent
        )

    async def cheaper(self, post: Post) -> Post | None:
        """Return the post again for a budget that has no room for it, None where nothing is saved.

        Its link goes first, then its pictures.
        """
        if post.has_link and self.route.channel.link == "budget":
            plain = await self.render(frozenset({"link"}))
            return None if plain.has_link else plain
        if post.platform is Platform.X and post.picture is not None:
            return with_fewer_pictures(post)
        return None

    async def publish(
        self, post: Post, now: Callable[[], datetime], claimed_at: datetime | None
    ) -> Outcome:
        """Send the post, unless it was `claimed_at` so long ago that it may be another's."""
        route = self.route
        try:
            check_prompt(claimed_at, now())
            receipt = await route.publisher.publish(post)
        except PublishError as error:
            outcome = outcome_of(error, self.delivery, now())
            if isinstance(outcome, TryAgain | Failed | Stopped | Unknown):
                return replace(outcome, cost=spent_all_the_same(error, route.account))
            return outcome
        if receipt.rest_until is not None:
            rest = min(receipt.rest_until, now() + LONGEST_REST)
            receipt = replace(receipt, rest_until=rest)
        return Sent(receipt=receipt, cost=billed(post, receipt, route.account))


def _why_too_old(delivery: Delivery, feed: Feed | None, now: datetime) -> Reason | None:
    """Return the reason if the story outgrew the feed's `max_age` while it waited."""
    published = delivery.article.published
    if feed is None or feed.max_age is None or published is None or delivery.is_wanted:
        return None
    if now - published <= feed.max_age:
        return None
    return Reason(code=ReasonCode.TOO_OLD, text=marked("became older than max_age while it waited"))


def _over_budget(charge: Charge, route: Route, spent: tuple[int, int], now: datetime) -> Stopped:
    """Wait for the next local day, but try each hour: the operator may have raised the budget.

    All channels of the account wait where not even its cheapest post has room; else this one
    alone, whose post is dear, and cheaper ones of the others go.
    """
    name, text = (
        f"account:{charge.account}",
        told("the budget of account {account} is spent", account=charge.account),
    )
    is_dear = _fits_cheaper(charge, route.account, spent)
    if is_dear:
        price = f"{charge.cost / MICRO:.3f}"
        name = f"channel:{route.channel.id}"
        text = told(
            "the budget of account {account} has no room for a post of {price} USD",
            account=charge.account,
            price=price,
        )
    tomorrow = now.astimezone(route.timezone).replace(hour=0, minute=0, second=5)
    wait = tomorrow + timedelta(days=1) - now
    reason = Reason(
        code=ReasonCode.BUDGET,
        text=told(
            "{why}: it goes on when day and month have room again, or after raising "
            "accounts.{account}.budget and `newsbot resume {name}`",
            why=text,
            account=charge.account,
            name=name,
        ),
    )
    return Stopped(
        scope="channel" if is_dear else "account",
        reason=reason,
        probe_after=(min(wait, timedelta(hours=1)),),
    )


def _fits_cheaper(charge: Charge, account: Account | None, spent: tuple[int, int]) -> bool:
    """Tell whether the budget has room for the cheapest post of the account."""
    if account is None or account.prices is None:
        return False
    cheapest = min(account.prices.post, account.prices.post_with_link)
    return has_room(charge.budget, spent, cheapest)
