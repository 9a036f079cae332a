"""Items -> articles: what the feed says, without what it always says, with what the page adds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.collect.page import read_pages
from bot.dedupe.urls import clean_link
from bot.format.article import write_article
from bot.format.pages import is_page_of, lacks_without_page, wants_page, with_page
from bot.format.repeats import NO_REPEATS, find_repeats
from bot.models.basics import Reason
from bot.models.feeds import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.format.repeats import Repeats
    from bot.models.feeds import FetchedPage, Item, Page, ParsedFeed
    from bot.models.settings import Feed
    from bot.models.stories import Article, ArticlePart
    from bot.ports import PageFetcher

_Result = TypeVar("_Result")
MOST_PAGES = 20
"""Pages of one poll: what comes beyond that is a flood, and is told from the feed's own text."""
_OTHER_PAGE = Reason(
    code="other_page", text="the page shows neither the headline nor the text of its article"
)


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
            lacks_without_page(article) if wants_page(article, item, self.feed) else frozenset()
            for article, item in zip(articles, items, strict=True)
        ]
        wanted = [index for index, lack in enumerate(lacks) if pages[index] and lack][:MOST_PAGES]
        links = [articles[index].link or "" for index in wanted]
        fetched = await self.pages.fetch_pages(self.feed, links) if links else []
        found = await pages_of(fetched, links, self.offload)
        unread = [page for page in found if isinstance(page, Reason)]
        for index, page in zip(wanted, found, strict=True):
            if isinstance(page, Reason):
                continue
            if not is_page_of(page, articles[index], items[index]):
                unread.append(_OTHER_PAGE)
                continue
            articles[index] = with_page(articles[index], page, items[index], repeats)
            lacks[index] = frozenset()
        return Written(
            articles=tuple(articles),
            lacks=tuple(lacks),
            left_out=tuple(repeats.lines.values()),
            unread_pages=tuple(unread),
        )

    def _from_feed(self, items: Sequence[Item]) -> tuple[Repeats, list[Article]]:
        repeats = find_repeats(self.parsed.items)
        articles = [article_of(item, self.feed, self.parsed, repeats=repeats) for item in items]
        return repeats, articles


async def pages_of(
    fetched: Sequence[FetchedPage | FetchFailed], links: Sequence[str], offload: Offload
) -> list[Page | Reason]:
    """Return what each page, fetched at its link, says, or why it could not be fetched."""
    both = zip(fetched, links, strict=True)
    sources = [(page, link) for page, link in both if not isinstance(page, FetchFailed)]
    read = iter(await offload(partial(read_pages, sources)) if sources else ())
    return [page.reason if isinstance(page, FetchFailed) else next(read) for page in fetched]


def article_of(
    item: Item, feed: Feed, parsed: ParsedFeed, *, repeats: Repeats = NO_REPEATS
) -> Article:
    """Return the clean text that a post about `item` is written from, without `repeats`."""
    link = clean_link(item.link) if item.link else None
    comments = clean_link(item.comments) if item.comments else None
    item = replace(item, comments=comments)
    return write_article(item, feed, parsed, link=link, repeats=repeats)
