"""What a document brings -> stories, articles, and what the poll teaches of its feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.collect.schedule.due import next_poll
from bot.collect.websub.hubs import hub_of
from bot.dedupe.decide import restyled
from bot.dedupe.shares import Circumstances
from bot.models.feeds import FeedState, FetchedFeed, Poll, PollReport
from bot.pipeline.articles import ArticleWriter, Written
from bot.pipeline.facts import facts_after
from bot.pipeline.habits import (
    is_whole,
    judged,
    notes,
    packed,
    question,
    rhythm_after,
    told_after,
    unheard,
)
from bot.pipeline.merging import merged
from bot.pipeline.planning import NOTHING_KNOWN, decided, needs_article, planned
from bot.pipeline.screening import Screening, with_categories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.events import Heard
    from bot.models.feeds import Item
    from bot.models.settings import Feed
    from bot.models.stories import Article, ArticlePart, Known, Story
    from bot.pipeline.articles import Drafts, Offload, OffloadFor
    from bot.pipeline.reading import Reading
    from bot.pipeline.screening import Found
    from bot.ports import Fetcher, PageFetcher
    from bot.store_ports import EventStore, FeedStore, StoryStore


_CORRECTED_WITHIN = timedelta(days=2)


class Outpaced(Exception):
    """Another poll told stories of this one while it was being decided about."""


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


class Judge:
    """Decides about one reading of `feed`, with articles at hand for what is to be posted."""

    def __init__(
        self,
        feed: Feed,
        state: FeedState,
        fetched: FetchedFeed,
        reading: Reading,
        now: datetime,
        ports: CollectPorts,
    ) -> None:
        self._feed = feed
        self._state = state
        self._fetched = fetched
        self._reading = reading
        self._now = now
        self._ports = ports
        self._late = lateness(state, fetched, now)
        self.sought = reading.sought
        self._rest = len(reading.rest.traces) if reading.rest else 0
        self._known: Known | None = None
        self._is_planned = False
        self._plan: Sequence[Story] = ()
        self._written = Written(articles=())
        self._ready: dict[Item, tuple[Article, frozenset[ArticlePart], Heard | None]] = {}
        self._found: Found = {}
        self._screening: Screening | None = None
        self._notes: tuple[str, ...] = ()

    async def prepare(self) -> None:
        """Write the articles that deciding may want, again after Outpaced. Raises TooCostly.

        Those of few items are written already, as are a first poll's. Else, and where pages are to
        be read, which of them are wanted is decided before.
        """
        reading, drafts = self._reading, self._reading.drafts
        if reading.plan is None and drafts is not None and not drafts.wanting:
            written = Written(
                articles=tuple(drafts.articles),
                lacks=tuple(drafts.lacks),
                left_out=tuple(drafts.repeats.lines.values()),
            )
            await self._take(reading.parsed.items, written)
        elif reading.parsed.items:
            await self._prepare_what_is_wanted()

    async def _prepare_what_is_wanted(self) -> None:
        feed, now, ports = self._feed, self._now, self._ports
        self._is_planned = True
        known = self._known = await self._known_before()
        self._plan, drafts, self._found = await self._planned(known)
        wanted = [story for story in self._plan if needs_article(story)]
        if drafts is None:
            return
        writer = ArticleWriter(
            feed=feed, parsed=self._reading.parsed, pages=ports.pages, offload=ports.offload
        )
        pages = [
            (bool(story.owed) or _is_recent(story, now)) and story.items[0] not in self._ready
            for story in wanted
        ]
        written = await writer.complete(drafts, pages=pages)
        await self._take([story.items[0] for story in wanted], written)

    async def _known_before(self) -> Known:
        """Return what is known of the items; deciding asks again.

        A first poll that reads no pages leaves it to that: where something is known after all, it
        was Outpaced, which costs less than to ask twice each time.
        """
        reading = self._reading
        reads_pages = reading.drafts is not None and reading.drafts.wanting
        if self._known is None and reading.plan is not None and not reads_pages:
            return NOTHING_KNOWN
        return await self._ports.stories.known_keys(self._feed.id, self.sought)

    async def _planned(self, known: Known) -> tuple[Sequence[Story], Drafts | None, Found]:
        """Return the plan that was made with the reading, another one where something is known."""
        reading = self._reading
        if reading.plan is not None and known == NOTHING_KNOWN:
            return reading.plan, reading.drafts, reading.found
        return await self._ports.offload(
            partial(planned, self._feed, reading, known, self._now, self._late)
        )

    async def _take(self, items: Sequence[Item], written: Written) -> None:
        self._written = written
        heard = await self._hear(written.articles)
        # By the items' values: what comes back from a child process is a copy. Of what was written
        # before, pages may have been read, which are not read again.
        told = zip(items, written.articles, written.lacks, heard, strict=True)
        self._ready = {
            item: (*self._ready.get(item, (article, lacks))[:2], of_others)
            for item, article, lacks, of_others in told
        }

    async def _hear(self, articles: Sequence[Article]) -> Sequence[Heard | None]:
        """Return what other outlets reported of the events of the articles."""
        events, window = self._ports.events, self._feed.same_story
        if events is None or window is None:
            return [None] * len(articles)
        return await events.hear(self._feed.id, articles, self._now, window)

    def decide(self, known: Known) -> Sequence[Story]:
        """Return the stories. Raises Outpaced where another poll stored some of many since.

        All of a document in one look may cost minutes: that is for a process of its own. Few items,
        whose articles are all written, are decided about here.
        """
        if known != self._known and self._is_planned:
            raise Outpaced
        stories, feed, reading = self._plan, self._feed, self._reading
        ready = self._ready if feed.filters else {}
        written = {item: article for item, (article, *_) in ready.items()}
        screening = Screening(feed, reading, written, self._found)
        if not self._is_planned:
            given = Circumstances(late=self._late, refuse=screening.ask)
            stories = decided(feed, reading, known, self._now, given)
        self._known, self._screening = known, screening
        screened = [screening.screened(story) for story in stories]
        return [self._with_article(story) if needs_article(story) else story for story in screened]

    def _with_article(self, story: Story) -> Story:
        article, lacks, heard = self._ready[story.items[0]]
        if self._feed.filters:
            article = with_categories(article, story.items[1:])
        told = replace(story, article=article, lacks=lacks)
        is_news = heard and story.known is None
        return merged(told, heard, self._feed.also_at) if heard and is_news else told

    def begun(self) -> Poll:
        """Return as much of the poll as is known before deciding; `conclude` tells the rest."""
        return Poll(
            feed=self._feed.id,
            at=self._now,
            next_poll=self._now,
            validators=self._state.validators,
            rest=self._rest,
            is_part=self._fetched.is_part,
        )

    def _poll(self, news: Sequence[datetime | None]) -> Poll:
        """Return the poll as it is stored, if it brought `news`, by publication."""
        feed, state, now, reading = self._feed, self._state, self._now, self._reading
        if self._fetched.is_part:
            return self._poll_of_part(news)
        rhythm = rhythm_after(feed, state, now, parsed=reading.parsed, news=news)
        asked = question(state, now)
        got = judged(state, asked, self._fetched.validators, new=len(news))
        self._notes = notes(state, got)
        told = told_after(state, has_news=bool(news))
        is_told = bool(state.is_told if told is None else told)
        return Poll(
            feed=feed.id,
            at=now,
            next_poll=next_poll(
                feed, self._fetched, errors=0, now=now, rhythm=rhythm, is_told=is_told
            ),
            validators=got,
            rhythm=packed(rhythm, state),
            whole_at=now if is_whole(asked) else None,
            hub=hub_of(self._fetched, reading.parsed),
            # An empty feed shows nothing that a first run could pass over.
            channels=feed.channels if reading.total else (),
            rest=self._rest,
            is_told=told,
        )

    def _poll_of_part(self, news: Sequence[datetime | None]) -> Poll:
        """Return the poll of what a hub sent: the feed itself is asked when that was due."""
        state, now = self._state, self._now
        rhythm = rhythm_after(self._feed, state, now, news=news)
        return Poll(
            feed=self._feed.id,
            at=now,
            next_poll=max(state.due or now, now),
            validators=state.validators,
            rhythm=packed(rhythm, state),
            is_part=True,
            is_told=told_after(state, has_news=bool(news)),
        )

    def conclude(self, known: Known, stories: Sequence[Story]) -> tuple[Poll, bytes | None]:
        """Return what the poll teaches of its feed, and the facts to keep of its document."""
        news = [story.items[0].published for story in stories if story.known is None]
        return self._poll(news), facts_after(self._reading, known, stories)

    def report(self, stories: Sequence[Story]) -> PollReport:
        """Return the report of a poll that came to `stories`."""
        was_restyled = self._known is not None and self._known.is_restyled
        is_known = was_restyled or self._fetched.is_part
        is_told = any(story.article for story in stories)
        return PollReport(
            feed=self._feed.id,
            outcome="items",
            items=self._reading.total,
            new=sum(story.known is None for story in stories),
            owed=sum(len(story.owed) for story in stories),
            held=sum(len(story.owed) for story in stories if story.held),
            restyled=0 if is_known else restyled(stories, self._rest),
            unlike=tuple(story.unlike for story in stories if story.unlike is not None),
            reason=self._reading.parsed.warning,
            matched=self._screening.matched if self._screening else frozenset(),
            slow=self._screening.slow if self._screening else frozenset(),
            left_out=self._written.left_out if is_told else (),
            unread_pages=self._written.unread_pages,
            notes=self._notes,
        )


def lateness(state: FeedState, fetched: FetchedFeed, now: datetime) -> timedelta:
    """Return how long news may have waited for this poll beyond the feed's rhythm."""
    hidden = unheard(state, question(state, now), fetched.validators, now)
    since = state.last_success if state.errors else state.due
    return max(now - since, hidden, timedelta(0)) if since else max(hidden, timedelta(0))


def _is_recent(story: Story, now: datetime) -> bool:
    """Tell whether a correction may still reach readers: then its page is read as at first."""
    published = story.items[0].published
    return published is None or now - published <= _CORRECTED_WITHIN
