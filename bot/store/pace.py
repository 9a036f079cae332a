"""When a lane may send next, counted from the attempts that the outbox itself remembers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, func, not_, or_, select

from bot.store.columns import EPOCH
from bot.store.database import upsert
from bot.store.schema import account_lanes, deliveries, is_held, is_pending, lanes

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models import Lane


def free_at(tx: Connection, lane: Lane) -> datetime:
    """Return the time from which `lane` may make its next attempt; in the past if now.

    A window counts the posts attempted in it, except those that were certainly not sent; the gap
    counts every attempt.
    """
    windows = lane.pace.windows
    row = tx.execute(
        _statement(len(windows)),
        {
            "channel": lane.channel,
            "account": lane.account,
            **{f"offset{n}": count - 1 for n, (_, count) in enumerate(windows)},
        },
    ).one()
    not_before, account_not_before, last, *full = row
    times = [not_before, account_not_before, last and last + lane.pace.gap]
    times += [nth and nth + window for nth, (window, _) in zip(full, windows, strict=True)]
    return max((time for time in times if time is not None), default=EPOCH)


def reserve_account(tx: Connection, lane: Lane, now: datetime) -> None:
    """Keep the lane's account from another attempt until its gap is over."""
    if lane.account is not None and lane.account_gap:
        not_before = {"not_before": now + lane.account_gap}
        upsert(tx, account_lanes, {"account": lane.account}, not_before)


def silence(tx: Connection, channel: str, until: datetime) -> None:
    """Keep the channel from any attempt before `until`; never shortens a silence."""
    known = tx.execute(select(lanes.c.not_before).where(lanes.c.channel == channel)).scalar()
    if known is None or known < until:
        upsert(tx, lanes, {"channel": channel}, {"not_before": until})


@lru_cache(maxsize=16)
def _statement(windows: int) -> Select[Any]:
    channel, attempted = deliveries.c.channel, deliveries.c.attempted_at
    of_channel = channel == bindparam("channel")
    may_be_out = not_(or_(is_pending, is_held))
    full = [
        select(attempted)
        .where(of_channel, attempted.is_not(None), may_be_out)
        .order_by(attempted.desc())
        .limit(1)
        .offset(bindparam(f"offset{n}"))
        .scalar_subquery()
        for n in range(windows)
    ]
    return select(
        select(lanes.c.not_before).where(lanes.c.channel == bindparam("channel")).scalar_subquery(),
        select(account_lanes.c.not_before)
        .where(account_lanes.c.account == bindparam("account"))
        .scalar_subquery(),
        select(func.max(attempted)).where(of_channel).scalar_subquery(),
        *full,
    )
