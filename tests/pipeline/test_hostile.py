"""Hostile documents on the whole way from bytes to articles: nothing raises, nothing takes long."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest

from bot.collect.parse import parse_feed
from bot.dedupe.decide import decide
from bot.dedupe.keys import keys_of
from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import FetchedFeed, ParsedFeed
from bot.models.settings import Feed
from bot.models.stories import Known
from bot.pipeline.articles import Drafts

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
FEED = Feed(id=FeedId("f"), url="https://a.vn/rss", channels=(ChannelId("c"),), first_run=9)
HOSTILE = (
    *("<", ">", "&", "&lt;b&gt;", "&#xd800;", "&a;", "<![CDATA[", "]]>", "<!--", "-->", "<b>", "</b>", "<br/>", "<img src='x'/>"),
    *("{{ 1 }}", "{% for %}", "\n", "\t", "\u202e", "\u200b", "\ufeff", "\ud800", "e\u0301", "中", "ا", "👨‍👩‍👧", "@here", "/start@bot", "#tag"),
    *("https://a.vn/", "www.b.com", "javascript:", "a.b", ", ", ". ", "… ", "- ", "(", "[", "«", "1", "12/3/", "từ ngữ ", "A", "By A and ", "Read more "),
)  # fmt: skip


def hostile_document(number: int) -> bytes:
    """Return a feed whose entries are made of what hostile feeds are made of, the same each time."""
    chance = random.Random(number)

    def text(most: int) -> str:
        return "".join(
            chance.choice(HOSTILE) * chance.choice((1, 1, 1, 2, 3, 40)) for _ in range(most)
        )

    items = "".join(
        f"<item><title>{text(6)}</title><link>https://a.vn/{text(2)}</link><guid>{text(1)}</guid>"
        f"<description>{text(9)}</description><category>{text(2)}</category></item>"
        for _ in range(chance.randint(1, 3))
    )
    document = f"<rss version='2.0'><channel><title>{text(2)}</title>{items}</channel></rss>"
    return document.encode(chance.choice(("utf-8", "utf-8", "utf-16")), "replace")


@pytest.mark.parametrize(
    ("first", "count"),
    [
        pytest.param(0, 1_000, marks=pytest.mark.long),
        pytest.param(1_000, 30_000, marks=[pytest.mark.soak, pytest.mark.timeout(3_600)]),
    ],
)
def test_no_hostile_document_costs_two_seconds_or_raises(first: int, count: int) -> None:
    slow = {}
    for number in range(first, first + count):
        start = time.thread_time()
        parsed = parse_feed(FetchedFeed(url=FEED.url, body=hostile_document(number)))
        if isinstance(parsed, ParsedFeed):
            keys = keys_of(FEED.id, parsed.items)
            told = decide(parsed.items, keys, Known(), feed=FEED, now=NOW)
            Drafts([story.items[0] for story in told], FEED, parsed)
        if (spent := time.thread_time() - start) > 2:
            slow[number] = spent
    assert slow == {}
