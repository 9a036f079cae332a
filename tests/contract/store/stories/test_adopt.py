"""A feed under a new id: nothing is told again, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.dedupe.decide import decide
from bot.dedupe.keys import keys_of
from bot.models.alerts import Note
from bot.models.basics import ChannelId, DeliveryState, FeedId, Reason
from bot.models.feeds import Item
from bot.models.settings import Feed
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    article,
    attempt,
    begun,
    lane,
    poll,
    rows,
    sent,
    titles,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.models.stories import Known, Story
    from bot.store.engine import Store

S = DeliveryState
TG, LOG = ChannelId("tg"), ChannelId("log")
OLD, NEW = FeedId("old"), FeedId("new")
FEED = Feed(id=OLD, url="https://a.vn/rss", channels=(TG,), first_run=1)
RENAMED = replace(FEED, id=NEW)


def entry(number: int, **changes: object) -> Item:
    """Return an entry that only its id tells from others: no link, and a short title."""
    return replace(Item(id=str(number), title=f"Tin {number}"), **changes)


ENTRIES = [entry(number) for number in range(1, 5)]


async def show(store: Store, feed: Feed, *items: Item, at: datetime = NOW) -> list[str]:
    """Poll `feed`, which shows `items` (newest first), and return the titles that became owed."""
    keys = keys_of(feed.id, items)

    def judge(known: Known) -> Sequence[Story]:
        found = decide(items, keys, known, feed=feed, now=at)
        return [replace(one, article=article(one.items[0].title)) for one in found]

    flat = [key for one in keys for key in one.all]
    record = poll(feed.id, at=at, channels=feed.channels)
    stories = await store.feeds.finish_poll(record, flat, judge)
    return [story.items[0].title for story in stories if story.owed]


async def test_the_renamed_feed_goes_on_where_the_old_one_stopped(store: Store) -> None:
    assert await show(store, FEED, *ENTRIES) == ["Tin 1"]
    await attempt(store, sent())
    assert await show(store, FEED, entry(9), *ENTRIES, at=after(hours=1)) == ["Tin 9"]
    assert await store.desk.adopt(OLD, NEW, after(hours=2)) == 5
    assert {row.feed for row in await rows(store)} == {NEW}
    assert await titles(store, at=after(hours=2)) == ["Tin 9"]
    linked = entry(8, link="https://a.vn/8.html")
    shown = await show(store, RENAMED, linked, entry(7), entry(9), *ENTRIES, at=after(hours=3))
    assert shown == ["Tin 7", "Tin 8"], "more than a first run"
    assert len(await rows(store)) == 4
    (trace, *_) = await store.desk.find_stories("Tin 9", 9)
    assert [item.feed for item in trace.items] == [NEW]


async def test_the_feeds_state_moves_and_it_is_polled_now_and_in_full(store: Store) -> None:
    (state,) = await store.feeds.claim_due_feeds([OLD], NOW, limit=1)
    await show(store, FEED, *ENTRIES)
    (state,) = await store.feeds.claim_due_feeds([OLD], after(hours=1), limit=1)
    assert state.last_success == NOW
    await store.desk.adopt(OLD, NEW, after(hours=1))
    (status,) = await store.desk.feed_status([NEW])
    assert (status.last_success, status.last_new) == (NOW, NOW)
    (state,) = await store.feeds.claim_due_feeds([OLD, NEW], after(hours=1), limit=9)
    assert state.feed == NEW
    assert state.validators.poll_hash is None
    assert state.last_success == NOW


async def test_the_old_id_is_not_polled_any_more(store: Store) -> None:
    """A service that has not read the changed file yet does no harm."""
    await show(store, FEED, *ENTRIES)
    await store.desk.adopt(OLD, NEW, after(hours=1))
    assert await store.feeds.claim_due_feeds([OLD], after(hours=9), limit=9, force=True) == []
    assert await show(store, FEED, entry(9), *ENTRIES, at=after(hours=2)) == []
    await store.feeds.finish_poll(poll("old", at=after(hours=2), error=WHY))
    assert await store.desk.find_stories("Tin 9", 9) == []
    assert await show(store, RENAMED, entry(9), *ENTRIES, at=after(hours=3)) == ["Tin 9"]
    (status,) = await store.desk.feed_status([OLD])
    assert status.reason is not None
    assert status.reason.text.startswith("lives on as feed new")


async def test_a_poll_that_both_ids_are_in_tells_nothing_twice(store: Store) -> None:
    """The poll of the new id began before the adoption, and ends after it."""
    await show(store, FEED, *ENTRIES)
    await attempt(store, sent())
    keys = keys_of(NEW, ENTRIES)
    await store.stories.known_keys(NEW, [key for one in keys for key in one.all])
    await store.desk.adopt(OLD, NEW, after(minutes=1))
    assert await show(store, RENAMED, *ENTRIES, at=after(minutes=2)) == []


async def test_stories_that_the_new_id_passed_over_as_a_new_feed_are_posted(store: Store) -> None:
    """The service read the changed file and polled before the operator said `adopt`."""
    await show(store, FEED, *ENTRIES)
    await attempt(store, sent())
    unseen = [entry(number, link=f"https://a.vn/{number}.html") for number in (9, 8, 7)]
    assert await show(store, RENAMED, *unseen, *ENTRIES, at=after(hours=1)) == ["Tin 9"]
    await store.desk.adopt(OLD, NEW, after(hours=2))
    assert await show(store, RENAMED, *unseen, *ENTRIES, at=after(hours=2)) == ["Tin 7", "Tin 8"]
    assert await show(store, RENAMED, *unseen, *ENTRIES, at=after(hours=3)) == []
    assert [row.items[0].title for row in await rows(store)] == ["Tin 1", "Tin 9", "Tin 7", "Tin 8"]


async def test_stories_that_the_new_id_took_for_news_are_not_posted_again(store: Store) -> None:
    await show(store, FEED, *ENTRIES)
    await attempt(store, sent())
    assert await show(store, RENAMED, *ENTRIES, at=after(hours=1)) == ["Tin 1"]
    await store.desk.adopt(OLD, NEW, after(hours=2))
    first, second = await rows(store)
    assert (first.state, second.state) == (S.SENT, S.DROPPED)
    assert second.reason is not None
    assert second.reason.code == "same_story"
    assert await show(store, RENAMED, *ENTRIES, at=after(hours=3)) == []


async def test_stories_posted_by_the_new_id_are_not_posted_by_the_old_one(store: Store) -> None:
    await show(store, FEED, *ENTRIES)
    await attempt(store, sent())
    await show(store, FEED, entry(9), *ENTRIES, at=after(hours=1))
    await show(store, RENAMED, entry(9), *ENTRIES, at=after(hours=1))
    assert [row.state for row in await rows(store)] == [S.SENT, S.PENDING, S.PENDING]
    _, of_old, of_new = await rows(store)
    await store.desk.drop(of_old.id, NOW)
    await attempt(store, sent("2"), at=after(hours=1))
    await store.desk.retry(of_old.id, after(hours=1))
    await store.desk.adopt(OLD, NEW, after(hours=2))
    states = {row.id: row.state for row in await rows(store)}
    assert (states[of_old.id], states[of_new.id]) == (S.DROPPED, S.SENT)


async def test_a_post_on_its_way_arrives(store: Store) -> None:
    await show(store, FEED, *ENTRIES)
    delivery = await begun(store)
    await store.desk.adopt(OLD, NEW, NOW)
    await store.outbox.finish(delivery, sent(), NOW)
    (only,) = await rows(store)
    assert (only.state, only.feed) == (S.SENT, NEW)


async def test_a_pause_moves(store: Store) -> None:
    await show(store, FEED, *ENTRIES)
    await store.desk.pause("feed", OLD, Reason(code="operator", text="by hand"), NOW)
    await store.desk.adopt(OLD, NEW, NOW)
    assert await store.feeds.claim_due_feeds([NEW], after(hours=1), limit=1) == []
    (status,) = await store.desk.feed_status([NEW])
    assert status.reason == Reason(code="operator", text="by hand")
    await store.desk.resume("feed", NEW)
    assert len(await store.feeds.claim_due_feeds([NEW], after(hours=1), limit=1)) == 1


async def test_notes_about_the_feed_move_and_those_about_a_channel_stay(store: Store) -> None:
    await show(store, FEED, *ENTRIES)
    kinds = ("feed_failing", "unknown")
    notes = [
        Note(kind=kind, subject="old", text="old: 404", level=1, noticed_at=NOW, told_at=NOW)
        for kind in kinds
    ]
    await store.alerts.write(notes, [])
    await store.desk.adopt(OLD, NEW, NOW)
    found = {(note.kind, note.subject) for note in await store.alerts.notes()}
    assert found == {("feed_failing", "new"), ("unknown", "old")}


async def test_another_feed_with_the_same_story_keeps_its_own(store: Store) -> None:
    other = replace(FEED, id=FeedId("other"), channels=(TG, LOG))
    shared = entry(1, link="https://a.vn/1.html")
    await show(store, other, shared)
    await show(store, FEED, shared, at=after(hours=1))
    assert await store.desk.adopt(OLD, NEW, after(hours=2)) == 0
    assert {row.feed for row in await rows(store)} == {"other"}
    (trace,) = await store.desk.find_stories("Tin 1", 9)
    assert {item.feed for item in trace.items} == {"other", NEW}
    assert await show(store, other, shared, at=after(hours=3)) == []
    assert await show(store, replace(RENAMED, first_run=9), shared, at=after(hours=3)) == []


async def test_there_and_back(store: Store) -> None:
    await show(store, FEED, *ENTRIES)
    await attempt(store, sent())
    assert await store.desk.adopt(OLD, NEW, NOW) == 4
    assert await store.desk.adopt(OLD, NEW, NOW) is None, "it is done"
    assert await store.desk.adopt(NEW, OLD, NOW) == 4
    assert await show(store, FEED, entry(9), *ENTRIES, at=after(hours=1)) == ["Tin 9"]
    assert await store.feeds.claim_due_feeds([NEW], after(hours=9), limit=1) == []


async def test_a_feed_of_which_nothing_is_known(store: Store) -> None:
    assert await store.desk.adopt(FeedId("ghost"), NEW, NOW) is None
    assert await store.feeds.claim_due_feeds([FeedId("ghost")], NOW, limit=1) != []


async def test_the_old_id_may_begin_anew(store: Store) -> None:
    """Ids of entries such as "1" belong to whoever calls itself so."""
    await show(store, FEED, *ENTRIES)
    await attempt(store, sent())
    await store.desk.adopt(OLD, NEW, NOW)
    assert await store.desk.resume("feed", OLD)
    assert await show(store, FEED, entry(1, title="Khác"), at=after(hours=1)) == ["Khác"]


@pytest.mark.parametrize("count", [2500])
async def test_many_stories(store: Store, count: int) -> None:
    many = [entry(number) for number in range(count)]
    await show(store, FEED, *many)
    await attempt(store, sent(), lane())
    assert await store.desk.adopt(OLD, NEW, NOW) == count
    assert await show(store, RENAMED, *many, at=after(hours=1)) == []
