"""Choosing what may be sent now: one delivery a channel, oldest first, nobody overtaken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from bot.models import ChannelId, Delivery, DeliveryId, DeliveryState, Lane
from bot.store.holds import Holds
from bot.store.leases import LEASE, end_expired
from bot.store.pace import free_at, reserve_account
from bot.store.records import article_from_json
from bot.store.schema import deliveries, is_claimed, is_held, is_pending, stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models import Interrupted


class _Candidate(NamedTuple):
    id: DeliveryId
    channel: ChannelId


class ClaimRound:
    """One round of claiming; lives for one transaction."""

    def __init__(self, tx: Connection, owner: str, now: datetime) -> None:
        self._tx = tx
        self._owner = owner
        self._now = now
        self.expired: list[Interrupted] = []

    def claim(self, lanes: Sequence[Lane], limit: int) -> list[Delivery]:
        """Claim at most one due delivery for each of `lanes`, and `limit` in all."""
        self.expired = end_expired(self._tx, self._now)
        holds = Holds(self._tx)
        holds.hold_back(lanes)
        by_channel = {lane.channel: lane for lane in lanes}
        closed = _claimed_channels(self._tx)
        claimed: list[DeliveryId] = []
        for candidate in self._candidates(by_channel.values(), holds):
            if len(claimed) >= limit:
                break
            lane = by_channel.get(candidate.channel)
            if lane is not None and lane.channel not in closed:
                closed.add(lane.channel)
                if self._try_claim(candidate, lane, holds):
                    claimed.append(candidate.id)
        return self._deliveries(claimed)

    def _candidates(self, lanes: Iterable[Lane], holds: Holds) -> list[_Candidate]:
        """Return the first of each feed in each channel that is due, oldest first."""
        found = [_Candidate(*row) for row in self._tx.execute(_due_heads(is_pending, self._now))]
        probing = [lane.channel for lane in lanes if _may_probe(lane, holds, self._now)]
        if probing:
            held = _due_heads(is_held, self._now).where(deliveries.c.channel.in_(probing))
            found += [_Candidate(*row) for row in self._tx.execute(held)]
        return sorted(found)

    def _try_claim(self, candidate: _Candidate, lane: Lane, holds: Holds) -> bool:
        over = holds.over(lane.channel, lane.account)
        if not all(hold.is_probe_due(self._now) for hold in over):
            return False
        if free_at(self._tx, lane) > self._now:
            return False
        if not self._lease(candidate, lane):
            return False
        holds.start_probe(over, candidate.id, self._now)
        reserve_account(self._tx, lane, self._now)
        return True

    def _lease(self, candidate: _Candidate, lane: Lane) -> bool:
        result = self._tx.execute(
            update(deliveries)
            .where(deliveries.c.id == candidate.id, or_(is_pending, is_held), ~is_claimed)
            .values(
                state=DeliveryState.PENDING,
                held_by=None,
                account=lane.account,
                lease_owner=self._owner,
                lease_until=self._now + LEASE,
            )
        )
        return result.rowcount == 1

    def _deliveries(self, ids: list[DeliveryId]) -> list[Delivery]:
        if not ids:
            return []
        query = (
            select(
                deliveries.c.id,
                deliveries.c.channel,
                deliveries.c.feed,
                deliveries.c.created_at,
                deliveries.c.attempts,
                deliveries.c.without,
                stories.c.article,
            )
            .join_from(deliveries, stories, stories.c.id == deliveries.c.story)
            .where(deliveries.c.id.in_(ids))
            .order_by(deliveries.c.id)
        )
        return [_delivery(row) for row in self._tx.execute(query)]


def earliest(tx: Connection, lanes: Sequence[Lane], now: datetime) -> datetime | None:
    """Return when the first delivery of `lanes` could go out, `now` at the earliest."""
    holds = Holds(tx)
    claimed = {
        row.channel: row.lease_until
        for row in tx.execute(
            select(deliveries.c.channel, deliveries.c.lease_until).where(is_claimed)
        )
    }
    due = {row.channel: row.due for row in tx.execute(_waiting())}
    times = []
    for lane in lanes:
        until = [hold.until for hold in holds.over(lane.channel, lane.account)]
        if lane.channel in due and None not in until:
            known = [time for time in (*until, claimed.get(lane.channel)) if time is not None]
            times.append(max(now, due[lane.channel], free_at(tx, lane), *known))
    return min(times, default=None)


def _may_probe(lane: Lane, holds: Holds, now: datetime) -> bool:
    over = holds.over(lane.channel, lane.account)
    return bool(over) and all(hold.is_probe_due(now) for hold in over)


def _claimed_channels(tx: Connection) -> set[ChannelId]:
    return set(tx.execute(select(deliveries.c.channel).where(is_claimed)).scalars())


def _heads(condition: ColumnElement[bool]) -> Select[Any]:
    """Return the first delivery of each feed in each channel: the rest wait behind it."""
    return (
        select(func.min(deliveries.c.id))
        .where(condition)
        .group_by(deliveries.c.channel, deliveries.c.feed)
    )


def _due_heads(condition: ColumnElement[bool], now: datetime) -> Select[Any]:
    return select(deliveries.c.id, deliveries.c.channel).where(
        deliveries.c.id.in_(_heads(condition)), deliveries.c.due <= now
    )


def _waiting() -> Select[Any]:
    return (
        select(deliveries.c.channel, func.min(deliveries.c.due).label("due"))
        .where(deliveries.c.id.in_(_heads(or_(is_pending, is_held))))
        .group_by(deliveries.c.channel)
    )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        channel=row.channel,
        feed=row.feed,
        article=article_from_json(row.article),
        created_at=row.created_at,
        attempts=row.attempts,
        without=frozenset(row.without),
    )
