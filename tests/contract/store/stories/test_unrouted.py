"""What waits of a feed that was removed, disabled or led elsewhere is dropped, with that reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, DeliveryState, FeedId
from bot.models.feeds import Routing
from bot.models.outbox import Unknown
from bot.models.reasons import ReasonCode
from tests.contract.store_kit import NOW, WHY, after, attempt, claim, lane, owe, rows, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

DROPPED, PENDING = DeliveryState.DROPPED, DeliveryState.PENDING
LATER = after(minutes=30)


def routing(*known: str, **leads: str) -> Routing:
    """Return where enabled feeds lead: `f="tg x"`; `known` are disabled ones."""
    return Routing(
        leads={FeedId(f): frozenset(map(ChannelId, text.split())) for f, text in leads.items()},
        known=frozenset(map(FeedId, (*known, *leads))),
    )


async def why(store: Store) -> list[tuple[str, str, str | None]]:
    found = await rows(store)
    return [
        (str(one.feed), str(one.state), one.reason.text if one.reason else None) for one in found
    ]


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (routing(other="tg"), "feed f was removed from the configuration"),
        (routing("f", other="tg"), "feed f was disabled"),
        (routing(f="other"), "feed f is not routed to channel tg any more"),
    ],
)
async def test_it_is_dropped_with_its_reason(store: Store, now: Routing, text: str) -> None:
    await owe(store, "one", "two")
    assert await store.desk.unrouted(now, LATER) == Counter(f=2)
    assert await store.desk.drop_unrouted(now, LATER) == Counter(f=2)
    assert await why(store) == [("f", "dropped", text)] * 2
    assert {one.reason.code for one in await rows(store) if one.reason} == {ReasonCode.UNROUTED}
    assert await claim(store, at=LATER) == []
    assert await store.desk.unrouted(now, LATER) == await store.desk.drop_unrouted(now, LATER) == {}


async def test_what_is_routed_stays_and_so_does_what_the_operator_wants(store: Store) -> None:
    await owe(store, "kept")
    await owe(store, "wanted", feed="gone")
    (_, wanted) = await rows(store)
    await store.desk.drop(wanted.id, NOW)
    await store.desk.retry(wanted.id, NOW)
    assert await store.desk.drop_unrouted(routing(f="tg x"), LATER) == {}
    assert [one.state for one in await rows(store)] == [PENDING, PENDING]


async def test_what_a_pause_holds_is_dropped_and_what_a_storm_holds_is_the_operator_s(
    store: Store,
) -> None:
    await owe(store, "paused")
    await store.desk.pause("channel", "tg", WHY, NOW)
    await tell(store, story("stormy", held=WHY), feed="loud")
    dropped = await store.desk.drop_unrouted(routing(other="tg"), LATER)
    assert dropped == Counter(f=1)
    assert await store.desk.release_feed(FeedId("loud"), LATER) == 1


async def test_what_may_have_been_sent_is_left_to_be_settled(store: Store) -> None:
    await owe(store, "one")
    await attempt(store, Unknown(reason=WHY))
    assert await store.desk.drop_unrouted(routing(other="tg"), LATER) == {}


async def test_a_story_that_another_feed_brought_too_is_that_feed_s(store: Store) -> None:
    await owe(store, "one")
    await tell(store, story("one"), feed="second")
    assert await store.desk.drop_unrouted(routing(second="tg"), LATER) == {}
    assert await why(store) == [("second", "pending", None)]


async def test_a_story_that_the_other_feed_passed_over_is_dropped(store: Store) -> None:
    await tell(store, story("one", owed=(), passed_over={ChannelId("tg"): WHY}), feed="second")
    await owe(store, "one")
    assert await store.desk.drop_unrouted(routing(second="tg"), LATER) == Counter(f=1)


async def test_a_feed_under_a_new_id_is_not_a_removed_one(store: Store) -> None:
    """`feeds adopt` changes the database first: a service may still have the old file."""
    await owe(store, "one")
    await store.desk.adopt(FeedId("f"), FeedId("new"), NOW)
    assert await store.desk.drop_unrouted(routing(f="tg"), LATER) == {}
    assert await store.desk.drop_unrouted(routing(new="tg"), LATER) == {}
    assert await why(store) == [("new", "pending", None)]


async def test_on_a_server_the_file_of_another_machine_may_be_newer(store: Store) -> None:
    await owe(store, "one")
    fresh, only = after(minutes=5), {(FeedId("f"), ChannelId("tg"))}
    if store.database.is_shared:
        assert await store.desk.drop_unrouted(routing(other="tg"), fresh) == {}
    assert await store.desk.drop_unrouted(routing(), fresh, only=set()) == {}
    assert await store.desk.drop_unrouted(routing(), fresh, only=only) == Counter(f=1)


async def test_a_digest_tells_nothing_of_it(store: Store) -> None:
    most = lane(most=1)
    await owe(store, "one", "two", "three")
    await owe(store, "four", "five", feed="g")
    await claim(store, most)
    before = Counter(str(one.state) for one in await rows(store))
    assert before[DROPPED] == 4
    dropped = await store.desk.drop_unrouted(routing(g="tg"), LATER)
    assert dropped == Counter(f=3)
    reasons = Counter(one.reason.code for one in await rows(store) if one.reason)
    assert reasons[ReasonCode.UNROUTED] == 3
    dropped = await store.desk.drop_unrouted(routing(other="tg"), LATER)
    assert dropped["g"] >= 1
    assert not [one for one in await rows(store) if one.feed == "(digest)" and one.state is PENDING]


async def test_a_file_without_feeds_drops_nothing_unless_that_is_meant(store: Store) -> None:
    """At a start nobody knows what the file had before: it may have been emptied."""
    await owe(store, "one")
    assert await store.desk.unrouted(routing(), LATER) == {}
    assert await store.desk.drop_unrouted(routing(), LATER) == {}
    meant = {(FeedId("f"), ChannelId("tg"))}
    assert await store.desk.drop_unrouted(routing(), LATER, only=meant) == Counter(f=1)


@pytest.mark.parametrize(("left", "count"), [("d", 0), ("cd", 2)])
async def test_a_file_that_lost_most_of_its_feeds_drops_nothing(
    store: Store, left: str, count: int
) -> None:
    for name in "abcd":
        await owe(store, name, feed=name)
    now = routing(**dict.fromkeys(left, "tg"))
    assert (await store.desk.drop_unrouted(now, LATER)).total() == count
