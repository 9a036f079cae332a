"""Sums by hour: those of posts and money are made of the outbox, the others are counted.

The hours since the last look are summed again as a whole, so that a crash or a second machine
counts nothing twice.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from sqlalchemy import BigInteger, delete, func, insert, select, type_coerce

from bot.models.hours import COUNTED, Sum, hour_of, moment_of, step_of
from bot.store.db.batches import in_batches
from bot.store.db.upserts import adding, replacing
from bot.store.db.worker import reads, writes
from bot.store.operator.week import posts_sent
from bot.store.tables.hours import UP_TO, hours
from bot.store.tables.schema import charges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import ChannelId
    from bot.models.hours import Figure
    from bot.store.db.database import Database

    Key = tuple[int, str, str]

KEPT = 31 * 24
"""Hours."""
_STEP = 24
_MICROSECONDS = 3_600_000_000


def sum_up(tx: Connection, channels: Sequence[ChannelId], now: datetime) -> bool:
    """Sum the outbox up to `now`, a day at most; tell whether that was all.

    The hour before the last look is done again: a post may have become known late.
    """
    this = hour_of(now)
    outside = (hours.c.hour <= this - KEPT) | (hours.c.hour > this)
    tx.execute(delete(hours).where(outside))
    last = tx.execute(select(func.max(hours.c.hour)).where(hours.c.figure == UP_TO)).scalar()
    first = this - KEPT + 1 if last is None else last - 1
    end = min(first + _STEP, this + 1)
    _write_anew(tx, _posts(tx, channels, first, end) + _spent(tx, first, end))
    if last != end - 1:
        tx.execute(delete(hours).where(hours.c.figure == UP_TO))
        tx.execute(insert(hours).values(hour=end - 1, figure=UP_TO, subject="", value=0))
    return end > this


def count(tx: Connection, figures: Mapping[tuple[Figure, str], int], now: datetime) -> None:
    """Write down what a process counted in this hour, and what it measured last."""
    found: dict[Key, int] = {(hour_of(now), *key): value for key, value in figures.items()}
    added = {key: value for key, value in found.items() if key[1] in COUNTED}
    if added:
        tx.execute(adding(tx, hours, ("value",)), _rows(added))
    _write_anew(tx, {key: value for key, value in found.items() if key not in added})


def sums(
    tx: Connection, figures: Sequence[Figure], start: datetime, end: datetime, per_slot: int
) -> list[Sum]:
    """Return the sums of slots of `per_slot` hours from the hour of `start` to before `end`."""
    first, columns = hour_of(start), hours.c
    slot = (columns.hour - first) // per_slot
    query = (
        select(
            slot.label("slot"),
            columns.figure,
            columns.subject,
            func.sum(columns.value).label("sum"),
            func.max(columns.value).label("most"),
        )
        .where(columns.hour >= first, columns.hour < hour_of(end), columns.figure.in_(figures))
        .group_by(slot, columns.figure, columns.subject)
    )
    return [
        Sum(
            slot=row.slot,
            figure=cast("Figure", row.figure),
            subject=row.subject,
            value=int(row.most if row.figure == "memory" else row.sum),
        )
        for row in tx.execute(query)
    ]


def _posts(tx: Connection, channels: Sequence[ChannelId], first: int, end: int) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for post in posts_sent(tx, channels, moment_of(first), moment_of(end)):
        hour = hour_of(post.at)
        found[hour, "posts", post.channel] += 1
        if post.delay is not None:
            found[hour, "delay", str(step_of(post.delay))] += 1
    return found


def _spent(tx: Connection, first: int, end: int) -> Counter[Key]:
    hour = type_coerce(charges.c.at, BigInteger) // _MICROSECONDS
    query = (
        select(hour.label("hour"), charges.c.account, func.sum(charges.c.amount).label("amount"))
        .where(charges.c.at >= moment_of(first), charges.c.at < moment_of(end))
        .group_by(hour, charges.c.account)
    )
    return Counter({(row.hour, "spent", row.account): int(row.amount) for row in tx.execute(query)})


def _write_anew(tx: Connection, found: Mapping[Key, int]) -> None:
    for part in in_batches(sorted(found)):
        tx.execute(replacing(tx, hours, ("value",)), _rows({key: found[key] for key in part}))


def _rows(found: Mapping[Key, int]) -> list[dict[str, object]]:
    names = ("hour", "figure", "subject")
    return [
        {**dict(zip(names, key, strict=True)), "value": value}
        for key, value in sorted(found.items())
    ]


class Hours:
    """The operations on sums by hour: each is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    sum_up = writes(sum_up, durable=False)
    count = writes(count, durable=False)
    sums = reads(sums)
