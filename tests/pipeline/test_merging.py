"""Two feeds that report one event: one post in each channel, and the reason of the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.collect.parse import parse_feed
from bot.dedupe.events.common import ENOUGH
from bot.format.templates import compile_template
from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed, ParsedFeed, Validators
from bot.models.settings import TemplateText
from bot.operate.preview.previews import Stage, render_previews
from bot.operate.preview.remembered import recall
from bot.store.events.words import learn
from tests.pipeline.kit import CHANNEL, NOW, Delivering
from tests.pipeline.test_collect import FEED, Collecting

if TYPE_CHECKING:
    from bot.store.engine import Store

SOURCE = """{{ title }}
{% for one in also_at %}{{ also_at_label }} <a href="{{ one.link }}">{{ one.name }}</a>{% endfor %}"""
ALSO = replace(
    CHANNEL,
    template=TemplateText(name="t", source=SOURCE),
    also_at=True,
    edit_window=timedelta(hours=12),
)
ONE = replace(
    FEED,
    id=FeedId("one"),
    url="https://one.example/rss",
    channels=(ALSO.id,),
    also_at=frozenset({ALSO.id}),
    same_story=timedelta(hours=48),
)
TWO = replace(ONE, id=FeedId("two"), url="https://two.example/rss")
FIRST = """<rss version="2.0"><channel><title>Báo Một</title><item>
<title>Hãng Lốc Xoáy mua lại công ty robot Thạch Anh với giá 1,25 tỷ USD</title>
<link>https://one.example/1</link>
<description>Thương vụ mua Thạch Anh Robotics trị giá 1,25 tỷ USD, hoàn tất trong quý II.</description>
</item></channel></rss>"""
SECOND = """<rss version="2.0"><channel><title>Báo Hai</title><item>
<title>Thạch Anh Robotics về tay Lốc Xoáy trong thương vụ 1,25 tỷ USD</title>
<link>https://two.example/9</link>
<description>Công ty robot được Lốc Xoáy thâu tóm, dự kiến hoàn tất trong quý 2.</description>
</item></channel></rss>"""


async def teach(store: Store) -> None:
    """Let `store` have read enough Vietnamese to merge anything."""

    def work() -> None:
        with store.database.write() as tx:
            learn(tx, "vi", [{}] * ENOUGH)

    await store.database.run(work)


@pytest.fixture
async def collecting(store: Store) -> Collecting:
    await teach(store)
    found = Collecting(store)
    found.ports = replace(found.ports, events=store.events)
    return found


async def states(collecting: Collecting) -> list[tuple[str, str | None]]:
    rows = await collecting.rows()
    return [(row.state.value, row.reason.code if row.reason else None) for row in rows]


async def test_the_second_outlets_report_is_not_posted(collecting: Collecting) -> None:
    await collecting.poll(FIRST, ONE, NOW)
    report = await collecting.poll(SECOND, TWO, NOW)
    assert (report.new, report.owed) == (1, 0)
    assert await states(collecting) == [("pending", None), ("dropped", "same_story")]


async def test_off_posts_each(collecting: Collecting) -> None:
    for feed, body in ((ONE, FIRST), (TWO, SECOND)):
        await collecting.poll(body, replace(feed, same_story=None), NOW)
    assert await states(collecting) == [("pending", None), ("pending", None)]


LINK = '<a href="https://two.example/9">Báo Hai</a>'


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, f"Cũng trên {LINK}"),
        ({"more": "expandable"}, f"Cũng trên {LINK}"),
        ({"layout": "rich"}, f"<p>Cũng trên: {LINK}</p>"),
    ],
    ids=str,
)
async def test_the_post_that_stands_is_edited_to_name_the_second_outlet(
    collecting: Collecting, keys: dict[str, str], said: str
) -> None:
    lane = Delivering(collecting.store, replace(ALSO, **keys), can=frozenset({"edit"}))
    await collecting.poll(FIRST, ONE, NOW)
    await lane.step()
    await collecting.poll(SECOND, TWO, NOW)
    lane.now += timedelta(minutes=1)
    await lane.correct()
    [(_, post)] = lane.platform.edits
    assert said in post.text


async def test_preview_says_what_would_merge(collecting: Collecting) -> None:
    await collecting.poll(FIRST, ONE, NOW)
    read = parse_feed(FetchedFeed(url=TWO.url, body=SECOND.encode(), validators=Validators()), None)
    assert isinstance(read, ParsedFeed)
    known = await recall(TWO, read, [ALSO], collecting.store, NOW, timezone=ZoneInfo("UTC"))
    templates = {ALSO.id: compile_template(ALSO.template, ALSO.platform)}
    stage = Stage(channels={ALSO.id: ALSO}, templates=templates, now=NOW)
    [found] = render_previews(TWO, read, stage, limit=0, remembered=known)
    assert found.decision == "skip"
    assert found.reason
    assert found.reason.text.startswith('the same story as "Hãng Lốc Xoáy')
