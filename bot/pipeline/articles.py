"""Items -> articles: what the feed says, without what it always says, with what the page adds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.collect.page import read_page
from bot.dedupe.urls import clean_link
from bot.format.article import lacks_without_page, wants_page, with_page, write_article
from bot.format.repeats import NO_REPEATS, find_repeats
from bot.models.feeds import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.format.repeats import Repeats
    from bot.models.basics import Reason
    from bot.models.feeds import FetchedPage, Item, ParsedFeed
    from bot.models.settings import Feed
    from bot.models.stories import Article, ArticlePart
    from bot.ports import PageFetcher

_Result = TypeVar("_Result")
MOST_PAGES = 20
"""Pages of one poll: what comes beyond that is a flood, and is told from the feed's own text."""


class Offload(Protocol):
    """Runs pure work that takes long away from the event loop."""

    async def __call__(self, work: Callable[[], _Result]) -> _Result:
        """Return what `work` returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The articles of the items asked for, and what the operator may want to know of them.

    `lacks` says of each article what its page, which was wanted and not read, may have given.
    `left_out` are the repeated lines, `unread_pages` why pages could not be read.
    """

    articles: tuple[Article, ...]
    lacks: tuple[frozenset[ArticlePart], ...] = ()
    left_out: tuple[str, ...] = ()
    unread_pages: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWriter:
    """Writes articles of one poll's items."""

    feed: Feed
    parsed: ParsedFeed
    pages: PageFetcher
    offload: Offload

    async def write(self, items: Sequence[Item], *, pages: Sequence[bool]) -> Written:
        """Return an article for each of `items`; of those with `pages` the page is read, too.

        Never raises for what a feed or page holds: without its page an item is told from the
        feed's own text.
        """
        if not items:
            return Written(articles=())
        repeats, articles = await self.offload(partial(self._from_feed, items))
        lacks = [
            lacks_without_page(article) if wants_page(article, self.feed) else frozenset()
            for article in articles
        ]
        wanted = [index for index, lack in enumerate(lacks) if pages[index] and lack][:MOST_PAGES]
        links = [articles[index].link or "" for index in wanted]
        fetched = await self.pages.fetch_pages(self.feed, links) if links else []
        for index, page in zip(wanted, fetched, strict=True):
            if not isinstance(page, FetchFailed):
                work = partial(_enriched, articles[index], page, items[index], repeats)
                articles[index] = await self.offload(work)
                lacks[index] = frozenset()
        return Written(
            articles=tuple(articles),
            lacks=tuple(lacks),
            left_out=tuple(repeats.lines.values()),
            unread_pages=tuple(page.reason for page in fetched if isinstance(page, FetchFailed)),
        )

    def _from_feed(self, items: Sequence[Item]) -> tuple[Repeats, list[Article]]:
        repeats = find_repeats(self.parsed.items)
        articles = [article_of(item, self.feed, self.parsed, repeats=repeats) for item in items]
        return repeats, articles


def article_of(
    item: Item, feed: Feed, parsed: ParsedFeed, *, repeats: Repeats = NO_REPEATS
) -> Article:
    """Return the clean text that a post about `item` is written from, without `repeats`."""
    link = clean_link(item.link) if item.link else None
    comments = clean_link(item.comments) if item.comments else None
    item = replace(item, comments=comments)
    return write_article(item, feed, parsed, link=link, repeats=repeats)


def _enriched(article: Article, page: FetchedPage, item: Item, repeats: Repeats) -> Article:
    return with_page(article, read_page(page, article.link or ""), item, repeats)
