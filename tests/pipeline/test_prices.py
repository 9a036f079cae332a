"""`link = "budget"`: links while the day's budget, spread over the day, allows; posts always."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.models.basics import Platform
from bot.models.outbox import Outcome, Sent
from bot.models.settings import Account, Budget
from bot.pipeline.prices import local_starts, may_link
from bot.store.outbox.outbox import Outbox
from tests.pipeline.kit import X_ACCOUNT, X_CHANNEL, Delivering

if TYPE_CHECKING:
    from bot.store.engine import Store

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
DAY = Budget(per_day=2_000_000, per_month=40_000_000)


def account(**budget: int) -> Account:
    return replace(X_ACCOUNT, budget=replace(DAY, **budget))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, 22, hour, minute, tzinfo=HANOI).astimezone(UTC)


@pytest.mark.parametrize(
    ("spent", "moment", "allowed"),
    [
        (0, at(0), True),
        (200_000, at(0), False),
        (200_000, at(2, 23), False),
        (200_000, at(2, 24), True),
        (1_000_000, at(11, 59), False),
        (1_000_000, at(12), True),
        (1_800_000, at(23, 59), True),
        (1_800_001, at(23, 59), False),
        (2_000_000, at(23, 59), False),
    ],
)
def test_the_day_is_spread(spent: int, moment: datetime, allowed: bool) -> None:
    answer = may_link(account(), (spent, spent), now=moment, timezone=HANOI)
    assert answer is allowed


def test_the_month_has_the_last_word() -> None:
    assert not may_link(account(), (0, 39_900_000), now=at(12), timezone=HANOI)
    assert may_link(account(), (0, 39_800_000), now=at(12), timezone=HANOI)


@pytest.mark.parametrize("zone", ["Atlantic/Azores", "America/Havana", "Europe/Berlin"])
@pytest.mark.parametrize("day", ["2026-10-25", "2026-11-01"])
def test_a_midnight_that_comes_twice_begins_one_day(zone: str, day: str) -> None:
    """The Azores set their clocks back at 01:00 to 00:00, Havana too: no second budget."""
    local = ZoneInfo(zone)
    moment = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=local).astimezone(UTC)
    evening = local_starts(moment, local)
    starts = {
        local_starts(moment - timedelta(minutes=minutes), local)[0] for minutes in range(0, 900, 5)
    }
    assert evening[0] in starts
    assert len(starts) == 2, "today and yesterday"


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_on_which_clocks_change(day: str, hours: int) -> None:
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=BERLIN).astimezone(UTC)
    half = start + timedelta(hours=hours / 2)
    spent = (1_000_000, 1_000_000)
    assert may_link(account(), spent, now=half, timezone=BERLIN)
    assert not may_link(account(), spent, now=half - timedelta(minutes=1), timezone=BERLIN)


class Late(Outbox):
    """An outbox that was asked before another process spent the money."""

    async def spent(self, *_: object) -> tuple[int, int]:
        return 0, 0


async def test_a_link_that_does_not_fit_is_left_out_of_the_post(store: Store) -> None:
    """Another process spent the money between the look and the post."""
    channel = replace(X_CHANNEL, link="budget")
    lane = Delivering(store, channel, account(per_day=215_000))
    store.outbox = Late(store.database)
    await lane.owe("Một", "Hai", "Ba")
    outcomes: list[Outcome | None] = []
    while await lane.wait() and len(outcomes) < 3:
        outcomes.append(await lane.step())
    assert [isinstance(one, Sent) for one in outcomes] == [True, True, False]
    assert [post.has_link for post in lane.platform.posts] == [True, False]
    assert "https" not in lane.platform.posts[1].text
    assert await lane.spent() == 215_000


async def test_always_waits_for_money_instead(store: Store) -> None:
    lane = Delivering(store, X_CHANNEL, account(per_day=215_000))
    await lane.owe("Một", "Hai")
    for _ in range(2):
        await lane.step()
        lane.now += timedelta(minutes=1)
    assert await lane.states() == ["sent", "held"]


async def test_without_means_no_link_and_the_lower_price(store: Store) -> None:
    lane = Delivering(store, replace(X_CHANNEL, link="budget"), account(per_day=150_000))
    await lane.owe("Tin về node.io và chip")
    await lane.step()
    (post,) = lane.platform.posts
    assert (post.has_link, post.platform) == (False, Platform.X)
    assert await lane.spent() == 15_000
