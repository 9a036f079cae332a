"""What `include` and `exclude` do to the items of a poll, channel by channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import FetchedPage
from bot.models.outbox import Dropped
from bot.models.reasons import ReasonCode
from bot.models.settings import Filter
from bot.pipeline.screening import why_kept_out
from bot.store.engine import open_store
from tests.mortal import Killed, Life, Mortal
from tests.pipeline.kit import CHANNEL, Delivering
from tests.pipeline.test_collect import FEED, NOW, Collecting, item, rss
from tests.pipeline.test_merging import FIRST, ONE, SECOND, TWO, teach

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.models.settings import Feed
    from bot.store.engine import Store

A, B = ChannelId("a"), ChannelId("b")
LATER = NOW + timedelta(minutes=15)
KEPT = "Tin công nghệ rất mới số 1"


def filtered(feed: Feed = FEED, **terms: Sequence[str]) -> Feed:
    """Return the feed with a filter before each of its channels."""
    one = Filter(place="feeds.vn", **{key: tuple(each) for key, each in terms.items()})
    return replace(feed, filters=dict.fromkeys(feed.channels, (one,)))


@pytest.fixture
def collecting(store: Store) -> Collecting:
    return Collecting(store)


async def why_not(collecting: Collecting, title: str) -> dict[str, str]:
    [story] = await collecting.store.desk.find_stories(title, limit=1)
    return {f"{one.channel}": f"{one.reason.code}: {one.reason.text}" for one in story.passed_over}


async def test_an_item_that_is_kept_out_is_not_posted_and_says_which_term_decided(
    collecting: Collecting,
) -> None:
    feed = filtered(exclude=["quảng cáo"])
    report = await collecting.poll(rss(item(1), item(2, "Quảng cáo: điện thoại mới")), feed)
    assert (report.new, report.owed) == (2, 1)
    assert await collecting.titles() == ["Tin công nghệ rất mới số 1"]
    told = 'filtered: "quảng cáo" is in it (feeds.vn.exclude)'
    assert await why_not(collecting, "Quảng cáo") == {"tin": told}
    assert report.matched == {("feeds.vn.exclude", "quảng cáo")}


async def test_an_item_without_any_of_the_terms_is_not_posted(collecting: Collecting) -> None:
    feed = filtered(include=["chip", "AI", "robot", "5G"])
    await collecting.poll(rss(item(1), item(2, "Chip mới của hãng Lốc Xoáy")), feed)
    assert await collecting.titles() == ["Chip mới của hãng Lốc Xoáy"]
    told = 'filtered: none of "chip", "AI", "robot" and 1 more is in it (feeds.vn.include)'
    assert await why_not(collecting, "số 1") == {"tin": told}


async def test_each_channel_has_its_own_share(collecting: Collecting) -> None:
    only = {
        A: (Filter(place="feeds.vn.channels.a", include=("chip",)),),
        B: (
            Filter(place="feeds.vn", exclude=("số 9",)),
            Filter(place="channels.b", exclude=("title:chip",)),
        ),
    }
    feed = replace(FEED, channels=(A, B), filters=only)
    await collecting.poll(rss(item(1), item(2, "Chip mới của hãng Lốc Xoáy"), item(9)), feed)
    got = {(row.channel, row.items[0].title) for row in await collecting.rows()}
    assert got == {(A, "Chip mới của hãng Lốc Xoáy"), (B, "Tin công nghệ rất mới số 1")}


async def test_what_was_kept_out_stays_so_when_the_filter_changes(collecting: Collecting) -> None:
    body = rss(item(1), item(2, "Chip mới của hãng Lốc Xoáy"))
    await collecting.poll(body, filtered(include=["chip"]))
    later = await collecting.poll(rss(item(3), item(1)), FEED, now=LATER)
    assert later.owed == 1
    assert await collecting.titles() == ["Chip mới của hãng Lốc Xoáy", "Tin công nghệ rất mới số 3"]


async def test_another_feed_whose_filter_it_passes_posts_the_same_story(
    collecting: Collecting,
) -> None:
    body = rss(item(1))
    await collecting.poll(body, filtered(exclude=["công nghệ"]))
    other = replace(FEED, id=FeedId("other"), url="https://b.vn/rss")
    await collecting.poll(body, other, now=LATER)
    await collecting.poll(body, filtered(exclude=["công nghệ"]), now=LATER)
    assert [(row.feed, row.state.value) for row in await collecting.rows()] == [
        ("other", "pending")
    ]


@pytest.mark.parametrize("kept_out", [ONE, TWO])
async def test_a_report_that_is_kept_out_hides_no_other_of_the_same_event(
    collecting: Collecting, kept_out: Feed
) -> None:
    await teach(collecting.store)
    collecting.ports = replace(collecting.ports, events=collecting.store.events)
    for feed, body in ((ONE, FIRST), (TWO, SECOND)):
        own = filtered(feed, exclude=["Thạch Anh"]) if feed is kept_out else feed
        await collecting.poll(body, own)
    rows = await collecting.rows()
    assert [row.state.value for row in rows] == ["pending"]
    assert rows[0].feed != kept_out.id


async def test_a_story_that_stands_in_the_feed_twice_has_the_categories_of_both(
    collecting: Collecting,
) -> None:
    once = item(1).replace("</item>", "<category>Kinh doanh</category></item>")
    again = item(1).replace("</item>", "<category>AI</category></item>")
    await collecting.poll(rss(once, again), filtered(include=["category:AI"]))
    await collecting.poll(rss(once, again), filtered(include=["category:AI"]), now=LATER)
    assert len(await collecting.rows()) == 1
    later = rss(*(one.replace("tin-1", "tin-2").replace("số 1", "số 2") for one in (once, again)))
    later = later.replace(">1<", ">2<")
    await collecting.poll(later, filtered(exclude=["category:AI"]), now=LATER)
    assert len(await collecting.rows()) == 1


async def test_a_first_run_brings_as_many_as_pass(collecting: Collecting) -> None:
    feed = replace(filtered(exclude=["số 1", "số 2"]), first_run=2)
    await collecting.poll(rss(*(item(number) for number in range(1, 7))), feed)
    assert await collecting.titles() == [f"Tin công nghệ rất mới số {n}" for n in (4, 3)]


async def test_what_is_kept_out_makes_no_storm(collecting: Collecting) -> None:
    feed = replace(filtered(include=["số 31"]), storm=5)
    await collecting.poll(rss(item(1)), feed)
    many = rss(*(item(number) for number in range(2, 40)))
    report = await collecting.poll(many, feed, now=LATER)
    assert (report.new, report.owed, report.held) == (38, 1, 0)


class Pages:
    """Every page tells of robots."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch_pages(self, _: Feed, links: Sequence[str]) -> list[FetchedPage]:
        self.asked += links
        return [FetchedPage(url=link, body=page(link)) for link in links]


