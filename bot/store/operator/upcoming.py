"""What waits for channels, with all that their pace goes by."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, not_, or_, select

from bot.models.overview import Queue, Upcoming
from bot.store.outbox.pace import silences
from bot.store.tables.schema import deliveries, is_ahead, is_held, is_pending, stories

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import ChannelId
    from bot.models.outbox import Lane

# Each by its own condition: a partial index serves no other.
_WAITS: Final = (is_pending, is_held)
_SHOWN: Final = (
    "id", "story", "channel", "feed", "due", "attempted_at", "wanted_at", "first_at",
    "held_by",
)  # fmt: skip
_columns = deliveries.c


def queues(
    tx: Connection, lanes: Sequence[Lane], since: datetime, limit: int
) -> dict[ChannelId, Queue]:
    """Return the queue of each lane: its `limit` oldest rows, and what was attempted `since`."""
    channels = [lane.channel for lane in lanes]
    total: Counter[ChannelId] = Counter()
    for state in _WAITS:
        query = select(_columns.channel, func.count()).where(state, _columns.channel.in_(channels))
        total.update({row[0]: row[1] for row in tx.execute(query.group_by(_columns.channel))})
    silent = silences(tx, lanes)
    return {
        channel: Queue(
            rows=tuple(_rows(tx, channel, limit)) if total[channel] else (),
            total=total[channel],
            taken=_taken(tx, channel, since),
            silent_until=silent.get(channel),
        )
        for channel in channels
    }


def _rows(tx: Connection, channel: ChannelId, limit: int) -> list[Upcoming]:
    found = [row for state in _WAITS for row in _of_state(tx, state, channel, limit)]
    first = sorted(found, key=lambda row: (row.first_at is None, row.id))[:limit]
    return sorted(first, key=lambda row: row.id)


def _of_state(
    tx: Connection, state: ColumnElement[bool], channel: ChannelId, limit: int
) -> Iterator[Upcoming]:
    query = (
        select(*(_columns[name] for name in _SHOWN), stories.c.title, is_ahead.label("is_ahead"))
        .join_from(deliveries, stories, stories.c.id == _columns.story)
        .where(state, _columns.channel == channel)
        .order_by(_columns.first_at.is_(None), _columns.id)
        .limit(limit)
    )
    for row in tx.execute(query).mappings():
        yield Upcoming(**{**row, "is_ahead": bool(row["is_ahead"])})


def _taken(tx: Connection, channel: ChannelId, since: datetime) -> tuple[datetime, ...]:
    """Return the attempts that windows count, as `pace.free_at` counts them."""
    query = (
        select(_columns.attempted_at)
        .where(_columns.channel == channel, _columns.attempted_at > since)
        .where(not_(or_(is_pending, is_held)))
        .order_by(_columns.attempted_at)
    )
    return tuple(tx.execute(query).scalars())
