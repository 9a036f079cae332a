"""The filters on the way of a feed's stories: asked while deciding, and again with their pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from bot.filters.screen import Named, Screened, screen
from bot.filters.terms import Subject
from bot.format.article import MOST_CATEGORIES, categories_of
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
    from bot.models.settings import Feed, Filter
    from bot.models.stories import Article, Story

Found = Mapping[tuple[Item, ...], Screened]
_LEAD = 1_000
"""Characters of an article, in whole paragraphs, in which a term of its lead is sought."""
_MOST_OTHERS = 5
"""Entries of a story beside the newest whose categories count."""


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
        key = tuple(items[: 1 + _MOST_OTHERS])
        if key not in self.found:
            self.found[key] = self._screened(key)
        return self.found[key].refused

    def screened(self, story: Story) -> Story:
        """Return `story` without the channels that it is not for now that its page is read."""
        if not story.owed or not self._filters:
            return story
        key = story.items[: 1 + _MOST_OTHERS]
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
        found = self._last.get(story.items[: 1 + _MOST_OTHERS])
        return found.included.get(channel) if found else None

    def _screened(self, items: tuple[Item, ...], *, is_last: bool = False) -> Screened:
        first, *others = items
        article = self._written.get(first) or self._article(first)
        is_partial = not is_last and self._may_say_more(first, article)
        subject = subject_of(with_categories(article, others))
        return screen(self._filters, subject, is_partial=is_partial)

    def _article(self, item: Item) -> Article:
        """Return the article as the feed alone tells it."""
        return article_of(item, self._feed, self._reading.parsed, repeats=self._repeats)

    @cached_property
    def _repeats(self) -> Repeats:
        return self._reading.repeats or find_repeats(self._reading.parsed.items)

    def _may_say_more(self, item: Item, article: Article) -> bool:
        """Tell whether the lead may come from the article's page, which is not read yet."""
        is_read = item in self._written or not wants_page(article, item, self._feed)
        return not is_read and "paragraphs" in lacks_without_page(article, self._feed)


def why_kept_out(delivery: Delivery, feed: Feed | None) -> Reason | None:
    """Return why a delivery would not be owed any more; what the operator asked for passes.

    So does the article of another feed that told the story first: what this feed says is not known.
    """
    return _refusal(delivery, feed.filters.get(delivery.channel, ())) if feed else None


def why_excluded(delivery: Delivery, feed: Feed | None) -> Reason | None:
    """Return which term of `exclude` is in a delivery that is about to be sent.

    A correction may have brought it, or a poll that went on with the file from before. What passed
    `include` once is not lost by a correction.
    """
    filters = feed.filters.get(delivery.channel, ()) if feed else ()
    return _refusal(delivery, [replace(one, include=()) for one in filters])


def _refusal(delivery: Delivery, filters: Sequence[Filter]) -> Reason | None:
    is_others = delivery.teller not in {None, delivery.feed}
    if not filters or is_others or delivery.is_wanted or delivery.article.headlines:
        return None
    found = screen({delivery.channel: filters}, subject_of(delivery.article))
    return found.refused.get(delivery.channel)


def with_categories(article: Article, others: Sequence[Item]) -> Article:
    """Return `article` with the categories of the `others` of its story, too.

    A feed may list an article in each of its sections.
    """
    every = chain(article.categories, *map(categories_of, others[:_MOST_OTHERS]))
    return replace(article, categories=tuple(dict.fromkeys(every))[:MOST_CATEGORIES])


def subject_of(article: Article) -> Subject:
    """Return what terms are compared with."""
    return Subject(
        {
            "title": (article.title,),
            "lead": (_beginning(article),),
            "category": article.categories,
            "author": (article.author,),
            "link": (unquote(article.link or ""),),
            "language": (article.language,),
        }
    )


def _beginning(article: Article) -> str:
    """Return the first paragraphs of the article: at least one, however long that is."""
    kept: list[str] = []
    for paragraph in article.paragraphs:
        if kept and sum(map(len, kept)) + len(paragraph) > _LEAD:
            break
        kept.append(paragraph)
    return "\n".join(kept)
