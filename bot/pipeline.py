"""The two sentences of this program.

collect_feed:  fetch -> parse -> decide -> write articles -> store everything in one transaction
deliver:       render -> store "sending" with the frozen text -> publish -> store the outcome
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar
from zlib import crc32

from bot.collect.parse import parse_feed
from bot.collect.schedule import next_poll
from bot.dedupe.decide import decide
from bot.dedupe.keys import keys_of
from bot.dedupe.urls import clean_link
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
from bot.format.article import write_article
from bot.format.render import render_post
from bot.models import (
    Account,
    Article,
    Channel,
    Charge,
    Delivery,
    Dropped,
    Failed,
    Feed,
    FeedState,
    FetchedFeed,
    FetchFailed,
    Item,
    NotModified,
    Outcome,
    ParsedFeed,
    Platform,
    Poll,
    PollReport,
    Post,
    Reason,
    Sent,
    Stopped,
    Story,
    TryAgain,
    Unknown,
)
from bot.ports import Begun, DeliveryStore, FeedStore, Fetcher, Publisher, StoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from bot.dedupe.keys import ItemKeys
    from bot.format.templates import Template
    from bot.models import Known

_Result = TypeVar("_Result")

# Waits after the n-th failure in a row of a channel or account that a person must mend.
PROBE_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 360))
_RETRY_FIRST = timedelta(seconds=5)
_RETRY_MOST = timedelta(minutes=15)


class Offload(Protocol):
    """Runs pure work that takes long away from the event loop."""

    async def __call__(self, work: Callable[[], _Result]) -> _Result:
        """Return what `work` returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectPorts:
    """What collecting needs from the outside."""

    fetcher: Fetcher
    feeds: FeedStore
    stories: StoryStore
    offload: Offload


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What delivering to one channel needs."""

    channel: Channel
    account: Account | None
    template: Template
    publisher: Publisher
    timezone: ZoneInfo


# --- collect ------------------------------------------------------------------------------------


async def collect_feed(
    feed: Feed, state: FeedState, now: datetime, ports: CollectPorts
) -> PollReport:
    """Poll `feed` once and store what it brings; that the feed fails is a report, not an error."""
    outcome = await ports.fetcher.fetch(feed, state.validators)
    if not isinstance(outcome, FetchedFeed):
        return await _finish_without_items(feed, state, outcome, now, ports)
    parsed = await ports.offload(partial(parse_feed, outcome))
    if isinstance(parsed, FetchFailed):
        return await _finish_without_items(feed, state, parsed, now, ports)
    return await _finish_with_items(feed, outcome, parsed, now, ports)


async def _finish_without_items(
    feed: Feed,
    state: FeedState,
    outcome: NotModified | FetchFailed,
    now: datetime,
    ports: CollectPorts,
) -> PollReport:
    failed = isinstance(outcome, FetchFailed)
    due = next_poll(feed, outcome, errors=state.errors + 1 if failed else 0, now=now)
    if isinstance(outcome, FetchFailed):
        poll = Poll(
            feed=feed.id,
            at=now,
            next_poll=due,
            validators=state.validators,
            error=outcome.reason,
        )
        await ports.feeds.finish_poll(poll)
        return PollReport(feed=feed.id, outcome="failed", reason=outcome.reason)
    poll = Poll(feed=feed.id, at=now, next_poll=due, validators=outcome.validators)
    await ports.feeds.finish_poll(poll)
    return PollReport(feed=feed.id, outcome="not_modified")


async def _finish_with_items(
    feed: Feed, fetched: FetchedFeed, parsed: ParsedFeed, now: datetime, ports: CollectPorts
) -> PollReport:
    keys = keys_of(feed.id, parsed.items)
    flat = [key for item_keys in keys for key in item_keys.all]
    known = await ports.stories.known_keys(feed.id, flat)
    drafts = await ports.offload(partial(_with_articles, feed, parsed, keys, known, now=now))
    articles = {draft.keys: draft.article for draft in drafts}

    def decide_again(latest: Known) -> Sequence[Story]:
        # Between the look and this transaction another poll may have told the same story.
        stories = decide(parsed.items, keys, latest, feed=feed, now=now)
        return [_with_article(feed, parsed, story, articles.get(story.keys)) for story in stories]

    poll = Poll(
        feed=feed.id,
        at=now,
        next_poll=next_poll(feed, fetched, errors=0, now=now, ttl=parsed.ttl),
        validators=fetched.validators,
        channels=feed.channels,
    )
    stories = await ports.feeds.finish_poll(poll, flat, decide_again)
    return PollReport(
        feed=feed.id,
        outcome="items",
        items=len(parsed.items),
        new=sum(story.known is None for story in stories),
        owed=sum(len(story.owed) for story in stories),
        reason=parsed.warning,
    )


def _with_articles(
    feed: Feed, parsed: ParsedFeed, keys: Sequence[ItemKeys], known: Known, *, now: datetime
) -> list[Story]:
    stories = decide(parsed.items, keys, known, feed=feed, now=now)
    return [_with_article(feed, parsed, story, None) for story in stories]


def _with_article(feed: Feed, parsed: ParsedFeed, story: Story, ready: Article | None) -> Story:
    """Give the story its article; what no channel is owed needs none, unless it is a correction."""
    if ready is None and not story.owed and story.known is None:
        return story
    return replace(story, article=ready or article_of(story.items[0], feed, parsed))


def article_of(item: Item, feed: Feed, parsed: ParsedFeed) -> Article:
    """Return the clean text that a post about `item` is written from."""
    return write_article(
        item,
        feed,
        link=clean_link(item.link) if item.link else None,
        feed_title=parsed.title,
        feed_language=parsed.language,
    )


# --- deliver ------------------------------------------------------------------------------------


async def prepare(
    delivery: Delivery, route: Route, *, feed: Feed | None, silent: bool, now: datetime
) -> Post | Outcome:
    """Render what the delivery owes, or say why it will not be sent."""
    if feed is not None and (reason := why_too_old(delivery, feed, now)):
        return Dropped(reason=reason)
    try:
        return render_post(
            delivery.article,
            route.channel,
            route.template,
            without=delivery.without,
            silent=silent,
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
            until = error.until or now + (error.wait or _RETRY_MOST)
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


# --- money --------------------------------------------------------------------------------------


def charge_for(
    post: Post, account: Account | None, *, now: datetime, timezone: ZoneInfo
) -> Charge | None:
    """Return what `post` will cost and the budget it must fit into; None where posts are free."""
    if account is None or account.budget is None or account.prices is None:
        return None
    day, month = local_starts(now, timezone)
    return Charge(
        account=account.id,
        cost=account.prices.post_with_link if post.has_link else account.prices.post,
        budget=account.budget,
        day_start=day,
        month_start=month,
    )


def local_starts(now: datetime, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the start of the local day and of the local month that hold `now`, in UTC."""
    day = now.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    utc = now.tzinfo
    return day.astimezone(utc), day.replace(day=1).astimezone(utc)


def _over_budget(charge: Charge, now: datetime, timezone: ZoneInfo) -> Stopped:
    tomorrow = now.astimezone(timezone).replace(hour=0, minute=0, second=5) + timedelta(days=1)
    reason = Reason(
        code="budget",
        text=f"the budget of account {charge.account} is spent; "
        "raise accounts.*.budget or wait for the next day",
    )
    return Stopped(scope="account", reason=reason, probe_after=(tomorrow - now,))
