"""collect_feed over a real store in memory; only the network is replaced."""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TypeVar

import pytest

from bot.models.basics import ChannelId, FeedId, Key, Reason
from bot.models.feeds import (
    FetchedFeed,
    FetchedPage,
    FetchFailed,
    FetchOutcome,
    NotModified,
    PollReport,
    Validators,
)
from bot.models.outbox import Lane, Pace
from bot.models.settings import Feed
from bot.models.stories import Known
from bot.models.views import DeliveryRow
from bot.pipeline.articles import Offload
from bot.pipeline.collect import collect_feed
from bot.pipeline.judging import CollectPorts
from bot.store.engine import Store

_Result = TypeVar("_Result")
NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
FEED = Feed(
    id=FeedId("vn"),
    url="https://a.vn/rss",
    channels=(ChannelId("tin"),),
    first_run=5,
    fetch_page="never",
)


class Web:
    """A fetcher that answers what it was told to, and remembers what it was asked with."""

    def __init__(self) -> None:
        self.answer: FetchOutcome = FetchFailed(reason=Reason(code="dns", text="no such host"))
        self.asked: list[Validators] = []

    async def fetch(self, _: Feed, validators: Validators) -> FetchOutcome:
        self.asked.append(validators)
        return self.answer


class NoPages:
    """Nobody asks for pages here: the feed says never."""

    async def fetch_pages(self, feed: Feed, links: Sequence[str]) -> list[FetchFailed]:
        assert not links, f"{feed.id} wants no pages"
        return []


async def at_once(work: Callable[[], _Result]) -> _Result:
    return work()


class Collecting:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.web = Web()
        self.ports = CollectPorts(
            fetcher=self.web,
            feeds=store.feeds,
            stories=store.stories,
            pages=NoPages(),
            offload=at_once,
        )

    async def poll(
        self, body: str | FetchOutcome, feed: Feed = FEED, now: datetime = NOW
    ) -> PollReport:
        if isinstance(body, str):
            validators = Validators(etag=f'"{len(body)}"', poll_hash=b"x" * 16)
            body = FetchedFeed(url=feed.url, body=body.encode(), validators=validators)
        self.web.answer = body
        (state,) = await self.store.feeds.claim_due_feeds([feed.id], now, limit=1, force=True)
        return await collect_feed(feed, state, now, self.ports)

    async def rows(self) -> list[DeliveryRow]:
        """Return the outbox, oldest first."""
        return list(await self.store.desk.deliveries(limit=0))[::-1]

    async def titles(self) -> list[str]:
        return [row.items[0].title for row in await self.rows()]


@pytest.fixture
def collecting(store: Store) -> Collecting:
    return Collecting(store)


def rss(*items: str) -> str:
    return f"<rss version='2.0'><channel><title>Tin</title>{''.join(items)}</channel></rss>"


def item(number: int, title: str = "", *, guid: str = "", link: str = "", hours: int = 1) -> str:
    date = format_datetime(NOW - timedelta(hours=hours, minutes=number))
    return (
        f"<item><title>{title or f'Tin công nghệ rất mới số {number}'}</title>"
        f"<link>{link or f'https://a.vn/tin-{number}.html'}?utm_source=rss</link>"
        f"<guid isPermaLink='false'>{guid or number}</guid><pubDate>{date}</pubDate>"
        f"<description>Câu mở đầu của tin số {number}.</description></item>"
    )


async def test_new_items_are_owed_oldest_first_with_clean_articles(collecting: Collecting) -> None:
    report = await collecting.poll(rss(item(1), item(2), item(3)))
    assert (report.outcome, report.items, report.new, report.owed) == ("items", 3, 3, 3)
    assert await collecting.titles() == [f"Tin công nghệ rất mới số {n}" for n in (3, 2, 1)]
    story = (await collecting.store.desk.find_stories("https://a.vn/tin-1.html", limit=1))[0]
    assert story.link == "https://a.vn/tin-1.html"


