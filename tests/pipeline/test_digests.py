"""Digests at fixed times over a real store: every story once, whatever dies in between."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot.errors import OutcomeUnknown, Rejected, Unreachable
from bot.models.basics import DeliveryState, FeedId
from bot.models.feeds import Item
from bot.models.outbox import Edited, Sent, TryAgain, Unknown
from bot.models.posts import Receipt, SearchResult
from bot.models.settings import Backlog, Digest
from bot.models.stories import Article, Story
from bot.models.times import Times
from bot.store.outbox.outbox import Outbox
from tests.mortal import Killed, Life, Mortal
from tests.pipeline.kit import CHANNEL, NOW, VN, X_ACCOUNT, X_CHANNEL, Delivering, tell
from tests.shipped import DIGEST_HTML, DIGEST_TEXT

if TYPE_CHECKING:
    from bot.models.settings import Channel
    from bot.models.views import DeliveryRow
    from bot.store.engine import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = time(18)  # nine hours after NOW
TITLES = tuple(f"Tin công nghệ số {number:02d}" for number in range(5))


def digest(**keys: Any) -> Digest:
    times = Times(of_days=((EVENING,),) * 7)
    return Digest(**{"at": times, "template": DIGEST_HTML, "title": "Điểm tin"} | keys)


DAILY = replace(CHANNEL, digest=digest())
ON_X = replace(X_CHANNEL, digest=digest(template=DIGEST_TEXT))


async def evening(lane: Delivering, day: int = 0) -> list[Any]:
    """Let the time of the digest come, and post all that may go out in the next hour."""
    begin = NOW + day * DAY + 9 * HOUR + timedelta(seconds=1)
    lane.now, end, outcomes = max(lane.now, begin), begin + HOUR, []
    while await lane.wait() and lane.now < end:
        outcomes.append(await lane.step())
        lane.now += timedelta(seconds=1)
    lane.now = end
    return outcomes


def lines(lane: Delivering, number: int = -1) -> list[str]:
    """Return the headlines of a post."""
    text = html.unescape(lane.platform.posts[number].text)
    return [title for line in text.split("\n") for title in TITLES if title in line]


async def rows(store: Store) -> list[DeliveryRow]:
    return (await store.desk.deliveries(limit=0))[::-1]


async def test_all_that_came_is_told_in_one_post_at_its_time(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.owe(*TITLES[:3])
    assert await lane.step() is None
    assert await store.outbox.next_due([lane.lane], lane.now) == NOW + 9 * HOUR
    assert [type(one) for one in await evening(lane)] == [Sent]
    assert lines(lane) == list(TITLES[2::-1])
    assert lane.platform.posts[0].text.startswith("<b>Điểm tin</b>\n\n• <a href=")
    assert [row.state for row in await rows(store)] == ["dropped"] * 3 + ["sent"]
    assert await evening(lane, day=1) == []
    assert len(lane.platform.posts) == 1


async def test_what_comes_after_its_time_waits_for_the_next(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.owe(TITLES[0])
    await evening(lane)
    await lane.owe(TITLES[1])
    assert await lane.step() is None
    await evening(lane, day=1)
    assert [lines(lane, number) for number in (0, 1)] == [[TITLES[0]], [TITLES[1]]]


async def test_older_ones_wait_for_the_next(store: Store) -> None:
    lane = Delivering(store, replace(CHANNEL, digest=digest(newest=2)))
    await lane.owe(*TITLES)
    for day in range(4):
        await evening(lane, day)
    told = [lines(lane, number) for number in range(len(lane.platform.posts))]
    assert told == [[TITLES[4], TITLES[3]], [TITLES[2], TITLES[1]], [TITLES[0]]]


@pytest.mark.parametrize("channel", [DAILY, ON_X], ids=["telegram", "x"])
async def test_what_one_post_has_no_room_for_is_in_the_next(store: Store, channel: Channel) -> None:
    lane = Delivering(store, _with_fifty(channel), X_ACCOUNT if channel is ON_X else None)
    long = [f"Số {number:02d}: {'một tựa đề rất dài, ' * 6}" for number in range(50)]
    await lane.owe(*long)
    day = 0
    while any(row.state is DeliveryState.PENDING for row in await rows(store)):
        await evening(lane, day)
        day += 1
        assert len(lane.platform.posts) == day, "one post at each time"
    told = [
        title[:6]
        for post in lane.platform.posts
        for line in html.unescape(post.text).split("\n")
        for title in long
        if title[:6] in line
    ]
    assert sorted(told) == sorted(title[:6] for title in long), "each once"
    assert day > 1
    limit = 4096 if channel is DAILY else 280
    assert all(post.length <= limit for post in lane.platform.posts)


def _with_fifty(channel: Channel) -> Channel:
    assert channel.digest is not None
    return replace(channel, digest=replace(channel.digest, newest=50))


async def test_a_digest_of_one_way_leaves_the_others_alone(store: Store) -> None:
    lane = Delivering(store, replace(CHANNEL, digests={FeedId("other"): digest()}))
    await lane.owe(TITLES[0])
    assert isinstance(await lane.step(), Sent)
    assert "Điểm tin" not in lane.platform.posts[0].text


async def test_urgent_news_has_a_post_of_its_own(store: Store) -> None:
    urgent = replace(DAILY, high=frozenset({VN}), urgent=frozenset({VN}))
    lane = Delivering(store, urgent)
    await lane.owe(TITLES[0])
    assert isinstance(await lane.step(), Sent)
    assert lane.platform.posts[0].told is None


async def test_what_the_operator_asks_for_does_not_wait(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.owe(*TITLES[:2])
    second = (await rows(store))[1]
    await store.desk.drop(second.id, lane.now)
    await store.desk.retry(second.id, lane.now)
    assert isinstance(await lane.step(), Sent)
    assert lines(lane) == [TITLES[1]]
    await evening(lane)
    assert lines(lane) == [TITLES[0]]


async def test_without_its_digest_a_channel_posts_what_waited(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.owe(*TITLES[:2])
    assert await lane.step() is None
    lane.route = replace(lane.route, channel=CHANNEL)
    assert isinstance(await lane.step(), Sent)
    assert lines(lane) == [TITLES[0]]


async def test_an_outage_over_its_time_is_one_digest_and_no_backlog(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.step()
    await lane.owe(*TITLES)
    store.outbox = lane.store.outbox = Outbox(store.database)
    assert [type(one) for one in await evening(lane, day=1)] == [Sent]
    assert len(lines(lane)) == 5
    assert {row.reason and row.reason.code for row in (await rows(store))[:5]} == {"digest"}


async def test_an_outage_over_many_times_is_two_digests_and_no_flood(store: Store) -> None:
    """The one that could not be sent, and one for all that came since."""
    lane = Delivering(store, DAILY)
    lane.platform.errors = [Unreachable("refused", "connection refused")] * 99
    for day in range(4):
        await lane.owe(TITLES[day], published=lane.now)
        await evening(lane, day)
    states = await lane.states()
    assert (states.count("dropped"), states.count("pending")) == (1, 4), "one digest waits"
    due = await store.outbox.next_due([lane.lane], lane.now)
    assert due is not None
    assert due > lane.now, "nobody looks again and again before its next try"
    lane.platform.errors = []
    await evening(lane, day=4)
    told = [sorted(lines(lane, number)) for number in range(len(lane.platform.posts))]
    assert told == [[TITLES[0]], [TITLES[1], TITLES[2], TITLES[3]]]


async def test_no_more_wait_for_a_digest_than_a_queue_and_a_post(store: Store) -> None:
    lane = Delivering(store, replace(CHANNEL, max_per_day=1, digest=digest(newest=2)))
    for hour, title in enumerate(TITLES):
        await lane.owe(title, published=NOW - hour * HOUR)
    lane.route = replace(lane.route, channel=replace(lane.route.channel, backlog=Backlog(newest=1)))
    assert await lane.step() is None, "its time has not come"
    states = {row.items[0].title: row.state.value for row in await rows(store)}
    assert states == {**dict.fromkeys(TITLES[:4], "pending"), TITLES[4]: "dropped"}
    for day in range(3):
        await evening(lane, day)
    told = [lines(lane, number) for number in range(len(lane.platform.posts))]
    assert told == [list(TITLES[:2]), list(TITLES[2:4])]


async def test_the_first_picture_stands_on_top_where_all_have_room(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.owe(TITLES[0])
    picture = "https://example.org/1.jpg"
    pictured = Article(title=TITLES[1], link="https://example.org/2", image=picture)
    await owe(lane, pictured)
    await evening(lane)
    assert lane.platform.posts[0].image == picture
    assert lane.platform.posts[0].limit == 1024
    long = [replace(pictured, title=f"Số {n}: {'dài ' * 35}") for n in range(9)]
    await owe(lane, *long)
    await evening(lane, day=1)
    assert (lane.platform.posts[1].image, lane.platform.posts[1].told) == (None, 9)


async def owe(lane: Delivering, *articles: Article) -> None:
    for article in articles:
        item = Item(id=article.title, title=article.title)
        story = Story(items=(item,), keys=(), owed=(lane.route.channel.id,), article=article)
        await lane.owe_stories(story)


async def test_a_refused_picture_goes_and_the_headlines_stay(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await owe(lane, Article(title=TITLES[0], image="https://example.org/1.jpg"))
    lane.platform.errors = [Rejected("bad_image", "wrong type", part="image")]
    assert [type(one) for one in await evening(lane)] == [TryAgain, Sent]
    assert (lane.platform.posts[0].image, lines(lane)) == (None, [TITLES[0]])


async def test_a_digest_that_was_certainly_not_sent_is_sent_again(store: Store) -> None:
    lane = Delivering(store, DAILY)
    await lane.owe(*TITLES[:2])
    lane.platform.errors = [Unreachable("refused", "connection refused")]
    assert [type(one) for one in await evening(lane)] == [TryAgain, Sent]
    assert lines(lane) == [TITLES[1], TITLES[0]]


async def test_a_digest_whose_answer_got_lost_is_found_and_not_sent_again(store: Store) -> None:
    lane = Delivering(store, ON_X, X_ACCOUNT, can=frozenset({"find"}))
    await lane.owe(*TITLES[:2])
    lane.platform.errors = [OutcomeUnknown("timeout", "no answer")]
    lane.platform.shows = SearchResult(receipt=Receipt(remote_id="77"))
    outcomes = await evening(lane)
    assert isinstance(outcomes[0], Unknown)
    lane.now += 9 * HOUR
    await lane.settle()
    assert lane.platform.searches[0].text.startswith("Điểm tin")
    assert [row.state for row in await rows(store)] == ["dropped"] * 2 + ["sent"]
    assert await evening(lane, day=1) == []
    assert lane.platform.posts == []


async def test_a_digest_on_x_costs_one_post_without_a_link(store: Store) -> None:
    lane = Delivering(store, ON_X, X_ACCOUNT)
    await lane.owe(*TITLES[:3])
    await evening(lane)
    assert not lane.platform.posts[0].has_link
    assert await store.outbox.spent(X_ACCOUNT.id, NOW, NOW) == (15_000, 15_000)


async def test_a_digest_beyond_the_budget_waits_whole(store: Store) -> None:
    assert X_ACCOUNT.budget is not None
    poor = replace(X_ACCOUNT, budget=replace(X_ACCOUNT.budget, per_day=10_000))
    lane = Delivering(store, ON_X, poor)
    await lane.owe(*TITLES[:3])
    await evening(lane)
    assert lane.platform.posts == []
    assert (await rows(store))[-1].state is DeliveryState.HELD
    lane.route = replace(lane.route, account=X_ACCOUNT)
    await evening(lane, day=1)
    assert len(lines(lane)) == 3


async def test_a_corrected_headline_is_corrected_in_the_digest(store: Store) -> None:
    lane = Delivering(store, replace(DAILY, edit_window=12 * HOUR), can=frozenset({"edit"}))
    await tell(lane, TITLES[0])
    await lane.owe(TITLES[1])
    await evening(lane)
    await tell(lane, f"{TITLES[0]} (cập nhật)")
    assert isinstance(await lane.correct(), Edited)
    ((remote_id, post),) = lane.platform.edits
    assert remote_id == "1"
    assert "(cập nhật)" in post.text
    assert TITLES[1] in post.text
    assert await lane.correct() is None, "once"


@pytest.mark.parametrize(
    ("begin", "at", "local"),
    [
        # 2:30 does not exist in Berlin on the 29th of March, and comes twice on the 25th of October.
        (datetime(2026, 3, 27, 12, tzinfo=UTC), time(2, 30), ["02:30", "03:30", "02:30"]),
        (datetime(2026, 10, 23, 12, tzinfo=UTC), time(2, 30), ["02:30", "02:30", "02:30"]),
    ],
    ids=["skipped hour", "doubled hour"],
)
@pytest.mark.parametrize("key", ["digest", "post_at"])
async def test_once_a_night_when_clocks_change(
    store: Store, begin: datetime, at: time, local: list[str], key: str
) -> None:
    berlin, times = ZoneInfo("Europe/Berlin"), Times(of_days=((at,),) * 7)
    keys = {"digest": digest(at=times)} if key == "digest" else {"post_at": times, "per_slot": 1}
    lane = Delivering(store, replace(CHANNEL, **keys))  # type: ignore[arg-type] # of two kinds
    lane.route, lane.now = replace(lane.route, timezone=berlin), begin
    told = []
    # A story each half hour, and a look each five minutes.
    for number in range(3 * 24 * 12):
        lane.now = begin + number * timedelta(minutes=5)
        if number % 6 == 0 and number < 2 * 24 * 12:
            await lane.owe(f"Tin {number}", published=lane.now)
        if isinstance(await lane.step(), Sent):
            told.append(f"{lane.now.astimezone(berlin):%H:%M}")
    assert told == local


@pytest.mark.parametrize("channel", [DAILY, ON_X], ids=["telegram", "x"])
async def test_killed_at_any_step_each_story_is_told_once(
    kept_stores: Any, channel: Channel
) -> None:
    """The search finds what is there; a post is never made again while that is open."""
    ended, ends_at = False, 0
    while not ended:
        store = await kept_stores.emptied()
        ended = await _dies_at(store, replace(channel), ends_at)
        ends_at += 1
    assert ends_at > 8, "there are steps to die at"


async def _dies_at(store: Store, channel: Channel, ends_at: int) -> bool:
    """Die at a step, and let another process go on; True where there was no such step."""
    account = X_ACCOUNT if channel is ON_X or channel.account else None
    limited = replace(channel, digest=digest(newest=2, template=_template_of(channel)))
    lane = Delivering(store, limited, account, can=frozenset({"find"}))
    await lane.owe(*TITLES)
    life = Life(ends_at)
    whole, publisher = store.outbox, lane.route.publisher
    store.outbox = Mortal(whole, life)  # type: ignore[assignment] # it calls the real one
    lane.route = replace(lane.route, publisher=Mortal(publisher, life))  # type: ignore[arg-type]
    is_dead = False
    for day in range(5):
        try:
            await evening(lane, day)
        except Killed:
            is_dead = True
            store.outbox, lane.route = whole, replace(lane.route, publisher=publisher)
            await store.outbox.recover(lane.now)
            posts, proved = lane.platform.posts, await lane.states()
            receipt = Receipt(remote_id=str(len(posts)))
            is_there = len(posts) > proved.count("sent")
            lane.platform.shows = SearchResult(receipt=receipt if is_there else None)
            await evening(lane, day)
    told = [title for number in range(len(lane.platform.posts)) for title in lines(lane, number)]
    assert sorted(told) == sorted(TITLES), f"killed at step {ends_at}"
    assert not {row.state for row in await rows(store)} & {"pending", "unknown", "sending"}
    return not is_dead


def _template_of(channel: Channel) -> Any:
    assert channel.digest is not None
    return channel.digest.template
