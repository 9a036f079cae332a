"""What feeds do to their entries, through the parser, the decision and a real store."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from tests.pipeline.test_collect import FEED, Collecting
from tests.unit.dedupe.mischief import Feed

if TYPE_CHECKING:
    from bot.models.feeds import Item
    from bot.store.engine import Store

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)


def _entry(item: Item) -> str:
    date = f"<pubDate>{format_datetime(item.published)}</pubDate>" if item.published else ""
    link = f"<link>{escape(item.link)}</link>" if item.link else ""
    return (
        f"<item><title>{escape(item.title)}</title>{link}{date}"
        f"<guid isPermaLink='false'>{escape(item.id)}</guid>"
        f"<description>{escape(item.summary)}</description></item>"
    )


@pytest.mark.long
@pytest.mark.parametrize(("seed", "dates"), [(1, "exact"), (2, "none"), (3, "corrected")])
async def test_nothing_is_lost_doubled_or_mixed_up_in_a_store(
    store: Store, seed: int, dates: str
) -> None:
    collecting, feed = Collecting(store), Feed(chance=random.Random(seed), now=NOW, dates=dates)
    settings = replace(FEED, first_run=99, max_age=None, storm=0)
    events: dict[str, int] = {}
    for _ in range(80):
        entries = feed.poll()
        events |= {event.title: event.number for _, event in entries}
        items = "".join(_entry(item) for item, _ in entries)
        body = f"<rss version='2.0'><channel><title>Tin</title>{items}</channel></rss>"
        await collecting.poll(body, settings, feed.now)
    told: defaultdict[int, set[int]] = defaultdict(set)
    for row in await collecting.rows():
        told[row.story] |= {events[item.title] for item in row.items}
    assert [numbers for numbers in told.values() if len(numbers) != 1] == []
    assert Counter(number for numbers in told.values() for number in numbers) == Counter(
        set(events.values())
    )