async def test_no_link_of_an_article_keeps_tracking(collecting: Collecting) -> None:
    entry = item(1).replace(
        "<guid", "<comments>https://a.vn/tin-1.html?utm_source=rss#c</comments><guid"
    )
    await collecting.poll(rss(entry))
    lane = Lane(channel=ChannelId("tin"), account=None, pace=Pace(gap=timedelta(0)))
    (owed,) = await collecting.store.outbox.claim_due_deliveries([lane], NOW, limit=1)
    assert owed.article.link == "https://a.vn/tin-1.html"
    assert owed.article.comments == "https://a.vn/tin-1.html#c"


async def test_collecting_twice_adds_nothing(collecting: Collecting) -> None:
    body = rss(item(1), item(2))
    await collecting.poll(body)
    before = await collecting.rows()
    report = await collecting.poll(body, now=NOW + timedelta(minutes=15))
    assert (report.new, report.owed) == (0, 0)
    assert await collecting.rows() == before


async def test_validators_are_kept_and_sent_again(collecting: Collecting) -> None:
    await collecting.poll(rss(item(1)))
    kept = Validators(etag='"new"', poll_hash=b"y" * 16)
    await collecting.poll(NotModified(validators=kept), now=NOW + timedelta(minutes=15))
    await collecting.poll(rss(item(1)), now=NOW + timedelta(minutes=30))
    assert collecting.web.asked[0] == Validators()
    assert collecting.web.asked[1].etag is not None
    assert collecting.web.asked[2] == kept


async def test_a_failed_feed_is_a_report_and_is_polled_later_and_later(
    collecting: Collecting,
) -> None:
    waits = []
    now = NOW
    for _ in range(3):
        report = await collecting.poll(FetchFailed(reason=Reason(code="dns", text="gone")), now=now)
        assert report.outcome == "failed"
        (status,) = await collecting.store.desk.feed_status([FEED.id])
        assert status.next_poll is not None
        waits.append(status.next_poll - now)
        now = status.next_poll
    assert status.errors == 3
    assert waits[0] < waits[1] < waits[2]
    await collecting.poll(rss(item(1)), now=now)
    (status,) = await collecting.store.desk.feed_status([FEED.id])
    assert (status.errors, status.reason) == (0, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty"),
        ("<html><title>Tên miền hết hạn</title></html>", "html_page"),
        ("xin chào", "not_a_feed"),
    ],
)
async def test_a_document_that_is_no_feed_is_named(
    collecting: Collecting, body: str, code: str
) -> None:
    report = await collecting.poll(body)
    assert report.reason is not None
    assert report.reason.code == code


async def test_two_feeds_with_one_link_owe_one_story(collecting: Collecting) -> None:
    await collecting.poll(rss(item(1)))
    other = replace(FEED, id=FeedId("other"))
    report = await collecting.poll(
        rss(item(9, "Tựa đề khác", link="https://www.a.vn/tin-1.html")), other
    )
    assert report.owed == 0
    assert len(await collecting.rows()) == 1


async def test_a_page_under_a_strangers_headline_is_told_as_its_own_site_tells_it(
    collecting: Collecting,
) -> None:
    stranger = replace(FEED, id=FeedId("x"), url="https://x.vn/rss")
    link = "https://a.vn/tin-1.html"
    await collecting.poll(rss(item(9, "Mua ngay kẻo lỡ", link=link)), stranger)
    await collecting.poll(rss(item(1)))
    await collecting.poll(rss(item(9, "Khuyến mãi lớn nhất năm", link=link)), stranger)
    lane = Lane(channel=ChannelId("tin"), account=None, pace=Pace(gap=timedelta(0)))
    (owed,) = await collecting.store.outbox.claim_due_deliveries([lane], NOW, limit=1)
    assert owed.article.title == "Tin công nghệ rất mới số 1"


async def test_another_feed_may_lead_the_story_to_another_channel(collecting: Collecting) -> None:
    await collecting.poll(rss(item(1)))
    other = replace(FEED, id=FeedId("other"), channels=(ChannelId("tin"), ChannelId("x")))
    await collecting.poll(rss(item(1)), other)
    assert [(row.channel, row.feed) for row in await collecting.rows()] == [
        ("tin", "vn"),
        ("x", "other"),
    ]


