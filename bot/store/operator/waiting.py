"""Channels that have something to send and send nothing, and what keeps it back."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from bot.models.alerts import Waiting
from bot.models.basics import DeliveryState
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.outbox.pace import paced_until, silences
from bot.store.outbox.states import is_paused
from bot.store.tables.columns import EPOCH
from bot.store.tables.records import reason_of
from bot.store.tables.schema import (
    deliveries,
    is_ahead,
    is_claimed,
    is_pending,
    is_sending,
    is_sought,
    is_unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import ChannelId, DeliveryId, Reason
    from bot.models.outbox import Lane

LEAST = timedelta(hours=1)
"""A channel that sends nothing for less is only slow."""
# Each by its own condition: a partial index serves no other.
_WAITS = (is_pending, is_paused, and_(is_unknown, is_sought), and_(is_claimed, is_sending))
# A date or a budget that states when it goes on: that is no silence.
_STATED = (ReasonCode.FUTURE_DATE, ReasonCode.BUDGET)
_OUT = (DeliveryState.SENT, DeliveryState.RETRACTED)


def waiting_lanes(tx: Connection, lanes: Sequence[Lane], now: datetime) -> tuple[Waiting, ...]:
    """Return those of `lanes` whose stories wait for `LEAST`, or will have when one may go out.

    Judged by the first story of each feed in each channel, since the others wait behind it.
    """
    heads = _heads(tx, now)
    silent = silences(tx, lanes)
    found = (
        _waiting(tx, lane, heads[lane.channel], silent.get(lane.channel, EPOCH), now)
        for lane in lanes
        if lane.channel in heads
    )
    return tuple(one for one in found if one is not None)


def _waiting(
    tx: Connection, lane: Lane, heads: Sequence[Any], silent: datetime, now: datetime
) -> Waiting | None:
    next_try = max(now, silent, min(_next_try(row, now) for row in heads))
    since = min(_start(row) for row in heads)
    if next_try - since < LEAST:
        return None
    since = max(since, _last_out(tx, lane.channel), paced_until(tx, lane))
    if next_try - since < LEAST:
        return None
    tried = max(heads, key=_tried_at)
    reason = reason_of(tried) if tried["attempts"] else None
    return Waiting(
        channel=lane.channel,
        since=since,
        next_try=next_try,
        reason=reason or (_reason_of_account(tx, lane) if silent > now else None),
        tried_at=tried["attempted_at"] if reason else None,
    )


def _heads(tx: Connection, now: datetime) -> dict[ChannelId, list[Any]]:
    columns = deliveries.c
    # Nothing waits behind a story that is dated ahead.
    ahead = select(columns.id).where(is_ahead, is_pending, columns.due > now)
    dated = list(tx.execute(ahead).scalars())
    ids = [id_ for state in _WAITS for id_ in _first_ids(tx, state, dated)]
    found: defaultdict[ChannelId, list[Any]] = defaultdict(list)
    for part in in_batches(ids):
        for row in tx.execute(select(deliveries).where(columns.id.in_(part))).mappings():
            if row["reason_code"] not in _STATED or row["due"] <= now:
                found[row["channel"]].append(row)
    return dict(found)


def _first_ids(
    tx: Connection, state: ColumnElement[bool], without: Sequence[DeliveryId]
) -> Iterator[DeliveryId]:
    columns = deliveries.c
    query = select(func.min(columns.id)).where(state, columns.id.not_in(without))
    yield from tx.execute(query.group_by(columns.channel, columns.feed)).scalars()


def _start(row: Any) -> datetime:
    """Return since when the story could have gone out; `due` moves with each try."""
    if not row["attempts"] or row["reason_code"] in _STATED:
        return row["due"]  # type: ignore[no-any-return] # a row of any table
    created, wanted = row["created_at"], row["wanted_at"]
    return max(created, wanted) if wanted else created  # type: ignore[no-any-return] # as above


def _next_try(row: Any, now: datetime) -> datetime:
    return row["due"] if row["state"] is DeliveryState.PENDING else row["search_at"] or now


def _tried_at(row: Any) -> datetime:
    return row["attempted_at"] or EPOCH


def _last_out(tx: Connection, channel: ChannelId) -> datetime:
    columns = deliveries.c
    query = (
        select(columns.sent_at)
        .where(columns.channel == channel, columns.attempted_at.is_not(None))
        .where(columns.state.in_(_OUT))
        .order_by(columns.attempted_at.desc())
        .limit(1)
    )
    return tx.execute(query).scalar() or EPOCH


def _reason_of_account(tx: Connection, lane: Lane) -> Reason | None:
    """Return why another channel of the account was refused last: its wait is all channels'."""
    columns = deliveries.c
    query = (
        select(deliveries)
        .where(columns.account == lane.account, columns.attempted_at.is_not(None))
        .order_by(columns.attempted_at.desc())
        .limit(1)
    )
    row = tx.execute(query).mappings().first()
    return None if row is None else reason_of(row)
