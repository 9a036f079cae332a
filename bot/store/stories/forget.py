"""Forgets stories that are long gone from their feeds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, or_, select

from bot.models.basics import DeliveryState
from bot.store.db.batches import in_batches
from bot.store.db.write_locks import WriteLock
from bot.store.outbox.ledger import forget_charges
from bot.store.stories.thin import RECENT, forget_keys
from bot.store.tables.schema import deliveries, stories, story_keys

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.store.db.database import Database

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.HELD)
# Longer than the longest month that a budget adds up.
_LEDGER = timedelta(days=400)
# Each transaction reads all keys once, so not too few; others wait for it, so not too many.
_AT_ONCE = 5000


def forget_stories(database: Database, now: datetime, remember: timedelta) -> int:
    """Delete stories last seen before `now - remember`, unless a delivery keeps them."""
    total = 0
    with database.write(durable=False) as tx:
        forget_charges(tx, now - _LEDGER)
    forget_keys(database, now - remember)
    while True:
        with database.write(WriteLock.STORIES, WriteLock.OUTBOX, durable=False) as tx:
            count = _forget_some(tx, now, remember)
        total += count
        if count < _AT_ONCE:
            return total


def _forget_some(tx: Connection, now: datetime, remember: timedelta) -> int:
    keeping = exists().where(
        and_(
            deliveries.c.story == stories.c.id,
            or_(deliveries.c.state.in_(_OPEN), deliveries.c.attempted_at > now - RECENT),
        )
    )
    gone = select(stories.c.id).where(stories.c.last_seen < now - remember, ~keeping)
    ids = list(tx.execute(gone.limit(_AT_ONCE)).scalars())
    for part in in_batches(ids):
        tx.execute(delete(story_keys).where(story_keys.c.story.in_(part)))
        tx.execute(delete(stories).where(stories.c.id.in_(part)))
    return len(ids)
