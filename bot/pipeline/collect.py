"""Feed -> owed deliveries: fetch, parse, decide, write articles, store all in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.collect.parse import parse_feed
from bot.collect.schedule.due import next_poll
from bot.dedupe.decide import AHEAD_MOST, decide, restyled
from bot.dedupe.keys import keys_of
from bot.errors import TooCostly
from bot.models.basics import Reason
from bot.models.feeds import (
    FeedState,
    FetchedFeed,
    FetchFailed,
    NotModified,
    ParsedFeed,
    Poll,
    PollReport,
)
from bot.models.reasons import ReasonCode
from bot.pipeline.articles import ArticleWriter, article_of
from bot.pipeline.habits import (
    after_failure,
    is_whole,
    judged,
    notes,
    packed,
    question,
    rhythm_after,
)
from bot.pipeline.merging import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.dedupe.keys import ItemKeys
    from bot.models.events import Heard
    from bot.models.feeds import Item
    from bot.models.settings import Feed
    from bot.models.stories import Article, Known, Story
    from bot.pipeline.articles import Offload, OffloadFor
    from bot.ports import EventStore, FeedStore, Fetcher, PageFetcher, StoryStore


_CORRECTED_WITHIN = timedelta(days=2)
_INTERRUPTED = Reason(
    code=ReasonCode.INTERRUPTED, text="newsbot ended while this feed was being read"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectPorts:
    """The outside world of `collect_feed`.

    `offload_for` says, by whether its last poll was a success, where a feed's work is done; by
    default that is `offload` for all.
    """

    fetcher: Fetcher
    feeds: FeedStore
    stories: StoryStore
    pages: PageFetcher
    offload: Offload
    offload_for: OffloadFor | None = None
    events: EventStore | None = None


async def collect_feed(
    feed: Feed, state: FeedState, now: datetime, ports: CollectPorts
) -> PollReport:
    """Poll `feed` once and store its stories; a feed that fails is a report, not an error.

    A feed whose last poll was interrupted is not asked: that poll failed, and it may be the cause.
    """
    if state.interrupted:
        return await fail_poll(feed, state, _INTERRUPTED, now, ports)
    if ports.offload_for is not None:
        is_proven = state.last_success is not None and not state.errors
        ports = replace(ports, offload=ports.offload_for(is_proven=is_proven))
    outcome = await ports.fetcher.fetch(feed, question(feed, state, now))
    if not isinstance(outcome, FetchedFeed):
        return await _finish_without_items(feed, state, outcome, now, ports)
    try:
        return await _read(feed, state, outcome, now, ports)
    except TooCostly as error:
        reason = Reason(code="too_costly", text=f"reading the feed was ended: {error}")
        return await fail_poll(feed, state, reason, now, ports)


async def fail_poll(
    feed: Feed, state: FeedState, reason: Reason, now: datetime, ports: CollectPorts
) -> PollReport:
    """Store that a poll of `feed` came to nothing, for this `reason`."""
    return await _finish_without_items(feed, state, FetchFailed(reason=reason), now, ports)


async def _read(
    feed: Feed, state: FeedState, outcome: FetchedFeed, now: datetime, ports: CollectPorts
) -> PollReport:
    """Store what the document brings. Raises TooCostly."""
    parsed, keys = await ports.offload(partial(_parsed, feed, outcome))
    if isinstance(parsed, FetchFailed):
        return await _finish_without_items(feed, state, parsed, now, ports)
    return await _finish_with_items(feed, state, outcome, parsed, keys, now, ports)


def _parsed(feed: Feed, fetched: FetchedFeed) -> tuple[ParsedFeed | FetchFailed, list[ItemKeys]]:
    """Return the items with their keys: both cost as much as a hostile feed likes."""
    parsed = parse_feed(fetched, feed.stated_language)
    return parsed, [] if isinstance(parsed, FetchFailed) else keys_of(feed.id, parsed.items)


def _lateness(state: FeedState, now: datetime) -> timedelta:
    """Return how long news may have waited for this poll beyond the feed's rhythm."""
    since = state.last_success if state.errors else state.due
    return max(now - since, timedelta(0)) if since else timedelta(0)


async def _finish_without_items(
    feed: Feed,
    state: FeedState,
    outcome: NotModified | FetchFailed,
    now: datetime,
    ports: CollectPorts,
) -> PollReport:
    if isinstance(outcome, FetchFailed):
        due = next_poll(feed, outcome, errors=state.errors + 1, now=now)
        kept = after_failure(state)
        poll = Poll(feed=feed.id, at=now, next_poll=due, validators=kept, error=outcome.reason)
        await ports.feeds.finish_poll(poll)
        return PollReport(feed=feed.id, outcome="failed", reason=outcome.reason)
    rhythm, asked = rhythm_after(feed, state, now), question(feed, state, now)
    got = judged(state, asked, outcome.validators, new=0)
    poll = Poll(
        feed=feed.id,
        at=now,
        next_poll=next_poll(feed, outcome, errors=0, now=now, rhythm=rhythm),
        validators=got,
        rhythm=packed(rhythm, state),
        whole_at=now if is_whole(asked) else None,
    )
    await ports.feeds.finish_poll(poll)
    return PollReport(feed=feed.id, outcome="not_modified", notes=notes(state, got))


