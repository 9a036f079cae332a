"""Feeds that suddenly bring too much, and chats that move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import DeliveryState, FeedId, Reason
from bot.models.outbox import TryAgain
from bot.store.stories.copied import hold_back_all
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    claim,
    key,
    lane,
    owe,
    post,
    rows,
    states,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from bot.store.engine import Store

S = DeliveryState
F = FeedId("f")
STORM = Reason(code="storm", text="25 new stories at once")


async def storm(store: Store, *names: str) -> None:
    await tell(store, *(story(name, held=STORM) for name in names))


async def is_storming(store: Store) -> bool:
    return (await store.stories.known_keys(F, [key("a")])).is_storming


async def test_a_storm_is_held_and_known(store: Store) -> None:
    await storm(store, "a", "b")
    assert await states(store) == [S.HELD, S.HELD]
    assert [one.reason for one in await rows(store)] == [STORM, STORM]
    assert await titles(store, at=after(days=1)) == []
    assert await store.outbox.next_due([lane()], NOW) is None
    assert await is_storming(store)
    (status,) = await store.desk.feed_status([F])
    assert status.storm_since == NOW
    assert (await store.alerts.condition([F])).storms == {"f": 2}


async def test_released_it_goes_on(store: Store) -> None:
    await storm(store, "a", "b")
    assert await store.desk.release_feed(F, after(hours=1)) == 2
    assert not await is_storming(store)
    assert await states(store) == [S.PENDING, S.PENDING]
    assert await titles(store, at=after(hours=1)) == ["a"]
    assert await store.desk.release_feed(F, after(hours=1)) is None


async def test_given_up_it_is_dropped(store: Store) -> None:
    await storm(store, "a")
    assert await store.desk.release_feed(F, NOW, drop=True) == 1
    (only,) = await rows(store)
    assert (only.state, only.reason and only.reason.code) == (S.DROPPED, "storm")


async def test_another_feed_brings_what_a_storm_holds_back(store: Store) -> None:
    await storm(store, "a")
    await tell(store, story("a"), feed="g")
    assert await titles(store) == ["a"]


async def test_another_feed_brings_what_was_dropped_with_a_storm(store: Store) -> None:
    await storm(store, "a")
    await store.desk.release_feed(F, NOW, drop=True)
    await tell(store, story("a"), feed="f")
    assert await titles(store) == []
    await tell(store, story("a"), feed="g")
    assert await titles(store) == ["a"]


async def test_another_feed_does_not_bring_what_a_copy_put_back_holds(store: Store) -> None:
    """It may be posted since the copy was made."""
    await owe(store, "a")
    with store.database.write() as tx:
        hold_back_all(tx, NOW)
    await tell(store, story("a"), feed="g")
    assert await titles(store) == []
    assert await states(store) == [S.HELD]


async def test_pauses_and_resumes_do_not_release_it(store: Store) -> None:
    await storm(store, "a")
    await store.desk.pause("channel", "tg", WHY, NOW)
    await store.desk.resume("channel", "tg")
    assert await titles(store) == []
    assert await states(store) == [S.HELD]


async def test_a_delivery_from_before_the_storm_is_not_held(store: Store) -> None:
    await owe(store, "before")
    await storm(store, "a")
    await owe(store, "other", feed="g")
    assert await titles(store) == ["before"]


async def test_retry_of_one_held_story_lets_it_go(store: Store) -> None:
    await storm(store, "a", "b")
    first = (await rows(store))[0]
    await store.desk.retry(first.id, NOW)
    assert await titles(store) == ["a"]
    assert await states(store) == [S.PENDING, S.HELD]


# --- chats that move

GROUP = lane(chat="-77")


async def moved(store: Store, chat: int = -1001, *, was: str = "-77") -> None:
    (delivery,) = await claim(store, GROUP)
    await store.outbox.begin(delivery.id, post(chat=was), NOW)
    await store.outbox.finish(delivery, TryAgain(due=NOW, reason=WHY, chat=chat), NOW)


async def test_a_chat_that_moved_is_followed(store: Store) -> None:
    await owe(store, "a")
    await moved(store)
    (delivery,) = await claim(store, GROUP)
    assert delivery.chat == -1001
    (move,) = (await store.alerts.condition([F])).moved
    assert (move.channel, move.was, move.now) == ("tg", "-77", -1001)


async def test_until_the_configuration_names_another(store: Store) -> None:
    await owe(store, "a")
    await moved(store)
    (delivery,) = await claim(store, lane(chat="-1001"))
    assert delivery.chat is None


async def test_a_chat_that_moves_twice_is_followed_twice(store: Store) -> None:
    await owe(store, "a")
    await moved(store)
    await moved(store, -1002, was="-1001")
    (delivery,) = await claim(store, GROUP)
    assert delivery.chat == -1002


async def test_other_channels_stay_where_they_are(store: Store) -> None:
    await owe(store, "a")
    await moved(store)
    await owe(store, "b", channel="other")
    claimed = await claim(store, GROUP, lane("other", chat="-78"))
    assert {one.channel: one.chat for one in claimed} == {"tg": -1001, "other": None}
