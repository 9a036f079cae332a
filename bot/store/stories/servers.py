"""What the servers of feeds said for good: another address in the file, a feed that is gone."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, bindparam, case, delete, exists, insert, or_, select, update

from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.tables.schema import feeds, pauses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import FeedId
    from bot.models.feeds import Poll

_HASH = 8  # bytes
_TAKEN_AWAY = {"lease_owner": case((feeds.c.lease_owner.is_not(None), "another address"))}
"""A poll that is under way asked the former address: it says nothing about the server of this one.

Nobody has this name, so that `finish_poll` does not take the claim for its own any more.
"""
_KNOW = (
    update(feeds)
    .where(feeds.c.id == bindparam("of"))
    .values(address=bindparam("hash", type_=LargeBinary()))
)
_ACCIDENT = timedelta(hours=12)


def know_addresses(tx: Connection, addresses: Mapping[FeedId, str], now: datetime) -> None:
    """Start anew with the server of each feed that has another address than before.

    Only a hash of the address is kept, which may hold a key.
    """
    wanted = {feed: _hash(address) for feed, address in addresses.items()}
    for part in in_batches(wanted):
        columns = feeds.c
        query = select(columns.id, columns.address).where(columns.id.in_(part))
        known = {row.id: row.address for row in tx.execute(query)}
        new = [{"of": feed, "hash": wanted[feed]} for feed, was in known.items() if was is None]
        if new:
            tx.execute(_KNOW, new)
        for feed, was in known.items():
            if was is not None and was != wanted[feed]:
                _start_anew(tx, feed, wanted[feed], now)


def _start_anew(tx: Connection, feed: FeedId, address: bytes, now: datetime) -> None:
    """Forget all of the former server; the poll is due now, and a pause for its absence over."""
    fresh = {"etag": None, "last_modified": None, "poll_hash": None, "whole_at": None}
    values = {**fresh, "moved": None, "agreeing": 0, "constant": 0, "errors": 0, "next_poll": now}
    values |= {"hub": None, "topic": None}
    told = {"reason_code": None, "reason_text": None, "address": address}
    anew = update(feeds).where(feeds.c.id == feed)
    tx.execute(anew.values(**values, **told, **_TAKEN_AWAY, lease_until=now))
    tx.execute(delete(pauses).where(_of_feed(feed), pauses.c.code == ReasonCode.GONE))


def stay(tx: Connection, feed: FeedId, now: datetime) -> str | None:
    """Ask for `feed` at the address of the file again, and return the one where it was asked."""
    row = feeds.c.id == feed
    moved = tx.execute(select(feeds.c.moved).where(row)).scalar()
    if moved is not None:
        values = {"moved": None, "agreeing": 0, "next_poll": now, "lease_until": now}
        tx.execute(update(feeds).where(row).values(**values, **_TAKEN_AWAY))
    return str(moved) if moved is not None else None


def stop_if_gone(tx: Connection, poll: Poll) -> None:
    """Pause the feed of a poll that found it gone, where the poll before had found that too.

    The second time is mostly a day later: by then an accident would have been mended. Where it is
    asked more often, as by `once`, it must not have been read for half a day.
    """
    if poll.error is None or poll.error.code != ReasonCode.GONE:
        return
    was_gone = (feeds.c.id == poll.feed) & (feeds.c.reason_code == ReasonCode.GONE)
    is_paused = exists().where(_of_feed(poll.feed))
    read = feeds.c.last_success
    is_long_ago = or_(read.is_(None), read <= poll.at - _ACCIDENT)
    if tx.execute(select(feeds.c.id).where(was_gone, is_long_ago, ~is_paused)).first():
        values = {"code": poll.error.code, "text": poll.error.text, "since": poll.at, "failures": 0}
        tx.execute(insert(pauses).values(scope="feed", id=poll.feed, **values))


def _of_feed(feed: FeedId) -> ColumnElement[bool]:
    return (pauses.c.scope == "feed") & (pauses.c.id == feed)


def _hash(address: str) -> bytes:
    return blake2b(address.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
