"""What the operator may do to deliveries, feeds, channels and accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from bot.errors import NewsbotError, UsageError
from bot.models import DeliveryState, Reason
from bot.store.attempts import read_attempt
from bot.store.database import upsert
from bot.store.holds import Hold, Holds, hold_pending, release_held
from bot.store.records import reason_columns
from bot.store.schema import deliveries, holds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models import DeliveryId
    from bot.store.attempts import Attempt

# SQLite and PostgreSQL number rows in 64 bits, with a sign.
_ID_MOST = 2**63 - 1

_NO_RETRY = {
    DeliveryState.SENT: "was sent already",
    DeliveryState.SENDING: "is being sent right now",
    DeliveryState.PENDING: "waits for its turn already",
    DeliveryState.RETRACTED: "was sent and deleted again",
}
_NO_DROP = {
    DeliveryState.SENT: "was sent already; delete the post on the platform",
    DeliveryState.SENDING: "is being sent right now; try again in a minute",
    DeliveryState.DROPPED: "was dropped before",
    DeliveryState.RETRACTED: "was sent and deleted again",
}


def retry_delivery(tx: Connection, delivery: DeliveryId, now: datetime) -> None:
    """See `Desk.retry`."""
    attempt = _existing(tx, delivery, _NO_RETRY)
    if attempt.state is DeliveryState.HELD:
        _refuse_paused(tx, attempt)
    _write(
        tx,
        delivery,
        {"state": DeliveryState.PENDING, "due": now, "without": [], **reason_columns(None)},
    )


def drop_delivery(tx: Connection, delivery: DeliveryId, now: datetime) -> None:
    """See `Desk.drop`."""
    _existing(tx, delivery, _NO_DROP)
    reason = Reason(code="operator", text=f"dropped by the operator at {now:%Y-%m-%d %H:%M} UTC")
    _write(tx, delivery, {"state": DeliveryState.DROPPED, **reason_columns(reason)})


def pause_scope(tx: Connection, scope: str, name: str, reason: Reason, now: datetime) -> None:
    """See `Desk.pause`."""
    hold = Hold(scope=scope, id=name, reason=reason, until=None, failures=0, probe=None)
    values = {
        "code": reason.code,
        "text": reason.text,
        "since": now,
        "until": None,
        "failures": 0,
        "probe": None,
    }
    upsert(tx, holds, {"scope": scope, "id": name}, values)
    if scope != "feed":
        hold_pending(tx, hold, _deliveries_of(scope, name))


def resume_scope(tx: Connection, scope: str, name: str) -> bool:
    """See `Desk.resume`."""
    result = tx.execute(delete(holds).where(holds.c.scope == scope, holds.c.id == name))
    if scope != "feed":
        release_held(tx, _deliveries_of(scope, name) & (deliveries.c.held_by == scope))
    return result.rowcount > 0


def _existing(tx: Connection, delivery: DeliveryId, refusals: dict[DeliveryState, str]) -> Attempt:
    attempt = read_attempt(tx, delivery) if 0 < delivery <= _ID_MOST else None
    if attempt is None:
        raise UsageError(f"there is no delivery {delivery}; `newsbot deliveries` lists them")
    if attempt.state in refusals:
        raise NewsbotError(f"delivery {delivery} {refusals[attempt.state]}")
    return attempt


def _refuse_paused(tx: Connection, attempt: Attempt) -> None:
    for hold in Holds(tx).over(attempt.channel, attempt.account):
        raise NewsbotError(
            f"delivery {attempt.id} is held because {hold.scope} {hold.id} is paused "
            f"({hold.reason.text}); `newsbot resume {hold.id}` lets it go"
        )


def _write(tx: Connection, delivery: DeliveryId, values: dict[str, object]) -> None:
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery)
        .values(lease_owner=None, lease_until=None, held_by=None, **values)
    )


def _deliveries_of(scope: str, name: str) -> ColumnElement[bool]:
    column = deliveries.c.channel if scope == "channel" else deliveries.c.account
    return column == name
