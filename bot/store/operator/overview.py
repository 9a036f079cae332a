"""What the desk in the browser shows: bounded reads, however much the database holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, case, func, select, type_coerce

from bot.models.basics import DeliveryState, Reason
from bot.models.overview import Decision, FeedShare, LastPost, LatestStory
from bot.models.views import FeedStatus
from bot.store.db.batches import in_batches
from bot.store.db.worker import reads
from bot.store.operator.upcoming import queues
from bot.store.outbox.pauses import Pauses
from bot.store.tables.facts import feed_facts
from bot.store.tables.records import article_from_json, reason_of, record
from bot.store.tables.schema import (
    deliveries,
    feeds,
    is_filtered,
    is_pending,
    passed_over,
    pauses,
    stories,
    story_items,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.alerts import Pause
    from bot.models.basics import AccountId, ChannelId, FeedId
    from bot.store.db.database import Database

_LATEST: Final = 20_000
"""Stories, of which the shares of feeds are told: a scan of them takes some 20 ms."""
_TIMES: Final = 300


def decisions(tx: Connection, accounts: Collection[AccountId], limit: int) -> list[Decision]:
    """Return the latest decisions, newest first.

    That are attempts through the `accounts` or none, new deliveries, and stories passed over.
    """
    columns = deliveries.c
    lanes = [columns.account.is_(None), *(columns.account == one for one in accounts)]
    found = [*_made(tx, columns.id.is_not(None), columns.id, limit)]
    for lane in lanes:
        found += _made(tx, lane & columns.attempted_at.is_not(None), columns.attempted_at, limit)
    found += _passed(tx, limit)
    each = {one.key: one for one in found}
    return sorted(each.values(), key=lambda one: (one.at, one.story), reverse=True)[:limit]


def _made(
    tx: Connection, where: ColumnElement[bool], order: ColumnElement[Any], limit: int
) -> list[Decision]:
    columns = deliveries.c
    query = (
        select(
            columns.story,
            columns.channel,
            columns.feed,
            columns.state,
            columns.created_at,
            columns.attempted_at,
            columns.sent_at,
            columns.reason_code,
            columns.reason_text,
            stories.c.title,
        )
        .join_from(deliveries, stories, stories.c.id == columns.story)
        .where(where)
        .order_by(order.desc())
        .limit(limit)
    )
    return [
        Decision(
            story=row["story"],
            channel=row["channel"],
            feed=row["feed"],
            state=row["state"].value,
            title=row["title"],
            at=row["sent_at"] or row["attempted_at"] or row["created_at"],
            reason=reason_of(row),
        )
        for row in tx.execute(query).mappings()
    ]


def _passed(tx: Connection, limit: int) -> list[Decision]:
    columns = passed_over.c
    query = (
        select(passed_over, stories.c.title)
        .join_from(passed_over, stories, stories.c.id == columns.story)
        .order_by(columns.story.desc())
        .limit(limit)
    )
    return [
        Decision(
            story=row.story,
            channel=row.channel,
            feed=row.feed,
            state="skipped",
            title=row.title,
            at=row.at,
            reason=Reason(code=row.code, text=row.text),
        )
        for row in tx.execute(query)
    ]


def last_posts(tx: Connection, channels: Sequence[ChannelId]) -> dict[ChannelId, LastPost]:
    """Return the latest post of each channel that ever got one."""
    columns = deliveries.c
    found = {}
    for channel in channels:
        query = (
            select(deliveries, stories.c.title)
            .join_from(deliveries, stories, stories.c.id == columns.story)
            .where(columns.channel == channel, columns.state == DeliveryState.SENT)
            .order_by(columns.attempted_at.desc())
            .limit(1)
        )
        row = tx.execute(query).first()
        if row is not None and row.sent_at is not None:
            found[channel] = LastPost(
                id=row.id,
                story=row.story,
                channel=channel,
                title=row.title,
                text=row.text or "",
                sent_at=row.sent_at,
                url=row.remote_url,
            )
    return found


def next_due(tx: Connection, channels: Sequence[ChannelId]) -> dict[ChannelId, datetime]:
    """Return when the first of what waits in each channel is due."""
    columns = deliveries.c
    query = (
        select(columns.channel, func.min(columns.due))
        .where(is_pending, columns.channel.in_(channels))
        .group_by(columns.channel)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def standing_pauses(tx: Connection) -> tuple[Pause, ...]:
    """Return all pauses, feeds' too."""
    return Pauses(tx).views()


