"""Deliveries that may or may not have arrived: who looks, what is known around them, and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import AccountId, DeliveryState, FeedId, Reason
from bot.models.outbox import Absent, Dropped, Failed, Found, Read, Sent, TryAgain, Unknown
from bot.models.posts import Receipt
from tests.contract.store_kit import (
    DAY_START,
    MONTH_START,
    NOW,
    WHY,
    after,
    attempt,
    begun,
    charge,
    claim,
    lane,
    owe,
    post,
    row,
    rows,
    sent,
    settle,
    states,
    titles,
)

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.outbox import Outcome, Settled
    from bot.store.engine import Store

S = DeliveryState
DOUBT = Unknown(reason=WHY, search_at=NOW)
PAID = lane("tg", "acc")
FOUND = Found(receipt=Receipt(remote_id="7", url="https://t.me/c/7"))


async def spent(store: Store) -> int:
    return (await store.desk.spent(AccountId("acc"), DAY_START, MONTH_START))[0]


@pytest.mark.parametrize(
    ("settled", "state", "reason"),
    [
        (FOUND, S.SENT, None),
        (Absent(due=NOW, reason=WHY), S.PENDING, WHY),
        (TryAgain(due=NOW, reason=WHY), S.PENDING, WHY),
        (Unknown(reason=WHY, search_at=after(minutes=1)), S.UNKNOWN, WHY),
        (Unknown(reason=WHY), S.UNKNOWN, WHY),
        (Failed(reason=WHY), S.FAILED, WHY),
        (Dropped(reason=WHY), S.DROPPED, WHY),
    ],
)
async def test_each_result_of_a_search_is_stored(
    store: Store, settled: Settled, state: S, reason: Reason | None
) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT)
    await settle(store, settled)
    only = await row(store)
    assert (only.state, only.reason) == (state, reason)
    assert await store.outbox.claim_searches([lane()], NOW, limit=9) == []


async def test_a_post_that_was_found_is_proved(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT)
    await settle(store, FOUND, at=after(seconds=9))
    only = await row(store)
    assert (only.remote_id, only.url, only.sent_at) == ("7", "https://t.me/c/7", after(seconds=9))


async def test_a_look_waits_for_its_time(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY, search_at=after(seconds=10)))
    assert await store.outbox.claim_searches([lane()], after(seconds=9), limit=9) == []
    assert await store.outbox.next_due([lane()], NOW) == after(seconds=10)
    await settle(store, Unknown(reason=WHY, search_at=after(minutes=2)), at=after(seconds=10))
    assert await store.outbox.next_due([lane()], NOW) == after(minutes=2)
    sought = await settle(store, Unknown(reason=WHY), at=after(minutes=2))
    assert sought.searches == 1
    assert await store.outbox.next_due([lane()], NOW) is None


async def test_nobody_looks_where_the_operator_decides(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY))
    assert await store.outbox.claim_searches([lane()], after(days=1), limit=9) == []


@pytest.mark.parametrize("hand", ["retry", "drop"])
async def test_the_operators_hand_wins_over_a_look(store: Store, hand: str) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT)
    (sought,) = await store.outbox.claim_searches([lane()], NOW, limit=9)
    await getattr(store.desk, hand)(sought.id, NOW)
    await store.outbox.finish_search(sought, FOUND, NOW)
    assert await states(store) == [S.PENDING if hand == "retry" else S.DROPPED]


async def test_a_sender_that_was_only_slow_wins_over_a_look(store: Store) -> None:
    await owe(store, "a")
    delivery = await begun(store)
    await claim(store, at=after(minutes=2))
    (sought,) = await store.outbox.claim_searches([lane()], after(minutes=2), limit=9)
    await store.outbox.finish(delivery, sent("42"), after(minutes=2))
    await store.outbox.finish_search(sought, Absent(due=NOW, reason=WHY), after(minutes=2))
    only = await row(store)
    assert (only.state, only.remote_id) == (S.SENT, "42")


async def test_two_machines_never_look_for_the_same(shared: tuple[Store, Store]) -> None:
    one, other = shared
    await owe(one, "a")
    await attempt(one, DOUBT)
    assert len(await one.outbox.claim_searches([lane()], NOW, limit=9)) == 1
    assert await other.outbox.claim_searches([lane()], NOW, limit=9) == []


async def test_the_look_of_a_killed_machine_is_taken_over_within_a_minute(
    shared: tuple[Store, Store],
) -> None:
    killed, other = shared
    await owe(killed, "a")
    await attempt(killed, DOUBT)
    (sought,) = await killed.outbox.claim_searches([lane()], NOW, limit=9)
    await claim(other, at=after(seconds=59))
    assert await other.outbox.claim_searches([lane()], after(seconds=59), limit=9) == []
    await claim(other, at=after(seconds=60))
    assert len(await other.outbox.claim_searches([lane()], after(seconds=60), limit=9)) == 1
    assert await states(other) == [S.UNKNOWN]
    # It was only slow: the other's look decides.
    await killed.outbox.finish_search(sought, Unknown(reason=WHY), after(seconds=61))
    await other.outbox.finish_search(sought, FOUND, after(seconds=62))
    assert await states(other) == [S.SENT]


async def test_a_look_that_goes_on_keeps_its_claim(shared: tuple[Store, Store]) -> None:
    slow, other = shared
    await owe(slow, "a")
    await attempt(slow, DOUBT)
    (sought,) = await slow.outbox.claim_searches([lane()], NOW, limit=9)
    await slow.outbox.renew_searches([sought.id], after(seconds=50))
    await claim(other, at=after(seconds=109))
    assert await other.outbox.claim_searches([lane()], after(seconds=109), limit=9) == []
    # A claim that ran out is not taken back from who has it now.
    await claim(other, at=after(seconds=110))
    assert len(await other.outbox.claim_searches([lane()], after(seconds=110), limit=9)) == 1
    await slow.outbox.renew_searches([sought.id], after(seconds=160))
    await claim(slow, at=after(seconds=170))
    assert len(await slow.outbox.claim_searches([lane()], after(seconds=170), limit=9)) == 1


# --- order


async def test_a_feeds_next_story_waits_for_the_doubt_before_it(store: Store) -> None:
    await owe(store, "a", "b")
    await owe(store, "other", feed="g")
    await attempt(store, DOUBT)
    assert await titles(store) == ["other"]


async def test_a_delivery_behind_an_unknown_one_is_not_due(store: Store) -> None:
    await owe(store, "a", "b")
    await attempt(store, Unknown(reason=WHY, search_at=after(seconds=10)))
    assert await store.outbox.next_due([lane()], NOW) == after(seconds=10)


async def test_but_not_for_ever(store: Store) -> None:
    await owe(store, "a", "b")
    await attempt(store, DOUBT)
    await settle(store, Unknown(reason=WHY, search_at=after(hours=1)))
    assert await titles(store, at=after(minutes=14)) == []
    assert await titles(store, at=after(minutes=16)) == ["b"]


async def test_a_post_that_did_not_arrive_goes_before_the_next(store: Store) -> None:
    await owe(store, "a", "b")
    await attempt(store, DOUBT)
    await settle(store, Absent(due=NOW, reason=WHY))
    assert await titles(store) == ["a"]


async def test_nothing_is_sent_beside_a_look(store: Store) -> None:
    await owe(store, "a")
    await owe(store, "other", feed="g")
    await attempt(store, DOUBT)
    await store.outbox.claim_searches([lane()], NOW, limit=9)
    assert await titles(store) == []


# --- what is known around it


async def test_a_search_knows_the_post_and_its_neighbours(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    text = post(text="<b>a</b>", link="https://example.org/a", chat="@tin")
    await store.outbox.begin(delivery.id, text, after(seconds=5))
    await store.outbox.finish(delivery, DOUBT, after(seconds=6))
    elsewhere = lane(chat="@elsewhere")
    (sought,) = await store.outbox.claim_searches([elsewhere], after(seconds=6), limit=9)
    assert sought.chat == "@tin", "where it went, not where the channel posts today"
    assert (sought.text, sought.link) == ("<b>a</b>", "https://example.org/a")
    assert (sought.since, sought.attempted_at) == (NOW, after(seconds=5))
    assert (sought.after, sought.known) == (None, frozenset())


async def test_the_last_known_post_before_it_and_those_after_it(store: Store) -> None:
    for number, (name, outcome) in enumerate(
        {"a": sent("10"), "b": sent("12"), "doubt": DOUBT, "c": sent("14")}.items()
    ):
        await owe(store, name, feed=name, at=after(minutes=number))
        await attempt(store, outcome, at=after(minutes=number))
    (sought,) = await store.outbox.claim_searches([lane()], after(minutes=9), limit=9)
    assert sought.after == "12"
    assert sought.known == {"10", "12", "14"}


async def test_posts_in_another_chat_tell_nothing(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.outbox.begin(delivery.id, post(chat="@old"), NOW)
    await store.outbox.finish(delivery, sent("99"), NOW)
    await owe(store, "b")
    (delivery,) = await claim(store, at=after(minutes=1))
    await store.outbox.begin(delivery.id, post(chat="@new"), after(minutes=1))
    await store.outbox.finish(delivery, DOUBT, after(minutes=1))
    (sought,) = await store.outbox.claim_searches([lane()], after(minutes=1), limit=9)
    assert (sought.after, sought.known) == (None, frozenset())


# --- a later post


async def put(store: Store, name: str, outcome: Outcome, *, at: datetime, chat: str = "@c") -> None:
    """Post `name` to `chat` through a channel and a feed of that name."""
    await owe(store, name, channel=name, feed=name, at=at)
    (delivery,) = await claim(store, lane(name), at=at)
    await store.outbox.begin(delivery.id, post(name, chat=chat), at)
    await store.outbox.finish(delivery, outcome, at)


async def search_due(store: Store) -> datetime | None:
    return await store.outbox.next_due([lane("doubt")], NOW)


@pytest.mark.parametrize(("chat", "is_due"), [("@c", True), ("@other", False)])
async def test_a_proof_in_the_chat_makes_the_search_due(
    store: Store, chat: str, is_due: bool
) -> None:
    await put(store, "doubt", Unknown(reason=WHY, search_at=after(days=1)), at=NOW)
    await put(store, "later", sent("14"), at=after(minutes=2), chat=chat)
    assert await search_due(store) == (after(minutes=2) if is_due else after(days=1))
    found = await store.outbox.claim_searches([lane("doubt")], after(minutes=2), limit=9)
    assert [one.later for one in found] == ([{"14": after(minutes=2)}] if is_due else [])


async def test_a_post_that_a_search_found_does_so_too(store: Store) -> None:
    await put(store, "doubt", Unknown(reason=WHY, search_at=after(days=1)), at=NOW)
    await put(store, "later", Unknown(reason=WHY, search_at=after(minutes=2)), at=after(minutes=1))
    await settle(store, FOUND, lane("later"), at=after(minutes=2))
    assert await search_due(store) == after(minutes=2)


async def test_a_proof_in_mid_search_makes_the_next_one_due(store: Store) -> None:
    await put(store, "doubt", DOUBT, at=NOW)
    (sought,) = await store.outbox.claim_searches([lane("doubt")], after(minutes=1), limit=9)
    await put(store, "later", sent("14"), at=after(minutes=2))
    late = Unknown(reason=WHY, search_at=after(days=1))
    await store.outbox.finish_search(sought, late, after(minutes=3))
    assert await search_due(store) == after(minutes=2)


async def test_a_post_that_is_left_to_the_operator_is_not_searched_for_again(store: Store) -> None:
    await put(store, "doubt", Unknown(reason=WHY), at=NOW)
    await put(store, "later", sent("14"), at=after(minutes=2))
    assert await search_due(store) is None


async def test_posts_without_a_chat_call_nobody(store: Store) -> None:
    """On X each search costs money, and one post tells nothing about another."""
    await owe(store, "a", "b")
    await attempt(store, Unknown(reason=WHY, search_at=after(hours=20)))
    await settle(store, Unknown(reason=WHY, search_at=after(hours=21)), at=after(hours=20))
    await attempt(store, sent(), at=after(hours=20))
    assert await store.outbox.next_due([lane()], NOW) == after(hours=21)


async def test_a_post_of_several_attempts_was_made_at_some_time_since_it_was_queued(
    store: Store,
) -> None:
    """The proof may be of the first attempt, that was in doubt, and its id below the other's."""
    await put(store, "twice", DOUBT, at=NOW)
    await put(store, "doubt", Unknown(reason=WHY, search_at=after(days=1)), at=after(minutes=1))
    await settle(store, TryAgain(due=after(minutes=2), reason=WHY), lane("twice"))
    (delivery,) = await claim(store, lane("twice"), at=after(minutes=2))
    await store.outbox.begin(delivery.id, post("twice", chat="@c"), after(minutes=2))
    await store.outbox.finish(delivery, sent("14"), after(minutes=2))
    (sought,) = await store.outbox.claim_searches([lane("doubt")], after(minutes=2), limit=9)
    assert sought.later == {"14": NOW}