async def _finish_with_items(
    feed: Feed,
    state: FeedState,
    fetched: FetchedFeed,
    parsed: ParsedFeed,
    keys: Sequence[ItemKeys],
    now: datetime,
    ports: CollectPorts,
) -> PollReport:
    late, asked = _lateness(state, now), question(feed, state, now)
    flat = [key for item_keys in keys for key in item_keys.all]
    known = await ports.stories.known_keys(feed.id, flat)
    drafts, news = await ports.offload(
        partial(_stories_to_write, feed, parsed, keys, known, now=now)
    )
    writer = ArticleWriter(feed=feed, parsed=parsed, pages=ports.pages, offload=ports.offload)
    written = await writer.write(
        [_credible(draft.items[0], now) for draft in drafts],
        pages=[bool(draft.owed) or _is_recent(draft, now) for draft in drafts],
    )
    heard = await _hear(feed, drafts, written.articles, now, ports)
    # By the items' values: what comes back from a child process is a copy.
    ready = {
        draft.items[0]: replace(draft, article=article, lacks=lacks, heard=report)
        for draft, article, lacks, report in zip(
            drafts, written.articles, written.lacks, heard, strict=True
        )
    }

    def decide_again(latest: Known) -> Sequence[Story]:
        # Another poll may have stored the same story before this transaction.
        nonlocal known
        known = latest
        stories = decide(parsed.items, keys, latest, feed=feed, now=now, late=late)
        return [
            _with_article(feed, parsed, story, ready.get(story.items[0]), now) for story in stories
        ]

    rhythm = rhythm_after(feed, state, now, parsed=parsed, news=news)
    got = judged(state, asked, fetched.validators, new=len(news))
    poll = Poll(
        feed=feed.id,
        at=now,
        next_poll=next_poll(feed, fetched, errors=0, now=now, rhythm=rhythm),
        validators=got,
        rhythm=packed(rhythm, state),
        whole_at=now if is_whole(asked) else None,
        # An empty feed shows nothing that a first run could pass over.
        channels=feed.channels if parsed.items else (),
    )
    stories = await ports.feeds.finish_poll(poll, flat, decide_again)
    return PollReport(
        feed=feed.id,
        outcome="items",
        items=len(parsed.items),
        new=sum(story.known is None for story in stories),
        owed=sum(len(story.owed) for story in stories),
        held=sum(len(story.owed) for story in stories if story.held),
        restyled=0 if known.is_restyled else restyled(stories),
        unlike=tuple(story.unlike for story in stories if story.unlike is not None),
        reason=parsed.warning,
        left_out=written.left_out,
        unread_pages=written.unread_pages,
        notes=notes(state, got),
    )


async def _hear(
    feed: Feed,
    drafts: Sequence[Story],
    articles: Sequence[Article],
    now: datetime,
    ports: CollectPorts,
) -> list[Heard | None]:
    """Return what other outlets reported of the events of new stories."""
    if ports.events is None or feed.same_story is None:
        return [None] * len(drafts)
    both = list(zip(drafts, articles, strict=True))
    new = [article for draft, article in both if draft.known is None]
    heard = iter(await ports.events.hear(feed.id, new, now, feed.same_story) if new else ())
    return [next(heard) if draft.known is None else None for draft in drafts]


def _stories_to_write(
    feed: Feed, parsed: ParsedFeed, keys: Sequence[ItemKeys], known: Known, *, now: datetime
) -> tuple[list[Story], list[datetime | None]]:
    """Return the stories that need an article, and when each new one was published."""
    stories = decide(parsed.items, keys, known, feed=feed, now=now)
    news = [story.items[0].published for story in stories if story.known is None]
    return [story for story in stories if _needs_article(story)], news


def _needs_article(story: Story) -> bool:
    """Tell whether a channel is to receive the story, now or as a correction."""
    return bool(story.owed) or story.is_corrected


def _is_recent(story: Story, now: datetime) -> bool:
    """Tell whether a correction may still reach readers: then its page is read as at first."""
    published = story.items[0].published
    return published is None or now - published <= _CORRECTED_WITHIN


def _credible(item: Item, now: datetime) -> Item:
    """Return `item`, undated where it is dated more than a day ahead."""
    is_wrong = item.published is not None and item.published > now + AHEAD_MOST
    return replace(item, published=None) if is_wrong else item


def _with_article(
    feed: Feed, parsed: ParsedFeed, story: Story, ready: Story | None, now: datetime
) -> Story:
    if not _needs_article(story):
        return story
    if ready is not None:
        told = replace(story, article=ready.article, lacks=ready.lacks)
        heard = ready.heard if story.known is None else None
        return merged(told, heard, feed.also_at) if heard else told
    # Its page was not read, and lines that the feed repeats are still in it.
    article = article_of(_credible(story.items[0], now), feed, parsed)
    return replace(story, article=article, lacks=frozenset({"image", "paragraphs"}))