async def test_a_correction_to_what_waits_is_rendered_later(collecting: Collecting) -> None:
    await collecting.poll(rss(item(1, "Tin có lỗi chính tã trong tựa đề")))
    await collecting.poll(
        rss(item(1, "Tin có lỗi chính tả trong tựa đề")), now=NOW + timedelta(minutes=15)
    )
    (row,) = await collecting.rows()
    (story,) = await collecting.store.desk.find_stories("https://a.vn/tin-1.html", limit=5)
    assert story.title == "Tin có lỗi chính tả trong tựa đề"
    assert story.deliveries[0].id == row.id


async def test_a_column_of_the_same_title_is_told_each_day(collecting: Collecting) -> None:
    title = "Điểm tin công nghệ nổi bật cuối ngày"
    await collecting.poll(rss(item(1, title, hours=1)))
    tomorrow = NOW + timedelta(days=1)
    await collecting.poll(rss(item(2, title, hours=-22), item(1, title, hours=1)), now=tomorrow)
    assert await collecting.titles() == [title, title]


async def test_items_passed_over_are_remembered_with_their_reason(collecting: Collecting) -> None:
    one = replace(FEED, first_run=1)
    await collecting.poll(rss(item(1), item(2, hours=2), item(3, hours=99)), one)
    reasons = {
        story.title[-1]: [passed.reason.code for passed in story.passed_over]
        for story in await collecting.store.desk.find_stories("tin công nghệ", limit=9)
    }
    assert reasons == {"1": [], "2": ["first_run"], "3": ["too_old"]}


LEAD = "Các công ty công nghệ tích trữ chip để tiếp tục cuộc đua AI toàn cầu trong năm nay."
HEAD = f"""<title>Tin có lỗi chính tả trong tựa đề</title>
<meta property="og:description" content="{LEAD}">
<meta property="og:image" content="https://a.vn/p.jpg">"""


class Pages:
    """The site of the article, while it `is_up`."""

    is_up = True

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        failed = FetchFailed(reason=Reason(code="timeout", text="no answer"))
        page = HEAD.encode()
        return [FetchedPage(url=link, body=page) if self.is_up else failed for link in links]


def bare(title: str, *, hours: int = 1) -> str:
    """Return an item that says nothing but its title."""
    described = item(1, title, hours=hours)
    return f"{described.partition('<description>')[0]}</item>"


@pytest.mark.parametrize(
    ("is_up", "hours"), [(False, 1), (True, 60)], ids=["unreadable page", "page of old news"]
)
async def test_a_corrected_title_loses_neither_lead_nor_picture(
    collecting: Collecting, *, is_up: bool, hours: int
) -> None:
    pages, feed = Pages(), replace(FEED, fetch_page="auto", max_age=None)
    collecting.ports = replace(collecting.ports, pages=pages)
    await collecting.poll(rss(bare("Tin có lỗi chính tã trong tựa đề", hours=hours)), feed)
    pages.is_up = is_up
    right = rss(bare("Tin có lỗi chính tả trong tựa đề", hours=hours))
    await collecting.poll(right, feed, now=NOW + timedelta(minutes=15))
    lane = Lane(channel=ChannelId("tin"), account=None, pace=Pace(gap=timedelta(0)))
    (owed,) = await collecting.store.outbox.claim_due_deliveries([lane], NOW, limit=1)
    assert owed.article.title == "Tin có lỗi chính tả trong tựa đề"
    assert owed.article.paragraphs == (LEAD,)
    assert owed.article.image == "https://a.vn/p.jpg"


async def in_another_process(work: Callable[[], _Result]) -> _Result:
    """Return a copy of the result, as from a process of its own."""
    return pickle.loads(pickle.dumps(work()))  # noqa: S301 - our own


