"""What a post costs, and the local days and months that budgets are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models import Account, Charge, Post

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.errors import PublishError
    from bot.models import Prices


def charge_for(
    post: Post, account: Account | None, *, now: datetime, timezone: ZoneInfo
) -> Charge | None:
    """Return what `post` will cost and the budget it must fit into; None where posts are free."""
    if account is None or account.budget is None or account.prices is None:
        return None
    day, month = local_starts(now, timezone)
    return Charge(
        account=account.id,
        cost=price_of(post, account.prices),
        budget=account.budget,
        day_start=day,
        month_start=month,
    )


def price_of(post: Post, prices: Prices) -> int:
    """Return what `post` costs; a picture that is uploaded is paid for by its alternative text."""
    cost = prices.post_with_link if post.has_link else prices.post
    return cost + prices.alt_text if post.picture is not None and post.alt else cost


def spent_all_the_same(error: PublishError, account: Account | None) -> int:
    """Return what an attempt may have cost although its post is certainly not out."""
    prices = account.prices if account else None
    return prices.alt_text if prices is not None and error.alt_text_billed else 0


def local_starts(now: datetime, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the start of the local day and of the local month that hold `now`, in UTC."""
    day = now.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    utc = now.tzinfo
    return day.astimezone(utc), day.replace(day=1).astimezone(utc)
