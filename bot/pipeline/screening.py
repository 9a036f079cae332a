"""The filters on the way of a feed's stories: asked while deciding, and again with their pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from bot.filters.screen import Named, Screened, screen
from bot.filters.terms import Subject
from bot.format.pages import lacks_without_page, wants_page
from bot.format.repeats import find_repeats
from bot.models.feeds import Item
from bot.pipeline.articles import article_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.dedupe.shares import Refuse
    from bot.format.repeats import Repeats
    from bot.models.basics import ChannelId, Reason
    from bot.models.feeds import ParsedFeed
    from bot.models.outbox import Delivery
    from bot.models.settings import Feed
    from bot.models.stories import Article, Story

Found = Mapping[tuple[Item, ...], Screened]
_LEAD = 1_000
"""Characters of an article, in whole paragraphs, in which a term of its lead is sought."""
_MOST_ITEMS = 3
"""Entries of one story that a term may be in: a feed may list an article in several categories."""


class Document(Protocol):
    """What a poll read."""

    @property
    def parsed(self) -> ParsedFeed:
        """Its items."""
        ...

    @property
    def repeats(self) -> Repeats | None:
        """What they repeat, where that is known."""
        ...


class Screening:
    """Screens the stories of one poll of `feed`; lives for that (pure).

    `written` are articles with their pages, as far as those were read; `found` is what another one
    came to, in the process that read the feed.
    """

    def __init__(
        self, feed: Feed, reading: Document, written: Mapping[Item, Article], found: Found
    ) -> None:
        self._feed = feed
        self._filters = {name: feed.filters[name] for name in feed.channels if name in feed.filters}
        self._reading = reading
        self._written = written
        self.found = dict(found)
        self._last: dict[tuple[Item, ...], Screened] = {}

    @property
    def matched(self) -> frozenset[Named]:
        """All terms that were in one of the stories."""
        return frozenset[Named]().union(*(one.matched for one in self._every))

    @property
    def slow(self) -> frozenset[Named]:
        """All expressions that took too long on one of them."""
        return frozenset[Named]().union(*(one.slow for one in self._every))

    @property
    def _every(self) -> Iterator[Screened]:
        yield from self.found.values()
        yield from self._last.values()

    @property
    def ask(self) -> Refuse | None:
        """What deciding asks; None where there is no filter."""
        return self.refuse if self._filters else None

    def refuse(self, items: Sequence[Item]) -> Mapping[ChannelId, Reason]:
        """Return why a story of `items` is not for some channels, as far as that is certain."""
        key = tuple(items[:_MOST_ITEMS])
        if key not in self.found:
            self.found[key] = self._screened(key)
        return self.found[key].refused

    def screened(self, story: Story) -> Story:
        """Return `story` without the channels that it is not for now that its page is read."""
        if not story.owed or not self._filters:
            return story
        key = story.items[:_MOST_ITEMS]
        if key not in self._last:
            self._last[key] = self._screened(key, is_last=True)
        refused = self._last[key].refused
        owed = tuple(channel for channel in story.owed if channel not in refused)
        if owed == story.owed:
            return story
        passed_over = {name: refused[name] for name in story.owed if name in refused}
        return replace(story, owed=owed, passed_over={**story.passed_over, **passed_over})

    def why_included(self, story: Story, channel: ChannelId) -> Reason | None:
        """Return which term lets the story pass; None where the channel has no `include`."""
        found = self._last.get(story.items[:_MOST_ITEMS])
        return found.included.get(channel) if found else None

    def _screened(self, items: tuple[Item, ...], *, is_last: bool = False) -> Screened:
        articles = [self._written.get(item) or self._article(item) for item in items]
        is_partial = not is_last and self._may_say_more(items[0], articles[0])
        return screen(self._filters, subject_of(*articles), is_partial=is_partial)

    def _article(self, item: Item) -> Article:
        """Return the article as the feed alone tells it."""
        return article_of(item, self._feed, self._reading.parsed, repeats=self._repeats)

    @cached_property
    def _repeats(self) -> Repeats:
        return self._reading.repeats or find_repeats(self._reading.parsed.items)

    def _may_say_more(self, item: Item, article: Article) -> bool:
        """Tell whether the lead may come from the article's page, which is not read yet."""
        is_read = item in self._written or not wants_page(article, item, self._feed)
        return not is_read and "paragraphs" in lacks_without_page(article)


def why_kept_out(delivery: Delivery, feed: Feed | None) -> Reason | None:
    """Return why a delivery would not be owed any more; what the operator asked for passes."""
    filters = feed.filters.get(delivery.channel) if feed else None
    if not filters or delivery.is_wanted or delivery.article.headlines:
        return None
    found = screen({delivery.channel: filters}, subject_of(delivery.article))
    return found.refused.get(delivery.channel)


def subject_of(*articles: Article) -> Subject:
    """Return what terms are compared with: the words of all the articles."""
    return Subject(
        {
            "title": tuple(one.title for one in articles),
            "lead": tuple(lead_of(one) for one in articles),
            "category": tuple(name for one in articles for name in one.categories),
            "author": tuple(one.author for one in articles),
            "link": tuple(unquote(one.link or "") for one in articles),
            "language": tuple(one.language for one in articles),
        }
    )


def lead_of(article: Article) -> str:
    """Return the first paragraphs of the article: at least one, however long that is."""
    kept: list[str] = []
    for paragraph in article.paragraphs:
        if kept and sum(map(len, kept)) + len(paragraph) > _LEAD:
            break
        kept.append(paragraph)
    return "\n".join(kept)