async def test_a_post_that_was_surely_not_sent_before_was_made_by_its_last_attempt(
    store: Store,
) -> None:
    await put(store, "again", TryAgain(due=after(minutes=3), reason=WHY), at=NOW)
    await put(store, "doubt", Unknown(reason=WHY, search_at=after(days=1)), at=after(minutes=1))
    (delivery,) = await claim(store, lane("again"), at=after(minutes=3))
    await store.outbox.begin(delivery.id, post("again", chat="@c"), after(minutes=3))
    await store.outbox.finish(delivery, sent("14"), after(minutes=3))
    (sought,) = await store.outbox.claim_searches([lane("doubt")], after(minutes=3), limit=9)
    assert sought.later == {"14": after(minutes=3)}


@pytest.mark.parametrize(("outcome", "is_twin"), [(DOUBT, True), (sent("14"), False)])
async def test_another_post_in_doubt_that_says_the_same_is_a_twin(
    store: Store, outcome: Outcome, is_twin: bool
) -> None:
    for name, result in (("doubt", DOUBT), ("other", outcome)):
        await owe(store, name, channel=name, feed=name)
        (delivery,) = await claim(store, lane(name))
        await store.outbox.begin(delivery.id, post("the same", chat="@c"), NOW)
        await store.outbox.finish(delivery, result, NOW)
    (sought,) = await store.outbox.claim_searches([lane("doubt")], NOW, limit=9)
    assert sought.has_twin is is_twin