async def test_a_page_read_in_another_process_reaches_the_post(collecting: Collecting) -> None:
    feed = replace(FEED, fetch_page="auto", max_age=None)
    collecting.ports = replace(collecting.ports, pages=Pages(), offload=in_another_process)
    await collecting.poll(rss(bare("Tin có lỗi chính tả trong tựa đề")), feed)
    lane = Lane(channel=ChannelId("tin"), account=None, pace=Pace(gap=timedelta(0)))
    (due,) = await collecting.store.outbox.claim_due_deliveries([lane], NOW, limit=1)
    assert due.article.paragraphs == (LEAD,)
    assert due.article.image == "https://a.vn/p.jpg"


class _Everything(frozenset[bytes]):
    def __contains__(self, _: object) -> bool:
        return True


class StaleLook:
    """Stories as they looked before another poll told them: nothing seems corrected.

    After so many `looks` they are seen as they are.
    """

    def __init__(self, store: Store, looks: int) -> None:
        self._stories = store.stories
        self.looks = looks

    async def known_keys(self, feed: FeedId, keys: Sequence[Key]) -> Known:
        known = await self._stories.known_keys(feed, keys)
        self.looks -= 1
        if self.looks < 0:
            return known
        stories = {
            key: replace(story, contents=_Everything()) for key, story in known.stories.items()
        }
        return replace(known, stories=stories)


async def test_a_late_correction_loses_no_lead(collecting: Collecting) -> None:
    feed = replace(FEED, fetch_page="auto")
    collecting.ports = replace(collecting.ports, pages=Pages())
    await collecting.poll(rss(bare("Tin có lỗi chính tã trong tựa đề")), feed)
    stale = StaleLook(collecting.store, looks=4)
    collecting.ports = replace(collecting.ports, stories=stale)
    right = rss(bare("Tin có lỗi chính tả trong tựa đề"))
    await collecting.poll(right, feed, now=NOW + timedelta(minutes=15))
    assert stale.looks == -1, "decided anew from another look, not beside the store"
    lane = Lane(channel=ChannelId("tin"), account=None, pace=Pace(gap=timedelta(0)))
    (owed,) = await collecting.store.outbox.claim_due_deliveries([lane], NOW, limit=1)
    assert (owed.article.title, owed.article.paragraphs, owed.article.image) == (
        "Tin có lỗi chính tả trong tựa đề",
        (LEAD,),
        "https://a.vn/p.jpg",
    )


async def test_a_poll_that_others_outpace_again_and_again_tells_its_stories_the_next_time(
    collecting: Collecting,
) -> None:
    await collecting.poll(rss(item(1)))
    as_it_is = collecting.ports
    collecting.ports = replace(as_it_is, stories=StaleLook(collecting.store, looks=99))
    later = NOW + timedelta(minutes=15)
    report = await collecting.poll(rss(item(1), item(2)), now=later)
    assert report.reason is not None
    assert (report.outcome, report.reason.code) == ("failed", "too_costly")
    assert "other polls brought its stories meanwhile" in report.reason.text
    collecting.ports = as_it_is
    assert (await collecting.poll(rss(item(1), item(2)), now=later)).owed == 1


async def test_after_an_outage_of_the_bot_the_news_of_that_time_is_no_storm(
    collecting: Collecting,
) -> None:
    await collecting.poll(rss(item(1)))
    many = rss(*(item(number, hours=-8) for number in range(2, 27)))
    report = await collecting.poll(many, now=NOW + timedelta(hours=12))
    assert (report.owed, report.held) == (25, 0)


async def test_after_an_outage_of_the_feed_too(collecting: Collecting) -> None:
    await collecting.poll(rss(item(1)))
    down = FetchFailed(reason=Reason(code="server_error", text="503"))
    for hour in range(1, 12):
        await collecting.poll(down, now=NOW + timedelta(hours=hour))
    many = rss(*(item(number, hours=-8) for number in range(2, 27)))
    report = await collecting.poll(many, now=NOW + timedelta(hours=12))
    assert (report.owed, report.held) == (25, 0)


