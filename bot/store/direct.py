"""A delivery that the operator asks for, made and claimed in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from bot.models import Delivery, DeliveryId, DeliveryState, FeedId
from bot.store.leases import LEASE
from bot.store.records import article_to_json
from bot.store.schema import deliveries, is_claimed, stories

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models import Article, Channel

BY_HAND = FeedId("(by hand)")
"""Stands where a delivery came from no feed; no feed can have this id."""


def owe_directly(
    tx: Connection, article: Article, channel: Channel, *, owner: str, now: datetime
) -> Delivery | None:
    """Write a story, its delivery and the claim on it; None while the channel is posted to."""
    busy = select(func.count()).where(is_claimed, deliveries.c.channel == channel.id)
    if tx.execute(busy).scalar_one():
        return None
    story = tx.execute(
        insert(stories).values(
            feed=BY_HAND,
            title=article.title,
            first_seen=now,
            last_seen=now,
            article=article_to_json(article),
        )
    )
    delivery = tx.execute(
        insert(deliveries).values(
            story=story.inserted_primary_key[0],  # type: ignore[index] # an INSERT of one row has it
            channel=channel.id,
            account=channel.account,
            feed=BY_HAND,
            state=DeliveryState.PENDING,
            due=now,
            created_at=now,
            lease_owner=owner,
            lease_until=now + LEASE,
        )
    )
    return Delivery(
        id=DeliveryId(delivery.inserted_primary_key[0]),  # type: ignore[index] # as above
        channel=channel.id,
        feed=BY_HAND,
        article=article,
        created_at=now,
    )
