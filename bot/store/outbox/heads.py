"""What may be next: the first delivery of each feed in each channel; the rest waits behind it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
)

from bot.store.outbox.states import is_paused
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import deliveries, is_ahead, is_first, is_pending

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection

    from bot.models.basics import ChannelId, DeliveryId

    _Time = datetime | BindParameter[datetime]

LOOKING = timedelta(minutes=15)
"""How long a feed's next story waits for one that may or may not have arrived before it."""
_SHOWN = ("channel", "feed", "due", "attempted_at", "wanted_at", "first_at")
_older = deliveries.alias("older")
_now: ColumnElement[datetime] = bindparam("now", type_=UtcTime)
_DATED_AHEAD = select(deliveries.c.id).where(is_ahead, is_pending, deliveries.c.due > _now)


def waiting_heads(
    tx: Connection, now: datetime, apart: Collection[DeliveryId]
) -> Mapping[ChannelId, Sequence[Any]]:
    """Return what may go next in each channel, with the time before which it certainly cannot.

    Nothing waits behind what stands `apart`.
    """
    ahead = [*dated_ahead(tx, now), *apart]
    found: defaultdict[ChannelId, list[tuple[Any, datetime]]] = defaultdict(list)
    for row in tx.execute(_waiting(now, ahead)):
        found[row.channel].append((row, row.due))
    for row in tx.execute(_behind_doubt(now, ahead)):
        found[row.channel].append((row, max(row.due, row.doubt + LOOKING)))
    return found


def _heads(condition: ColumnElement[bool]) -> CompoundSelect[Any]:
    """Return the first delivery of each feed in each channel, behind which the rest waits.

    And what the operator moved to the front.
    """
    id_, feed = deliveries.c.id, (deliveries.c.channel, deliveries.c.feed)
    oldest = select(func.min(id_)).where(condition).group_by(*feed)
    return union_all(oldest, select(id_).where(is_first, condition))


def _due_heads(condition: ColumnElement[bool]) -> Select[Any]:
    columns = deliveries.c
    return select(columns.id, *(columns[name] for name in _SHOWN)).where(
        columns.id.in_(_heads(condition)),
        columns.due <= _now,
        ~_is_behind_doubt(bindparam("looking_since", type_=UtcTime)),
    )


def _is_behind_doubt(looking_since: _Time) -> ColumnElement[bool]:
    """Return the condition that an older one of the feed may yet have to be sent again."""
    return exists().where(_is_doubt_before(looking_since))


def _is_doubt_before(looking_since: _Time) -> ColumnElement[bool]:
    return and_(
        _older.c.search_at.is_not(None),
        _older.c.channel == deliveries.c.channel,
        _older.c.feed == deliveries.c.feed,
        _older.c.id < deliveries.c.id,
        # After a long stop nobody has looked yet, however long ago the attempt was.
        or_(_older.c.attempted_at > looking_since, _older.c.searches == 0),
    )


# Put together once: they are asked before each post.
DUE = _due_heads(is_pending & deliveries.c.id.not_in(bindparam("ahead", expanding=True)))
DUE_HELD = _due_heads(is_paused & deliveries.c.id.not_in(bindparam("ahead", expanding=True))).where(
    deliveries.c.channel.in_(bindparam("channels", expanding=True))
)


def dated_ahead(tx: Connection, now: datetime) -> list[DeliveryId]:
    """Return the deliveries that wait for the date of their story: nothing waits behind them."""
    return list(tx.execute(_DATED_AHEAD, {"now": now}).scalars())


def _may_be_next(ahead: Sequence[DeliveryId]) -> ColumnElement[bool]:
    id_ = deliveries.c.id
    heads = _heads(or_(is_pending, is_paused) & id_.not_in(ahead))
    return or_(id_.in_(heads), id_.in_(ahead))


def _waiting(now: datetime, ahead: Sequence[DeliveryId]) -> Select[Any]:
    return select(*(deliveries.c[name] for name in _SHOWN)).where(
        _may_be_next(ahead), ~_is_behind_doubt(now - LOOKING)
    )


def _behind_doubt(now: datetime, ahead: Sequence[DeliveryId]) -> Select[Any]:
    """Return what waits for a doubt before it, with the last attempt that it waits for."""
    return (
        select(
            *(deliveries.c[name] for name in _SHOWN), func.max(_older.c.attempted_at).label("doubt")
        )
        .join_from(deliveries, _older, _is_doubt_before(now - LOOKING))
        .where(_may_be_next(ahead))
        .group_by(deliveries.c.id, *(deliveries.c[name] for name in _SHOWN))
        # One that nobody has looked for yet is waited for however long that takes.
        .having(func.min(_older.c.searches) > 0)
    )
