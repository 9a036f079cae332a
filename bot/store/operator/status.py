"""Feeds and channels at a glance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from bot.models.basics import DeliveryState, FeedId, Reason
from bot.models.feeds import MOVED_AFTER
from bot.models.reasons import ReasonCode
from bot.models.views import ChannelStatus, FeedStatus, LastError
from bot.store.db.batches import in_batches
from bot.store.outbox.pauses import Pauses
from bot.store.outbox.states import is_stormy
from bot.store.tables.records import reason_of
from bot.store.tables.schema import (
    deliveries,
    feeds,
    is_failed,
    is_held,
    is_pending,
    is_unknown,
    pauses,
    stories,
)
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import AccountId, ChannelId

_DAY = timedelta(hours=24)
_OF_FEED = tuple(
    feeds.c[name]
    for name in (
        "id", "last_success", "last_new", "errors", "next_poll", "storm_since", "reason_code",
        "reason_text", "rhythm", "moved", "agreeing",
    )
)  # fmt: skip
# Each by its own condition: a partial index serves no other.
_COUNTED = (
    (DeliveryState.PENDING, is_pending),
    (DeliveryState.HELD, is_held),
    (DeliveryState.UNKNOWN, is_unknown),
    (DeliveryState.FAILED, is_failed),
)
# An attempt ends within its lease of a minute: a post sent in a day began not much earlier.
_ATTEMPT = timedelta(hours=1)


def feed_statuses(tx: Connection, ids: Sequence[FeedId]) -> list[FeedStatus]:
    """Return the feeds of `ids` that were ever polled or paused."""
    paused = _paused_feeds(tx)
    rows: dict[str, Any] = {}
    for part in in_batches(dict.fromkeys(ids)):
        query = select(*_OF_FEED).where(feeds.c.id.in_(part))
        rows.update({row["id"]: row for row in tx.execute(query).mappings()})
    return [
        _feed_status(feed, rows.get(feed), paused.get(feed))
        for feed in dict.fromkeys(ids)
        if feed in rows or feed in paused
    ]


def channel_statuses(
    tx: Connection, channels: Sequence[tuple[ChannelId, AccountId | None]], now: datetime
) -> list[ChannelStatus]:
    """Return the queue of each channel; its account's pause counts as its own."""
    pauses = Pauses(tx)
    counts = _counts(tx)
    sent = _sent_since(tx, [channel for channel, _ in channels], now - _DAY)
    return [
        ChannelStatus(
            id=channel,
            pending=counts.get((channel, DeliveryState.PENDING), 0),
            held=counts.get((channel, DeliveryState.HELD), 0),
            unknown=counts.get((channel, DeliveryState.UNKNOWN), 0),
            failed=counts.get((channel, DeliveryState.FAILED), 0),
            sent_24h=sent.get(channel, 0),
            reason=next((pause.reason for pause in pauses.over(channel, account)), None),
        )
        for channel, account in channels
    ]


def _paused_feeds(tx: Connection) -> dict[str, Reason]:
    query = select(pauses.c.id, pauses.c.code, pauses.c.text).where(pauses.c.scope == "feed")
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
        storm_since=row["storm_since"],
        reason=pause or _storm(row) or reason_of(row),
        rhythm=row["rhythm"],
        moved=row["moved"] if row["agreeing"] >= MOVED_AFTER else None,
    )


def _storm(row: Any) -> Reason | None:
    if row["storm_since"] is None:
        return None
    text = told(
        "it brought too much at once: look, then `newsbot feeds release {feed}`", feed=row["id"]
    )
    return Reason(code=ReasonCode.STORM, text=text)


def storms(tx: Connection) -> dict[FeedId, int]:
    """Return how many deliveries of each storming feed wait for the operator."""
    query = select(feeds.c.id).where(feeds.c.storm_since.is_not(None))
    found = dict.fromkeys(tx.execute(query).scalars(), 0)
    columns = deliveries.c
    query = select(columns.feed, func.count().label("held")).where(is_stormy)
    found.update({row.feed: row.held for row in tx.execute(query.group_by(columns.feed))})
    return {FeedId(feed): count for feed, count in found.items()}


