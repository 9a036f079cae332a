"""Fetches the article of an item again, of which only the title was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.adapters import feed_fetcher, page_fetcher
from bot.dedupe.urls import canonical_link
from bot.errors import NewsbotError
from bot.models.feeds import ParsedFeed
from bot.offload import child_processes
from bot.wording import told

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models.feeds import Item
    from bot.models.stories import Article
    from bot.models.views import ItemRow, StoryTrace


async def refetch_article(config: Config, trace: StoryTrace) -> Article:
    """Write the article of a story that no channel was owed, as a poll would have.

    Raises NewsbotError where none of its feeds shows it any more.
    """
    from bot.operate.preview.previews import read_feed
    from bot.pipeline.articles import ArticleWriter

    async with (
        child_processes() as offload,
        feed_fetcher(config) as fetcher,
        page_fetcher(config) as pages,
    ):
        for row in trace.items:
            feed = config.feeds.get(row.feed)
            if feed is None:
                continue
            read = await read_feed(feed, fetcher=fetcher, offload=offload)
            item = _item_of(row, read) if isinstance(read, ParsedFeed) else None
            if item is not None and isinstance(read, ParsedFeed):
                writer = ArticleWriter(feed=feed, parsed=read, pages=pages, offload=offload)
                return (await writer.write([item], pages=[True])).articles[0]
    feeds = ", ".join(dict.fromkeys(str(row.feed) for row in trace.items))
    raise NewsbotError(
        told(
            "{title}: it was queued for no channel, so that its text was not kept, "
            "and feed {feeds} does not show it now",
            title=trace.title,
            feeds=feeds,
        )
    )


def _item_of(row: ItemRow, parsed: ParsedFeed) -> Item | None:
    """Return the entry that was kept as `row`: by its id, else by its link."""
    by_id = next((item for item in parsed.items if item.id == row.id), None)
    link = canonical_link(row.link) if row.link else None
    return by_id or next(
        (item for item in parsed.items if item.link and canonical_link(item.link) == link), None
    )
