"""What happens in the chats of a bot: who reads it, how far, and what was done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from bot.models.desk import Place
from bot.store.db.database import upsert
from bot.store.db.worker import in_worker, reads, writes
from bot.store.outbox.leases import LEASE
from bot.store.tables.desk import desk_chats, desk_readers, desk_updates

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import AccountId
    from bot.store.db.database import Database

_KEPT = timedelta(days=2)
"""Telegram gives an update again for 24 hours (Bot API, getUpdates)."""
_MOST_TRIES = 3


def begin_update(tx: Connection, account: AccountId, update_id: int, now: datetime) -> bool:
    """Tell whether the update is still to be handled; after three tries that failed it is not."""
    known = (desk_updates.c.account == account, desk_updates.c.id == update_id)
    row = tx.execute(select(desk_updates).where(*known)).one_or_none()
    if row is None:
        values = {"account": account, "id": update_id, "tries": 1, "begun_at": now}
        tx.execute(insert(desk_updates).values(**values))
        return True
    if row.done_at is not None or row.tries >= _MOST_TRIES:
        return False
    tx.execute(update(desk_updates).where(*known).values(tries=row.tries + 1))
    return True


def note_places(tx: Connection, account: AccountId, places: Iterable[Place], now: datetime) -> None:
    """Keep the chats that updates told of, for a day as Telegram does."""
    for place in places:
        values = {"type": place.type, "title": place.title, "username": place.username}
        key = {"account": account, "chat": place.id}
        upsert(tx, desk_chats, key, {**values, "seen_at": now})
    tx.execute(delete(desk_chats).where(desk_chats.c.seen_at < now - _KEPT))


def places_of(tx: Connection, account: AccountId) -> list[Place]:
    """Return the chats that the updates of the last days told of."""
    rows = tx.execute(select(desk_chats).where(desk_chats.c.account == account))
    return [
        Place(id=row.chat, type=row.type, title=row.title, username=row.username) for row in rows
    ]


def is_read(tx: Connection, account: AccountId, now: datetime) -> bool:
    """Tell whether a service reads the updates of this bot now."""
    reads_now = (desk_readers.c.account == account, desk_readers.c.lease_until > now)
    return tx.execute(select(desk_readers.c.account).where(*reads_now)).first() is not None


def take_turn(tx: Connection, name: str, owner: str, now: datetime) -> int | None:
    """Let `owner` have the turn called `name`, or keep it, for a lease; None where another has it.

    Returns the next update, where it is a reader's.
    """
    same = desk_readers.c.account == name
    row = tx.execute(select(desk_readers).where(same)).one_or_none()
    if row is not None and row.lease_owner != owner and (row.lease_until or now) > now:
        return None
    lease = {"lease_owner": owner, "lease_until": now + LEASE}
    upsert(tx, desk_readers, {"account": name}, lease)
    return row.next_update if row is not None else 0


class UpdateBook:
    """The operations on updates: each is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def take_turn(self, account: AccountId, now: datetime) -> int | None:
        """Become, or stay, the only reader; return the next update, None where another reads."""
        with self.database.write(durable=False) as tx:
            if not self.database.is_shared:
                # Its one service has the lock: another's lease is a relic.
                relic = desk_readers.c.account == account
                tx.execute(update(desk_readers).where(relic).values(lease_until=None))
            return take_turn(tx, account, self.database.owner, now)

    @in_worker
    def leave(self, account: AccountId) -> None:
        """Let another reader begin at once."""
        free = {"lease_owner": None, "lease_until": None}
        with self.database.write(durable=False) as tx:
            tx.execute(update(desk_readers).where(*self._mine(account)).values(free))

    def _mine(self, account: AccountId) -> tuple[ColumnElement[bool], ...]:
        columns = desk_readers.c
        return columns.account == account, columns.lease_owner == self.database.owner

    @in_worker
    def end(self, account: AccountId, update_id: int, now: datetime) -> None:
        """Note that the update was handled, and forget old ones; the reader asks for the next one.

        One who is not the reader any more takes nothing back that the other has read since.
        """
        known = (desk_updates.c.account == account, desk_updates.c.id == update_id)
        with self.database.write() as tx:
            tx.execute(update(desk_updates).where(*known).values(done_at=now))
            mine = update(desk_readers).where(*self._mine(account))
            tx.execute(mine.values(next_update=update_id + 1))
            tx.execute(delete(desk_updates).where(desk_updates.c.begun_at < now - _KEPT))

    begin = writes(begin_update, durable=False)
    note_places = writes(note_places, durable=False)
    places = reads(places_of)
    is_read = reads(is_read)
