"""Deliveries that wait although a filter of today keeps their stories out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from bot.models.basics import FeedId, Reason
from bot.models.outbox import Delivery
from bot.models.settings import Feed
from bot.store.outbox.digests import DIGEST, drop_empty_digest, take_out
from bot.store.outbox.states import LEAVE_OUT, change, is_waiting
from bot.store.tables.records import article_from_json
from bot.store.tables.schema import deliveries, is_claimed, passed_over, stories, story_items

if TYPE_CHECKING:
    from sqlalchemy import Connection

WhyNot = Callable[[Delivery, Feed], Reason | None]
"""Returns why a filter of the feed keeps the story of the delivery out."""
_ids = deliveries.c.id
_waits = (is_waiting, ~is_claimed, deliveries.c.wanted_at.is_(None))
_open_digests = select(_ids).where(*_waits, deliveries.c.feed == DIGEST)


def drop_filtered(tx: Connection, feeds: Mapping[FeedId, Feed], why_not: WhyNot) -> Counter[FeedId]:
    """Drop what waits of `feeds` and would not pass their filters; return how many by feed.

    Where another feed brought the story, too, and its filters let it pass to the channel, the
    delivery becomes that feed's. A delivery that the operator asked for stays.
    """
    dropped: Counter[FeedId] = Counter()
    for row in _waiting(tx, feeds):
        delivery = Delivery(
            id=row.id,
            channel=row.channel,
            feed=row.feed,
            article=article_from_json(row.article),
            created_at=row.created_at,
            teller=row.teller,
        )
        reason = why_not(delivery, feeds[delivery.feed])
        if reason is None or _hand_over(tx, delivery, row.story, feeds, why_not):
            continue
        if row.digest is None:
            change(tx, LEAVE_OUT, *_waits, _ids == row.id, digest=None, reason=reason)
        else:
            take_out(tx, [row.id], reason)
            drop_empty_digest(tx, row.digest)
        dropped[delivery.feed] += 1
    return dropped


def _waiting(tx: Connection, feeds: Mapping[FeedId, Feed]) -> list[Any]:
    """Return what waits of the feeds that have filters, digests' stories included."""
    names = [id_ for id_, feed in feeds.items() if feed.filters]
    columns = deliveries.c
    query = (
        select(_ids, columns.channel, columns.feed, columns.created_at, columns.digest)
        .add_columns(columns.story, stories.c.article, stories.c.feed.label("teller"))
        .join_from(deliveries, stories, stories.c.id == columns.story)
        .where(or_(*((columns.feed == name) for name in names)), stories.c.article.is_not(None))
    )
    alone, folded = query.where(*_waits), query.where(columns.digest.in_(_open_digests))
    return [*tx.execute(alone), *tx.execute(folded)] if names else []


def _hand_over(
    tx: Connection, delivery: Delivery, story: int, feeds: Mapping[FeedId, Feed], why_not: WhyNot
) -> bool:
    """Give the delivery to a feed that brought its story, too, and may post it; tell whether."""
    refused = select(passed_over.c.feed).where(
        passed_over.c.story == story, passed_over.c.channel == delivery.channel
    )
    brought = select(story_items.c.feed).where(
        story_items.c.story == story,
        story_items.c.feed != delivery.feed,
        story_items.c.feed.not_in(refused),
    )
    for name in tx.execute(brought.distinct().order_by(story_items.c.feed)).scalars():
        other = feeds.get(FeedId(name))
        if other is None or delivery.channel not in other.channels:
            continue
        if why_not(replace(delivery, feed=other.id, teller=None), other) is None:
            tx.execute(update(deliveries).where(_ids == delivery.id).values(feed=other.id))
            return True
    return False
