"""The articles that are tried: those that the database keeps, else from one fetch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.dedupe.urls import clean_link
from bot.models.stories import Article
from bot.operate.preview.trial import Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.models.basics import FeedId
    from bot.models.overview import LatestStory
    from bot.models.settings import Channel, Feed
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.preview.previews import Preview

MOST: Final = 20
_FETCHED_FOR: Final = timedelta(minutes=10)
_FETCHED_WITHIN: Final = 10.0  # seconds
_MOST_KEPT: Final = 20
_MOST_FETCHED: Final = 3


@dataclass(slots=True)
class Fetched:
    """What was fetched for pages, kept for some minutes: nothing is fetched at each keystroke."""

    _kept: dict[FeedId, tuple[datetime, list[Told]]] = field(default_factory=dict)

    def get(self, feed: FeedId, now: datetime) -> list[Told] | None:
        """Return what a feed told when it was fetched; None where that is too long ago."""
        kept = self._kept.get(feed)
        return kept[1] if kept and timedelta(0) <= now - kept[0] < _FETCHED_FOR else None

    def put(self, feed: FeedId, now: datetime, told: list[Told]) -> None:
        """Keep what a feed told."""
        self._kept.pop(feed, None)
        self._kept[feed] = now, told
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]


async def articles_for(newsroom: Newsroom, channel: Channel, feed: Feed | None) -> list[Told]:
    """Return the newest articles of `feed`, or of all feeds that lead to `channel`.

    The database keeps little of what no channel got, so that the first of such feeds are fetched.
    """
    feeds = [feed] if feed else leading_to(channel, newsroom.config)
    rows = await newsroom.reads.overview.latest_of([one.id for one in feeds], MOST)
    stored = [_stored(one) for one in rows]
    if stored and not any(one.is_bare for one in stored):
        return stored
    wanted = {one.feed for one in stored if one.is_bare} or {one.id for one in feeds}
    found = await _fetched(newsroom, [one for one in feeds if one.id in wanted][:_MOST_FETCHED])
    if not stored:
        return sorted(found, key=_when, reverse=True)[:MOST]
    whole = {one.article.link: one for one in found}
    return [whole.get(one.article.link, one) if one.is_bare else one for one in stored]


def leading_to(channel: Channel, config: Config) -> list[Feed]:
    """Return the enabled feeds whose stories go to the channel."""
    return [one for one in config.feeds.values() if one.enabled and channel.id in one.channels]


def _when(told: Told) -> float:
    return told.article.published.timestamp() if told.article.published else 0.0


def _stored(story: LatestStory) -> Told:
    """Return a story as the database keeps it; of what no channel got, that is little."""
    if story.article is not None:
        return Told(feed=story.feed, article=story.article)
    link = story.link and clean_link(story.link)
    bare = Article(title=story.title, link=link, published=story.published)
    return Told(feed=story.feed, article=bare, is_bare=True)


async def _fetched(newsroom: Newsroom, feeds: Sequence[Feed]) -> list[Told]:
    """Return what the feeds tell now, or told some minutes ago; nothing where they fail."""
    now = newsroom.now()
    wanting = [one for one in feeds if newsroom.fetched.get(one.id, now) is None]
    if wanting:
        try:
            async with asyncio.timeout(_FETCHED_WITHIN):
                found = await newsroom.fetching.previews(newsroom.config, wanting, MOST)
        except TimeoutError:
            found = []
        for feed, previews in zip(wanting, found or [[] for _ in wanting], strict=True):
            newsroom.fetched.put(feed.id, now, _told(previews))
    return [one for feed in feeds for one in newsroom.fetched.get(feed.id, now) or ()]


def _told(previews: Sequence[Preview]) -> list[Told]:
    """Return each item once, whatever channels it is previewed for."""
    articles = {
        id(one.item): Told(feed=one.feed.id, article=one.article)
        for one in previews
        if one.item is not None and one.article is not None
    }
    return list(articles.values())
