"""Forgets stories that are long gone from their feeds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, or_, select

from bot.models.basics import DeliveryState
from bot.store.db.worker import repeated
from bot.store.outbox.ledger import forget_charges
from bot.store.stories.settled import day_of, forget_settled
from bot.store.stories.thin import RECENT, SEEN_AGAIN, move_old_keys
from bot.store.tables.schema import deliveries, feed_channels, feeds, stories, story_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.store.db.database import Database

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.HELD)
# Longer than the longest month that a budget adds up.
_LEDGER = timedelta(days=400)
# Some twenty milliseconds of work: polls and deliveries come between two steps.
_STORIES_AT_ONCE = 200


def forget_stories(database: Database, now: datetime, remember: timedelta) -> Iterator[int]:
    """Delete stories last seen before `now - remember`, unless a delivery keeps them.

    A feed that was not read since then begins as a new one: it would tell all of them again.
    Yield after each step how many that were.
    """
    with database.write(durable=False) as tx:
        forget_charges(tx, now - _LEDGER)
    repeated(partial(_forget_feeds, database, now - remember))
    yield from move_old_keys(database)
    before = day_of(now - remember - SEEN_AGAIN)
    row: int | None = -1
    while row is not None:
        row = repeated(partial(_forget_keys, database, before, row))
        yield 0
    count = None
    while count != 0:
        count = repeated(partial(_forget_some, database, now, remember))
        yield count


def _forget_feeds(database: Database, before: datetime) -> None:
    with database.write(durable=False) as tx:
        away = select(feeds.c.id).where(feeds.c.last_success < before)
        tx.execute(delete(feed_channels).where(feed_channels.c.feed.in_(away)))


def _forget_keys(database: Database, before: int, after: int) -> int | None:
    with database.write(durable=False) as tx:
        return forget_settled(tx, before, after)


def _forget_some(database: Database, now: datetime, remember: timedelta) -> int:
    keeping = exists().where(
        and_(
            deliveries.c.story == stories.c.id,
            or_(deliveries.c.state.in_(_OPEN), deliveries.c.attempted_at > now - RECENT),
        )
    )
    gone = select(stories.c.id).where(stories.c.last_seen < now - remember, ~keeping)
    with database.write(durable=False) as tx:
        ids = list(tx.execute(gone.limit(_STORIES_AT_ONCE)).scalars())
        if ids:
            tx.execute(delete(story_keys).where(story_keys.c.story.in_(ids)))
            tx.execute(delete(stories).where(stories.c.id.in_(ids)))
    return len(ids)
