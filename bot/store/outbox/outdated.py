"""Deliveries that waited until nobody wanted to read them any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.outbox.digests import DIGEST, explain_folded, stories_in, take_out
from bot.store.outbox.states import LEAVE_OUT, change
from bot.store.tables.schema import deliveries, is_claimed, is_held, is_pending, stories
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId

# Of a digest that waited for longer no story is news.
_DIGEST_WAITS = timedelta(days=2)
_OUTGREW = Reason(code=ReasonCode.TOO_OLD, text=marked("became older than max_age while it waited"))
_UNWANTED = Reason(
    code=ReasonCode.TOO_OLD, text=marked("waited until nobody wanted to read it any more")
)
_IS_FREE = (~is_claimed, deliveries.c.wanted_at.is_(None))


def drop_outdated(tx: Connection, before: Mapping[FeedId, datetime], now: datetime) -> int:
    """Drop waiting stories that were published before their feed's moment; return how many.

    So is a digest that tells nothing else, or that has waited for two days.
    A channel that is paused for weeks must not keep a queue that nobody wants any more.
    """
    old = [row.id for row in _waiting(tx) if _is_outdated(row, before)]
    count = sum(
        change(tx, LEAVE_OUT, deliveries.c.id.in_(ids), digest=None, reason=_OUTGREW)
        for ids in in_batches(old)
    )
    return count + _drop_digests(tx, before, now)


def _waiting(tx: Connection) -> Iterator[Any]:
    """Yield what waits: each state has an index of its own, and nobody else writes meanwhile."""
    columns = deliveries.c
    query = select(columns.id, columns.feed, stories.c.published).join_from(deliveries, stories)
    for state in (is_pending, is_held):
        yield from tx.execute(query.where(state, *_IS_FREE))


def _drop_digests(tx: Connection, before: Mapping[FeedId, datetime], now: datetime) -> int:
    """Drop waiting digests that nobody wants to read any more; return how many.

    Those are digests that waited for more than two days, or hold only stories that their feeds'
    `max_age` forbids; such stories are taken out of another one.
    """
    columns = deliveries.c
    waits = or_(is_pending, is_held)
    waiting = select(columns.id, columns.created_at).where(waits, *_IS_FREE, columns.feed == DIGEST)
    dropped = 0
    for digest in tx.execute(waiting).all():
        told = stories_in(tx, digest.id)
        old = [row.id for row in told if _is_outdated(row, before)]
        if len(old) == len(told) or now - digest.created_at > _DIGEST_WAITS:
            change(tx, LEAVE_OUT, columns.id == digest.id, digest=None, reason=_UNWANTED)
            explain_folded(tx, digest.id, _UNWANTED)
            dropped += 1
        else:
            take_out(tx, old, _OUTGREW)
    return dropped


def _is_outdated(row: Any, before: Mapping[FeedId, datetime]) -> bool:
    moment = before.get(row.feed)
    return moment is not None and row.published is not None and row.published < moment
