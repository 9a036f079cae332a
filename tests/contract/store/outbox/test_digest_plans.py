"""Digests at fixed times: who is folded when, and what is left for the next; on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import DeliveryState, FeedId, Reason
from bot.models.outbox import Begun, DigestPlan, Slot, TryAgain
from bot.models.settings import Backlog
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    article,
    attempt,
    claim,
    lane,
    owe,
    post,
    rows,
    sent,
    states,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.outbox import Delivery, Lane
    from bot.store.engine import Store

S = DeliveryState


def planned(begin: datetime = NOW, *, newest: int = 3, feed: str | None = None) -> Lane:
    slot = Slot(begin=begin, end=begin + timedelta(hours=5), most=newest)
    feeds = None if feed is None else frozenset({FeedId(feed)})
    return lane(digests=(DigestPlan(feeds=feeds, slot=slot),))


def told(delivery: Delivery) -> list[str]:
    return [one.title for one in delivery.article.headlines]


async def test_what_was_due_before_the_time_is_told_newest_first(store: Store) -> None:
    await owe(store, "a", "b", at=after(hours=-1))
    await owe(store, "c", feed="g", at=after(minutes=-1))
    await owe(store, "late", at=NOW)
    (digest,) = await claim(store, planned())
    assert told(digest) == ["c", "b", "a"]
    assert [one.state for one in await rows(store)][:4] == [S.DROPPED] * 3 + [S.PENDING]
    assert {one.feed for one in digest.article.headlines} == {"f", "g"}


async def test_a_time_at_which_nothing_waited_makes_nothing(store: Store) -> None:
    await owe(store, "late", at=NOW)
    for minutes in (0, 1, 240):
        assert await claim(store, planned(), at=after(minutes=minutes)) == []
    assert await states(store) == [S.PENDING]
    assert await store.outbox.next_due([planned()], NOW) == after(hours=5)


async def test_the_rest_waits_for_the_next_time(store: Store) -> None:
    await owe(store, "a", "b", "c", "d", at=after(hours=-1))
    (digest,) = await claim(store, planned())
    assert told(digest) == ["d", "c", "b"]
    await store.outbox.begin(digest.id, post(told=3, is_continued=True), NOW)
    await store.outbox.finish(digest, sent(), NOW)
    assert await claim(store, planned(), at=after(hours=4)) == []
    (following,) = await claim(store, planned(after(hours=5)), at=after(hours=5))
    assert told(following) == ["a"]


async def test_what_the_text_has_no_room_for_waits_for_the_next_time(store: Store) -> None:
    await owe(store, "a", "b", "c", at=after(hours=-1))
    (digest,) = await claim(store, planned())
    begun = await store.outbox.begin(digest.id, post(told=1, is_continued=True), NOW)
    assert begun is Begun.YES
    found = {one.title: one for one in await rows(store)}
    assert [found[name].state for name in "abc"] == [S.PENDING, S.PENDING, S.DROPPED]
    why = found["a"].reason
    assert why is not None
    assert f"delivery {digest.id} had no room" in why.text
    again = TryAgain(due=after(minutes=1), reason=WHY)
    await store.outbox.finish(digest, again, NOW)
    (digest,) = await claim(store, planned(), at=after(minutes=1))
    assert told(digest) == ["c"], "tried again as it was"


async def test_a_way_has_a_digest_of_its_own(store: Store) -> None:
    await owe(store, "a", at=after(hours=-1))
    await owe(store, "b", feed="g", at=after(hours=-1))
    one = planned(feed="g")
    (digest,) = await claim(store, one)
    assert told(digest) == ["b"]
    await store.outbox.finish(digest, sent(), NOW)
    assert await titles(store, one) == ["a"]


async def test_of_a_channel_that_is_paused_the_digest_tries_first(store: Store) -> None:
    await owe(store, "a", "b", at=after(hours=-2))
    assert await claim(store, planned(after(hours=-5)), at=after(hours=-1)) == []
    stop = Reason(code="operator", text="paused by the operator")
    await store.desk.pause("channel", "tg", stop, after(hours=-1))
    assert await claim(store, planned()) == []
    await store.desk.resume("channel", "tg")
    (digest,) = await claim(store, planned(), at=after(minutes=1))
    assert told(digest) == ["b", "a"]


async def test_what_waits_for_its_time_is_no_backlog(store: Store) -> None:
    one = replace(planned(after(hours=-1)), backlog=Backlog(newest=0))
    assert await claim(store, one) == []
    await owe(store, "a", "b", "c", at=after(minutes=1))
    assert await claim(store, one, at=after(hours=3)) == []
    assert await states(store) == [S.PENDING] * 3


async def test_more_than_a_queue_holds_is_left_out(store: Store) -> None:
    await owe(store, *(f"tin {n:02d}" for n in range(20)), at=after(hours=-1))
    (digest,) = await claim(store, replace(planned(), most=5))
    assert told(digest) == ["tin 19", "tin 18", "tin 17"]
    found = [one for one in await rows(store) if one.feed != "(digest)"]
    assert [one.state for one in found].count(S.PENDING) == 5
    left_out = [one for one in found if one.reason and one.reason.code == "backlog"]
    assert [one.title for one in left_out] == [f"tin {n:02d}" for n in range(12)]


async def test_a_correction_of_a_headline_wants_an_edit_of_the_post(store: Store) -> None:
    await owe(store, "a", "b", at=after(hours=-1))
    (digest,) = await claim(store, planned())
    await store.outbox.begin(digest.id, post(told=2, is_continued=True), NOW)
    await store.outbox.finish(digest, sent(), NOW)
    within = timedelta(hours=12)
    assert await store.outbox.claim_corrections([planned()], NOW, within=within) == []
    corrected = story("a", owed=(), article=article("A"), is_corrected=True)
    await tell(store, corrected, at=after(minutes=5))
    (found,) = await store.outbox.claim_corrections([planned()], after(minutes=6), within=within)
    assert found.delivery.id == digest.id
    assert told(found.delivery) == ["b", "A"]


async def test_where_posts_have_their_times_the_digest_of_a_backlog_has_too(store: Store) -> None:
    slot = Slot(begin=after(hours=-1), end=after(hours=5), most=1)
    timed = lane(slot=slot, backlog=Backlog(newest=0), most=2)
    await owe(store, "a", "b", "c", "d", "e", at=after(hours=-2))
    assert (await attempt(store, sent(), timed)).article.title == "d"
    await store.outbox.gather_no_more(NOW)
    assert await claim(store, timed, at=after(hours=4)) == []
    later = replace(timed, slot=replace(slot, begin=after(hours=5), end=after(hours=9)))
    (digest,) = await claim(store, later, at=after(hours=5))
    assert told(digest) == ["c", "b", "a"]
