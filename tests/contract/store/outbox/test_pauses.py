"""Pauses of channels and accounts: the operator's, and those a platform causes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import DeliveryState, Reason
from bot.models.outbox import Begun, Failed, Stopped, TryAgain
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    attempt,
    begun,
    claim,
    lane,
    owe,
    post,
    rows,
    sent,
    states,
    titles,
)

if TYPE_CHECKING:
    from bot.models.outbox import Outcome
    from bot.store.engine import Store

S = DeliveryState
ONE, TWO, OTHER = lane("one", "acc"), lane("two", "acc"), lane("other", "else")
LANES = (ONE, TWO, OTHER)
LADDER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))


def stopped(
    scope: str, code: str = "forbidden", *, ladder: tuple[timedelta, ...] = LADDER
) -> Stopped:
    return Stopped(scope=scope, reason=Reason(code=code, text="no"), probe_after=ladder)


async def owe_all(store: Store) -> None:
    for channel in ("one", "two", "other"):
        await owe(store, f"{channel} 1", f"{channel} 2", channel=channel)


async def state_of(store: Store, channel: str) -> list[S]:
    return [one.state for one in await rows(store, channel=channel)]


# --- the operator's


async def test_a_paused_channel_is_held_at_once_and_alone(store: Store) -> None:
    await owe_all(store)
    await store.desk.pause("channel", "one", WHY, NOW)
    assert await state_of(store, "one") == [S.HELD, S.HELD]
    assert {one.reason for one in await rows(store, channel="one")} == {WHY}
    assert await titles(store, *LANES) == ["two 1", "other 1"]


async def test_a_paused_account_holds_all_its_channels(store: Store) -> None:
    await owe_all(store)
    await store.desk.pause("account", "acc", WHY, NOW)
    assert await titles(store, *LANES) == ["other 1"]
    assert await state_of(store, "one") + await state_of(store, "two") == [S.HELD] * 4


@pytest.mark.parametrize(("scope", "name"), [("channel", "one"), ("account", "acc")])
async def test_resuming_lets_go_at_once(store: Store, scope: str, name: str) -> None:
    await owe_all(store)
    await store.desk.pause(scope, name, WHY, NOW)
    assert await claim(store, ONE) == []
    assert await store.desk.resume(scope, name)
    assert await states(store) == [S.PENDING] * 6
    assert {one.reason for one in await rows(store)} == {None}
    assert await titles(store, *LANES) == ["one 1", "two 1", "other 1"]


async def test_resuming_what_is_not_paused(store: Store) -> None:
    assert not await store.desk.resume("channel", "one")
    assert not await store.desk.resume("feed", "f")


async def test_a_delivery_made_during_a_pause_is_held_too(store: Store) -> None:
    await store.desk.pause("channel", "one", WHY, NOW)
    await owe_all(store)
    assert "one 1" not in await titles(store, *LANES)
    assert await state_of(store, "one") == [S.HELD, S.HELD]


async def test_a_channel_paused_twice_over_needs_both_resumed(store: Store) -> None:
    await owe_all(store)
    await store.desk.pause("channel", "one", WHY, NOW)
    await store.desk.pause("account", "acc", WHY, NOW)
    await store.desk.resume("account", "acc")
    assert await titles(store, ONE, TWO) == ["two 1"]
    await store.desk.resume("channel", "one")
    assert await titles(store, ONE, TWO) == ["one 1"]


async def test_the_operators_pause_has_no_probe_and_no_success_ends_it(store: Store) -> None:
    await owe_all(store)
    delivery = await begun(store, ONE)
    await store.desk.pause("channel", "one", WHY, NOW)
    await store.outbox.finish(delivery, sent(), NOW)
    assert await claim(store, ONE, at=after(days=365)) == []


async def test_the_operators_pause_replaces_a_platforms(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("channel"), ONE)
    await store.desk.pause("channel", "one", WHY, NOW)
    assert await claim(store, ONE, at=after(days=365)) == []


async def test_a_pause_holds_no_delivery_that_ended(store: Store) -> None:
    await owe_all(store)
    await attempt(store, Failed(reason=WHY), ONE)
    await store.desk.pause("channel", "one", WHY, NOW)
    assert await state_of(store, "one") == [S.FAILED, S.HELD]


# --- a platform's


@pytest.mark.parametrize(("scope", "held"), [("channel", {"one"}), ("account", {"one", "two"})])
async def test_a_stop_holds_its_scope(store: Store, scope: str, held: set[str]) -> None:
    await owe_all(store)
    await attempt(store, stopped(scope), ONE)
    await claim(store, *LANES)
    found = {one.channel for one in await rows(store) if one.state is S.HELD}
    assert found == held


async def test_a_channel_without_an_account_stands_for_itself(store: Store) -> None:
    await owe(store, "a", "b")
    await attempt(store, stopped("account"), lane("tg"))
    assert await claim(store, lane("tg")) == []
    assert await store.desk.resume("channel", "tg")


async def test_only_the_probe_may_try(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("account"), ONE)
    just_before = after(minutes=5) - timedelta(microseconds=1)
    assert await titles(store, ONE, TWO, at=just_before) == []
    assert await titles(store, ONE, TWO, at=after(minutes=5)) == ["one 1"]
    assert await titles(store, ONE, TWO, at=after(minutes=5)) == []


async def test_a_probe_that_succeeds_resumes(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("account"), ONE)
    await attempt(store, sent(), ONE, TWO, at=after(minutes=5))
    assert await titles(store, ONE, TWO, at=after(minutes=5)) == ["one 2", "two 1"]


async def probe_times(store: Store, outcome: Outcome, until: int) -> list[int]:
    """Return the minutes in which a delivery could be claimed."""
    times = []
    for minute in range(until):
        for delivery in await claim(store, ONE, TWO, at=after(minutes=minute)):
            times.append(minute)
            await store.outbox.finish(delivery, outcome, after(minutes=minute))
    return times


async def test_each_failure_waits_a_rung_longer_and_the_last_one_for_ever(store: Store) -> None:
    await owe_all(store)
    assert await probe_times(store, stopped("account"), 145) == [0, 0, 5, 20, 80, 140]


@pytest.mark.parametrize("scope", ["channel", "account"])
async def test_a_pause_is_tried_at_once_after_a_restart_and_goes_on_where_it_was(
    store: Store, scope: str
) -> None:
    await owe(store, "one 1", channel="one")
    await attempt(store, stopped(scope), ONE)
    assert await claim(store, ONE, at=after(minutes=1)) == []
    (tried,) = await store.outbox.try_paused(after(minutes=1))
    assert tried.scope == scope
    await attempt(store, stopped(scope), ONE, at=after(minutes=1))
    assert await claim(store, ONE, at=after(minutes=15)) == []
    assert await titles(store, ONE, at=after(minutes=16)) == ["one 1"]


async def test_a_restart_ends_no_pause_of_the_operator_and_no_try_that_goes_on(
    store: Store,
) -> None:
    await owe_all(store)
    await store.desk.pause("channel", "other", WHY, NOW)
    await attempt(store, stopped("account"), ONE)
    await claim(store, ONE, TWO, at=after(minutes=5))
    assert await store.outbox.try_paused(after(minutes=5)) == []
    assert await claim(store, *LANES, at=after(minutes=5)) == []


async def test_two_stops_at_once_are_one_failure(store: Store) -> None:
    await owe_all(store)
    first, second = await claim(store, ONE, TWO)
    for delivery in (first, second):
        await store.outbox.finish(delivery, stopped("account"), NOW)
    assert await claim(store, ONE, TWO, at=after(minutes=4)) == []
    assert len(await claim(store, ONE, TWO, at=after(minutes=5))) == 1


async def test_another_reason_starts_at_the_first_rung(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("account", "budget", ladder=LADDER[:1]), ONE)
    await attempt(store, stopped("account", "credit"), ONE, TWO, at=after(minutes=5))
    assert len(await claim(store, ONE, TWO, at=after(minutes=10))) == 1


async def test_no_ladder_waits_for_the_operator(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("channel", ladder=()), ONE)
    assert await claim(store, ONE, at=after(days=365)) == []
    assert await store.outbox.next_due([ONE], NOW) is None


async def test_a_probe_that_says_nothing_lets_the_next_one_try(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("account"), ONE)
    later = after(minutes=5)
    await attempt(store, Failed(reason=WHY), ONE, TWO, at=later)
    assert await titles(store, ONE, TWO, at=later) == ["one 2"]


async def test_a_probe_that_must_wait_is_held_until_then(store: Store) -> None:
    await owe(store, "a", channel="one")
    await attempt(store, stopped("channel"), ONE)
    again = TryAgain(due=after(minutes=9), reason=WHY)
    await attempt(store, again, ONE, at=after(minutes=5))
    assert await claim(store, ONE, at=after(minutes=8)) == []
    assert await titles(store, ONE, at=after(minutes=9)) == ["a"]


async def test_a_probe_that_never_comes_back_is_replaced(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("account"), ONE)
    await claim(store, ONE, TWO, at=after(minutes=5))
    assert await claim(store, ONE, TWO, at=after(minutes=5, seconds=59)) == []
    assert len(await claim(store, ONE, TWO, at=after(minutes=6))) == 1


async def test_recover_frees_the_probe(store: Store) -> None:
    await owe_all(store)
    await attempt(store, stopped("account"), ONE)
    await claim(store, ONE, TWO, at=after(minutes=5))
    await store.outbox.recover(after(minutes=5))
    assert len(await claim(store, ONE, TWO, at=after(minutes=5))) == 1


async def test_a_stop_while_another_channel_is_claimed(store: Store) -> None:
    await owe_all(store)
    first, second = await claim(store, ONE, TWO)
    await store.outbox.finish(first, stopped("account"), NOW)
    assert await store.outbox.begin(second.id, post("two"), NOW) is Begun.LOST
    assert await state_of(store, "two") == [S.HELD, S.PENDING]


@pytest.mark.parametrize(
    ("stop", "at", "due"),
    [
        (stopped("account"), NOW, after(minutes=5)),
        (stopped("account"), after(minutes=7), after(minutes=7)),
        (stopped("channel"), NOW, NOW),
    ],
)
async def test_next_due_knows_the_pause(
    store: Store, stop: Stopped, at: datetime, due: datetime
) -> None:
    await owe_all(store)
    await attempt(store, stop, ONE)
    assert await store.outbox.next_due([ONE, TWO], at) == due