def page(link: str) -> bytes:
    number = link.removesuffix(".html").rpartition("-")[2]
    lead = "Hãng Lốc Xoáy cho biết robot mới của họ sẽ được bán ra thị trường trong năm nay."
    title = f"Tin công nghệ rất mới số {number}"
    return (
        f"<html><head><title>{title}</title><meta name='description' content='{lead}'></head>"
        f"<body><article><h1>{title}</h1><p>{lead}</p></article></body></html>"
    ).encode()


def poor(number: int) -> str:
    """Return an item without a lead."""
    return item(number).replace(f"Câu mở đầu của tin số {number}.", "")


@pytest.mark.parametrize(
    ("terms", "owed", "asked"),
    [
        ({"include": ["robot"]}, 3, 3),
        ({"exclude": ["robot"]}, 0, 3),
        ({"include": ["title:robot"]}, 0, 0),
        ({"include": ["robot"], "exclude": ["số 1"]}, 2, 2),
    ],
)
async def test_a_term_may_be_in_the_lead_that_the_page_gives(
    collecting: Collecting, terms: dict[str, list[str]], owed: int, asked: int
) -> None:
    pages = Pages()
    collecting.ports = replace(collecting.ports, pages=pages)
    feed = replace(filtered(**terms), fetch_page="auto")
    report = await collecting.poll(rss(poor(1), poor(2), poor(3)), feed)
    assert (report.owed, len(pages.asked)) == (owed, asked)
    assert len(await collecting.rows()) == owed


async def test_what_waits_is_dropped_where_it_would_not_pass_any_more(
    collecting: Collecting,
) -> None:
    lane = Delivering(collecting.store)
    await collecting.poll(rss(item(1), item(2, "Chip mới của hãng Lốc Xoáy")))
    stricter = filtered(exclude=["chip"])
    outcomes = [await lane.step(feed=stricter), await lane.step(feed=stricter)]
    told = Reason(code=ReasonCode.FILTERED, text='"chip" is in it (feeds.vn.exclude)')
    assert Dropped(reason=told) in outcomes
    assert [post.text.splitlines()[0] for post in lane.platform.posts] == [
        "Tin công nghệ rất mới số 1"
    ]


async def test_what_the_operator_asked_for_passes_every_filter(collecting: Collecting) -> None:
    lane = Delivering(collecting.store)
    await collecting.poll(rss(item(1)))
    delivery = await lane.claim()
    assert delivery
    await lane.deliver(replace(delivery, is_wanted=True), feed=filtered(exclude=["tin"]))
    assert len(lane.platform.posts) == 1


