"""What waited until nobody wanted to read it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from bot.models.basics import DeliveryState, Reason
from bot.store.db.batches import in_batches
from bot.store.outbox.backlog import DIGEST, stories_in
from bot.store.tables.records import reason_columns
from bot.store.tables.schema import deliveries, is_claimed, is_held, is_pending, stories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import DeliveryId, FeedId

# Of a digest that waited for longer no story is news.
_DIGEST_WAITS = timedelta(days=2)
_OUTGREW = "became older than max_age while it waited"
_waits = (or_(is_pending, is_held), ~is_claimed, deliveries.c.wanted_at.is_(None))


def drop_outdated(tx: Connection, before: Mapping[FeedId, datetime], now: datetime) -> int:
    """See `Outbox.drop_outdated`."""
    count = 0
    for feed, moment in before.items():
        old = select(stories.c.id).where(stories.c.published < moment)
        count += tx.execute(
            update(deliveries)
            .where(*_waits, deliveries.c.feed == feed, deliveries.c.story.in_(old))
            .values(_too_old(_OUTGREW))
        ).rowcount
    return count + _drop_digests(tx, before, now)


def _drop_digests(tx: Connection, before: Mapping[FeedId, datetime], now: datetime) -> int:
    """Drop waiting digests that nobody wants to read any more; return how many.

    Those are what waited for more than two days, or tells only what its feeds' `max_age` forbids;
    of another one such stories are taken out.
    """
    columns = deliveries.c
    waiting = select(columns.id, columns.created_at).where(*_waits, columns.feed == DIGEST)
    dropped = 0
    for digest in tx.execute(waiting).all():
        told = stories_in(tx, digest.id)
        old = [row.id for row in told if _is_outdated(row, before)]
        if len(old) == len(told) or now - digest.created_at > _DIGEST_WAITS:
            text = "waited until nobody wanted to read it any more"
            _end_as_too_old(tx, [digest.id, *(row.id for row in told)], text)
            dropped += 1
        else:
            _end_as_too_old(tx, old, _OUTGREW, digest=None)
    return dropped


def _end_as_too_old(tx: Connection, ids: list[DeliveryId], text: str, **values: None) -> None:
    for part in in_batches(ids):
        too_old = update(deliveries).where(deliveries.c.id.in_(part))
        tx.execute(too_old.values(_too_old(text) | values))


def _too_old(text: str) -> dict[str, Any]:
    reason = reason_columns(Reason(code="too_old", text=text))
    return {"state": DeliveryState.DROPPED, "held_by": None, **reason}


def _is_outdated(row: Any, before: Mapping[FeedId, datetime]) -> bool:
    moment = before.get(row.feed)
    return moment is not None and row.published is not None and row.published < moment
