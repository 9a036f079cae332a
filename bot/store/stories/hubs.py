"""Subscriptions at the hubs of feeds, from the hub's side: verified, denied, news pushed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from bot.collect.websub.leases import MOST_GOODBYES
from bot.models.basics import Reason
from bot.models.subscriptions import SubscriptionStatus
from bot.store.db.batches import in_batches
from bot.store.db.worker import reads, writes
from bot.store.stories import subscriptions as own
from bot.store.tables.records import reason_columns, reason_of, record
from bot.store.tables.subscriptions import is_staying, subscriptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId
    from bot.models.subscriptions import Lease, Subscription
    from bot.store.db.database import Database

_columns = subscriptions.c
_DENIED_FOR = timedelta(days=1)
_REPEATED_WITHIN = timedelta(hours=1)
"""A hub may verify again: our answer may have been lost."""


def _of(tx: Connection, token: str) -> Subscription | None:
    row = tx.execute(select(subscriptions).where(_columns.token == token)).mappings().first()
    return own.subscription_of(row) if row else None


def _verify(tx: Connection, token: str, mode: str, topic: str, lease: Lease, now: datetime) -> bool:
    """Note that the hub verified what was asked for; False where nobody asked for it.

    May be repeated, as by a hub that did not get our answer.
    """
    one = _of(tx, token)
    asked = _columns.token == token, _columns.asked_at.is_not(None)
    if one is None or (one.mode, one.topic) != (mode, topic):
        return False
    if one.is_leaving:
        values = {"attempts": MOST_GOODBYES, "due": now + _REPEATED_WITHIN}
    else:
        values = {"attempts": 0, "due": lease.renew_at, "expires": lease.expires}
    well = update(subscriptions).where(*asked).values(**values, **reason_columns(None))
    return tx.execute(well).rowcount > 0


def _deny(tx: Connection, token: str, topic: str, text: str, now: datetime) -> bool:
    """Note that the hub does not tell the feed's news, or no longer; False for an unknown one."""
    row = (_columns.token == token) & (_columns.topic == topic) & is_staying
    own.distrust(tx, row, now)
    denied = reason_columns(Reason(code="hub_denied", text=text))
    values = {"expires": None, "due": now + _DENIED_FOR, "attempts": 1, **denied}
    return tx.execute(update(subscriptions).where(row).values(**values)).rowcount > 0


def _push(tx: Connection, token: str, now: datetime) -> None:
    """Note that the hub sent news, which a poll is to read."""
    tx.execute(update(subscriptions).where(_columns.token == token).values(pushed_at=now))


def _push_more(tx: Connection, feed: FeedId, now: datetime) -> None:
    """Note that more of what the hub of `feed` sent is to be read than a poll that began before."""
    row = update(subscriptions).where(is_staying, _columns.feed == feed)
    tx.execute(row.values(pushed_at=now))


def _ignore(tx: Connection, token: str, reason: Reason) -> None:
    """Note why a push was ignored; the first of several alike is enough."""
    is_new = or_(_columns.reason_code.is_(None), _columns.reason_code != reason.code)
    row = update(subscriptions).where(_columns.token == token, is_new)
    tx.execute(row.values(**reason_columns(reason)))


def _statuses(tx: Connection, feeds: Sequence[FeedId]) -> list[SubscriptionStatus]:
    """Return the subscriptions of `feeds` that are wanted."""
    found = []
    for part in in_batches(dict.fromkeys(feeds)):
        query = select(subscriptions).where(is_staying, _columns.feed.in_(part))
        for row in tx.execute(query).mappings():
            trusted = bool(row["trusted"])
            reason = reason_of(row)
            found.append(record(SubscriptionStatus, row, is_trusted=trusted, reason=reason))
    return found


class Subscriptions:
    """The subscriptions, for both sides: each method is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    reconcile = writes(own.reconcile, durable=False)
    forget_all = writes(own.forget_all, durable=False)
    are_any = reads(own.are_any)
    are_due = reads(own.are_due)
    claim_due = writes(own.claim_due, durable=False)
    answer = writes(own.answer, durable=False)

    of = reads(_of)
    verify = writes(_verify, durable=False)
    deny = writes(_deny, durable=False)
    push = writes(_push, durable=False)
    push_more = writes(_push_more, durable=False)
    ignore = writes(_ignore, durable=False)
    statuses = reads(_statuses)