@pytest.mark.parametrize("minutes", [5, 15, 60], ids=["asked early", "in time", "a bit late"])
async def test_without_an_outage_so_much_at_once_is_a_storm(
    collecting: Collecting, minutes: int
) -> None:
    await collecting.poll(rss(item(1)))
    many = rss(*(item(number, hours=0) for number in range(2, 27)))
    report = await collecting.poll(many, now=NOW + timedelta(minutes=minutes))
    assert (report.owed, report.held) == (25, 25)


async def test_an_empty_poll_spends_no_first_run(collecting: Collecting) -> None:
    one = replace(FEED, first_run=1)
    assert (await collecting.poll(rss(), one)).owed == 0
    assert (await collecting.poll(rss(item(1), item(2), item(3)), one)).owed == 1
    assert (await collecting.poll(rss(), one)).owed == 0
    assert (await collecting.poll(rss(item(5), item(4)), one)).owed == 2


async def test_a_story_dated_ahead_waits_and_nothing_waits_behind_it(
    collecting: Collecting,
) -> None:
    await collecting.poll(rss(item(1, hours=-3), item(2)))
    await collecting.poll(rss(item(3)), now=NOW + timedelta(minutes=5))
    lane = Lane(channel=ChannelId("tin"), account=None, pace=Pace(gap=timedelta(0)))
    outbox = collecting.store.outbox
    titles, now = [], NOW + timedelta(minutes=6)
    for _ in range(3):
        for delivery in await outbox.claim_due_deliveries([lane], now, limit=1):
            titles.append(delivery.article.title[-1])
            await outbox.abandon(delivery.id, Reason(code="x", text="y"), now)
    assert sorted(titles) == ["2", "3"]
    due = NOW + timedelta(hours=3, minutes=-1)
    assert await outbox.next_due([lane], now) == due
    (first,) = await outbox.claim_due_deliveries([lane], due, limit=1)
    assert first.article.title[-1] == "1"


async def test_a_story_dated_more_than_a_day_ahead_is_undated(collecting: Collecting) -> None:
    await collecting.poll(rss(item(1, hours=-72)))
    (row,) = await collecting.rows()
    assert row.due == NOW
    (story,) = await collecting.store.desk.find_stories("https://a.vn/tin-1.html", limit=1)
    assert story.published is None
    assert story.items[0].published is not None


def token(poll: int, number: int) -> str:
    return item(number, guid=f"{poll}-{number}", link=f"https://a.vn/x/{poll}/{number}")


async def test_a_feed_that_changes_its_links_is_told_once(collecting: Collecting) -> None:
    reports = [
        await collecting.poll(
            rss(*(token(poll, number) for number in (1, 2))), now=NOW + timedelta(hours=poll)
        )
        for poll in range(4)
    ]
    assert [(report.owed, report.restyled) for report in reports] == [
        (2, 0),
        (0, 2),
        (0, 0),
        (0, 0),
    ]


async def test_the_storm_of_one_feed_holds_nothing_of_another_back(collecting: Collecting) -> None:
    poison = replace(FEED, id=FeedId("poison"))
    await collecting.poll(rss(item(90)), poison)
    many = rss(
        *(item(number, f"Tít giả mạo số {number}", guid=f"p{number}") for number in range(30))
    )
    report = await collecting.poll(many, poison, now=NOW + timedelta(minutes=5))
    assert report.held == 30
    await collecting.poll(rss(item(91)), now=NOW)
    report = await collecting.poll(rss(item(1), item(2)), now=NOW + timedelta(minutes=6))
    assert (report.owed, report.held) == (2, 0)
    free = [row for row in await collecting.rows() if row.state == "pending" and row.feed == "vn"]
    assert {row.title for row in free} >= {f"Tin công nghệ rất mới số {n}" for n in (1, 2)}


async def test_a_storm_holds_a_bounded_number_of_stories(collecting: Collecting) -> None:
    await collecting.poll(rss(item(9999)))
    for poll in range(2):
        numbers = range(poll * 300, poll * 300 + 300)
        many = rss(*(item(number, hours=0) for number in numbers))
        await collecting.poll(many, now=NOW + timedelta(minutes=5 * poll + 5))
    assert sum(row.state == "held" for row in await collecting.rows()) == 200


