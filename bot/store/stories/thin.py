"""Keeps only the keys of stories that can no longer be corrected or explained.

They move into `settled_keys`, with the day when the story was last seen. The times of each feed's
latest stories stay, too: they tell how often it brings news (`bot/operate/alerts/silence.py`).

All of it is done in small steps: polls and deliveries come between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from bot.models.basics import DeliveryState, Key
from bot.store.db.worker import repeated
from bot.store.stories.settled import day_of, settle
from bot.store.tables.events import relations
from bot.store.tables.schema import (
    THIN,
    VOID,
    deliveries,
    is_whole,
    passed_over,
    stories,
    story_items,
    story_keys,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from bot.models.basics import StoryId
    from bot.store.db.database import Database

RECENT = timedelta(days=8)
"""The pace of a channel counts so far back, and corrections look back so far."""
SEEN_AGAIN = timedelta(days=7)
"""A key that is shown again is noted so often, and therefore stays as much longer."""
_SETTLED = (DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.RETRACTED)
# `retract --last` and the search for a post by its neighbours need the latest posts of a channel.
_POSTS = 100
# As many as tell a feed's rhythm.
_TIMES = 200
# Some twenty milliseconds of work.
_STORIES_AT_ONCE = 100
_KEYS_AT_ONCE = 500
_DELETE_KEY = delete(story_keys).where(
    story_keys.c.key == bindparam("of"), story_keys.c.feed == bindparam("by")
)


@dataclass(slots=True)
class _Rest:
    """What is still to be thinned: stories last seen before `seen`, after the story `done`."""

    seen: datetime
    attempted: datetime
    kept: ColumnElement[bool]
    done: tuple[datetime, StoryId] | None = None


def thin_stories(database: Database, now: datetime, explain_for: timedelta) -> Iterator[int]:
    """Thin the stories that no feed has shown for `explain_for`, nor a delivery needs.

    Yield after each step how many that were.
    """
    yield from move_old_keys(database)
    with database.read() as tx:
        kept = _latest_posts(tx)
    attempted = now - max(explain_for, RECENT)
    rest = _Rest(seen=now - explain_for, attempted=attempted, kept=kept)
    total, count = 0, None
    while count != 0:
        count = repeated(partial(_thin_some, database, rest))
        total += count
        yield count
    if total:
        yield from _forget_times(database)


def move_old_keys(database: Database) -> Iterator[int]:
    """Move the keys of thinned stories that an older newsbot left in `story_keys`."""
    count = None
    while count != 0:
        count = repeated(partial(_move_some, database))
        yield 0


def see_again(tx: Connection, settled: Mapping[Key, int], now: datetime) -> None:
    """Note that keys of thinned stories were shown again; once in `SEEN_AGAIN` is enough."""
    today = day_of(now)
    settle(tx, {key: today for key, day in settled.items() if today - day >= SEEN_AGAIN.days})


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


def _thin_some(database: Database, rest: _Rest) -> int:
    """Thin the next stories, the longest unseen first; return how many, 0 at the end."""
    with database.write(durable=False) as tx:
        rows = tx.execute(_next_stories(rest)).all()
        if not rows:
            return 0
        days = {row.id: day_of(row.last_seen) for row in rows}
        _settle_keys(tx, days)
        ids = list(days)
        for table in (story_keys, story_items, passed_over, deliveries, relations):
            tx.execute(delete(table).where(table.c.story.in_(ids)))
        nothing = {"title": "", "link": None, "article": None, "corrected_at": None}
        tx.execute(update(stories).where(stories.c.id.in_(ids)).values(version=THIN, **nothing))
    rest.done = (rows[-1].last_seen, rows[-1].id)
    return len(rows)


def _next_stories(rest: _Rest) -> Select[tuple[StoryId, datetime]]:
    columns = deliveries.c
    is_needed = or_(
        columns.state.not_in(_SETTLED), columns.attempted_at > rest.attempted, rest.kept
    )
    query = (
        select(stories.c.id, stories.c.last_seen)
        .where(stories.c.last_seen < rest.seen, is_whole)
        .where(~exists().where(columns.story == stories.c.id, is_needed))
        .order_by(stories.c.last_seen, stories.c.id)
        .limit(_STORIES_AT_ONCE)
    )
    if rest.done is None:
        return query
    seen, id_ = rest.done
    is_later = or_(stories.c.last_seen > seen, stories.c.id > id_)
    return query.where(stories.c.last_seen >= seen, is_later)


def _settle_keys(tx: Connection, days: Mapping[StoryId, int]) -> None:
    keys = select(story_keys.c.key, story_keys.c.feed, story_keys.c.story)
    rows = tx.execute(keys.where(story_keys.c.story.in_(list(days))))
    settle(tx, {Key(hash_, feed): days[story] for hash_, feed, story in rows})


def _move_some(database: Database) -> int:
    columns = story_keys.c
    query = select(columns.key, columns.feed, columns.story).where(columns.story < VOID)
    with database.write(durable=False) as tx:
        rows = tx.execute(query.limit(_KEYS_AT_ONCE)).all()
        if rows:
            settle(tx, {Key(hash_, feed): -story for hash_, feed, story in rows})
            moved = [{"of": hash_, "by": feed} for hash_, feed, _ in rows]
            tx.execute(_DELETE_KEY, moved)
    return len(rows)


def _forget_times(database: Database) -> Iterator[int]:
    with database.read() as tx:
        surplus = list(_surplus(tx))
    for feed, newest in surplus:
        old = (stories.c.feed == feed, stories.c.id <= newest, ~is_whole)
        count = None
        while count != 0:
            count = repeated(partial(_delete_some, database, old))
            yield 0


def _delete_some(database: Database, which: tuple[ColumnElement[bool], ...]) -> int:
    some = select(stories.c.id).where(*which).limit(_KEYS_AT_ONCE)
    with database.write(durable=False) as tx:
        ids = tx.execute(some).scalars().all()
        if ids:
            tx.execute(delete(stories).where(stories.c.id.in_(ids)))
    return len(ids)


def _surplus(tx: Connection) -> Iterator[tuple[str, StoryId]]:
    """Yield each feed that has more stories than tell its rhythm, and the newest one too many."""
    query = select(stories.c.feed).group_by(stories.c.feed).having(func.count() > _TIMES)
    for feed in tx.execute(query).scalars().all():
        ordered = select(stories.c.id).where(stories.c.feed == feed).order_by(stories.c.id.desc())
        yield feed, tx.execute(ordered.offset(_TIMES).limit(1)).scalar_one()