def feed_briefs(tx: Connection) -> dict[FeedId, FeedStatus]:
    """Return all feeds that were ever polled or paused, without what is long to read."""
    query = select(pauses.c.id, pauses.c.code, pauses.c.text).where(pauses.c.scope == "feed")
    paused = {row.id: Reason(code=row.code, text=row.text) for row in tx.execute(query)}
    columns = feeds.c
    query = select(
        columns.id,
        columns.last_success,
        columns.last_new,
        columns.errors,
        columns.next_poll,
        columns.reason_code,
        columns.reason_text,
        columns.storm_since,
    )
    found = {id_: FeedStatus(id=id_, paused=True, reason=why) for id_, why in paused.items()}
    for row in tx.execute(query).mappings():
        id_ = row["id"]
        found[id_] = FeedStatus(
            id=id_,
            last_success=row["last_success"],
            last_new=row["last_new"],
            errors=row["errors"],
            next_poll=row["next_poll"],
            paused=id_ in paused,
            storm_since=row["storm_since"],
            reason=paused.get(id_) or reason_of(row),
        )
    return found


def feed_shares(tx: Connection) -> dict[FeedId, FeedShare]:
    """Return what became of each feed's items among the latest stories."""
    newest = tx.execute(select(func.max(stories.c.id))).scalar() or 0
    oldest = newest - _LATEST
    columns = story_items.c
    is_own = columns.feed == stories.c.feed
    # The story's time stands in for that of an item without one.
    written = type_coerce(func.coalesce(columns.published, stories.c.published), BigInteger)
    seen = type_coerce(columns.first_seen, BigInteger)
    late = case((seen > written, seen - written))
    query = (
        select(columns.feed, func.sum(case((is_own, 1), else_=0)), func.count(), func.avg(late))
        .join_from(story_items, stories, stories.c.id == columns.story)
        .where(columns.story > oldest)
        .group_by(columns.feed)
    )
    rows = tx.execute(query).all()
    kept_out = (
        select(passed_over.c.feed, func.count(passed_over.c.story.distinct()))
        .where(is_filtered, passed_over.c.story > oldest)
        .group_by(passed_over.c.feed)
    )
    filtered = {row[0]: row[1] for row in tx.execute(kept_out)}
    return {
        feed: FeedShare(
            own=int(own or 0),
            merged=items - int(own or 0),
            filtered=filtered.get(feed, 0),
            delay=None if delay is None else timedelta(microseconds=float(delay)),
        )
        for feed, own, items, delay in rows
    }


def story_times(tx: Connection, ids: Sequence[FeedId]) -> dict[FeedId, list[datetime]]:
    """Return when the latest stories of each feed were found."""
    found: defaultdict[FeedId, list[datetime]] = defaultdict(list)
    for feed in ids:
        query = (
            select(stories.c.first_seen)
            .where(stories.c.feed == feed)
            .order_by(stories.c.id.desc())
            .limit(_TIMES)
        )
        found[feed] = list(tx.execute(query).scalars())
    return found


def latest_of(tx: Connection, feeds: Sequence[FeedId], limit: int) -> list[LatestStory]:
    """Return the latest stories that these feeds began, newest first."""
    columns = stories.c
    ids: list[int] = []
    for part in in_batches(feeds):
        query = select(columns.id).where(columns.feed.in_(part))
        ids += tx.execute(query.order_by(columns.id.desc()).limit(limit)).scalars()
    newest = sorted(ids, reverse=True)[:limit]
    rows = tx.execute(select(stories).where(columns.id.in_(newest)).order_by(columns.id.desc()))
    return [
        record(LatestStory, row, article=article_from_json(row.article) if row.article else None)
        for row in rows
    ]


def sizes(tx: Connection, ids: Sequence[FeedId]) -> dict[FeedId, bytes]:
    """Return the facts of each feed's last document, packed."""
    found = {}
    for part in in_batches(ids):
        for row in tx.execute(select(feed_facts).where(feed_facts.c.feed.in_(part))):
            found[row.feed] = row.facts
    return found


class Overview:
    """Reads for pages: each is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    decisions = reads(decisions)
    last_posts = reads(last_posts)
    next_due = reads(next_due)
    pauses = reads(standing_pauses)
    queues = reads(queues)
    feed_briefs = reads(feed_briefs)
    feed_shares = reads(feed_shares)
    story_times = reads(story_times)
    latest_of = reads(latest_of)
    facts = reads(sizes)
