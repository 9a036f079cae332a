"""Keeps only the keys of stories that can no longer be corrected or explained.

A key of such a story says on which day the story was last seen, as a negative `story`: 25 to 33
bytes a key is all that is left. The times of each feed's latest stories stay, too: they tell how
often it brings news (`bot/operate/alerts/silence.py`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from bot.models.basics import DeliveryState
from bot.store.db.batches import in_batches
from bot.store.db.write_locks import WriteLock
from bot.store.tables.columns import EPOCH
from bot.store.tables.events import relations
from bot.store.tables.schema import VOID, deliveries, passed_over, stories, story_items, story_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import Key
    from bot.store.db.database import Database

THIN = -1
"""The `version` of a story of which only times are left."""
RECENT = timedelta(days=8)
"""The pace of a channel counts so far back, and corrections look back so far."""
_SETTLED = (DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.RETRACTED)
# `retract --last` and the search for a post by its neighbours need the latest posts of a channel.
_POSTS = 100
# As many as tell a feed's rhythm.
_TIMES = 200
# Each transaction reads all keys once; others wait for it.
_AT_ONCE = 1000
_DAY = timedelta(days=1)
_MICROSECONDS = _DAY // timedelta(microseconds=1)
_SLICES = 16


def day_of(moment: datetime) -> int:
    """Return what the keys of a story that was last seen at `moment` have for it."""
    return -((moment - EPOCH) // _DAY)


def thin_stories(database: Database, now: datetime, explain_for: timedelta) -> int:
    """Thin the stories that no feed has shown for `explain_for`, nor a delivery needs."""
    before, total = now - max(explain_for, RECENT), 0
    with database.read() as tx:
        kept = _latest_posts(tx)
    while True:
        with database.write(WriteLock.STORIES, WriteLock.OUTBOX, durable=False) as tx:
            count = _thin_some(tx, now - explain_for, before, kept)
        total += count
        if count < _AT_ONCE:
            break
    if total:
        _forget_times(database)
    return total


def forget_keys(database: Database, before: datetime) -> None:
    """Delete the keys of thinned stories that were last seen before that day, part by part."""
    for start in range(0, 256, 256 // _SLICES):
        last = bytes([start + 256 // _SLICES - 1]) + b"\xff" * 15
        old = and_(
            story_keys.c.key.between(bytes([start]) + bytes(15), last),
            story_keys.c.story < VOID,
            story_keys.c.story > day_of(before),
        )
        with database.write(WriteLock.STORIES, durable=False) as tx:
            tx.execute(delete(story_keys).where(old))


def see_again(tx: Connection, settled: Mapping[Key, int], now: datetime) -> None:
    """Note that keys of thinned stories were shown again; once in a week is enough."""
    today = day_of(now)
    stale = [key for key, day in settled.items() if day - today >= 7]  # noqa: PLR2004 - days of a week
    if stale:
        tx.execute(
            update(story_keys)
            .where(story_keys.c.key == bindparam("of"), story_keys.c.feed == bindparam("by"))
            .values(story=today),
            [{"of": key.hash, "by": key.feed} for key in stale],
        )


def _latest_posts(tx: Connection) -> ColumnElement[bool]:
    """Return the condition that holds for the latest posts of each channel."""
    columns, conditions = deliveries.c, []
    for channel in tx.execute(select(columns.channel).distinct()).scalars().all():
        query = (
            select(columns.id)
            .where(columns.channel == channel, columns.remote_id.is_not(None))
            .order_by(columns.id.desc())
            .offset(_POSTS)
            .limit(1)
        )
        beyond = tx.execute(query).scalar() or 0
        is_post = columns.remote_id.is_not(None)
        conditions.append(and_(columns.channel == channel, columns.id > beyond, is_post))
    return or_(*conditions) if conditions else columns.id.is_(None)


def _thin_some(
    tx: Connection, seen_before: datetime, attempted_before: datetime, kept: ColumnElement[bool]
) -> int:
    columns = deliveries.c
    needed = exists().where(
        and_(
            columns.story == stories.c.id,
            or_(columns.state.not_in(_SETTLED), columns.attempted_at > attempted_before, kept),
        )
    )
    query = select(stories.c.id).where(
        stories.c.last_seen < seen_before, stories.c.version != THIN, ~needed
    )
    ids = list(tx.execute(query.limit(_AT_ONCE)).scalars())
    for part in in_batches(ids):
        last_day = (
            select(-(type_coerce(stories.c.last_seen, BigInteger) // _MICROSECONDS))
            .where(stories.c.id == story_keys.c.story)
            .scalar_subquery()
        )
        tx.execute(update(story_keys).where(story_keys.c.story.in_(part)).values(story=last_day))
        for table in (story_items, passed_over, deliveries, relations):
            tx.execute(delete(table).where(table.c.story.in_(part)))
        nothing = {"title": "", "link": None, "article": None, "corrected_at": None}
        tx.execute(update(stories).where(stories.c.id.in_(part)).values(version=THIN, **nothing))
    return len(ids)


def _forget_times(database: Database) -> None:
    with database.read() as tx:
        surplus = list(_surplus(tx))
    for feed, newest in surplus:
        old = (stories.c.feed == feed, stories.c.id <= newest, stories.c.version == THIN)
        with database.write(WriteLock.STORIES, durable=False) as tx:
            tx.execute(delete(stories).where(*old))


def _surplus(tx: Connection) -> Iterator[tuple[str, int]]:
    """Yield each feed that has more stories than tell its rhythm, and the newest one too many."""
    query = select(stories.c.feed).group_by(stories.c.feed).having(func.count() > _TIMES)
    for feed in tx.execute(query).scalars().all():
        ordered = select(stories.c.id).where(stories.c.feed == feed).order_by(stories.c.id.desc())
        yield feed, tx.execute(ordered.offset(_TIMES).limit(1)).scalar_one()
