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
from bot.store.outbox.digest_plans import waiting_for_digests
from bot.store.outbox.digests import DIGEST
from bot.store.outbox.pace import paced_until, silences
from bot.store.outbox.states import is_paused
from bot.store.outbox.turns import Turn, is_of_slot, plan_of
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
    from bot.models.outbox import Lane, Slot

LEAST = timedelta(hours=1)
"""A channel that sends nothing for less is only slow."""
# Each by its own condition: a partial index serves no other.
_WAITS = (is_pending, is_paused, and_(is_unknown, is_sought), and_(is_claimed, is_sending))
# A date or a budget that states when it goes on: that is no silence.
_STATED = (ReasonCode.FUTURE_DATE, ReasonCode.BUDGET)
_FREE = (DeliveryState.PENDING, DeliveryState.HELD)
_OUT = (DeliveryState.SENT, DeliveryState.RETRACTED)


def waiting_lanes(tx: Connection, lanes: Sequence[Lane], now: datetime) -> tuple[Waiting, ...]:
    """Return those of `lanes` whose stories wait for `LEAST`, or will have when one may go out.

    Judged by the first story of each feed in each channel, since the others wait behind it.
    """
    heads = _heads(tx, lanes, now)
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
    since = min(_start(lane, row) for row in heads)
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


def _heads(tx: Connection, lanes: Sequence[Lane], now: datetime) -> dict[ChannelId, list[Any]]:
    columns = deliveries.c
    by_channel = {lane.channel: lane for lane in lanes}
    # Nothing waits behind a story that is dated ahead, or that a digest will tell at its time.
    ahead = select(columns.id).where(is_ahead, is_pending, columns.due > now)
    for_digests = waiting_for_digests(tx, lanes).items()
    planned = [id_ for id_, row in for_digests if _is_early(by_channel[row.channel], row)]
    apart = [*tx.execute(ahead).scalars(), *planned]
    ids = [id_ for state in _WAITS for id_ in _first_ids(tx, state, apart)]
    found: defaultdict[ChannelId, list[Any]] = defaultdict(list)
    for part in in_batches(ids):
        for row in tx.execute(select(deliveries).where(columns.id.in_(part))).mappings():
            is_stated = row["reason_code"] in _STATED and row["due"] > now
            if not is_stated and not _waits_for_its_time(by_channel.get(row["channel"]), row):
                found[row["channel"]].append(row)
    return dict(found)


def _is_early(lane: Lane, row: Any) -> bool:
    plan = plan_of(lane, row)
    return plan is not None and not is_of_slot(plan.slot, row)


def _waits_for_its_time(lane: Lane | None, row: Any) -> bool:
    """Tell whether the story goes at the next fixed time only, alone or in a digest."""
    slot = None if lane is None else _slot_of(lane, row)
    return slot is not None and not is_of_slot(slot, _turn(row))


def _slot_of(lane: Lane, row: Any) -> Slot | None:
    """Return the fixed time that a waiting story goes by, None where it goes at any."""
    if row["state"] not in _FREE or row["feed"] in lane.urgent or row["feed"] == DIGEST:
        return None
    plan = plan_of(lane, _turn(row))
    return plan.slot if plan else lane.slot


def _turn(row: Any) -> Turn:
    return Turn(*(row[name] for name in Turn._fields))


def _first_ids(
    tx: Connection, state: ColumnElement[bool], without: Sequence[DeliveryId]
) -> Iterator[DeliveryId]:
    columns = deliveries.c
    query = select(func.min(columns.id)).where(state, columns.id.not_in(without))
    yield from tx.execute(query.group_by(columns.channel, columns.feed)).scalars()


def _start(lane: Lane, row: Any) -> datetime:
    """Return since when the story could have gone out; `due` moves with each try."""
    slot = _slot_of(lane, row)
    return max(_owed_since(row), slot.begin) if slot else _owed_since(row)


def _owed_since(row: Any) -> datetime:
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
