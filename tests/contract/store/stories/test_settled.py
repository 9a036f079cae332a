"""The keys of thinned stories, of which a row holds many."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import func, insert, select, update

from bot.models.basics import FeedId, Key
from bot.store.stories.settled import day_of, forget_settled, settle, settled_among
from bot.store.tables.schema import story_keys
from bot.store.tables.settled import settled_keys
from tests.contract.store.stories.test_adopt import NEW, OLD
from tests.contract.store_kit import NOW, after, key, poll, story, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.store.engine import Store

_Result = TypeVar("_Result")
F = FeedId("f")
MONTH = timedelta(days=30)
TODAY = day_of(NOW)


async def in_store(store: Store, work: Callable[[Connection], _Result]) -> _Result:
    def write() -> _Result:
        with store.database.write() as tx:
            return work(tx)

    return await store.database.run(write)


def raw(text: str) -> Key:
    """Return a key whose hash begins with `text`: two letters of a row, five in it."""
    return Key(text.encode().ljust(16, b"-"))


async def test_a_key_is_found_among_many_with_its_day(store: Store) -> None:
    days = {key(str(number)): TODAY - number for number in range(2000)}
    await in_store(store, lambda tx: settle(tx, days))
    others = [key(f"other {number}") for number in range(2000)]
    assert await in_store(store, lambda tx: settled_among(tx, [*days, *others])) == days


async def test_keys_that_share_a_row_are_told_apart_by_their_places(store: Store) -> None:
    known = {raw("rrABCDE"): 1, raw("rrFGHIJ"): 2, raw("rrEFGHI"): 3}
    for one, day in known.items():
        await in_store(store, lambda tx, one=one, day=day: settle(tx, {one: day}))
    # It stands there across two others, and nowhere else.
    across = raw("rrBCDEF")
    assert await in_store(store, lambda tx: settled_among(tx, [*known, across])) == known
    assert await in_store(store, lambda tx: tx.scalar(select(func.count(settled_keys.c.bucket))))


@pytest.mark.parametrize("at_once", [1, 60, 700])
async def test_a_row_of_many_keys_is_divided_and_forgets_none(store: Store, at_once: int) -> None:
    hashes = [b"rr" + blake2b(b"%d" % at, digest_size=14).digest() for at in range(700)]
    days = {Key(hash_): TODAY - at % 50 for at, hash_ in enumerate(hashes)}
    keys = list(days)
    for at in range(0, len(keys), at_once):
        some = {key: days[key] - 1 for key in keys[at : at + at_once]}
        await in_store(store, lambda tx, some=some: settle(tx, some))
    await in_store(store, lambda tx: settle(tx, days))
    others = [raw(f"rr{number:05}") for number in range(100)]
    assert await in_store(store, lambda tx: settled_among(tx, [*keys, *others])) == days
    assert await in_store(store, lambda tx: tx.scalar(select(func.count(settled_keys.c.bucket))))
    sizes = select(func.max(func.length(settled_keys.c.days)))
    assert await in_store(store, lambda tx: tx.scalar(sizes)) < 2 * 100
    await in_store(store, lambda tx: forget_settled(tx, TODAY - 10, -1))
    left = {key: day for key, day in days.items() if day >= TODAY - 10}
    assert await in_store(store, lambda tx: settled_among(tx, keys)) == left


async def test_a_feeds_own_key_is_no_other_feeds(store: Store) -> None:
    own = Key(key("7").hash, "f")
    await in_store(store, lambda tx: settle(tx, {own: TODAY}))
    others = [Key(own.hash, "g"), Key(own.hash), key("7")]
    assert await in_store(store, lambda tx: settled_among(tx, others)) == {}
    assert await in_store(store, lambda tx: settled_among(tx, [own])) == {own: TODAY}
    renamed = Key(own.hash, "g")
    found = await in_store(store, lambda tx: settled_among(tx, [renamed], [F]))
    assert found == {renamed: TODAY}


async def test_the_later_day_stays(store: Store) -> None:
    for day in (TODAY - 9, TODAY, TODAY - 5):
        await in_store(store, lambda tx, day=day: settle(tx, {key("a"): day}))
    assert await in_store(store, lambda tx: settled_among(tx, [key("a")])) == {key("a"): TODAY}


async def test_the_keys_that_were_not_shown_for_long_are_forgotten(store: Store) -> None:
    days = {raw(f"rr{number:05}"): TODAY - number for number in range(100)}
    await in_store(store, lambda tx: settle(tx, days))
    row = int.from_bytes(b"rr", "big")
    assert await in_store(store, lambda tx: forget_settled(tx, TODAY - 40, row)) is None
    assert await in_store(store, lambda tx: settled_among(tx, days)) == days
    assert await in_store(store, lambda tx: forget_settled(tx, TODAY - 40, row - 1)) == row
    left = {one: day for one, day in days.items() if day >= TODAY - 40}
    assert await in_store(store, lambda tx: settled_among(tx, days)) == left


@pytest.mark.parametrize("housekeeping", [True, False])
async def test_keys_of_an_older_newsbot_are_moved(store: Store, *, housekeeping: bool) -> None:
    """There a negative number said on which day the story was last seen."""
    keys = [Key(key(str(number)).hash, "f" if number % 2 else "") for number in range(1200)]
    rows = [{"key": one.hash, "feed": one.feed, "story": -TODAY} for one in keys]
    void = {"key": key("void").hash, "feed": "", "story": 0}
    await in_store(store, lambda tx: tx.execute(insert(story_keys), [*rows, void]))
    before = await store.stories.known_keys(F, [*keys, key("void")])
    assert before.settled == set(keys)
    if housekeeping:
        await store.housekeeping(after(days=1), timedelta(days=400))
    else:
        await store.thin(after(days=1), MONTH)
    assert await in_store(store, lambda tx: tx.scalar(select(func.count(story_keys.c.key)))) == 1
    assert await store.stories.known_keys(F, [*keys, key("void")]) == before


async def test_a_story_takes_over_a_key_that_an_older_newsbot_left(store: Store) -> None:
    row = {"key": key("a").hash, "feed": "", "story": -TODAY}
    await in_store(store, lambda tx: tx.execute(insert(story_keys).values(**row)))
    await tell(store, story("a"))
    known = await store.stories.known_keys(F, [key("a")])
    assert [one.title for one in known.stories.values()] == ["a"]
    assert known.settled == frozenset()


async def test_a_feed_that_was_renamed_twice_knows_all_that_it_ever_showed(store: Store) -> None:
    third = FeedId("third")
    for name, feed, day in (("1", OLD, 0), ("2", NEW, 40)):
        one = story(name, keys=(Key(key(name).hash, feed),), owed=())
        await tell(store, one, feed=feed, at=after(days=day))
        await store.thin(after(days=day + 40), MONTH)
        await store.desk.adopt(feed, NEW if feed == OLD else third, after(days=day + 40))
    keys = {Key(key(name).hash, third) for name in ("1", "2")}
    known = await store.stories.known_keys(third, [*keys, Key(key("3").hash, third)])
    assert known.settled == keys


async def test_what_the_new_id_passed_over_is_not_told_where_the_old_one_told_it_long_ago(
    store: Store,
) -> None:
    """The service polled the new id, as a new feed, before the operator said `adopt`."""
    await tell(store, story("x", keys=(Key(key("1").hash, OLD),), owed=()), feed=OLD)
    await store.thin(after(days=40), MONTH)
    new = story("x", keys=(Key(key("1").hash, NEW),), owed=())
    await tell(store, new, feed=NEW, at=after(days=40))
    await store.desk.adopt(OLD, NEW, after(days=41))
    known = await store.stories.known_keys(NEW, new.keys)
    assert known.settled == set(new.keys)
    assert known.stories == {}


async def test_what_the_new_id_showed_lately_is_remembered_from_then_on(store: Store) -> None:
    await tell(store, story("x", keys=(Key(key("1").hash, OLD),), owed=()), feed=OLD)
    await store.thin(after(days=40), MONTH)
    new = story("x", keys=(Key(key("1").hash, NEW),), owed=())
    await tell(store, new, feed=NEW, at=after(days=399))
    await store.desk.adopt(OLD, NEW, after(days=399))
    await store.housekeeping(after(days=420), timedelta(days=400))
    assert (await store.stories.known_keys(NEW, new.keys)).settled == set(new.keys)


async def test_an_item_that_is_still_shown_is_known_however_short_the_memory(store: Store) -> None:
    one = story("a", keys=(Key(key("a").hash, F),), owed=())
    await tell(store, one)
    await store.thin(after(days=2), timedelta(days=1))
    for day in range(2, 20):
        await store.housekeeping(after(days=day), timedelta(days=2))
        assert (await store.stories.known_keys(F, one.keys)).settled == set(one.keys), day
        await store.feeds.finish_poll(poll("f", at=after(days=day)), one.keys, lambda _: ())
    await store.housekeeping(after(days=30), timedelta(days=2))
    assert (await store.stories.known_keys(F, one.keys)).settled == frozenset()


async def test_a_damaged_row_stops_no_housekeeping(store: Store) -> None:
    await in_store(store, lambda tx: settle(tx, {key(str(at)): TODAY for at in range(50)}))
    await in_store(store, lambda tx: tx.execute(update(settled_keys).values(days=b"abc")))
    await store.housekeeping(after(days=20), timedelta(days=10))
    await in_store(store, lambda tx: settle(tx, {key(str(at)): TODAY for at in range(60)}))
    found = await in_store(store, lambda tx: settled_among(tx, [key(str(at)) for at in range(60)]))
    assert len(found) == 60


async def test_two_services_write_one_row_and_no_key_is_lost(shared: tuple[Store, Store]) -> None:
    keys = [[raw(f"rr{number:05}") for number in range(at, 40, 2)] for at in (0, 1)]
    for pair in zip(*keys, strict=True):
        await asyncio.gather(
            *(
                in_store(one, lambda tx, key=key: settle(tx, {key: TODAY}))
                for one, key in zip(shared, pair, strict=True)
            )
        )
    every = [*keys[0], *keys[1]]
    assert len(await in_store(shared[0], lambda tx: settled_among(tx, every))) == 40