async def test_a_feed_whose_poll_was_interrupted_is_not_asked_and_backs_off(
    collecting: Collecting,
) -> None:
    (state,) = await collecting.store.feeds.claim_due_feeds([FEED.id], NOW, limit=1)
    waits = []
    for errors in range(6):
        interrupted = replace(state, errors=errors, interrupted=NOW)
        report = await collect_feed(FEED, interrupted, NOW, collecting.ports)
        assert (report.outcome, report.reason and report.reason.code) == ("failed", "interrupted")
        (status,) = await collecting.store.desk.feed_status([FEED.id])
        assert status.errors == errors + 1
        assert status.reason is not None
        assert status.reason.text == "newsbot ended while this feed was being read"
        assert status.next_poll is not None
        waits.append((status.next_poll - NOW) / timedelta(minutes=1))
    assert collecting.web.asked == []
    # A power cut interrupts innocent polls, too: they are soon asked again.
    assert waits == pytest.approx([5, 5, 5, 8, 16, 32], rel=0.11)


async def test_only_a_feed_whose_last_poll_was_a_success_counts_as_proven(
    collecting: Collecting,
) -> None:
    asked = []

    def offload_for(*, is_proven: bool) -> Offload:
        asked.append(is_proven)
        return at_once

    collecting.ports = replace(collecting.ports, offload_for=offload_for)
    failed = FetchFailed(reason=Reason(code="dns", text="gone"))
    for body in (rss(item(1)), failed, rss(item(1), item(2)), rss(item(1), item(2), item(3))):
        await collecting.poll(body)
    assert asked == [False, True, False, True]


async def test_a_new_item_of_a_proven_feed_is_read_without_a_child(collecting: Collecting) -> None:
    crossed = []

    async def offload(work: Callable[[], _Result]) -> _Result:
        crossed.append(work)
        return work()

    collecting.ports = replace(collecting.ports, offload=offload)
    failed = FetchFailed(reason=Reason(code="dns", text="gone"))
    counts = []
    for number in (9, 8, 0, 7, 6):
        entries = rss(*(item(one) for one in range(number, 20)))
        await collecting.poll(entries if number else failed)
        counts.append(len(crossed))
    # A document that had ended this process would have left a failed poll behind.
    assert counts == [1, 1, 1, 2, 2]


@pytest.mark.parametrize(("told_before", "crossings", "new"), [(False, 1, 8), (True, 2, 7)])
async def test_a_first_poll_is_planned_with_its_reading_where_nothing_is_known(
    collecting: Collecting, told_before: bool, crossings: int, new: int
) -> None:
    if told_before:
        await collecting.poll(rss(item(2)), replace(FEED, id=FeedId("other")))
    crossed = []

    async def offload(work: Callable[[], _Result]) -> _Result:
        crossed.append(work)
        return await in_another_process(work)

    looks = StaleLook(collecting.store, looks=0)
    collecting.ports = replace(collecting.ports, offload=offload, stories=looks)
    report = await collecting.poll(rss(*map(item, range(1, 9))))
    assert (len(crossed), report.new) == (crossings, new)
    assert -looks.looks == told_before, "asked twice what is known, though nothing is"
    owed = [f"Tin công nghệ rất mới số {number}" for number in (5, 4, 3, 2, 1)]
    assert sorted(await collecting.titles()) == sorted(owed)


class Asked(Pages):
    def __init__(self) -> None:
        self.links: list[str] = []

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        self.links += links
        return await super().fetch_pages(feed, links)


async def test_a_first_poll_reads_no_page_of_what_another_feed_brought(
    collecting: Collecting,
) -> None:
    await collecting.poll(rss(item(2)), replace(FEED, id=FeedId("other")))
    pages = Asked()
    collecting.ports = replace(collecting.ports, pages=pages)
    await collecting.poll(rss(*map(item, range(1, 4))), replace(FEED, fetch_page="always"))
    assert sorted(pages.links) == ["https://a.vn/tin-1.html", "https://a.vn/tin-3.html"]
