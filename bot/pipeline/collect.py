"""Feed -> owed deliveries: fetch, parse, decide, write articles, store all in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.collect.parse import parse_feed
from bot.collect.schedule import next_poll
from bot.dedupe.decide import decide
from bot.dedupe.keys import keys_of
from bot.dedupe.urls import clean_link
from bot.format.article import write_article
from bot.models import (
    Article,
    Feed,
    FeedState,
    FetchedFeed,
    FetchFailed,
    Item,
    NotModified,
    ParsedFeed,
    Poll,
    PollReport,
    Story,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.dedupe.keys import ItemKeys
    from bot.models import Known
    from bot.ports import FeedStore, Fetcher, StoryStore

_Result = TypeVar("_Result")


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
