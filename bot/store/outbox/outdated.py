"""Deliveries that waited until nobody wanted to read them any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.store.outbox.digests import DIGEST, explain_folded, stories_in, take_out
from bot.store.outbox.states import LEAVE_OUT, change
from bot.store.tables.schema import deliveries, is_claimed, is_held, is_pending, stories
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId

# Of a digest that waited for longer no story is news.
_DIGEST_WAITS = timedelta(days=2)
_OUTGREW = Reason(code=ReasonCode.TOO_OLD, text=marked("became older than max_age while it waited"))
_UNWANTED = Reason(
    code=ReasonCode.TOO_OLD, text=marked("waited until nobody wanted to read it any more")
)
_waits = (or_(is_pending, is_held), ~is_claimed, deliveries.c.wanted_at.is_(None))


def drop_outdated(tx: Connection, before: Mapping[FeedId, datetime], now: datetime) -> int:
    """Drop waiting stories that were published before their feed's moment; return how many.

    So is a digest that tells nothing else, or that has waited for two days.
    A channel that is paused for weeks must not keep a queue that nobody wants any more.
    """
    count = 0
    for feed, moment in before.items():
        old = select(stories.c.id).where(stories.c.published < moment)
        of_feed = (*_waits, deliveries.c.feed == feed, deliveries.c.story.in_(old))
        count += change(tx, LEAVE_OUT, *of_feed, digest=None, reason=_OUTGREW)
    return count + _drop_digests(tx, before, now)


def _drop_digests(tx: Connection, before: Mapping[FeedId, datetime], now: datetime) -> int:
    """Drop waiting digests that nobody wants to read any more; return how many.

    Those are digests that waited for more than two days, or hold only stories that their feeds'
    `max_age` forbids; such stories are taken out of another one.
    """
    columns = deliveries.c
    waiting = select(columns.id, columns.created_at).where(*_waits, columns.feed == DIGEST)
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
