"""Claims on deliveries that ended without a word."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.models.views import Interrupted
from bot.store.outbox.states import INTERRUPT, change
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import deliveries, is_claimed, is_pending, is_sending, stories
from bot.wording import marked

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import AccountId, DeliveryId

_RAN_OUT = select(deliveries.c.id).where(
    is_claimed, deliveries.c.lease_until <= bindparam("at", type_=UtcTime)
)
_TAKE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), is_pending, ~is_claimed)
    .values(
        account=bindparam("of"),
        shown_version=select(stories.c.version)
        .where(stories.c.id == deliveries.c.story)
        .scalar_subquery(),
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until", type_=UtcTime),
    )
)
LEASE = timedelta(seconds=60)
"""How long a claim lasts; the attempt that it leads to gets as long again."""

EXPIRED = Reason(
    code=ReasonCode.LEASE_EXPIRED, text=marked("the sender did not say in time what came of it")
)
INTERRUPTED = Reason(
    code=ReasonCode.INTERRUPTED, text=marked("newsbot ended while the post was being sent")
)


def take(
    tx: Connection, delivery: DeliveryId, account: AccountId | None, owner: str, now: datetime
) -> bool:
    """Claim `delivery` for `owner`; False where it is no more to be had."""
    values = {"delivery": delivery, "of": account, "owner": owner, "until": now + LEASE}
    return tx.execute(_TAKE, values).rowcount == 1


def end_expired(tx: Connection, now: datetime) -> list[Interrupted]:
    """End the leases that ran out; return the deliveries that became `unknown`."""
    if tx.execute(_RAN_OUT, {"at": now}).first() is None:
        return []
    return end_leases(tx, EXPIRED, deliveries.c.lease_until <= now, now)


def end_leases(
    tx: Connection, reason: Reason, over: ColumnElement[bool], now: datetime
) -> list[Interrupted]:
    """End the leases that are `over`; return the deliveries to be searched for.

    A delivery that was only claimed is free again; one that was being sent is `unknown`.
    """
    query = select(deliveries.c.id, deliveries.c.channel).where(is_claimed, is_sending, over)
    interrupted = [
        Interrupted(id=row.id, channel=row.channel, reason=reason) for row in tx.execute(query)
    ]
    if interrupted:
        interrupt(tx, reason, now, is_claimed, over)
    free = {"lease_owner": None, "lease_until": None}
    # Not what its holder began to send since, by a clock of its own: that becomes unknown next.
    tx.execute(update(deliveries).where(is_claimed, ~is_sending, over).values(free))
    return interrupted


def interrupt(tx: Connection, reason: Reason, now: datetime, *where: ColumnElement[bool]) -> None:
    """Make posts that nobody is sending any more unknown, to be searched for from `now` on."""
    change(tx, INTERRUPT, *where, reason=reason, unknown_since=now, search_at=now, searches=0)
