"""Claims on deliveries that ended without a word."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import true, update

from bot.models import DeliveryState, Reason
from bot.store.records import reason_columns
from bot.store.schema import deliveries, is_claimed, is_pending, is_sending

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

LEASE = timedelta(seconds=60)
"""How long a claim lasts; the attempt that it leads to gets as long again."""

EXPIRED = Reason(code="lease_expired", text="the sender did not say in time what came of it")
INTERRUPTED = Reason(code="interrupted", text="newsbot ended while the post was being sent")


def end_leases(tx: Connection, reason: Reason, *, until: datetime | None = None) -> None:
    """End the leases that run out by `until`, all without one.

    What was only claimed is free again; what was being sent may be out and becomes `unknown`.
    """
    over = true() if until is None else deliveries.c.lease_until <= until
    free = {"lease_owner": None, "lease_until": None}
    tx.execute(update(deliveries).where(is_claimed, is_pending, over).values(**free))
    unknown = {"state": DeliveryState.UNKNOWN, **reason_columns(reason), **free}
    tx.execute(update(deliveries).where(is_claimed, is_sending, over).values(**unknown))
