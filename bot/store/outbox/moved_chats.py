"""Chats that got a new id: followed until the configuration names another chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.models.alerts import MovedChat
from bot.store.db.database import upsert
from bot.store.tables.columns import EPOCH
from bot.store.tables.schema import deliveries, lanes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bot.models.basics import ChannelId, DeliveryId
    from bot.models.outbox import Lane

_MOVED = select(lanes.c.channel, lanes.c.chat_was, lanes.c.chat).where(lanes.c.chat.is_not(None))


def move_chat(tx: Connection, delivery: DeliveryId, chat: int) -> None:
    """Remember that the chat which `delivery` was sent to is `chat` now."""
    query = select(deliveries.c.channel, deliveries.c.chat).where(deliveries.c.id == delivery)
    channel, was = tx.execute(query).one()
    lane = tx.execute(select(lanes).where(lanes.c.channel == channel)).one_or_none()
    # One that moved before is still called by its first name in the configuration.
    if lane is not None and lane.chat is not None and str(lane.chat) == was:
        was = lane.chat_was
    values = {"chat_was": was, "chat": chat, "not_before": lane.not_before if lane else EPOCH}
    upsert(tx, lanes, {"channel": channel}, values)


def chats_of(tx: Connection, every: Iterable[Lane]) -> dict[ChannelId, int]:
    """Return where the chats of the lanes moved to; those that did not are missing."""
    named = {lane.channel: lane.chat for lane in every if lane.chat is not None}
    moved = tx.execute(_MOVED).all() if named else []
    return {row.channel: row.chat for row in moved if named.get(row.channel) == row.chat_was}


def moved_chats(tx: Connection) -> tuple[MovedChat, ...]:
    """Return every channel whose chat moved."""
    return tuple(
        MovedChat(channel=row.channel, was=row.chat_was, now=row.chat) for row in tx.execute(_MOVED)
    )
