"""Of a story that left its feed long ago the keys stay, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.models.basics import FeedId, Reason
from bot.models.outbox import Dropped, Failed, Outcome
from bot.models.reasons import ReasonCode
from bot.store.stories.thin import thin_stories
from bot.store.tables.schema import metadata, stories
from tests.contract.store_kit import after, attempt, key, lane, owe, poll, rows, sent, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

F = FeedId("f")
MONTH = timedelta(days=30)
OLD = Reason(code=ReasonCode.TOO_OLD, text="too old")
TEXTS = ("story_items", "passed_over", "deliveries")


async def counts(store: Store) -> dict[str, int]:
    def read() -> dict[str, int]:
        with store.database.read() as tx:
            return {
                name: tx.execute(
                    select(func.count()).select_from(metadata.tables[name])
                ).scalar_one()
                for name in (*TEXTS, "story_keys")
            }

    return await store.database.run(read)


async def titles_kept(store: Store) -> list[tuple[str, str | None, object]]:
    def read() -> list[tuple[str, str | None, object]]:
        with store.database.read() as tx:
            query = select(stories.c.title, stories.c.link, stories.c.article).order_by(
                stories.c.id
            )
            return [tuple(one) for one in tx.execute(query)]

    return await store.database.run(read)


async def test_a_story_passed_over_keeps_its_keys_alone(store: Store) -> None:
    await tell(store, story("a", owed=(), passed_over={"tg": OLD}))
    assert await store.thin(after(days=30), MONTH) == 0
    assert await store.thin(after(days=31), MONTH) == 1
    assert await counts(store) == dict.fromkeys((*TEXTS, "story_keys"), 0)
    assert await titles_kept(store) == [("", None, None)]
    assert (await store.stories.known_keys(F, [key("a"), key("b")])).settled == {key("a")}
    assert await store.thin(after(days=32), MONTH) == 0


async def test_a_story_that_its_feed_still_shows_is_whole(store: Store) -> None:
    await tell(store, story("a", owed=(), passed_over={"tg": OLD}))
    await tell(store, story("a", owed=()), at=after(days=20))
    assert await store.thin(after(days=45), MONTH) == 0


@pytest.mark.parametrize(
    ("outcome", "thinned"), [(Failed(reason=OLD), 0), (Dropped(reason=OLD), 1)]
)
async def test_a_delivery_that_somebody_may_act_on_keeps_its_story(
    store: Store, outcome: Outcome, thinned: int
) -> None:
    await owe(store, "a")
    await attempt(store, outcome)
    assert await store.thin(after(days=40), MONTH) == thinned


async def test_a_waiting_delivery_keeps_its_story(store: Store) -> None:
    await owe(store, "a")
    assert await store.thin(after(days=40), MONTH) == 0
    assert len(await rows(store)) == 1


async def test_the_latest_posts_of_a_channel_can_still_be_retracted(store: Store) -> None:
    for number in range(3):
        await owe(store, f"{number}")
        await attempt(store, sent(str(number)))
    assert await store.thin(after(days=40), MONTH) == 0
    assert len(await store.desk.sent_posts(lane().channel, 3)) == 3


async def test_the_keys_are_forgotten_when_no_feed_shows_them_any_more(store: Store) -> None:
    await tell(store, story("a", owed=()), story("b", owed=()))
    await store.thin(after(days=31), MONTH)
    await store.feeds.finish_poll(poll(at=after(days=100)), [key("b")], lambda _: [])
    await store.housekeeping(after(days=118), timedelta(days=110))
    assert (await store.stories.known_keys(F, [key("a"), key("b")])).settled == {key("b")}


async def test_another_story_takes_a_key_over(store: Store) -> None:
    await tell(store, story("a", owed=()))
    await store.thin(after(days=31), MONTH)
    await tell(store, story("new", keys=(key("a"), key("new"))), at=after(days=31))
    known = await store.stories.known_keys(F, [key("a"), key("new")])
    assert known.settled == frozenset()
    assert known.stories[key("a")].title == "new"
    assert known.stories[key("a")] is known.stories[key("new")]


async def test_a_key_that_several_claim_identifies_none(store: Store) -> None:
    await tell(store, story("a", owed=()))
    await store.thin(after(days=31), MONTH)
    void = (key("a"),)
    await tell(store, story("new", keys=(key("a"), key("new")), void=void), at=after(days=31))
    known = await store.stories.known_keys(F, [key("a"), key("new")])
    assert key("a") not in known.stories
    assert known.settled == frozenset()


async def test_the_times_of_the_latest_stories_tell_the_rhythm_of_a_feed(store: Store) -> None:
    for part in range(3):
        names = [f"{part}-{number}" for number in range(100)]
        await tell(store, *(story(name, owed=()) for name in names), at=after(days=part))
    assert await store.thin(after(days=60), MONTH) == 300
    times = await store.alerts.story_times([F, FeedId("g")], 500)
    assert times == {F: [after(days=2)] * 100 + [after(days=1)] * 100, "g": []}
    names = [key(f"{part}-{number}") for part in range(3) for number in range(100)]
    assert (await store.stories.known_keys(F, names)).settled == set(names)


async def test_a_feed_under_a_new_id_takes_the_keys_along(store: Store) -> None:
    await tell(store, story("a", owed=()))
    await store.thin(after(days=31), MONTH)
    await store.desk.adopt(F, FeedId("g"), after(days=31))
    known = await store.stories.known_keys(FeedId("g"), [key("a")])
    assert known.settled == {key("a")}


async def test_a_poll_does_not_wait_for_all_of_the_thinning(store: Store) -> None:
    names = [f"{number}" for number in range(300)]
    await tell(store, *(story(name, owed=()) for name in names))
    ended: list[str] = []

    async def thin() -> None:
        assert await store.thin(after(days=31), MONTH) == 300
        ended.append("thinning")

    async def show() -> None:
        await tell(store, story("new", owed=()), at=after(days=31))
        ended.append("poll")

    await asyncio.gather(thin(), show())
    assert ended == ["poll", "thinning"]


@pytest.mark.parametrize("steps", range(7))
async def test_thinning_that_is_killed_after_any_step_forgets_no_key(
    store: Store, steps: int
) -> None:
    names = [f"{number}" for number in range(250)]
    await tell(store, *(story(name, owed=()) for name in names))
    begun = thin_stories(store.database, after(days=31), MONTH)
    for _ in range(steps):
        await store.database.run(partial(next, begun, None))
    del begun
    keys = [key(name) for name in names]
    known = await store.stories.known_keys(F, keys)
    assert known.settled | known.stories.keys() == set(keys)
    await store.thin(after(days=31), MONTH)
    assert (await store.stories.known_keys(F, keys)).settled == set(keys)
