"""Machines number their stories beside each other: of one event each channel gets one post still."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot.models.stories import Article
from bot.pipeline.merging import merged
from bot.store.engine import open_store
from bot.store.events.words import common_words
from tests.contract.store.events.test_events import ONE, OTHER, heard, named, teach, told
from tests.contract.store_kit import (
    NOW,
    after,
    claim,
    new_only,
    poll,
    post,
    rows,
    sent,
    story,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from bot.models.feeds import Poll
    from bot.models.outbox import Delivery
    from bot.models.stories import Known, Story
    from bot.store.engine import Store

pytestmark = pytest.mark.parametrize("shared", ["postgresql"], indirect=True)
FURTHER = Article(title="Viettel tắt sóng 3G", link="https://three.example/1", source="Báo Ba")


async def tell_slowly(
    store: Store, story: Story, meanwhile: Callable[[], Coroutine[None, None, None]]
) -> None:
    """Poll a feed that brings `story`, which has its number while `meanwhile` runs elsewhere."""
    loop = asyncio.get_running_loop()

    def conclude(_known: Known, _decided: Sequence[Story]) -> tuple[Poll, None]:
        asyncio.run_coroutine_threadsafe(meanwhile(), loop).result(10)
        return poll("f"), None

    await store.feeds.finish_poll(poll("f"), story.keys, new_only([story]), conclude=conclude)


async def send(store: Store, delivery: Delivery) -> None:
    await store.outbox.begin(delivery.id, post(), NOW)
    await store.outbox.finish(delivery, sent(), NOW)


async def test_a_story_gives_way_to_one_numbered_later_and_posted_before_it_was_seen(
    shared: tuple[Store, Store],
) -> None:
    slow, quick = shared
    await teach(slow)
    [first] = await heard(slow, ONE, feed="f")

    async def post_other() -> None:
        await told(quick, "other", OTHER, "g")
        [delivery] = await claim(quick)
        assert await quick.events.told_meanwhile(delivery, NOW, show=False) is None
        await send(quick, delivery)

    await tell_slowly(slow, merged(named("one", ONE), first), post_other)
    numbers = {row.title: row.story for row in await rows(slow)}
    assert numbers[ONE.title] < numbers[OTHER.title]
    [delivery] = await claim(slow)
    found = await slow.events.told_meanwhile(delivery, NOW, show=False)
    assert found is not None
    assert found.title == OTHER.title
    assert await slow.events.told_meanwhile(delivery, NOW, show=False) == found


async def test_a_story_that_was_being_written_counts_as_not_compared(
    shared: tuple[Store, Store],
) -> None:
    slow, quick = shared
    await teach(slow)
    [first] = await heard(slow, ONE, feed="f")

    async def tell_other() -> None:
        # The newest number that is seen is not one up to which all are.
        await told(quick, "further", FURTHER, "h", owed=("elsewhere",))
        await told(quick, "other", OTHER, "g")

    await tell_slowly(slow, merged(named("one", ONE), first), tell_other)
    gave_way = []
    for _ in range(2):
        [delivery] = await claim(quick)
        if found := await quick.events.told_meanwhile(delivery, NOW, show=False):
            gave_way.append((delivery.article.title, found.title))
        await send(quick, delivery)
    assert gave_way == [(OTHER.title, ONE.title)]


async def test_what_was_compared_is_not_compared_again(shared: tuple[Store, Store]) -> None:
    one, other = shared
    await teach(one, 10)  # too little to merge
    [first] = await heard(one, ONE, feed="f")
    waiting = story("one", article=ONE, due=after(minutes=1))
    await tell(one, merged(waiting, first), feed="f")
    await told(other, "other", OTHER, "g")
    await teach(one)
    for store, minutes in ((other, 0), (one, 2)):
        [delivery] = await claim(store, at=after(minutes=minutes))
        assert await store.events.told_meanwhile(delivery, NOW, show=False) is None
        await send(store, delivery)


async def test_a_poll_is_written_though_its_words_cannot_be_counted(
    shared: tuple[Store, Store], server_url: str
) -> None:
    await teach(shared[0], 10)
    store = open_store(f"{server_url}&options=-c%20lock_timeout%3D50ms", create=False)
    with psycopg.connect(server_url) as other:
        other.execute("SELECT FROM languages FOR UPDATE")
        await told(store, "one", ONE, "f")
    await tell(store, named("other", OTHER), feed="g")
    with store.database.read() as tx:
        assert common_words(tx, "vi", []).reports == 11
    assert len(await rows(store)) == 2
    await store.close()