def _counts(tx: Connection) -> dict[tuple[str, DeliveryState], int]:
    return {
        (channel, state): count
        for state, condition in _COUNTED
        for channel, count in count_by_channel(tx, condition).items()
    }


def count_by_channel(tx: Connection, condition: ColumnElement[bool]) -> dict[ChannelId, int]:
    """Return how many deliveries of each channel meet `condition`, one with an index of its own."""
    # Grouped as that index is sorted: SQLite would read the whole outbox otherwise.
    columns = deliveries.c
    query = (
        select(columns.channel, func.count())
        .where(condition)
        .group_by(columns.channel, columns.feed)
    )
    found: dict[ChannelId, int] = {}
    for channel, count in tx.execute(query):
        found[channel] = found.get(channel, 0) + count
    return found


def delays(
    tx: Connection, channels: Sequence[ChannelId], start: datetime
) -> dict[ChannelId, list[timedelta]]:
    """Return how old the news was that `channels` were sent since `start`, post by post.

    From publication to post; feeds that tell no time are left out.
    """
    found: dict[ChannelId, list[timedelta]] = {}
    for part in in_batches(dict.fromkeys(channels)):
        query = (
            select(deliveries.c.channel, deliveries.c.sent_at, stories.c.published)
            .join_from(deliveries, stories, stories.c.id == deliveries.c.story)
            .where(*_sent_by(part, start), stories.c.published.is_not(None))
        )
        for channel, sent_at, published in tx.execute(query):
            found.setdefault(channel, []).append(max(sent_at - published, timedelta(0)))
    return found


def last_errors(tx: Connection, ids: Collection[FeedId], limit: int) -> list[LastError]:
    """Return the last errors, in the feeds `ids` or with posts, that are not mended yet.

    Newest first.
    """
    failing = select(feeds).where(feeds.c.errors > 0, feeds.c.last_poll.is_not(None))
    of_feeds = [
        LastError(scope="feed", subject=row["id"], at=row["last_poll"], reason=reason)
        for row in tx.execute(failing.order_by(feeds.c.last_poll.desc())).mappings()
        if row["id"] in ids and (reason := reason_of(row))
    ]
    found = [
        *of_feeds,
        *(error for one in (is_unknown, is_failed) for error in _ended(tx, one, limit)),
    ]
    return sorted(found, key=lambda error: error.at, reverse=True)[:limit]


def _ended(tx: Connection, state: ColumnElement[bool], limit: int) -> list[LastError]:
    """Return why the newest deliveries in `state` are so, one of each feed in each channel."""
    columns = deliveries.c
    # The newest of each feed in each channel: as the index of the state is sorted.
    newest = select(func.max(columns.id)).where(state).group_by(columns.channel, columns.feed)
    query = (
        select(deliveries).where(columns.id.in_(newest)).order_by(columns.id.desc()).limit(limit)
    )
    return [
        LastError(
            scope="delivery",
            subject=f"{row['id']} to {row['channel']}",
            at=row["attempted_at"] or row["created_at"],
            reason=reason,
        )
        for row in tx.execute(query).mappings()
        if (reason := reason_of(row))
    ]


def _sent_by(channels: Sequence[ChannelId], start: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.channel.in_(channels),
        deliveries.c.attempted_at > start - _ATTEMPT,
        deliveries.c.state == DeliveryState.SENT,
        deliveries.c.sent_at > start,
    )


def _sent_since(tx: Connection, channels: Sequence[ChannelId], start: datetime) -> dict[str, int]:
    query = (
        select(deliveries.c.channel, func.count().label("sent"))
        .where(*_sent_by(channels, start))
        .group_by(deliveries.c.channel)
    )
    return {row.channel: row.sent for row in tx.execute(query)}
