"""Which channels wait, since when and why: the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import Reason
from bot.models.outbox import DigestPlan, Slot, TryAgain, Unknown
from tests.contract.store_kit import NOW, WHY, after, attempt, claim, lane, owe, paced, sent

if TYPE_CHECKING:
    from bot.models.alerts import Waiting
    from bot.models.outbox import Lane
    from bot.store.engine import Store

ONE, OTHER = lane("tg", "acc"), lane("other", "acc")
LIMIT = Reason(code="usage_cap", text="the monthly cap is used up")


async def waits(store: Store, *lanes: Lane, hours: float) -> list[Waiting]:
    return list((await store.alerts.condition([], lanes, after(hours=hours))).waiting)


async def test_a_story_that_nobody_sends_waits_from_when_it_was_due(store: Store) -> None:
    await owe(store, "a", "b")
    assert await waits(store, ONE, OTHER, hours=0.9) == []
    (found,) = await waits(store, ONE, OTHER, hours=1)
    assert (found.channel, found.since, found.next_try) == ("tg", NOW, after(hours=1))
    assert (found.reason, found.tried_at) == (None, None)


async def test_a_refusal_is_named_and_each_try_changes_nothing_about_since(store: Store) -> None:
    await owe(store, "a")
    for minutes in (0, 20, 40):
        due = after(minutes=minutes + 20)
        await attempt(store, TryAgain(due=due, reason=WHY), ONE, at=after(minutes=minutes))
    (found,) = await waits(store, ONE, hours=2)
    assert (found.since, found.reason, found.tried_at) == (NOW, WHY, after(minutes=40))


async def test_a_silence_of_the_account_concerns_all_its_channels_at_once(store: Store) -> None:
    await owe(store, "a")
    await owe(store, "b", channel="other", feed="g")
    until = after(hours=20)
    again = TryAgain(due=until, reason=LIMIT, account_until=until)
    await attempt(store, again, ONE)
    found = await waits(store, ONE, OTHER, hours=0.1)
    assert [(one.channel, one.next_try, one.reason) for one in found] == [
        ("tg", until, LIMIT),
        ("other", until, LIMIT),
    ]


async def test_the_last_post_and_the_pace_count(store: Store) -> None:
    slow = paced(timedelta(0), (timedelta(hours=3), 1))
    await owe(store, "a", "b")
    await attempt(store, sent(), slow)
    assert await waits(store, slow, hours=3.9) == []
    (found,) = await waits(store, slow, hours=4)
    assert found.since == after(hours=3)


async def test_a_post_that_is_looked_for_waits_and_one_that_is_the_operators_does_not(
    store: Store,
) -> None:
    await owe(store, "a")
    await attempt(store, Unknown(reason=WHY, search_at=NOW), ONE)
    assert [one.reason for one in await waits(store, ONE, hours=2)] == [WHY]
    (sought,) = await store.outbox.claim_searches([ONE], NOW, limit=1)
    await store.outbox.finish_search(sought, Unknown(reason=WHY), NOW)
    assert await waits(store, ONE, hours=2) == []


async def test_a_claim_that_takes_its_time_still_waits(store: Store) -> None:
    await owe(store, "a")
    assert len(await claim(store, ONE, at=after(hours=2))) == 1
    assert [one.channel for one in await waits(store, ONE, hours=2)] == ["tg"]


async def test_a_story_that_waits_for_a_fixed_time_is_no_silence_until_then(store: Store) -> None:
    await owe(store, "a")
    timed = replace(ONE, slot=Slot(begin=after(hours=-1), end=after(hours=5), most=3))
    assert await waits(store, timed, hours=4) == []
    late = replace(ONE, slot=Slot(begin=after(hours=5), end=after(hours=9), most=3))
    assert await waits(store, late, hours=5.9) == []
    (found,) = await waits(store, late, hours=6)
    assert found.since == after(hours=5)


async def test_a_story_that_waits_for_a_digest_is_no_silence_until_then(store: Store) -> None:
    await owe(store, "a")
    slot = Slot(begin=after(hours=-1), end=after(hours=5), most=3)
    planned = replace(ONE, digests=(DigestPlan(feeds=None, slot=slot),))
    assert await waits(store, planned, hours=4) == []
    later = replace(slot, begin=after(hours=5), end=after(hours=9))
    missed = replace(ONE, digests=(DigestPlan(feeds=None, slot=later),))
    assert await waits(store, missed, hours=5.9) == []
    (found,) = await waits(store, missed, hours=6)
    assert found.since == after(hours=5), "nobody made the digest"