async def test_the_next_story_is_due_when_it_has_waited_long_enough(store: Store) -> None:
    await owe(store, "a", "b")
    await attempt(store, DOUBT)
    await settle(store, Unknown(reason=WHY, search_at=after(days=1)))
    assert await store.outbox.next_due([lane()], NOW) == after(minutes=15)
    assert await titles(store, at=after(minutes=15)) == ["b"]


# --- money


@pytest.mark.parametrize(
    ("settled", "cost"),
    [
        (FOUND, 60),
        (Found(receipt=FOUND.receipt, is_ours=False), None),
        (Absent(due=NOW, reason=WHY), None),
        (TryAgain(due=NOW, reason=WHY), 60),
        (Unknown(reason=WHY), 60),
        (Dropped(reason=WHY), 60),
        (Failed(reason=WHY), None),
    ],
)
async def test_posts_that_are_out_or_may_be_alone_are_paid(
    store: Store, settled: Settled, cost: int | None
) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT, PAID, price=charge(60))
    await settle(store, settled, PAID)
    assert (await row(store)).cost == cost
    assert await spent(store) == (cost or 0)


@pytest.mark.parametrize(("code", "paid"), [("lost", 50), ("duplicate", 20)])
async def test_each_attempt_that_may_be_billed_is_paid(store: Store, code: str, paid: int) -> None:
    """What was resent may have been posted twice; what X refused as a duplicate was not."""
    await owe(store, "a")
    await attempt(store, DOUBT, PAID, price=charge(20))
    await settle(store, TryAgain(due=NOW, reason=WHY), PAID)
    later, why = after(minutes=1), Reason(code=code, text="x")
    await attempt(store, Unknown(reason=why, search_at=later), PAID, at=later, price=charge(30))
    assert await spent(store) == 50
    await settle(store, FOUND, PAID, at=later)
    assert await spent(store) == paid