async def test_killed_at_any_step_each_item_is_posted_once_or_kept_out(tmp_path: Path) -> None:
    """Of the poll, of the drop of what waits, and of the attempts.

    One that died between writing `sending` and the end of the attempt leaves it to be settled.
    """
    for ends_at in range(100):
        url = f"sqlite:///{tmp_path}/{ends_at}.db"
        posts, states, was_killed = await _lives(url, ends_at)
        in_doubt = "unknown" in states
        assert posts in ([[KEPT], []] if in_doubt else [[KEPT]])
        assert sorted(states) == ["dropped", "unknown" if in_doubt else "sent"]
        if not was_killed:
            break
    assert 8 < ends_at < 99, "the sweep does not reach the end"


async def _lives(url: str, ends_at: int) -> tuple[list[str], list[str], bool]:
    """Run a process that dies at a step, and one that does not; return all posts and states."""
    body = rss(item(1), item(2, "Chip mới"), item(3, "Quảng cáo"))
    feed, was_killed, posts = filtered(exclude=["quảng cáo"]), False, list[str]()
    stricter = filtered(exclude=["quảng cáo", "chip"])
    for life in (Life(ends_at), Life(None)):
        store = open_store(url, create=True)
        await store.outbox.recover(NOW)
        lane, collecting = Delivering(store), Collecting(store)
        mortal = Mortal(store.desk, life)
        collecting.ports = replace(collecting.ports, feeds=Mortal(store.feeds, life))
        lane.store = SimpleNamespace(outbox=Mortal(store.outbox, life), desk=mortal)
        lane.now = NOW + timedelta(minutes=5)
        try:
            report = await collecting.poll(body, feed, now=lane.now)
            if report.outcome == "failed":  # the poll before was interrupted
                await collecting.poll(body, feed, now=lane.now)
            await mortal.drop_filtered({FEED.id: stricter}, why_kept_out)
            while await lane.step(feed=stricter):
                lane.now += timedelta(minutes=1)
        except Killed:
            was_killed = True
        posts += [post.text.splitlines()[0] for post in lane.platform.posts]
        states = [row.state.value for row in await store.desk.deliveries(limit=0)]
        await store.close()
    return posts, states, was_killed


async def test_an_article_of_another_feed_is_not_judged_by_the_filter_of_this_one(
    collecting: Collecting,
) -> None:
    """Two feeds bring one story; the one that told it first has another category for it."""
    a, b = CHANNEL.id, ChannelId("b")
    one = item(1).replace("</item>", "<category>Kinh doanh</category></item>")
    other = item(1).replace("</item>", "<category>AI</category></item>")
    await collecting.poll(rss(one), replace(FEED, channels=(b,)))
    second = filtered(replace(FEED, id=FeedId("second"), channels=(a,)), include=["category:AI"])
    await collecting.poll(rss(other), second, now=LATER)
    lane = Delivering(collecting.store)
    lane.now = LATER
    assert await collecting.store.desk.drop_filtered({second.id: second}, why_kept_out) == {}
    await lane.step(feed=second)
    assert len(lane.platform.posts) == 1


async def test_the_categories_of_all_entries_still_count_when_the_post_goes_out(
    collecting: Collecting,
) -> None:
    once = item(1).replace("</item>", "<category>Kinh doanh</category></item>")
    again = item(1).replace("</item>", "<category>AI</category></item>")
    feed = filtered(include=["category:AI"])
    await collecting.poll(rss(once, again), feed)
    lane = Delivering(collecting.store)
    assert await collecting.store.desk.drop_filtered({feed.id: feed}, why_kept_out) == {}
    await lane.step(feed=feed)
    assert len(lane.platform.posts) == 1


@pytest.mark.parametrize(
    ("terms", "posts"), [({"exclude": ["điện thoại"]}, 0), ({"include": ["công nghệ"]}, 1)]
)
async def test_a_correction_of_what_waits_may_bring_a_word_that_is_excluded_and_loses_nothing(
    collecting: Collecting, terms: dict[str, list[str]], posts: int
) -> None:
    feed = filtered(**terms)
    await collecting.poll(rss(item(1)), feed)
    retold = rss(item(1, "Tin điện thoại rất mới số 1"))
    await collecting.poll(retold, feed, now=LATER)
    lane = Delivering(collecting.store)
    lane.now = LATER
    await lane.step(feed=feed)
    assert len(lane.platform.posts) == posts
    assert posts == 0 or "điện thoại" in lane.platform.posts[0].text
