"""The deliveries at the desk, and the messages that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from bot.models.basics import DeliveryId
from bot.models.desk import Card
from bot.store.db.database import upsert
from bot.store.db.worker import reads, writes
from bot.store.outbox.approval import approve, excuse, put_aside, skip, write_by_hand
from bot.store.outbox.claims import read_deliveries
from bot.store.outbox.states import is_at_desk
from bot.store.tables.desk import desk_cards, is_open_card
from bot.store.tables.records import reason_of, record
from bot.store.tables.schema import deliveries, stories

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from bot.models.outbox import Delivery
    from bot.store.db.database import Database

_MOST = 200
"""Cards that are looked at in one round; the others wait for these."""
_OF_CARD = [column for column in desk_cards.c if column.name not in {"version", "delivery"}]
_COLUMNS = (
    deliveries.c.id,
    deliveries.c.state,
    is_at_desk.label("waits"),
    deliveries.c.reason_code,
    deliveries.c.reason_text,
    deliveries.c.approved_at,
    deliveries.c.approved_by,
    deliveries.c.sent_at,
    deliveries.c.remote_url.label("url"),
    stories.c.version,
    stories.c.title,
    desk_cards.c.version.label("shown_version"),
    *_OF_CARD,
)


def open_cards(tx: Connection) -> list[Card]:
    """Return what waits at the desk, and what was decided and not shown yet, oldest first."""
    return _cards(tx, is_at_desk) + _cards(tx, is_open_card, ~is_at_desk)


def card_of(tx: Connection, delivery: DeliveryId) -> Card | None:
    """Return the card of `delivery`, None where there is no such delivery."""
    return next(iter(_cards(tx, deliveries.c.id == delivery)), None)


def card_shown_in(tx: Connection, chat: str, message: int) -> DeliveryId | None:
    """Return the delivery that `message` shows, None where it shows none."""
    same = (desk_cards.c.chat == chat, desk_cards.c.message == message)
    found = tx.execute(select(desk_cards.c.delivery).where(*same)).scalar()
    return None if found is None else DeliveryId(found)


def note_message(
    tx: Connection, card: Card, *, chat: str, message: int, shown: str, now: datetime
) -> None:
    """Note that `message` shows the card from now on, and the one before does no more.

    The time in which it must be decided begins with each.
    """
    before = [] if card.message is None else [card.message]
    values = {
        "chat": chat,
        "message": message,
        "old": [*card.old, *before],
        "shown": shown,
        "version": card.version,
        "asked_at": now,
        "later_until": None,
        "is_open": 1,
    }
    upsert(tx, desk_cards, {"delivery": card.delivery.id}, values)


def note_buttons(tx: Connection, delivery: DeliveryId, shown: str, *, is_open: bool) -> None:
    """Note what the buttons of the card's message say; a card that is not open is done with."""
    same = desk_cards.c.delivery == delivery
    tx.execute(update(desk_cards).where(same).values(shown=shown, is_open=int(is_open)))


def note_retired(tx: Connection, card: Card, message: int) -> None:
    """Note that an older message has no buttons any more that decide."""
    left = [one for one in card.old if one != message]
    same = desk_cards.c.delivery == card.delivery.id
    tx.execute(update(desk_cards).where(same).values(old=left))


def _cards(tx: Connection, *conditions: ColumnElement[bool]) -> list[Card]:
    query = (
        select(*_COLUMNS)
        .select_from(deliveries)
        .join(stories, stories.c.id == deliveries.c.story)
        .outerjoin(desk_cards, desk_cards.c.delivery == deliveries.c.id)
        .where(*conditions)
        .order_by(deliveries.c.id)
        .limit(_MOST)
    )
    rows = tx.execute(query).mappings().all()
    owed = {one.id: one for one in read_deliveries(tx, [row["id"] for row in rows])}
    return [_card(row, owed[row["id"]]) for row in rows]


def _card(row: RowMapping, delivery: Delivery) -> Card:
    values: dict[str, Any] = {"delivery": delivery, "reason": reason_of(row)}
    values |= {"waits": bool(row["waits"]), "old": tuple(row["old"] or ())}
    values |= {"edits": row["edits"] or 0, "shown_version": row["shown_version"] or 0}
    return record(Card, row, **values)


class Cards:
    """The operations on what stands at the desk: each is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    open = reads(open_cards)
    of = reads(card_of)
    shown_in = reads(card_shown_in)
    note_message = writes(note_message)
    note_buttons = writes(note_buttons)
    note_retired = writes(note_retired)

    approve = writes(approve)
    excuse = writes(excuse)
    skip = writes(skip)
    put_aside = writes(put_aside)
    write_by_hand = writes(write_by_hand)
