"""`newsbot retract`: what is deleted, what is not, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    NewsbotError,
    OutcomeUnknown,
    OutOfCredit,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.basics import AccountId, DeliveryId, Platform
from bot.models.outbox import Charge
from bot.models.settings import Budget
from bot.operate.posting.retract import retract, retraction_json, retraction_line, shortfall
from tests.unit.operate.posting.kit import DAY, MONTH, NOW, Bench

if TYPE_CHECKING:
    from bot.errors import PublishError
    from bot.operate.posting.retract import Retraction
    from bot.store.engine import Store

PRICE = 10_000  # micro-dollars of a deletion


async def take_back(bench: Bench, last: int) -> list[Retraction]:
    return [one async for one in retract(bench.route, bench.store, bench.now, last=last)]


def codes(done: list[Retraction]) -> list[str | None]:
    return [one.reason and one.reason.code for one in done]


async def test_the_last_are_deleted_newest_first_where_they_were_sent(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a", "b", "c")
    done = await take_back(bench, 2)
    assert bench.site.deleted == [("3", "@tin"), ("2", "@tin")]
    assert codes(done) == [None, None]
    assert await bench.states() == ["sent", "retracted", "retracted"]
    assert [retraction_line(one) for one in done] == [
        "deleted: c (https://t.me/tin/3)",
        "deleted: b (https://t.me/tin/2)",
    ]
    assert shortfall(done, bench.route) is None


async def test_a_deleted_post_is_not_sent_again(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a")
    await take_back(bench, 1)
    with pytest.raises(NewsbotError, match="was sent and deleted again"):
        await store.desk.retry(DeliveryId(1), bench.time)
    await store.desk.resume("channel", "tin")
    assert await bench.claim() == []
    assert await take_back(bench, 9) == []


async def test_nothing_there(store: Store) -> None:
    bench = Bench(store)
    await bench.show("waits")
    done = await take_back(bench, 3)
    assert shortfall(done, bench.route) == "no post stands in channel tin"
    assert bench.site.deleted == []


async def test_one_that_cannot_be_deleted_keeps_no_other_from_it(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a", "b", "c")
    bench.site.faults.extend([None, Rejected("too_old", "message can't be deleted")])
    done = await take_back(bench, 3)
    assert codes(done) == [None, "too_old", None]
    assert await bench.states() == ["retracted", "sent", "retracted"]
    assert retraction_line(done[1]) == (
        "not deleted: b (https://t.me/tin/2): message can't be deleted"
    )
    assert shortfall(done, bench.route) == (
        "1 of 3 posts of channel tin was not deleted; `newsbot pause "
        "channel:tin`, so that no newer post comes before them, then `newsbot retract --channel "
        "tin --last 1` tries again"
    )


@pytest.mark.parametrize(
    "fault",
    [
        Throttled("flood", "Telegram asks to wait 0:00:30", wait=timedelta(seconds=30)),
        Unreachable("unreachable", "Telegram cannot be reached"),
        Unauthorized("bad_token", "Telegram does not know the token", scope="account"),
        OutOfCredit("no_credit", "buy credit"),
    ],
)
async def test_a_fault_that_concerns_all_is_asked_for_once(
    store: Store, fault: PublishError
) -> None:
    bench = Bench(store)
    await bench.posted("a", "b", "c")
    bench.site.faults.extend([None, fault])
    done = await take_back(bench, 3)
    assert codes(done) == [None, fault.code, "not_tried"]
    assert await bench.states() == ["sent", "sent", "retracted"]
    assert "--last 2` tries again" in (shortfall(done, bench.route) or "")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"wait": timedelta(seconds=30)}, "slow down; try again at 2026-11-23 09:01:30 UTC"),
        (
            {"until": NOW + timedelta(hours=3), "wait": timedelta(minutes=15)},
            "slow down; try again at 2026-11-23 12:00:00 UTC",
        ),
        (
            {"until": NOW, "wait": timedelta(minutes=1)},
            "slow down; try again at 2026-11-23 09:02:00 UTC",
        ),
        ({}, "slow down; try again later"),
    ],
)
async def test_throttled_it_says_until_when(
    store: Store, fault: dict[str, object], said: str
) -> None:
    bench = Bench(store)
    await bench.posted("a")
    bench.site.faults.append(Throttled("flood", "slow down", **fault))
    (one,) = await take_back(bench, 1)
    assert one.reason is not None
    assert one.reason.text == said


async def test_a_terminal_takes_nothing_back(store: Store) -> None:
    bench = Bench(store, platform=Platform.CONSOLE)
    await bench.posted("a", "b")
    done = await take_back(bench, 2)
    assert codes(done) == ["no_deleting", "no_deleting"]
    assert await bench.states() == ["sent", "sent"]
    assert shortfall(done, bench.route) == "2 of 2 posts of channel tin were not deleted"


async def test_money_is_kept_for_each_that_was_deleted(store: Store) -> None:
    bench = Bench(store, platform=Platform.X)
    await bench.posted("a", "b")
    await take_back(bench, 2)
    assert await bench.spent() == 2 * PRICE
    assert [row.cost for row in await bench.rows()] == [PRICE, PRICE]


@pytest.mark.parametrize(
    ("fault", "cost"),
    [
        (Rejected("refused", "no"), 0),
        (Throttled("rate_limit", "later"), 0),
        (Unreachable("unreachable", "no way"), 0),
        (Unauthorized("bad_keys", "who?", scope="account"), 0),
        (OutOfCredit("no_credit", "pay"), 0),
        (OutcomeUnknown("no_answer", "the connection broke"), PRICE),
    ],
)
async def test_money_comes_back_only_where_it_was_certainly_not_spent(
    store: Store, fault: PublishError, cost: int
) -> None:
    bench = Bench(store, platform=Platform.X)
    await bench.posted("a")
    bench.site.faults.append(fault)
    (one,) = await take_back(bench, 1)
    assert await bench.spent() == cost
    assert await bench.states() == ["sent"]
    assert one.reason is not None
    assert ("may be deleted or not" in one.reason.text) is (cost > 0)


async def test_it_never_goes_over_the_budget(store: Store) -> None:
    bench = Bench(store, platform=Platform.X)
    await bench.posted("a", "b", "c")
    rest = Charge(
        account=AccountId("x"),
        cost=1_000_000 - PRICE,
        budget=Budget(per_day=1_000_000, per_month=9_000_000),
        day_start=DAY,
        month_start=MONTH,
    )
    assert await store.desk.begin_delete(DeliveryId(1), rest, bench.time)
    done = await take_back(bench, 3)
    assert codes(done) == [None, "budget", "not_tried"]
    assert await bench.spent() == 1_000_000
    assert [remote_id for remote_id, _ in bench.site.deleted] == ["3"]


async def test_json(store: Store) -> None:
    bench = Bench(store)
    await bench.posted("a", "b")
    bench.site.faults.append(Rejected("too_old", "too old"))
    assert [retraction_json(one) for one in await take_back(bench, 2)] == [
        {
            "id": "2",
            "title": "b",
            "remote_id": "2",
            "url": "https://t.me/tin/2",
            "deleted": False,
            "reason": {"code": "too_old", "text": "too old"},
        },
        {
            "id": "1",
            "title": "a",
            "remote_id": "1",
            "url": "https://t.me/tin/1",
            "deleted": True,
            "reason": None,
        },
    ]