async def test_absence_gives_back_the_attempt_that_was_looked_for_and_no_other(
    store: Store,
) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT, PAID, price=charge(20))
    await settle(store, TryAgain(due=NOW, reason=WHY), PAID)
    later = after(minutes=1)
    await attempt(store, Unknown(reason=WHY, search_at=later), PAID, at=later, price=charge(30))
    await settle(store, Absent(due=later, reason=WHY), PAID, at=later)
    assert await spent(store) == 20


async def test_a_doubt_begins_when_nothing_is_under_way_any_more(store: Store) -> None:
    await owe(store, "a")
    delivery = await begun(store)
    doubt = Unknown(reason=WHY, search_at=after(seconds=50))
    await store.outbox.finish(delivery, doubt, after(seconds=50))
    (sought,) = await store.outbox.claim_searches([lane()], after(seconds=50), limit=9)
    assert (sought.attempted_at, sought.unknown_since) == (NOW, after(seconds=50))


async def test_channels_with_one_chat_know_each_others_posts(store: Store) -> None:
    """As the topics of a forum do."""
    for number, (channel, outcome) in enumerate([("one", sent("10")), ("two", DOUBT)]):
        await owe(store, channel, channel=channel, at=after(minutes=number))
        (delivery,) = await claim(store, lane(channel), at=after(minutes=number))
        await store.outbox.begin(delivery.id, post(channel, chat="@c"), after(minutes=number))
        await store.outbox.finish(delivery, outcome, after(minutes=number))
    (sought,) = await store.outbox.claim_searches([lane("two")], after(minutes=2), limit=9)
    assert (sought.after, sought.known) == ("10", frozenset({"10"}))


