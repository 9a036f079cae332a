"""Items -> articles: the text of the feed without its repeated lines, and of the page if poor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.collect.page import read_pages
from bot.dedupe.decide import AHEAD_MOST
from bot.dedupe.urls import clean_link
from bot.errors import TooCostly
from bot.format.article import write_article
from bot.format.pages import is_page_of, lacks_without_page, wants_page, with_page
from bot.format.repeats import NO_REPEATS, find_repeats
from bot.models.basics import Reason
from bot.models.feeds import FetchFailed
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from bot.format.repeats import Repeats
    from bot.models.feeds import FetchedPage, Item, Page, ParsedFeed
    from bot.models.settings import Feed
    from bot.models.stories import Article, ArticlePart
    from bot.ports import PageFetcher

_Result = TypeVar("_Result")
MOST_PAGES = 20
"""Pages of one poll: beyond that it is a flood, and the feed's own text serves."""
_MOST_COSTLY = 2
_OTHER_PAGE = Reason(
    code="other_page",
    text=marked("the page shows neither the headline nor the text of its article"),
)


class Offload(Protocol):
    """Runs pure work on hostile input away from the event loop, within bounds."""

    async def __call__(self, work: Callable[[], _Result]) -> _Result:
        """Return the result of `work`. Raises TooCostly where it takes more than it may."""
        ...


class OffloadFor(Protocol):
    """Keeps the work of feeds apart: those that cost too much must not delay the good ones."""

    def __call__(self, *, is_proven: bool) -> Offload:
        """Return what runs the work of a feed; `is_proven`: it was read well the last time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The articles of the items asked for, with remarks for the operator.

    `lacks` names for each article the parts that its page, wanted and not read, may have given.
    `left_out` are the repeated lines, `unread_pages` the reasons why pages were not read.
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

        Never raises for a bad feed or page: without its page an item is told from the feed's text.
        Raises TooCostly.
        """
        if not items:
            return Written(articles=())
        drafts = await self.offload(partial(Drafts, items, self.feed, self.parsed))
        return await self.complete(drafts, pages=pages)

    async def complete(self, drafts: Drafts, *, pages: Sequence[bool]) -> Written:
        """Return the articles of `drafts`; of those with `pages` the page is read, too.

        As `write`.
        """
        wanted = [place for place in drafts.wanting if pages[place]][:MOST_PAGES]
        links = [drafts.articles[place].link or "" for place in wanted]
        fetched = await self.pages.fetch_pages(self.feed, links) if links else []
        pictures_only = frozenset(
            link
            for place, link in zip(wanted, links, strict=True)
            if drafts.lacks[place] <= {"image"}
        )
        found = await pages_of(fetched, links, self.offload, pictures_only)
        drafts, problems = await self._with_pages(drafts, list(zip(wanted, found, strict=True)))
        return Written(
            articles=tuple(drafts.articles),
            lacks=tuple(drafts.lacks),
            left_out=tuple(drafts.repeats.lines.values()),
            unread_pages=tuple(problems),
        )

    async def _with_pages(
        self, drafts: Drafts, tried: Sequence[tuple[int, Page | Reason]]
    ) -> tuple[Drafts, list[Reason]]:
        """Return the drafts with their pages, and why some have none."""
        if not tried:
            return drafts, []
        try:
            return await self.offload(partial(_added, drafts, tried))
        except TooCostly as error:
            return drafts, [
                Reason(code="too_costly", text=told("reading pages was ended: {why}", why=error))
            ]


class Drafts:
    """The articles of `items` as their feed tells them, to which their pages are added (pure)."""

    def __init__(
        self, items: Sequence[Item], feed: Feed, parsed: ParsedFeed, repeats: Repeats | None = None
    ) -> None:
        self.items = items
        self.feed = feed
        self.repeats = find_repeats(parsed.items) if repeats is None else repeats
        self.articles = [article_of(item, feed, parsed, repeats=self.repeats) for item in items]
        self.lacks: list[frozenset[ArticlePart]] = [
            lacks_without_page(article, feed) if wants_page(article, item, feed) else frozenset()
            for article, item in zip(self.articles, items, strict=True)
        ]

    @property
    def wanting(self) -> list[int]:
        """The places of the articles to which their page could add something."""
        return [place for place, lack in enumerate(self.lacks) if lack]

    def add(self, place: int, page: Page) -> Reason | None:
        """Add the page to the article at `place`; return why not if it shows another article."""
        article, item = self.articles[place], self.items[place]
        if not is_page_of(page, article, item):
            return _OTHER_PAGE
        self.articles[place] = with_page(article, page, item, self.feed, self.repeats)
        self.lacks[place] = frozenset()
        return None


def credible(item: Item, now: datetime) -> Item:
    """Return `item`, undated where it is dated more than a day ahead."""
    is_wrong = item.published is not None and item.published > now + AHEAD_MOST
    return replace(item, published=None) if is_wrong else item


def _added(
    drafts: Drafts, tried: Sequence[tuple[int, Page | Reason]]
) -> tuple[Drafts, list[Reason]]:
    problems = [
        page if isinstance(page, Reason) else drafts.add(place, page) for place, page in tried
    ]
    return drafts, [reason for reason in problems if reason is not None]


async def pages_of(
    fetched: Sequence[FetchedPage | FetchFailed],
    links: Sequence[str],
    offload: Offload,
    pictures_only: frozenset[str] = frozenset(),
) -> list[Page | Reason]:
    """Return each page as it was read, or the reason why it could not be fetched."""
    both = zip(fetched, links, strict=True)
    sources = [(page, link) for page, link in both if not isinstance(page, FetchFailed)]
    read: Iterator[Page | Reason] = iter(())
    if sources:
        read = iter(await _read_pages(sources, offload, pictures_only))
    return [page.reason if isinstance(page, FetchFailed) else next(read) for page in fetched]


async def _read_pages(
    sources: list[tuple[FetchedPage, str]], offload: Offload, pictures_only: frozenset[str]
) -> Sequence[Page | Reason]:
    """Return what the pages say; one that costs too much costs the others nothing.

    After a few of those the rest stays unread: each takes a child process from other feeds.
    """
    try:
        return await offload(partial(read_pages, sources, pictures_only=pictures_only))
    except TooCostly as error:
        if len(sources) == 1:
            return [
                Reason(code="too_costly", text=told("reading the page was ended: {why}", why=error))
            ]
    read: list[Page | Reason] = []
    for source in sources:
        costly = [page for page in read if isinstance(page, Reason)]
        is_enough = len(costly) >= _MOST_COSTLY
        read += costly[-1:] if is_enough else await _read_pages([source], offload, pictures_only)
    return read


def article_of(
    item: Item, feed: Feed, parsed: ParsedFeed, *, repeats: Repeats = NO_REPEATS
) -> Article:
    """Return the clean text that a post about `item` is written from, without `repeats`."""
    link = clean_link(item.link) if item.link else None
    comments = clean_link(item.comments) if item.comments else None
    item = replace(item, comments=comments)
    return write_article(item, feed, parsed, link=link, repeats=repeats)
