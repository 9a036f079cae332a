"""Sums by hour: what the outbox knows is summed once, what processes count is added."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import AccountId, ChannelId
from bot.models.hours import HOUR
from tests.contract.store_kit import NOW, attempt, charge, lane, owe, sent

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.hours import Figure
    from bot.store.engine import Store

ACC, TG = AccountId("acc"), ChannelId("tg")
MONTH = timedelta(days=31)


async def posted(store: Store, title: str, at: datetime) -> None:
    await owe(store, title, at=at)
    await attempt(store, sent(title), lane(account=ACC), at=at, price=charge(10))


async def summed(store: Store, now: datetime) -> None:
    while not await store.hours.sum_up([TG], now):
        pass


async def found(
    store: Store, figure: Figure, end: datetime, hours: int = 3, per: int = 1
) -> list[tuple[int, str, int]]:
    sums = await store.hours.sums([figure], end - hours * HOUR, end, per)
    return [(one.slot, one.subject, one.value) for one in sorted(sums, key=lambda one: one.slot)]


async def test_posts_and_money_are_summed_however_often_it_is_done(store: Store) -> None:
    await posted(store, "một", NOW)
    await summed(store, NOW)
    await posted(store, "hai", NOW + timedelta(minutes=5))
    await posted(store, "ba", NOW + HOUR)
    for later in (0, 1, 2):
        await summed(store, NOW + HOUR + timedelta(minutes=later))
    end = NOW + 2 * HOUR
    assert await found(store, "posts", end) == [(1, "tg", 2), (2, "tg", 1)]
    assert [value for _, _, value in await found(store, "spent", end)] == [20, 10]
    assert await found(store, "posts", end, hours=2, per=2) == [(0, "tg", 3)]


async def test_a_month_before_the_first_look_is_summed_day_by_day(store: Store) -> None:
    await posted(store, "một", NOW)
    later = NOW + timedelta(days=29)
    steps = 1
    while not await store.hours.sum_up([TG], later):
        steps += 1
    assert 30 < steps < 40  # a day at most in one transaction
    assert await found(store, "posts", NOW + HOUR) == [(2, "tg", 1)]


async def test_hours_of_long_ago_and_of_a_wrong_clock_go(store: Store) -> None:
    await store.hours.count({("polls", ""): 7}, NOW)
    await store.hours.count({("polls", ""): 7}, NOW + MONTH + HOUR)
    await summed(store, NOW + MONTH)
    assert await found(store, "polls", NOW + HOUR) == []
    assert await found(store, "polls", NOW + MONTH + 2 * HOUR) == []


async def test_what_processes_count_is_added_and_memory_is_the_last(store: Store) -> None:
    for memory in (300, 200):
        figures = {("polls", ""): 2, ("cpu", "a"): 50, ("memory", "a"): memory}
        await store.hours.count(figures, NOW)
    await store.hours.count({("memory", "a"): 900}, NOW + HOUR)
    end = NOW + 2 * HOUR
    assert await found(store, "polls", end) == [(1, "", 4)]
    assert await found(store, "cpu", end) == [(1, "a", 100)]
    assert await found(store, "memory", end, hours=2, per=2) == [(0, "a", 900)]


async def test_a_renamed_channel_keeps_its_sums(store: Store) -> None:
    await store.desk.recognise_channels({TG: "tg/@tin"})
    await posted(store, "một", NOW)
    await summed(store, NOW)
    await store.desk.recognise_channels({ChannelId("new"): "tg/@tin"})
    assert await found(store, "posts", NOW + HOUR) == [(2, "new", 1)]
