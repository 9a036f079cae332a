"""Times that a clock wrote which was ahead: how far they are to come, and the way back."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, case, func, or_, select, type_coerce, update

from bot.store.db.batches import in_batches
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import deliveries, feeds, is_ahead, metadata, stories, story_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection, Table

    from bot.models.basics import FeedId

_NEWEST = 20  # deliveries; one that was made before others may have been sent after them
# The feeds' own claims, which no clock of ours wrote.
_CLAIMED = frozenset({stories.c.published, story_items.c.published})


def latest_moment(tx: Connection, ids: Iterable[FeedId]) -> datetime | None:
    """Return when something was last polled, owed or sent, None in an empty database."""
    polls = [
        tx.execute(select(func.max(feeds.c.last_success)).where(feeds.c.id.in_(part))).scalar()
        for part in in_batches(dict.fromkeys(ids))
    ]
    columns = deliveries.c
    query = select(columns.created_at, columns.sent_at).order_by(columns.id.desc()).limit(_NEWEST)
    moments = [*polls, *(moment for row in tx.execute(query) for moment in row)]
    return max((moment for moment in moments if moment is not None), default=None)


def ahead_of_clock(tx: Connection, ids: Iterable[FeedId], now: datetime) -> timedelta:
    """Return how far the latest moment is still to come: more than nothing after a wrong clock.

    On a server its own clock counts, as everywhere.
    """
    latest = latest_moment(tx, ids)
    return max(latest - _clock(tx, now), timedelta(0)) if latest else timedelta(0)


def rewind(tx: Connection, ids: Iterable[FeedId], now: datetime) -> int:
    """Bring all times that are still to come back by so much that the latest moment is now.

    So their order and their distances stay. A story that its feed dates ahead keeps its date.
    Return how many rows changed; 0 where no clock was wrong.
    """
    now = _clock(tx, now)
    back = ahead_of_clock(tx, ids, now)
    if not back:
        return 0
    return sum(_rewind(tx, table, back, now) for table in metadata.sorted_tables)


def times_of(table: Table) -> Iterator[Column[datetime]]:
    """Yield the columns of `table` that hold a time of our clock."""
    for column in table.columns:
        if isinstance(column.type, UtcTime) and column not in _CLAIMED:
            yield column


def _rewind(tx: Connection, table: Table, back: timedelta, now: datetime) -> int:
    late = {column.name: _is_late(column, now) for column in times_of(table)}
    if not late:
        return 0
    step = back // timedelta(microseconds=1)
    values = {
        name: case((where, _earlier(table.c[name], step)), else_=table.c[name])
        for name, where in late.items()
    }
    return tx.execute(update(table).where(or_(*late.values())).values(values)).rowcount


def _is_late(column: Column[datetime], now: datetime) -> ColumnElement[bool]:
    is_late = column > now
    if column is deliveries.c.due:
        return and_(is_late, or_(deliveries.c.reason_code.is_(None), ~is_ahead))
    return is_late


def _earlier(column: Column[datetime], microseconds: int) -> ColumnElement[datetime]:
    return type_coerce(type_coerce(column, BigInteger) - microseconds, UtcTime())


def _clock(tx: Connection, now: datetime) -> datetime:
    if tx.dialect.name != "postgresql":
        return now
    then: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
    return then.astimezone(UTC)
