"""The beginning of an attempt: may it, is there money, and the frozen text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select, update

from bot.models import DeliveryState
from bot.store.holds import Holds, hold_claimed
from bot.store.leases import LEASE
from bot.store.schema import deliveries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models import AccountId, ChannelId, Charge, DeliveryId, Post

# What a delivery's attempts cost, or may have: counted in the day of the last one.
cost = func.coalesce(deliveries.c.cost, 0) + func.coalesce(deliveries.c.reserved, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A delivery as beginning and ending an attempt need it."""

    id: DeliveryId
    state: DeliveryState
    channel: ChannelId
    account: AccountId | None
    attempts: int
    lease_owner: str | None
    lease_until: datetime | None
    reason_code: str | None
    without: list[str]
    cost: int | None
    reserved: int | None


def read_attempt(tx: Connection, delivery: DeliveryId) -> Attempt | None:
    """Return the delivery, None where it does not exist (any more)."""
    columns = [deliveries.c[name] for name in Attempt.__slots__]
    row = tx.execute(select(*columns).where(deliveries.c.id == delivery)).one_or_none()
    return None if row is None else Attempt(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def may_begin(attempt: Attempt, owner: str, now: datetime) -> bool:
    """Tell whether `owner` still holds the claim."""
    return (
        attempt.state is DeliveryState.PENDING
        and attempt.lease_owner == owner
        and attempt.lease_until is not None
        and attempt.lease_until > now
    )


def is_paused(tx: Connection, attempt: Attempt) -> bool:
    """Tell whether channel or account were paused since the claim; their probe may go on."""
    over = Holds(tx).over(attempt.channel, attempt.account)
    return any(hold.probe != attempt.id for hold in over)


def put_back(tx: Connection, attempt: Attempt) -> None:
    """Give the claim up for the pause that came in between."""
    over = Holds(tx).over(attempt.channel, attempt.account)
    hold_claimed(tx, over[0], attempt.id)


def fits(tx: Connection, charge: Charge) -> bool:
    """Tell whether the charge fits into what is left of the day's and the month's budget.

    Two attempts never both see the last cent: a database has one writer of the outbox at a time.
    """
    day, month = spent(tx, charge.account, charge.day_start, charge.month_start)
    budget = charge.budget
    return day + charge.cost <= budget.per_day and month + charge.cost <= budget.per_month


def spent(
    tx: Connection, account: AccountId, day_start: datetime, month_start: datetime
) -> tuple[int, int]:
    """Return what `account` spent since the day's and the month's start, in micro-dollars."""
    today = case((deliveries.c.attempted_at >= day_start, cost), else_=0)
    of_account = deliveries.c.account == account
    query = select(func.coalesce(func.sum(today), 0), func.coalesce(func.sum(cost), 0)).where(
        of_account, deliveries.c.attempted_at >= month_start
    )
    day, month = tx.execute(query).one()
    return int(day), int(month)


def write_sending(
    tx: Connection, attempt: Attempt, post: Post, charge: Charge | None, now: datetime
) -> None:
    """Freeze the text, reserve the charge, and let the lease cover the attempt."""
    values: dict[str, Any] = {
        "state": DeliveryState.SENDING,
        "text": post.text,
        "attempts": attempt.attempts + 1,
        "attempted_at": now,
        "lease_until": now + LEASE,
        "reserved": charge.cost if charge else None,
    }
    if attempt.reserved is not None:
        values["cost"] = (attempt.cost or 0) + attempt.reserved
    if charge is not None:
        values["account"] = charge.account
    tx.execute(update(deliveries).where(deliveries.c.id == attempt.id).values(**values))