async def test_what_pictures_cost_stays_paid_where_their_post_had_not_arrived(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, replace(DOUBT, cost=5), PAID, price=charge(20))
    assert await spent(store) == 20
    await settle(store, Absent(due=NOW, reason=WHY), PAID)
    assert await spent(store) == 5


async def test_reads_are_paid_by_what_they_returned(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT, PAID, price=charge(20))
    (sought,) = await store.outbox.claim_searches([PAID], NOW, limit=9)
    assert await store.outbox.begin_search(sought.id, charge(50, kind="read"), NOW)
    assert await spent(store) == 70
    await store.outbox.finish_search(sought, FOUND, NOW, read=Read(at=NOW, cost=3))
    assert await spent(store) == 23
    assert (await row(store)).cost == 23


async def test_a_read_that_does_not_fit_is_not_made(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT, PAID, price=charge(60))
    (sought,) = await store.outbox.claim_searches([PAID], NOW, limit=9)
    assert not await store.outbox.begin_search(sought.id, charge(41, kind="read"), NOW)
    assert await spent(store) == 60
    assert await store.outbox.begin_search(sought.id, charge(40, kind="read"), NOW)


async def test_no_money_is_reserved_for_a_search_that_another_process_took_over(
    shared: tuple[Store, Store],
) -> None:
    store, other = shared
    await owe(store, "a")
    await attempt(store, DOUBT, PAID, price=charge(20))
    (sought,) = await store.outbox.claim_searches([PAID], NOW, limit=9)
    await other.outbox.recover(after(minutes=2))
    assert len(await other.outbox.claim_searches([PAID], after(minutes=2), limit=9)) == 1
    assert not await store.outbox.begin_search(sought.id, charge(50, kind="read"), NOW)
    assert await spent(store) == 20


