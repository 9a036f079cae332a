"""The ledger: reserved before a request, corrected when its price is known, given back unbilled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, delete, func, insert, select, update

from bot.store.db.batches import in_batches
from bot.store.tables.schema import charges

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import AccountId, DeliveryId
    from bot.models.outbox import Charge, ChargeKind


def fits(tx: Connection, charge: Charge) -> bool:
    """Tell whether the charge fits into the rest of the day's and the month's budget.

    Two attempts never both see the last cent: the caller holds the account's lock on a server, and
    SQLite has one writer.
    """
    day, month = spent(tx, charge.account, charge.day_start, charge.month_start)
    budget = charge.budget
    return day + charge.cost <= budget.per_day and month + charge.cost <= budget.per_month


def spent(
    tx: Connection, account: AccountId, day_start: datetime, month_start: datetime
) -> tuple[int, int]:
    """Return the spending of `account` since the two times, in micro-dollars.

    Attempts that may have been billed count.
    """
    today = case((charges.c.at >= day_start, charges.c.amount), else_=0)
    query = select(
        func.coalesce(func.sum(today), 0), func.coalesce(func.sum(charges.c.amount), 0)
    ).where(charges.c.account == account, charges.c.at >= min(day_start, month_start))
    day, month = tx.execute(query).one()
    return int(day), int(month)


def reserve_if_it_fits(tx: Connection, delivery: DeliveryId, charge: Charge, now: datetime) -> bool:
    """Reserve `charge`; False, and nothing is, where the budget has no room for it."""
    if not fits(tx, charge):
        return False
    reserve(tx, charge, delivery, now)
    return True


def reserve(tx: Connection, charge: Charge, delivery: DeliveryId, now: datetime) -> None:
    """Write `charge` down before the request that may be billed."""
    pay(tx, charge.account, delivery, charge.kind, charge.cost, now)


def pay(
    tx: Connection,
    account: AccountId,
    delivery: DeliveryId,
    kind: ChargeKind,
    amount: int,
    at: datetime,
) -> None:
    """Write down money that was spent, or may be."""
    tx.execute(
        insert(charges).values(account=account, at=at, kind=kind, delivery=delivery, amount=amount)
    )


def correct(
    tx: Connection, delivery: DeliveryId, kind: ChargeKind, at: datetime, amount: int
) -> None:
    """Replace the price reserved for `delivery` at `at` by the one billed; 0 gives it back."""
    this = _last(delivery, kind, at)
    if amount:
        tx.execute(update(charges).where(this).values(amount=amount))
    else:
        tx.execute(delete(charges).where(this))


def lessen(
    tx: Connection, delivery: DeliveryId, kind: ChargeKind, at: datetime, amount: int
) -> None:
    """Take `amount` off the price reserved for `delivery` at `at`."""
    less = update(charges).where(_last(delivery, kind, at))
    tx.execute(less.values(amount=charges.c.amount - amount))


def _last(delivery: DeliveryId, kind: ChargeKind, at: datetime) -> ColumnElement[bool]:
    same = (charges.c.delivery == delivery, charges.c.kind == kind, charges.c.at == at)
    return charges.c.id == select(func.max(charges.c.id)).where(*same).scalar_subquery()


def give_back(tx: Connection, delivery: DeliveryId, kind: ChargeKind, at: datetime) -> None:
    """Take a price reserved at `at` out of the ledger that was certainly not billed."""
    correct(tx, delivery, kind, at, 0)


def is_paid_twice(tx: Connection, delivery: DeliveryId) -> bool:
    """Tell whether more than one attempt to post `delivery` stands in the ledger."""
    posts = (charges.c.delivery == delivery, charges.c.kind == "post")
    count = select(func.count()).select_from(charges).where(*posts)
    return tx.execute(count).scalar_one() > 1


def costs_of(tx: Connection, ids: Iterable[DeliveryId]) -> dict[DeliveryId, int]:
    """Return the whole cost of the deliveries `ids`; those that were free are missing."""
    found: dict[DeliveryId, int] = {}
    for part in in_batches(ids):
        query = (
            select(charges.c.delivery, func.sum(charges.c.amount))
            .where(charges.c.delivery.in_(part))
            .group_by(charges.c.delivery)
        )
        found.update({delivery: int(amount) for delivery, amount in tx.execute(query)})
    return found


def forget_charges(tx: Connection, before: datetime) -> None:
    """Delete the charges that no budget counts any more."""
    tx.execute(delete(charges).where(charges.c.at < before))
