"""Feeds and channels at a glance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from bot.models import ChannelStatus, DeliveryState, FeedStatus, Reason
from bot.store.holds import Holds
from bot.store.known import in_parts
from bot.store.records import reason_of
from bot.store.schema import deliveries, feeds, holds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models import AccountId, ChannelId, FeedId

_DAY = timedelta(hours=24)
_COUNTED = (
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
)


def feed_statuses(tx: Connection, ids: Sequence[FeedId]) -> list[FeedStatus]:
    """See `Desk.feed_status`."""
    paused = _paused_feeds(tx)
    rows: dict[str, Any] = {}
    for part in in_parts(dict.fromkeys(ids)):
        query = select(feeds).where(feeds.c.id.in_(part))
        rows.update({row["id"]: row for row in tx.execute(query).mappings()})
    return [
        _feed_status(feed, rows.get(feed), paused.get(feed))
        for feed in dict.fromkeys(ids)
        if feed in rows or feed in paused
    ]


def channel_statuses(
    tx: Connection, channels: Sequence[tuple[ChannelId, AccountId | None]], now: datetime
) -> list[ChannelStatus]:
    """See `Desk.channel_status`."""
    pauses = Holds(tx)
    counts = _counts(tx)
    sent = _sent_since(tx, now - _DAY)
    return [
        ChannelStatus(
            id=channel,
            pending=counts.get((channel, DeliveryState.PENDING), 0),
            held=counts.get((channel, DeliveryState.HELD), 0),
            unknown=counts.get((channel, DeliveryState.UNKNOWN), 0),
            failed=counts.get((channel, DeliveryState.FAILED), 0),
            sent_24h=sent.get(channel, 0),
            reason=next((hold.reason for hold in pauses.over(channel, account)), None),
        )
        for channel, account in channels
    ]


def _paused_feeds(tx: Connection) -> dict[str, Reason]:
    query = select(holds.c.id, holds.c.code, holds.c.text).where(holds.c.scope == "feed")
    return {row.id: Reason(code=row.code, text=row.text) for row in tx.execute(query)}


def _feed_status(feed: FeedId, row: Any | None, pause: Reason | None) -> FeedStatus:
    if row is None:
        return FeedStatus(id=feed, paused=True, reason=pause)
    return FeedStatus(
        id=feed,
        last_success=row["last_success"],
        last_new=row["last_new"],
        errors=row["errors"],
        next_poll=row["next_poll"],
        paused=pause is not None,
        reason=pause or reason_of(row),
    )


def _counts(tx: Connection) -> dict[tuple[str, DeliveryState], int]:
    query = (
        select(deliveries.c.channel, deliveries.c.state, func.count())
        .where(deliveries.c.state.in_(_COUNTED))
        .group_by(deliveries.c.channel, deliveries.c.state)
    )
    return {(channel, state): count for channel, state, count in tx.execute(query)}


def _sent_since(tx: Connection, start: datetime) -> dict[str, int]:
    query = (
        select(deliveries.c.channel, func.count().label("sent"))
        .where(deliveries.c.state == DeliveryState.SENT, deliveries.c.sent_at > start)
        .group_by(deliveries.c.channel)
    )
    return {row.channel: row.sent for row in tx.execute(query)}
