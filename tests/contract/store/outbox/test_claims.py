"""claim_due_deliveries and next_due: order, pace, leases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import DeliveryState
from bot.models.outbox import Begun, Delivery, Failed, Pace, Sent, TryAgain, Unknown
from bot.models.posts import Receipt
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    attempt,
    begun,
    claim,
    lane,
    owe,
    paced,
    post,
    row,
    rows,
    sent,
    settle,
    statements,
    states,
    titles,
)

if TYPE_CHECKING:
    from bot.models.outbox import Lane
    from bot.store.engine import Store

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def test_nothing_owed_nothing_claimed(store: Store) -> None:
    assert await claim(store) == []


async def test_one_a_channel_oldest_first(store: Store) -> None:
    await owe(store, "a", "b", channel="x")
    await owe(store, "c", "d", channel="tg")
    assert await titles(store, lane("tg"), lane("x")) == ["a", "c"]
    assert await titles(store, lane("tg"), lane("x")) == []


def round_of(store: Store) -> int:
    """The statements of a round; on a server it asks where something waits, and locks that."""
    return 11 if store.database.is_shared else 9


async def test_a_round_asks_as_often_for_many_channels_as_for_one(store: Store) -> None:
    every = [lane(f"c{number}", "tg", chat=f"{number}") for number in range(90)]
    for one in every:
        await owe(store, "a", "b", channel=one.channel)
    await claim(store, *every)
    counts = [
        len(await statements(store, lambda lanes=lanes: claim(store, *lanes)))
        for lanes in (every[:1], every)
    ]
    assert counts == [round_of(store)] * 2


async def test_a_claim_costs_few_statements_of_its_own(store: Store) -> None:
    lanes = [lane(name, "tg", chat=name) for name in ("x", "tg")]
    for one in lanes:
        await owe(store, "a", "b", channel=one.channel)
    await claim(store, *lanes, limit=1)
    round_ = round_of(store)
    assert len(await statements(store, lambda: claim(store, *lanes, limit=0))) == round_
    assert len(await statements(store, lambda: claim(store, *lanes, limit=1))) <= round_ + 9


async def test_deliveries_of_the_given_lanes_alone_are_claimed(store: Store) -> None:
    await owe(store, "a", channel="x")
    await owe(store, "b", channel="tg")
    assert await titles(store, lane("tg")) == ["b"]


async def test_the_limit_takes_the_oldest(store: Store) -> None:
    await owe(store, "a", channel="x")
    await owe(store, "b", channel="tg")
    (only,) = await claim(store, lane("tg"), lane("x"), limit=1)
    assert only.article.title == "a"


async def test_the_next_follows_when_the_first_is_done(store: Store) -> None:
    await owe(store, "a", "b")
    for title in ("a", "b"):
        assert (await attempt(store, sent())).article.title == title
    assert await states(store) == [DeliveryState.SENT] * 2


async def test_a_delivery_that_is_not_due_waits_and_its_feed_with_it(store: Store) -> None:
    await owe(store, "a", "b", feed="f")
    await owe(store, "c", feed="g")
    await attempt(store, TryAgain(due=after(minutes=5), reason=WHY))
    assert await titles(store) == ["c"]  # another feed does not wait, "b" does
    (other,) = await claim(store, at=after(minutes=4))
    assert other.article.title == "c"
    await store.outbox.finish(other, sent(), after(minutes=4))
    assert await titles(store, at=after(minutes=5)) == ["a"]


async def test_the_delivery_says_what_was_tried(store: Store) -> None:
    await owe(store, "a")
    again = TryAgain(due=NOW, reason=WHY, without=frozenset({"image"}))
    await attempt(store, again)
    await attempt(store, TryAgain(due=NOW, reason=WHY, without=frozenset({"buttons"})))
    (delivery,) = await claim(store)
    assert isinstance(delivery, Delivery)
    assert (delivery.attempts, delivery.without) == (2, {"image", "buttons"})


# --- pace


@pytest.mark.parametrize(
    ("one_lane", "times"),
    [
        (paced(), [0, 0, 0]),
        (paced(2 * MINUTE), [0, 2, 4]),
        (paced(timedelta(0), (60 * MINUTE, 2)), [0, 0, 60]),
        (paced(MINUTE, (60 * MINUTE, 2)), [0, 1, 60]),
        (paced(MINUTE, (10 * MINUTE, 2), (60 * MINUTE, 3)), [0, 1, 10, 60]),
    ],
    ids=["free", "gap", "window", "gap and window", "two windows"],
)
async def test_pace(store: Store, one_lane: Lane, times: list[int]) -> None:
    await owe(store, *"abcd"[: len(times)])
    sent_at = []
    for minute in range(62):
        while await claim(store, one_lane, at=after(minutes=minute)):
            one = next(r for r in await rows(store, state=DeliveryState.PENDING))
            begun_ = await store.outbox.begin(one.id, post(), after(minutes=minute))
            assert begun_ is Begun.YES
            await store.outbox.finish(one, sent(), after(minutes=minute))
            sent_at.append(minute)
    assert sent_at == times


async def test_the_gap_counts_attempts_the_window_posts(store: Store) -> None:
    await owe(store, "a")
    one_lane = paced(MINUTE, (60 * MINUTE, 1))
    await attempt(store, TryAgain(due=NOW, reason=WHY), one_lane)
    assert await titles(store, one_lane, at=after(seconds=59)) == []
    assert await titles(store, one_lane, at=after(seconds=60)) == ["a"]


async def test_a_throttled_channel_is_silent_and_no_other(store: Store) -> None:
    await owe(store, "a", feed="f")
    await owe(store, "b", feed="g")
    await owe(store, "c", channel="x")
    until = after(seconds=90)
    await attempt(store, TryAgain(due=until, reason=WHY, channel_until=until))
    assert await titles(store, lane("tg"), lane("x")) == ["c"]
    assert await titles(store, at=after(seconds=89)) == []
    assert await titles(store, at=after(seconds=90)) == ["a"]


async def test_a_later_throttle_never_shortens_a_silence(store: Store) -> None:
    await owe(store, "a", "b")
    first = await begun(store)
    for seconds in (90, 30):
        until = after(seconds=seconds)
        outcome = TryAgain(due=NOW, reason=WHY, channel_until=until)
        await store.outbox.finish(first, outcome, NOW)
        if seconds == 90:
            first = await begun(store, at=after(seconds=90))
    assert await titles(store, at=after(seconds=90)) == ["a"]


async def test_the_gap_of_an_account_is_over_all_its_channels(store: Store) -> None:
    for channel in ("one", "two", "other"):
        await owe(store, channel, channel=channel)
    gap = timedelta(milliseconds=40)
    lanes = [
        lane("one", "acc", account_pace=Pace(gap=gap)),
        lane("two", "acc", account_pace=Pace(gap=gap)),
        lane("other", "else", account_pace=Pace(gap=gap)),
    ]
    assert await titles(store, *lanes) == ["one", "other"]
    assert await titles(store, *lanes, at=after(milliseconds=39)) == []
    assert await titles(store, *lanes, at=after(milliseconds=40)) == ["two"]


# --- leases


async def test_a_claim_that_runs_out_is_free_again(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    assert await titles(store, at=after(seconds=59)) == []
    assert await titles(store, at=after(seconds=60)) == ["a"]
    assert await store.outbox.begin(delivery.id, post(), after(seconds=60)) is Begun.YES


async def test_begin_needs_a_claim_that_runs(store: Store) -> None:
    await owe(store, "a")
    only = await row(store)
    assert await store.outbox.begin(only.id, post(), NOW) is Begun.LOST
    await claim(store)
    assert await store.outbox.begin(only.id, post(), after(seconds=60)) is Begun.LOST
    assert await states(store) == [DeliveryState.PENDING]


async def test_the_claim_of_another_process_is_not_ours(shared: tuple[Store, Store]) -> None:
    first, second = shared
    await owe(first, "a")
    (delivery,) = await claim(first)
    assert await claim(second) == []
    assert await second.outbox.begin(delivery.id, post(), NOW) is Begun.LOST
    assert await first.outbox.begin(delivery.id, post(), NOW) is Begun.YES
    assert await first.outbox.begin(delivery.id, post(), NOW) is Begun.LOST


async def test_sending_that_never_ends_may_have_been_sent(store: Store) -> None:
    await owe(store, "a", "b")
    await begun(store, at=after(seconds=50))
    assert await titles(store, at=after(seconds=109)) == []
    assert await titles(store, at=after(seconds=110)) == []
    first = (await rows(store))[0]
    assert first.state is DeliveryState.UNKNOWN
    assert first.reason is not None
    assert first.reason.code == "lease_expired"
    # The next one of its feed waits until it is known whether this one must be sent again.
    await settle(store, Unknown(reason=first.reason), at=after(seconds=110))
    assert await titles(store, at=after(seconds=110)) == ["b"]


# --- next_due


async def test_nothing_waits(store: Store) -> None:
    assert await store.outbox.next_due([lane()], NOW) is None
    await owe(store, "a", channel="x")
    assert await store.outbox.next_due([lane()], NOW) is None


async def test_next_due_is_now_at_the_earliest(store: Store) -> None:
    await owe(store, "a")
    assert await store.outbox.next_due([lane()], after(hours=1)) == after(hours=1)


async def test_next_due_is_the_earliest_of_all_lanes(store: Store) -> None:
    await owe(store, "a", "b")
    await owe(store, "c", channel="x")
    await attempt(store, TryAgain(due=after(minutes=7), reason=WHY), lane("tg"))
    await attempt(store, TryAgain(due=after(minutes=5), reason=WHY), lane("x"))
    assert await store.outbox.next_due([lane("tg")], NOW) == after(minutes=7)
    assert await store.outbox.next_due([lane("tg"), lane("x")], NOW) == after(minutes=5)


@pytest.mark.parametrize(
    ("one_lane", "minutes"),
    [
        (paced(), 0),
        (paced(2 * MINUTE), 2),
        (paced(MINUTE, (60 * MINUTE, 1)), 60),
        (paced(MINUTE, (60 * MINUTE, 2)), 1),
    ],
)
async def test_next_due_knows_the_pace(store: Store, one_lane: Lane, minutes: int) -> None:
    await owe(store, "a", "b")
    await attempt(store, sent(), one_lane)
    assert await store.outbox.next_due([one_lane], NOW) == after(minutes=minutes)
    assert await titles(store, one_lane, at=after(minutes=minutes)) == ["b"]


async def test_next_due_waits_for_what_is_in_flight(store: Store) -> None:
    await owe(store, "a", "b")
    await begun(store)
    assert await store.outbox.next_due([lane()], NOW) == after(seconds=60)


async def test_channels_with_one_chat_share_its_pace_and_its_silences(store: Store) -> None:
    """Telegram counts by chat; the topics of a forum are channels of their own here."""
    for name in ("one", "two", "three"):
        await owe(store, name, channel=name)
    gap = Pace(gap=timedelta(seconds=3))
    lanes = [lane(name, "tg", chat="-77", pace=gap) for name in ("one", "two")]
    other = lane("three", "tg", chat="-78", pace=gap)
    assert await titles(store, *lanes, other) == ["one", "three"]
    assert await titles(store, *lanes, at=after(seconds=2)) == []
    (delivery,) = await claim(store, *lanes, at=after(seconds=3))
    await store.outbox.begin(delivery.id, post("two", chat="-77"), after(seconds=3))
    until = after(minutes=5)
    again = TryAgain(due=after(seconds=4), reason=WHY, channel_until=until)
    await store.outbox.finish(delivery, again, after(seconds=4))
    await owe(store, "more", channel="one", feed="g")
    assert await titles(store, *lanes, at=after(minutes=4)) == []
    assert len(await claim(store, *lanes, at=until)) == 1


async def test_a_chat_by_name_and_by_number_is_one_once_a_post_told_its_number(
    store: Store,
) -> None:
    for name in ("named", "numbered"):
        for nth in range(3):
            await owe(store, f"{name}{nth}", channel=name, feed=f"{name}{nth}")
    gap = Pace(gap=MINUTE)
    named = lane("named", "tg", chat="@TinCongNghe", pace=gap)
    numbered = lane("numbered", "tg", chat="-100777", pace=gap)
    # Nothing tells so far that they are one.
    first, second = await claim(store, named, numbered)
    receipt = Receipt(remote_id="1", chat=-100777)
    for delivery, chat in ((first, "@TinCongNghe"), (second, -100777)):
        await store.outbox.begin(delivery.id, post(delivery.channel, chat=chat), NOW)
        await store.outbox.finish(delivery, Sent(receipt=receipt), NOW)
    assert await store.desk.numbers_of_chats() == {"@tincongnghe": -100777}
    assert await titles(store, named, numbered, at=after(seconds=59)) == []
    (third,) = await claim(store, named, numbered, at=after(minutes=1))
    await store.outbox.finish(third, TryAgain(due=after(minutes=1), reason=WHY), after(minutes=1))
    assert await titles(store, numbered, named, at=after(seconds=119)) == []
    assert len(await claim(store, numbered, named, at=after(minutes=2))) == 1


async def test_a_silence_of_a_chat_by_name_is_one_of_its_number_once_known(store: Store) -> None:
    for name in ("first", "second", "third"):
        await owe(store, name, channel=name)
    lanes = [lane(name, "tg", chat=chat) for name, chat in (("first", "@tin"), ("second", "@TIN"))]
    waits, told = await claim(store, *lanes)
    for delivery, chat in ((waits, "@tin"), (told, "@TIN")):
        await store.outbox.begin(delivery.id, post(delivery.channel, chat=chat), NOW)
    again = TryAgain(due=NOW, reason=WHY, channel_until=after(minutes=5))
    await store.outbox.finish(waits, again, NOW)
    await store.outbox.finish(told, Sent(receipt=Receipt(remote_id="1", chat=-100777)), NOW)
    numbered = lane("third", "tg", chat="-100777")
    assert await titles(store, numbered, at=after(minutes=4)) == []
    assert await titles(store, numbered, at=after(minutes=5)) == ["third"]


async def test_next_due_knows_the_account(store: Store) -> None:
    await owe(store, "a", channel="one")
    await owe(store, "b", channel="two")
    lanes = [lane(name, "acc", account_pace=Pace(gap=MINUTE)) for name in ("one", "two")]
    (delivery,) = await claim(store, *lanes)
    await store.outbox.finish(delivery, sent(), NOW)
    assert await store.outbox.next_due(lanes, NOW) == after(minutes=1)


async def test_a_lane_that_must_wait_is_not_asked_about_in_each_round(store: Store) -> None:
    lanes = [replace(paced(3 * timedelta(seconds=1)), channel=f"c{number}") for number in range(9)]
    for one in lanes:
        await owe(store, "a", channel=one.channel, feed="f")
        await owe(store, "b", channel=one.channel, feed="g")
        await store.outbox.finish(await begun(store, one), sent(), NOW)
    first = await statements(store, lambda: claim(store, *lanes))
    again = await statements(store, lambda: claim(store, *lanes, at=after(seconds=0.1)))
    assert (len(first) - len(again), len(again)) == (9, round_of(store))
    assert len(await claim(store, *lanes, at=after(seconds=3))) == 9


async def test_an_operators_change_frees_a_lane_within_seconds(store: Store) -> None:
    one = paced(timedelta(0), (HOUR, 1))
    await owe(store, "a", feed="f")
    await owe(store, "b", feed="g")
    (delivery,) = await claim(store, one)
    await store.outbox.begin(delivery.id, post(), NOW)
    await store.outbox.finish(delivery, Failed(reason=WHY), NOW)
    assert await titles(store, one) == []
    await store.desk.retry(delivery.id, NOW)
    assert await titles(store, one, at=after(seconds=3)) == ["a"]
