"""What a post costs, and the local days and months that budgets are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models import (
    Account,
    Charge,
    Post,
)

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


def charge_for(
    post: Post, account: Account | None, *, now: datetime, timezone: ZoneInfo
) -> Charge | None:
    """Return what `post` will cost and the budget it must fit into; None where posts are free."""
    if account is None or account.budget is None or account.prices is None:
        return None
    day, month = local_starts(now, timezone)
    return Charge(
        account=account.id,
        cost=account.prices.post_with_link if post.has_link else account.prices.post,
        budget=account.budget,
        day_start=day,
        month_start=month,
    )


def local_starts(now: datetime, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the start of the local day and of the local month that hold `now`, in UTC."""
    day = now.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    utc = now.tzinfo
    return day.astimezone(utc), day.replace(day=1).astimezone(utc)
