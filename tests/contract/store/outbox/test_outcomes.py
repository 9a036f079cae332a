"""begin and finish: the frozen text, what came of it, and money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import AccountId, DeliveryId, DeliveryState, Reason
from bot.models.outbox import Absent, Begun, Dropped, Failed, Sent, Stopped, TryAgain, Unknown
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
)

if TYPE_CHECKING:
    from bot.models.outbox import Charge, Outcome
    from bot.store.engine import Store

S = DeliveryState
ACC = AccountId("acc")
PAID = lane("tg", "acc")
STOP = Stopped(scope="channel", reason=WHY, probe_after=(timedelta(minutes=5),))
AGAIN = TryAgain(due=after(minutes=1), reason=WHY)

OUTCOMES = [
    (sent(), S.SENT, None),
    (AGAIN, S.PENDING, WHY),
    (Unknown(reason=WHY), S.UNKNOWN, WHY),
    (Failed(reason=WHY), S.FAILED, WHY),
    (Dropped(reason=WHY), S.DROPPED, WHY),
    (STOP, S.HELD, WHY),
]


async def test_begin_freezes_the_text(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    text = "<b>Tin mới</b> \ud800"
    assert await store.outbox.begin(delivery.id, post(text=text), NOW) is Begun.YES
    only = await row(store)
    assert (only.state, only.text, only.attempts) == (S.SENDING, "<b>Tin mới</b> ?", 1)


@pytest.mark.parametrize(("outcome", "state", "reason"), OUTCOMES)
async def test_each_outcome_of_an_attempt_is_stored(
    store: Store, outcome: Outcome, state: S, reason: Reason | None
) -> None:
    await owe(store, "a")
    await attempt(store, outcome)
    only = await row(store)
    assert (only.state, only.reason) == (state, reason)


@pytest.mark.parametrize(("outcome", "state", "reason"), OUTCOMES[1:])
async def test_a_decision_not_to_try(
    store: Store, outcome: Outcome, state: S, reason: Reason | None
) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.outbox.finish(delivery, outcome, NOW)
    only = await row(store)
    assert (only.state, only.reason, only.attempts) == (state, reason, 0)


async def test_proof_is_kept(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, sent("42"), at=after(seconds=3))
    only = await row(store)
    assert (only.remote_id, only.url) == ("42", "https://t.me/c/42")
    assert only.sent_at == after(seconds=3)


@pytest.mark.parametrize(("outcome", "state", "_"), OUTCOMES)
async def test_every_outcome_frees_the_channel(
    store: Store, outcome: Outcome, state: S, _: object
) -> None:
    await owe(store, "a", feed="f")
    await owe(store, "b", feed="g")
    await attempt(store, outcome)
    claimed = await claim(store)
    assert len(claimed) == (0 if state is S.HELD else 1)


async def test_an_unknown_delivery_is_ignored(store: Store) -> None:
    ghost = DeliveryId(99)
    await owe(store, "a")
    delivery = await attempt(store, Unknown(reason=WHY, search_at=NOW))
    (sought,) = await store.outbox.claim_searches([lane()], NOW, limit=1)
    assert await store.outbox.begin(ghost, post(), NOW) is Begun.LOST
    await store.outbox.finish(replace(delivery, id=ghost), sent(), NOW)
    await store.outbox.abandon(ghost, WHY, NOW)
    gone = Absent(due=NOW, reason=WHY)
    await store.outbox.finish_search(replace(sought, id=ghost), gone, NOW)
    assert await states(store) == [S.UNKNOWN]


# --- what happened meanwhile


LATE = [outcome for outcome, _, _ in OUTCOMES[1:]]


@pytest.mark.parametrize("late", LATE, ids=lambda one: type(one).__name__)
async def test_the_operators_drop_stands(store: Store, late: Outcome) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.desk.drop(delivery.id, NOW)
    assert await store.outbox.begin(delivery.id, post(), NOW) is Begun.LOST
    await store.outbox.finish(delivery, late, NOW)
    assert await states(store) == [S.DROPPED]


@pytest.mark.parametrize("late", LATE, ids=lambda one: type(one).__name__)
async def test_proof_stands(store: Store, late: Outcome) -> None:
    await owe(store, "a")
    delivery = await attempt(store, sent())
    await store.outbox.finish(delivery, late, NOW)
    assert await states(store) == [S.SENT]


async def test_proof_always_wins(store: Store) -> None:
    await owe(store, "a")
    delivery = await begun(store)
    await claim(store, at=after(minutes=2))  # the lease ran out
    await store.desk.drop(delivery.id, after(minutes=2))
    await store.outbox.finish(delivery, sent(), after(minutes=3))
    assert await states(store) == [S.SENT]


async def test_a_late_answer_settles_what_ran_out(store: Store) -> None:
    await owe(store, "a")
    delivery = await begun(store)
    await claim(store, at=after(minutes=2))
    assert await states(store) == [S.UNKNOWN]
    await store.outbox.finish(delivery, AGAIN, after(minutes=3))
    assert await states(store) == [S.PENDING]


async def test_a_late_answer_does_not_disturb_the_next_attempt(shared: tuple[Store, Store]) -> None:
    slow, quick = shared
    await owe(slow, "a")
    delivery = await begun(slow)
    await claim(quick, at=after(minutes=2))
    await settle(quick, Absent(due=after(minutes=2), reason=WHY), at=after(minutes=2))
    await begun(quick, at=after(minutes=2))
    await slow.outbox.finish(delivery, AGAIN, after(minutes=2))
    assert await states(quick) == [S.SENDING]


async def test_a_pause_between_claim_and_begin(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store)
    await store.desk.pause("channel", "tg", WHY, NOW)
    assert await store.outbox.begin(delivery.id, post(), NOW) is Begun.LOST
    assert await states(store) == [S.HELD]
    await store.desk.resume("channel", "tg")
    assert len(await claim(store)) == 1


async def test_a_pause_while_sending(store: Store) -> None:
    await owe(store, "a")
    delivery = await begun(store)
    await store.desk.pause("channel", "tg", WHY, NOW)
    await store.outbox.finish(delivery, TryAgain(due=NOW, reason=WHY), NOW)
    assert await claim(store) == []
    assert await states(store) == [S.HELD]


@pytest.mark.parametrize(("begin", "state"), [(False, S.FAILED), (True, S.UNKNOWN)])
async def test_abandoned(store: Store, begin: bool, state: S) -> None:
    await owe(store, "a")
    (delivery,) = [await begun(store)] if begin else await claim(store)
    await store.outbox.abandon(delivery.id, WHY, NOW)
    only = await row(store)
    assert (only.state, only.reason) == (state, WHY)


# --- settling


async def test_recover_takes_a_predecessors_claims_back(store: Store) -> None:
    for channel in ("claimed", "sending", "waiting"):
        await owe(store, channel, channel=channel)
    await claim(store, lane("claimed"))
    sending = await begun(store, lane("sending"))
    (interrupted,) = await store.outbox.recover(after(seconds=1))
    assert (interrupted.id, interrupted.channel) == (sending.id, "sending")
    assert interrupted.reason.code == "interrupted"
    assert await states(store) == [S.PENDING, S.UNKNOWN, S.PENDING]
    assert (await rows(store))[1].reason == interrupted.reason
    assert len(await claim(store, lane("claimed"), lane("sending"), lane("waiting"))) == 2
    await store.outbox.recover(after(seconds=2))
    assert await store.outbox.recover(after(seconds=3)) == []


async def test_recover_frees_feeds(store: Store) -> None:
    assert len(await store.feeds.claim_due_feeds(["f"], NOW, limit=1)) == 1
    await store.outbox.recover(NOW)
    assert len(await store.feeds.claim_due_feeds(["f"], NOW, limit=1)) == 1


# --- money


async def spent(store: Store) -> tuple[int, int]:
    return await store.desk.spent(ACC, DAY_START, MONTH_START)


@pytest.mark.parametrize(
    ("price", "answer"),
    [
        (charge(100), Begun.YES),
        (charge(101), Begun.OVER_BUDGET),
        (charge(100, per_month=99), Begun.OVER_BUDGET),
        (charge(100, per_month=100), Begun.YES),
        (charge(0, per_day=0, per_month=0), Begun.YES),
        (charge(1, per_day=0), Begun.OVER_BUDGET),
    ],
)
async def test_a_charge_must_fit(store: Store, price: Charge, answer: Begun) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store, PAID)
    assert await store.outbox.begin(delivery.id, post(), NOW, price) is answer
    assert (await spent(store))[0] == (price.cost if answer is Begun.YES else 0)


async def test_over_budget_reserves_nothing_and_keeps_the_claim(store: Store) -> None:
    await owe(store, "a")
    (delivery,) = await claim(store, PAID)
    assert await store.outbox.begin(delivery.id, post(), NOW, charge(101)) is Begun.OVER_BUDGET
    only = await row(store)
    assert (only.state, only.attempts, only.cost, only.text) == (S.PENDING, 0, None, None)
    assert await store.outbox.begin(delivery.id, post(), NOW, charge(99)) is Begun.YES


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (sent(), 60),
        (Unknown(reason=WHY), 60),
        (AGAIN, None),
        (Failed(reason=WHY), None),
        (Dropped(reason=WHY), None),
        (STOP, None),
    ],
)
async def test_a_post_that_was_certainly_not_sent_costs_nothing(
    store: Store, outcome: Outcome, kept: int | None
) -> None:
    await owe(store, "a")
    await attempt(store, outcome, PAID, price=charge(60))
    assert (await row(store)).cost == kept
    assert await spent(store) == (kept or 0, kept or 0)


async def test_sending_and_interrupted_count(store: Store) -> None:
    await owe(store, "a")
    await begun(store, PAID, price=charge(60))
    assert await spent(store) == (60, 60)
    await store.outbox.recover(NOW)
    assert await spent(store) == (60, 60)


async def test_a_resend_costs_again(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY, search_at=NOW), PAID, price=charge(30))
    await settle(store, TryAgain(due=NOW, reason=WHY), PAID)
    assert await spent(store) == (30, 30)
    await attempt(store, AGAIN, PAID, price=charge(40))
    assert await spent(store) == (30, 30)
    await attempt(store, sent(), PAID, at=after(minutes=1), price=charge(40))
    assert (await row(store)).cost == 70
    assert await spent(store) == (70, 70)


async def test_giving_a_claim_up_does_not_give_an_earlier_cost_back(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY, search_at=NOW), PAID, price=charge(30))
    await settle(store, TryAgain(due=NOW, reason=WHY), PAID)
    (delivery,) = await claim(store, PAID)
    await store.outbox.finish(delivery, Dropped(reason=WHY), NOW)
    assert await spent(store) == (30, 30)


@pytest.mark.parametrize(
    ("at", "spent_day", "spent_month"),
    [
        (MONTH_START - timedelta(microseconds=1), 0, 0),
        (MONTH_START, 0, 60),
        (DAY_START - timedelta(microseconds=1), 0, 60),
        (DAY_START, 60, 60),
    ],
)
async def test_day_and_month_begin_where_the_caller_says(
    store: Store, at: timedelta, spent_day: int, spent_month: int
) -> None:
    await owe(store, "a", at=MONTH_START - timedelta(days=1))
    await attempt(store, sent(), PAID, at=at, price=charge(60))
    assert await spent(store) == (spent_day, spent_month)


async def test_accounts_do_not_pay_for_each_other(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, sent(), PAID, price=charge(60))
    assert await store.desk.spent(AccountId("other"), DAY_START, MONTH_START) == (0, 0)


async def test_free_posts_cost_null(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, sent())
    assert (await row(store)).cost is None


async def test_a_receipt_without_an_address(store: Store) -> None:
    await owe(store, "a")
    outcome = sent()
    await attempt(store, Sent(receipt=type(outcome.receipt)(remote_id="9")))
    only = await row(store)
    assert (only.remote_id, only.url) == ("9", None)


async def test_doubts_in_a_row_slow_the_channel_down(store: Store) -> None:
    await owe(store, *"abcdefghijkl")
    at, waits = NOW, []
    for _ in range(11):
        await attempt(store, Unknown(reason=WHY), at=at)
        due = await store.outbox.next_due([lane()], at)
        assert due is not None
        waits.append((due - at).total_seconds())
        at = due
    assert waits == [0, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


async def test_a_post_that_arrived_ends_the_row_of_doubts(store: Store) -> None:
    await owe(store, *"abcd")
    for outcome in (Unknown(reason=WHY), sent(), Unknown(reason=WHY)):
        await attempt(store, outcome)
    assert await store.outbox.next_due([lane()], NOW) == NOW


async def test_posts_that_can_be_searched_for_do_not_slow_the_channel_down(store: Store) -> None:
    for feed in "abcdef":
        await owe(store, feed, feed=feed)
    for _ in range(6):
        await attempt(store, Unknown(reason=WHY, search_at=after(hours=1)))


async def test_a_dropped_delivery_that_was_never_unknown_slows_nothing_down(store: Store) -> None:
    for feed in "abc":
        await owe(store, feed, feed=feed)
        delivery = await attempt(store, TryAgain(due=after(days=1), reason=WHY))
        await store.desk.drop(delivery.id, NOW)
    await owe(store, "d", "e", feed="d")
    await attempt(store, Unknown(reason=WHY))
    assert await store.outbox.next_due([lane()], NOW) == NOW
