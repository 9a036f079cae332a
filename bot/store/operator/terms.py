"""What filters did lately: which of their terms were in items, and how many items they kept out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select, tuple_, update

from bot.models.basics import ChannelId
from bot.models.views import KeptOut
from bot.store.db.batches import in_batches
from bot.store.tables.schema import is_filtered, passed_over
from bot.store.tables.terms import filter_terms

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    Named = tuple[str, str]

_MONTH = timedelta(days=30)
_columns = filter_terms.c
_name = tuple_(_columns.place, _columns.term)


def follow_terms(tx: Connection, terms: Collection[Named], now: datetime) -> None:
    """Remember since when the file has each of its `terms`; forget others after a month."""
    known = {(row.place, row.term): row for row in tx.execute(select(filter_terms))}
    new = [
        {"place": place, "term": term, "since": now}
        for place, term in sorted(terms)
        if (place, term) not in known
    ]
    if new:
        tx.execute(insert(filter_terms), new)
    old = [
        name
        for name, row in known.items()
        if name not in terms and (row.matched or row.since) < now - _MONTH
    ]
    for part in in_batches(old):
        tx.execute(delete(filter_terms).where(_name.in_(part)))


def note_matches(tx: Connection, terms: Collection[Named], now: datetime) -> None:
    """Remember that the terms were in items."""
    for part in in_batches(sorted(terms)):
        tx.execute(update(filter_terms).where(_name.in_(part)).values(matched=now))


def idle_terms(tx: Connection, terms: Collection[Named], now: datetime) -> list[Named]:
    """Return those of `terms` that were in no item for a month, by place."""
    before = now - _MONTH
    idle = or_(_columns.matched.is_(None), _columns.matched < before)
    query = select(filter_terms).where(_columns.since < before, idle)
    found = tx.execute(query.order_by(_columns.place, _columns.term))
    return [(row.place, row.term) for row in found if (row.place, row.term) in terms]


def kept_out_since(tx: Connection, start: datetime) -> list[KeptOut]:
    """Return how many items filters kept out of each channel since `start`, and why."""
    count = func.count().label("items")
    query = (
        select(passed_over.c.channel, passed_over.c.text, count)
        .where(is_filtered, passed_over.c.at > start)
        .group_by(passed_over.c.channel, passed_over.c.text)
        .order_by(count.desc(), passed_over.c.channel, passed_over.c.text)
    )
    return [
        KeptOut(channel=ChannelId(row.channel), why=row.text, items=row.items)
        for row in tx.execute(query)
    ]
