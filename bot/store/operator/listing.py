"""Reads rows for the operator."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.models.basics import Reason
from bot.models.views import DeliveryRow, ItemRow, PassedOver, StoryTrace
from bot.store.db.batches import in_batches
from bot.store.operator.related import related_stories
from bot.store.outbox.digests import DIGEST
from bot.store.outbox.ledger import costs_of
from bot.store.stories.search import matching_stories
from bot.store.tables.records import article_from_json, reason_of, record
from bot.store.tables.schema import deliveries, passed_over, stories, story_items

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import ChannelId, DeliveryId, DeliveryState, FeedId, StoryId


def list_deliveries(
    tx: Connection,
    *,
    state: DeliveryState | None = None,
    channel: ChannelId | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """Return the outbox, newest first; `limit` 0 is all."""
    wanted = ((deliveries.c.state, state), (deliveries.c.channel, channel))
    return delivery_rows(
        tx, *(column == it for column, it in wanted if it is not None), limit=limit
    )


def one_delivery(tx: Connection, delivery: DeliveryId) -> DeliveryRow | None:
    """Return the delivery with this number, None where there is none."""
    return next(iter(delivery_rows(tx, deliveries.c.id == delivery)), None)


def deliveries_of_feed(tx: Connection, feed: FeedId, limit: int) -> list[DeliveryRow]:
    """Return the newest deliveries of the feed's stories; `limit` 0 is all."""
    return delivery_rows(tx, deliveries.c.feed == feed, limit=limit)


def find_stories(tx: Connection, text: str, limit: int) -> list[StoryTrace]:
    """Return the traces of stories by link, item id or words of the title, newest first.

    Accents and case do not count in titles; `limit` 0 is all.
    """
    if not text.strip():
        return []
    return traces(tx, list(tx.execute(matching_stories(text, limit)).scalars()))


def delivery_rows(
    tx: Connection, *conditions: ColumnElement[bool], limit: int = 0
) -> list[DeliveryRow]:
    """Return the deliveries that meet all `conditions`, newest first; `limit` 0 is all."""
    query = (
        select(deliveries, stories.c.title)
        .join_from(deliveries, stories, stories.c.id == deliveries.c.story)
        .where(*conditions)
        .order_by(deliveries.c.id.desc())
    )
    rows = tx.execute(query.limit(limit) if limit else query).mappings().all()
    items = items_of(tx, (row["story"] for row in rows))
    for row in rows:
        if row["feed"] == DIGEST:
            items[row["story"]] = _items_of_digest(tx, row["id"])
    costs = costs_of(tx, (row["id"] for row in rows))
    return [_delivery_row(row, items[row["story"]], costs.get(row["id"])) for row in rows]


def _items_of_digest(tx: Connection, delivery: DeliveryId) -> tuple[ItemRow, ...]:
    """Return the items of all stories that one post tells."""
    query = select(deliveries.c.story).where(deliveries.c.digest == delivery)
    told = tx.execute(query.order_by(deliveries.c.id.desc())).scalars().all()
    items = items_of(tx, told)
    return tuple(item for story in told for item in items[story][:1])


def items_of(tx: Connection, ids: Iterable[StoryId]) -> dict[StoryId, tuple[ItemRow, ...]]:
    """Return the items of each story, in the order in which they were seen."""
    found: defaultdict[StoryId, tuple[ItemRow, ...]] = defaultdict(tuple)
    columns = story_items.c
    for part in in_batches(dict.fromkeys(ids)):
        query = (
            select(story_items)
            .where(columns.story.in_(part))
            .order_by(columns.first_seen, columns.feed, columns.item_hash)
        )
        for row in tx.execute(query):
            found[row.story] += (_item_row(row),)
    return found


def traces(tx: Connection, ids: list[StoryId]) -> list[StoryTrace]:
    """Return the traces of the stories `ids`, in that order."""
    rows = {row.id: row for row in tx.execute(select(stories).where(stories.c.id.in_(ids)))}
    items = items_of(tx, ids)
    told: defaultdict[StoryId, list[DeliveryRow]] = defaultdict(list)
    for delivery in delivery_rows(tx, deliveries.c.story.in_(ids)):
        told[delivery.story].append(delivery)
    passed, related = _passed_over(tx, ids), related_stories(tx, ids)
    return [
        record(
            StoryTrace,
            row,
            items=items[row.id],
            passed_over=tuple(passed[row.id]),
            deliveries=tuple(told[row.id]),
            related=tuple(related[row.id]),
            article=article_from_json(row.article) if row.article else None,
        )
        for row in (rows[story] for story in ids if story in rows)
    ]


def _passed_over(tx: Connection, ids: list[StoryId]) -> defaultdict[StoryId, list[PassedOver]]:
    found: defaultdict[StoryId, list[PassedOver]] = defaultdict(list)
    query = select(passed_over).where(passed_over.c.story.in_(ids)).order_by(passed_over.c.channel)
    for row in tx.execute(query):
        reason = Reason(code=row.code, text=row.text)
        found[row.story].append(PassedOver(channel=row.channel, reason=reason, at=row.at))
    return found


def _item_row(row: Any) -> ItemRow:
    return record(ItemRow, row, id=row.item_id)


def _delivery_row(row: Any, items: tuple[ItemRow, ...], cost: int | None) -> DeliveryRow:
    said = {"reason": reason_of(row), "url": row["remote_url"], "cost": cost, "items": items}
    return record(DeliveryRow, row, **said, tells=row["feed"] == DIGEST)
