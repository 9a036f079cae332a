"""After an outage: the newest as usual, the rest in one post or dropped; queues are bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.models.basics import DeliveryState, FeedId, Reason
from bot.models.outbox import Begun, Failed, Stopped, TryAgain, Unknown
from bot.models.settings import Backlog
from bot.store.outbox.outbox import Outbox
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    article,
    attempt,
    claim,
    lane,
    new_only,
    owe,
    poll,
    post,
    rows,
    sent,
    statements,
    states,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.basics import DeliveryId
    from bot.models.outbox import Delivery, Lane, Outcome
    from bot.models.views import DeliveryRow
    from bot.store.engine import Store

S = DeliveryState
TWO = lane(backlog=Backlog(newest=2))
DROP = lane(backlog=Backlog(newest=2, rest="drop"))
NONE = lane(backlog=Backlog(newest=0))
LATER = after(hours=3, minutes=1)
STOP = Reason(code="operator", text="paused by the operator")


async def restarted(store: Store) -> None:
    """A new process: nothing is known of the lanes but what the store says."""
    store.outbox = Outbox(store.database)


async def paused(store: Store, one: Lane) -> None:
    """The operator pauses the channel, and the running bot notices."""
    assert await titles(store, one) == []
    await store.desk.pause("channel", "tg", STOP, after(minutes=1))
    assert await titles(store, one, at=after(minutes=2)) == []


async def tell_many(store: Store, count: int, *, at: datetime, first: int = 0) -> None:
    """Each story was published one minute after the one before; the last one at `at`."""
    stories = [
        story(
            name,
            article=replace(article(name), published=at - timedelta(minutes=count - 1 - number)),
        )
        for number, name in ((n, f"tin {first + n:03d}") for n in range(count))
    ]
    await tell(store, *stories, at=at)


async def drain(store: Store, one: Lane, *, at: datetime) -> list[str]:
    """Send everything that waits; return the titles, digests by how many they tell."""
    told, moment = [], at
    for _ in range(500):
        for delivery in await claim(store, one, at=moment):
            headlines = delivery.article.headlines
            told.append(f"digest {len(headlines)}" if headlines else delivery.article.title)
            await store.outbox.finish(delivery, sent(str(len(told))), moment)
        moment += timedelta(seconds=10)
        if await store.outbox.next_due([one], moment) is None:
            break
    return told


async def test_after_a_pause_the_newest_and_one_digest(store: Store) -> None:
    await paused(store, TWO)
    await tell_many(store, 6, at=after(hours=3))
    await claim(store, TWO, at=after(hours=3))
    assert await states(store) == [S.HELD] * 6
    await store.desk.resume("channel", "tg")
    told = await drain(store, TWO, at=after(hours=3, minutes=5))
    assert told == ["tin 004", "tin 005", "digest 4"]
    folded = [one for one in await rows(store) if one.state is S.DROPPED]
    digest = next(one for one in await rows(store) if one.feed == "(digest)")
    assert {one.reason and one.reason.code for one in folded} == {"digest"}
    assert f"delivery {digest.id}" in ((folded[0].reason and folded[0].reason.text) or "")
    assert [one.title for one in digest.items] == [f"tin {n:03d}" for n in (3, 2, 1, 0)]


async def test_rest_drop_drops(store: Store) -> None:
    await paused(store, DROP)
    await tell_many(store, 6, at=after(hours=3))
    await store.desk.resume("channel", "tg")
    assert await drain(store, DROP, at=after(hours=3, minutes=5)) == ["tin 004", "tin 005"]
    codes = Counter(one.reason and one.reason.code for one in await rows(store))
    assert codes == {"backlog": 4, None: 2}


async def test_a_short_stop_delays_and_drops_nothing(store: Store) -> None:
    await paused(store, TWO)
    await tell_many(store, 6, at=after(minutes=50))
    await store.desk.resume("channel", "tg")
    assert len(await drain(store, TWO, at=after(minutes=55))) == 6


async def test_a_burst_without_an_outage_is_posted_whole(store: Store) -> None:
    await titles(store, TWO)
    await tell_many(store, 20, at=after(minutes=1))
    assert len(await drain(store, TWO, at=after(minutes=1))) == 20


async def test_a_bot_that_was_away_comes_back_with_a_backlog(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    await claim(store, TWO, at=after(hours=8))  # before the feeds are polled
    await tell_many(store, 6, at=after(hours=7, minutes=59))
    told = await drain(store, TWO, at=after(hours=8, seconds=30))
    assert told == ["tin 004", "tin 005", "digest 4"]


async def test_a_story_published_after_the_outage_is_news_as_ever(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    await claim(store, TWO, at=after(hours=8))
    await tell_many(store, 6, at=after(hours=8, minutes=6))
    assert len(await drain(store, TWO, at=after(hours=8, minutes=6))) == 6


async def test_a_clock_that_is_set_forward_is_no_outage(store: Store) -> None:
    await titles(store, TWO)
    await tell_many(store, 6, at=after(hours=8))
    assert len(await drain(store, TWO, at=after(hours=8))) == 6


async def test_a_machine_that_slept_comes_back_from_an_outage(store: Store) -> None:
    seconds = [0.0]
    store.outbox = Outbox(store.database, lambda: seconds[0])
    await titles(store, TWO)
    await tell_many(store, 6, at=after(hours=7))
    seconds[0] += 8 * 3600  # as CLOCK_BOOTTIME counts: CLOCK_MONOTONIC would stand still
    assert await drain(store, TWO, at=after(hours=8)) == ["tin 004", "tin 005", "digest 4"]


async def test_a_silence_of_the_whole_account_is_an_outage(store: Store) -> None:
    one, other = replace(TWO, account="acc"), lane("other", "acc", backlog=Backlog(newest=2))
    await claim(store, one, other)
    await owe(store, "refused", channel="other", at=after(minutes=1))
    again = TryAgain(due=after(hours=4), reason=WHY, account_until=after(hours=4))
    await attempt(store, again, one, other, at=after(minutes=1))
    for minutes in range(3, 230, 30):
        assert await claim(store, one, other, at=after(minutes=minutes)) == []
    await tell_many(store, 6, at=after(hours=3))
    assert await drain(store, one, at=after(hours=4)) == ["tin 004", "tin 005", "digest 4"]


async def test_one_story_too_many_makes_no_digest(store: Store) -> None:
    await paused(store, TWO)
    await tell_many(store, 3, at=after(hours=3))
    await store.desk.resume("channel", "tg")
    assert len(await drain(store, TWO, at=after(hours=3))) == 3


async def test_a_story_of_a_moment_later_joins_the_digest(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    await tell_many(store, 6, at=after(hours=7))
    (first,) = await claim(store, TWO, at=after(hours=8))
    await store.outbox.finish(first, sent(), after(hours=8))
    await tell_many(store, 6, at=after(hours=7, minutes=50), first=100)
    told = await drain(store, TWO, at=after(hours=8, seconds=20))
    assert told == ["tin 104", "tin 105", "digest 9"]


@pytest.mark.parametrize("wait", ["throttled", "unreachable", "forbidden"])
async def test_every_kind_of_outage(store: Store, wait: str) -> None:
    await titles(store, TWO)
    await tell_many(store, 6, at=after(minutes=1))
    hours = after(hours=4)
    if wait == "throttled":
        again = TryAgain(due=hours, reason=WHY, channel_until=hours)
        await attempt(store, again, TWO, at=after(minutes=1))
        assert await claim(store, TWO, at=after(minutes=2)) == []  # as a running bot asks
    elif wait == "unreachable":
        for minutes in range(1, 235, 13):
            due = after(minutes=minutes + 12)
            again = TryAgain(due=due, reason=WHY, channel_until=due)
            await attempt(store, again, TWO, at=after(minutes=minutes))
    else:
        stop = Stopped(scope="channel", reason=WHY, probe_after=(timedelta(hours=3),))
        await attempt(store, stop, TWO, at=after(minutes=1))
    told = await drain(store, TWO, at=hours)
    assert "tin 004" in told
    assert told.count("tin 005") == 1
    assert any(one.startswith("digest") for one in told)


async def test_quiet_hours_are_no_outage(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    night = replace(TWO, is_quiet=True)
    for hour in range(8):
        for minute in range(0, 60, 10):
            assert await titles(store, night, at=after(hours=hour, minutes=minute)) == []
    await tell_many(store, 6, at=after(hours=7))
    assert len(await drain(store, TWO, at=after(hours=8))) == 6


async def test_a_night_after_one_failure_is_no_outage(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    await owe(store, "evening")
    again = TryAgain(due=after(seconds=5), reason=WHY, channel_until=after(seconds=5))
    await attempt(store, again, TWO)
    night = replace(TWO, is_quiet=True)
    for minutes in range(1, 8 * 60, 10):
        assert await titles(store, night, at=after(minutes=minutes)) == []
    await tell_many(store, 6, at=after(hours=7))
    assert len(await drain(store, TWO, at=after(hours=8))) == 7


async def test_a_queue_never_grows_without_bound(store: Store) -> None:
    bounded = replace(TWO, most=10)
    await titles(store, bounded)
    for number in range(6):
        await tell_many(store, 4, at=after(minutes=2 * number), first=10 * number)
        await claim(store, replace(bounded, is_quiet=True), at=after(minutes=2 * number))
        waiting = [one for one in await rows(store) if one.state is S.PENDING]
        assert len(waiting) <= 10 + 1
    assert any(one.feed == "(digest)" for one in await rows(store))


async def test_a_delivery_that_the_operator_asked_for_is_never_folded(store: Store) -> None:
    await paused(store, TWO)
    await tell_many(store, 6, at=after(hours=3))
    first = (await rows(store))[0]
    await store.desk.drop(first.id, NOW)
    await store.desk.resume("channel", "tg")
    await store.desk.retry(first.id, after(hours=3))
    told = await drain(store, TWO, at=after(hours=3))
    assert told[0] == "tin 000"
    assert told[-1] == "digest 3"


async def test_a_story_taken_back_out_of_a_digest_is_told_alone(store: Store) -> None:
    await paused(store, TWO)
    await tell_many(store, 6, at=after(hours=3))
    await store.desk.resume("channel", "tg")
    (first,) = await claim(store, TWO, at=after(hours=3))
    await store.outbox.finish(first, sent(), after(hours=3))
    folded = next(one for one in await rows(store) if one.state is S.DROPPED)
    await store.desk.retry(folded.id, after(hours=3))
    told = await drain(store, TWO, at=after(hours=3, minutes=2))
    assert "digest 3" in told
    assert folded.items[0].title in told


@pytest.mark.parametrize("end", ["sent", "sending", "unknown"])
async def test_a_story_of_a_digest_is_not_posted_again(store: Store, end: str) -> None:
    await paused(store, TWO)
    await tell_many(store, 6, at=after(hours=3))
    await store.desk.resume("channel", "tg")
    for minutes in (0, 1, 2):
        at = after(hours=3, minutes=minutes)
        (delivery,) = await claim(store, TWO, at=at)
        await store.outbox.begin(delivery.id, post(), at)
        is_digest = bool(delivery.article.headlines)
        outcome = Unknown(reason=WHY) if is_digest and end == "unknown" else sent(str(minutes))
        if not (is_digest and end == "sending"):
            await store.outbox.finish(delivery, outcome, at)
    folded = next(one for one in await rows(store) if one.state is S.DROPPED)
    with pytest.raises(NewsbotError, match="it is posted once"):
        await store.desk.retry(folded.id, after(hours=4))


async def test_stories_that_outgrew_their_age_leave_even_a_paused_queue(store: Store) -> None:
    await owe(store, "undated")
    await store.desk.pause("channel", "tg", STOP, NOW)
    await tell_many(store, 3, at=after(hours=1))
    await claim(store, at=after(hours=1))
    assert await store.outbox.drop_outdated({"f": after(minutes=59)}, after(hours=1)) == 1
    assert await states(store) == [S.HELD, S.DROPPED, S.HELD, S.HELD]


async def test_feeds_of_which_nothing_waits_cost_no_statement(store: Store) -> None:
    await owe(store, "a")
    before = {FeedId(f"f{number}"): after(days=1) for number in range(50)}
    asked = await statements(store, lambda: store.outbox.drop_outdated(before, NOW))
    assert len(asked) == len(await statements(store, lambda: store.outbox.drop_outdated({}, NOW)))


async def test_of_a_queue_above_its_bound_only_the_oldest_above_it_are_folded(store: Store) -> None:
    bounded = replace(TWO, most=10)
    await titles(store, bounded)
    names = [f"tin {number:03d}" for number in range(25)]
    await tell(store, *(story(name, held=STOP) for name in names), at=after(minutes=1))
    assert await store.desk.release_feed(FeedId("f"), after(minutes=2)) == 25
    told = await drain(store, bounded, at=after(minutes=2))
    assert [one for one in told if one.startswith("tin")] == names[15:]
    # It gathers for a minute, and then waits for nobody: what it tells is the oldest news.
    assert told.index("digest 15") == 6


async def test_above_the_bound_rest_drop_drops(store: Store) -> None:
    bounded = replace(DROP, most=10)
    await titles(store, bounded)
    await tell_many(store, 25, at=after(minutes=2))
    assert len(await drain(store, bounded, at=after(minutes=2))) == 10
    left_out = [one.reason for one in await rows(store) if one.state is S.DROPPED]
    assert len(left_out) == 15
    text = "left out: only the newest 10 of what waited are posted (backlog)"
    assert set(left_out) == {Reason(code="backlog", text=text)}


# --- what a digest tells


async def digest_of(store: Store, count: int) -> DeliveryRow:
    """After an outage of three hours: a digest of `count` stories waits, and nothing else."""
    await paused(store, NONE)
    await tell_many(store, count, at=after(hours=3))
    await store.desk.resume("channel", "tg")
    assert await claim(store, NONE, at=LATER) == []
    return next(one for one in await rows(store) if one.feed == "(digest)")


async def begin_digest(store: Store, told: int, *, at: datetime) -> Delivery:
    (delivery,) = await claim(store, NONE, at=at)
    assert await store.outbox.begin(delivery.id, post(told=told), at) is Begun.YES
    return delivery


async def told_in(store: Store, digest: DeliveryId) -> list[str]:
    return [item.title for row in await rows(store) if row.id == digest for item in row.items]


async def reasons(store: Store) -> dict[str, tuple[str, str] | None]:
    """Return the reason of each story that stands alone."""
    return {
        one.items[0].title: one.reason and (one.reason.code, one.reason.text)
        for one in await rows(store)
        if one.feed != "(digest)"
    }


async def test_stories_for_which_a_digest_has_no_room_are_left_out(store: Store) -> None:
    digest = await digest_of(store, 5)
    assert (await begin_digest(store, 2, at=after(hours=3, minutes=2))).id == digest.id
    assert await told_in(store, digest.id) == ["tin 004", "tin 003"]
    text = f"left out: delivery {digest.id} has room for the newest 2 of what waited (backlog)"
    why = await reasons(store)
    assert [why[f"tin {n:03d}"] for n in range(3)] == [("backlog", text)] * 3
    assert [(why[f"tin {n:03d}"] or "?")[0] for n in (3, 4)] == ["digest", "digest"]


@pytest.mark.parametrize("end", [None, Failed(reason=WHY)])
async def test_a_digest_that_is_dropped_told_nothing(store: Store, end: Outcome | None) -> None:
    digest = await digest_of(store, 3)
    if end is not None:
        at = after(hours=3, minutes=2)
        await store.outbox.finish(await begin_digest(store, 3, at=at), end, at)
    before = await reasons(store)
    await store.desk.drop(digest.id, after(hours=4))
    left_out = ("backlog", f"left out: delivery {digest.id} was dropped")
    assert list((await reasons(store)).values()) == [left_out] * 3
    await store.desk.retry(digest.id, after(hours=5))
    assert await reasons(store) == before
    assert await told_in(store, digest.id) == ["tin 002", "tin 001", "tin 000"]


async def test_a_digest_that_may_have_arrived_told_what_it_told(store: Store) -> None:
    digest = await digest_of(store, 3)
    at = after(hours=3, minutes=2)
    unknown = Unknown(reason=WHY)
    await store.outbox.finish(await begin_digest(store, 3, at=at), unknown, at)
    before = await reasons(store)
    await store.desk.drop(digest.id, after(hours=4))
    assert await reasons(store) == before


async def test_a_digest_with_room_for_all_tells_all(store: Store) -> None:
    digest = await digest_of(store, 5)
    await begin_digest(store, 5, at=after(hours=3, minutes=2))
    assert len(await told_in(store, digest.id)) == 5


async def test_stories_that_outgrew_their_age_leave_the_digest_that_waits(store: Store) -> None:
    digest = await digest_of(store, 5)
    third = {FeedId("f"): after(hours=3, minutes=-1)}
    assert await store.outbox.drop_outdated(third, LATER) == 0
    assert await told_in(store, digest.id) == ["tin 004", "tin 003"]
    assert (await reasons(store))["tin 002"] == (
        "too_old",
        "became older than max_age while it waited",
    )
    assert await drain(store, NONE, at=after(hours=3, minutes=5)) == ["digest 2"]


async def test_a_digest_of_nothing_but_old_stories_is_dropped(store: Store) -> None:
    digest = await digest_of(store, 3)
    assert await store.outbox.drop_outdated({FeedId("f"): after(days=2)}, LATER) == 1
    assert set(await states(store)) == {S.DROPPED}
    codes = {one.reason and one.reason.code for one in await rows(store)}
    assert codes == {"too_old"}
    assert len(await told_in(store, digest.id)) == 3
    assert await drain(store, NONE, at=after(hours=4)) == []


async def test_a_digest_that_waited_for_two_days_is_dropped(store: Store) -> None:
    await digest_of(store, 3)
    two_days = LATER + timedelta(days=2)
    assert await store.outbox.drop_outdated({}, two_days) == 0
    assert await store.outbox.drop_outdated({}, two_days + timedelta(seconds=1)) == 1
    assert set(await states(store)) == {S.DROPPED}


async def test_a_digest_that_the_operator_asked_for_never_gets_too_old(store: Store) -> None:
    digest = await digest_of(store, 3)
    await store.desk.drop(digest.id, LATER)
    await store.desk.retry(digest.id, LATER)
    week = after(days=7)
    assert await store.outbox.drop_outdated({FeedId("f"): week}, week) == 0
    assert (await begin_digest(store, 3, at=week)).id == digest.id


async def test_where_no_feed_is_polled_any_more_a_digest_goes_at_once(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    await claim(store, TWO, at=after(hours=8))
    await tell_many(store, 6, at=after(hours=7, minutes=59))
    (first,) = await claim(store, TWO, at=after(hours=8))
    await store.outbox.finish(first, sent("1"), after(hours=8))
    await store.outbox.gather_no_more(after(hours=8))
    assert (await claim(store, TWO, at=after(hours=8)))[0].article.headlines


async def test_a_digest_that_is_made_after_the_last_poll_goes_at_once(store: Store) -> None:
    await titles(store, TWO)
    await restarted(store)
    await store.outbox.gather_no_more(after(hours=8))
    await claim(store, TWO, at=after(hours=8))
    await tell_many(store, 6, at=after(hours=7, minutes=59))
    assert (await claim(store, TWO, at=after(hours=8)))[0].article.headlines


# --- a feed that was off


async def show_again(store: Store, *, days: float, every: timedelta | None = None) -> None:
    """Let the feed be read, not for `days`, and then bring six stories at once."""
    await titles(store, TWO)
    await tell(store, story("old", owed=()))
    at = after(days=days)
    stories = [
        story(name, article=replace(article(name), published=at - timedelta(hours=6 - number)))
        for number, name in enumerate(f"tin {n:03d}" for n in range(6))
    ]
    # When the next poll is due is known only once it is decided, as in the service.
    begun = poll(at=at, next_poll=at)
    planned = poll(at=at) if every is None else replace(begun, next_poll=at + every)
    await store.feeds.finish_poll(
        begun,
        [one.keys[0] for one in stories],
        new_only(stories),
        conclude=lambda *_: (planned, None),
    )


@pytest.mark.parametrize("days", [1.01, 5, 300])
async def test_a_feed_that_was_off_for_days_brings_its_newest_and_one_digest(
    store: Store, days: float
) -> None:
    await show_again(store, days=days)
    told = await drain(store, TWO, at=after(days=days))
    assert told == ["tin 004", "tin 005", "digest 4"]


@pytest.mark.parametrize(
    ("days", "every"), [(0.9, None), (5, timedelta(days=3)), (0.01, timedelta(minutes=5))]
)
async def test_a_feed_that_is_read_as_planned_brings_all_its_news(
    store: Store, days: float, every: timedelta | None
) -> None:
    await show_again(store, days=days, every=every)
    assert len(await drain(store, TWO, at=after(days=days))) == 6


async def test_a_feed_whose_server_was_away_for_days_was_off_as_well(store: Store) -> None:
    await tell(store, story("old", owed=()))
    for day in range(1, 5):
        await tell(store, at=after(days=day), error=WHY)
    await titles(store, TWO, at=after(days=5))
    await tell_many(store, 6, at=after(days=5))
    assert await drain(store, TWO, at=after(days=5)) == ["tin 004", "tin 005", "digest 4"]


async def test_the_news_of_another_feed_is_not_folded_with_it(store: Store) -> None:
    await titles(store, TWO)
    for day in range(6):
        await tell(store, story(f"other old {day}", owed=()), feed="other", at=after(days=day))
    await show_again(store, days=5)
    news = [story(f"other {n}") for n in range(4)]
    await tell(store, *news, feed="other", at=after(days=5))
    told = await drain(store, TWO, at=after(days=5))
    others = [f"other {n}" for n in range(4)]
    assert sorted(told) == ["digest 4", *others, "tin 004", "tin 005"]


async def test_news_of_the_next_poll_is_news_as_ever(store: Store) -> None:
    await show_again(store, days=5)
    await claim(store, DROP, at=after(days=5))
    later = [story(f"sau {n}") for n in range(4)]
    await tell(store, *later, at=after(days=5, minutes=5))
    told = await drain(store, DROP, at=after(days=5, minutes=6))
    assert told[-4:] == [f"sau {n}" for n in range(4)]