async def test_money_stays_in_the_day_in_which_it_was_spent(store: Store) -> None:
    """An attempt of yesterday is not counted again today because it was repeated today."""
    yesterday = DAY_START - timedelta(hours=1)
    await owe(store, "a", at=yesterday)
    doubt = Unknown(reason=WHY, search_at=yesterday)
    await attempt(store, doubt, PAID, at=yesterday, price=charge(20))
    await settle(store, TryAgain(due=NOW, reason=WHY), PAID, at=yesterday)
    await attempt(store, sent(), PAID, price=charge(30))
    assert await store.desk.spent(AccountId("acc"), DAY_START, MONTH_START) == (30, 50)


async def test_alerts_count_only_what_waits_for_the_operator(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT)
    assert (await store.alerts.condition([FeedId("f")])).unknown == {}
    await settle(store, Unknown(reason=WHY))
    assert (await store.alerts.condition([FeedId("f")])).unknown == {"tg": 1}


async def test_an_account_that_may_post_no_more_rests(store: Store) -> None:
    await owe(store, "a", channel="x1")
    await owe(store, "b", channel="x2")
    one, two = lane("x1", "acc"), lane("x2", "acc")
    receipt = Receipt(remote_id="1", rest_until=after(minutes=15))
    await attempt(store, Sent(receipt=receipt), one)
    assert await titles(store, one, two, at=after(minutes=14)) == []
    assert await titles(store, one, two, at=after(minutes=15)) == ["b"]


async def test_a_throttled_account_rests_in_all_its_channels(store: Store) -> None:
    await owe(store, "a", channel="x1")
    await owe(store, "b", channel="x2")
    one, two = lane("x1", "acc"), lane("x2", "acc")
    until = after(minutes=15)
    await attempt(store, TryAgain(due=until, reason=WHY, account_until=until), one)
    assert await titles(store, one, two, at=after(minutes=14)) == []
    assert sorted(await titles(store, one, two, at=until)) == ["a", "b"]


async def test_rows_of_an_older_newsbot_wait_for_the_operator(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY))
    assert [one.state for one in await rows(store)] == [S.UNKNOWN]
    assert await store.outbox.next_due([lane()], NOW) is None


# --- earlier attempts and looks


async def test_a_look_of_an_earlier_attempt_says_nothing_about_a_later_one(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, DOUBT)
    (old,) = await store.outbox.claim_searches([lane()], NOW, limit=9)
    await store.desk.retry(old.id, after(seconds=20))
    await attempt(store, Unknown(reason=WHY, search_at=after(seconds=50)), at=after(seconds=20))
    assert len(await store.outbox.claim_searches([lane()], after(seconds=60), limit=9)) == 1
    gone = Absent(due=after(seconds=61), reason=WHY)
    await store.outbox.finish_search(old, gone, after(seconds=61))
    assert await states(store) == [S.UNKNOWN]


async def test_an_earlier_attempt_says_nothing_about_a_later_one(
    shared: tuple[Store, Store],
) -> None:
    slow, other = shared
    await owe(slow, "a")
    first = await begun(slow)
    await claim(other, at=after(seconds=61))
    await settle(other, Absent(due=after(seconds=110), reason=WHY), at=after(seconds=61))
    await begun(other, at=after(seconds=110))
    await claim(slow, at=after(seconds=171))
    again = TryAgain(due=after(seconds=172), reason=WHY)
    await slow.outbox.finish(first, again, after(seconds=172))
    assert await states(slow) == [S.UNKNOWN]
    await slow.outbox.finish(first, sent("42"), after(seconds=173))
    assert await states(slow) == [S.SENT]
