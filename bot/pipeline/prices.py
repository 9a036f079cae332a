"""The price of a post, and the local days and months that budgets are for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.models.outbox import Charge, ChargeKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from zoneinfo import ZoneInfo

    from bot.errors import PublishError
    from bot.models.basics import AccountId
    from bot.models.posts import Post, Receipt
    from bot.models.settings import Account, Budget, Prices
    from bot.pipeline.route import Route


MICRO = 1_000_000
"""Micro-dollars in a US dollar."""


def charge_for(
    post: Post, account: Account | None, *, now: datetime, timezone: ZoneInfo
) -> Charge | None:
    """Return the price of `post` with the budget it must fit into; None where posts are free."""
    if account is None or account.prices is None:
        return None
    return charge_of(price_of(post, account.prices), account, now=now, timezone=timezone)


def charge_of(
    cost: int, account: Account, *, now: datetime, timezone: ZoneInfo, kind: ChargeKind = "post"
) -> Charge | None:
    """Return a charge of `cost` to `account`; None where the account costs nothing."""
    if account.budget is None:
        return None
    day, month = local_starts(now, timezone)
    return Charge(
        account=account.id,
        cost=cost,
        budget=account.budget,
        day_start=day,
        month_start=month,
        kind=kind,
    )


def price_of(post: Post, prices: Prices) -> int:
    """Return the price of `post`; the alternative text of each uploaded picture is paid for."""
    described = sum(one.picture is not None and bool(one.alt) for one in post.pictures)
    return _price_of_text(post, prices) + described * prices.alt_text


def _price_of_text(post: Post, prices: Prices) -> int:
    return prices.post_with_link if post.has_link else prices.post


def expected_price(post: Post, prices: Prices) -> int:
    """Return the price of `post` before its pictures were looked at: as if they are uploaded."""
    described = sum(bool(one.alt) for one in post.pictures)
    return _price_of_text(post, prices) + described * prices.alt_text


def billed(post: Post, receipt: Receipt, account: Account | None) -> int | None:
    """Return the price of `post` now that it is out, None where posts are free."""
    if account is None or account.prices is None or account.budget is None:
        return None
    return _price_of_text(post, account.prices) + receipt.alt_texts * account.prices.alt_text


def spent_all_the_same(error: PublishError, account: Account | None) -> int:
    """Return the possible cost of an attempt whose post is certainly not out."""
    prices = account.prices if account else None
    return prices.alt_text * error.alt_texts if prices is not None else 0


def may_link(
    account: Account, spent: tuple[int, int], *, now: datetime, timezone: ZoneInfo
) -> bool:
    """Tell whether a post with a link is within the day's budget, spread over the day.

    `spent` is the cost of the local day and month so far. The first link of a day may go at
    once; the next ones when the day is as far gone as its budget.
    """
    if account.budget is None or account.prices is None:
        return True
    budget, price = account.budget, account.prices.post_with_link
    if not has_room(budget, spent, price):
        return False
    day, _ = spent
    start, _ = local_starts(now, timezone)
    end, _ = local_starts(start + timedelta(hours=36), timezone)
    return day * (end - start) <= budget.per_day * (now - start)


def has_room(budget: Budget, spent: tuple[int, int], cost: int) -> bool:
    """Tell whether `cost` fits into the budget of a day and a month that `spent` so much so far."""
    day, month = spent
    return day + cost <= budget.per_day and month + cost <= budget.per_month


async def parts_to_save(
    route: Route,
    spent: Callable[[AccountId, datetime, datetime], Awaitable[tuple[int, int]]],
    now: datetime,
) -> frozenset[str]:
    """Return the parts to leave out of a post because of its price.

    `spent` returns the cost of an account since two times.
    """
    if route.account is None or route.channel.link != "budget":
        return frozenset()
    so_far = await spent(route.account.id, *local_starts(now, route.timezone))
    is_affordable = may_link(route.account, so_far, now=now, timezone=route.timezone)
    return frozenset() if is_affordable else frozenset({"link"})


def local_starts(now: datetime, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the start of the local day and of the local month that hold `now`, in UTC.

    A day in which midnight comes twice (Atlantic/Azores) begins with the first one.
    """
    day = now.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    utc = now.tzinfo
    return day.astimezone(utc), day.replace(day=1).astimezone(utc)
