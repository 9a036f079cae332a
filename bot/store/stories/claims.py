"""The feeds that may be polled now, and what is known of each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, or_, select

from bot.models.feeds import FeedState, Validators
from bot.store.outbox.pauses import is_blocking
from bot.store.stories.subscriptions import is_told
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import feeds, pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping, Select

    from bot.models.basics import FeedId


# Built once, and read from the index alone: it is asked in each tick.
_OVERDUE = select(func.count(), func.max(feeds.c.next_poll)).where(
    feeds.c.next_poll <= bindparam("now", type_=UtcTime())
)
_LOOK_AGAIN = timedelta(seconds=3)
"""A pause that ends, or a poll of another machine that died, makes no feed overdue."""
_FEW = 100
"""So many feeds are asked for by their ids: a job or a hub wants one, and thousands may be due."""


class FruitlessLook:
    """Remembers a claim that found nothing, so that the next ones need not read all feeds."""

    def __init__(self) -> None:
        self._feeds: Sequence[FeedId] = ()
        self._until: datetime | None = None
        self._overdue: tuple[object, ...] = ()

    def note(self, tx: Connection, feeds: Sequence[FeedId], now: datetime) -> None:
        """Remember that none of `feeds` can be claimed now."""
        self._feeds, self._until = feeds, now + _LOOK_AGAIN
        self._overdue = _overdue(tx, now)

    def holds(self, tx: Connection, feeds: Sequence[FeedId], now: datetime) -> bool:
        """Tell whether nothing is overdue since then that was not: of the same list, for a while.

        Feeds that are paused or left the configuration may be overdue for ever.
        """
        is_recent = self._until is not None and self._until - _LOOK_AGAIN <= now < self._until
        return is_recent and feeds is self._feeds and _overdue(tx, now) == self._overdue


def _overdue(tx: Connection, now: datetime) -> tuple[object, ...]:
    return tuple(tx.execute(_OVERDUE, {"now": now}).one())


def claimed_now(
    tx: Connection, wanted: set[FeedId], now: datetime, *, limit: int, force: bool
) -> list[RowMapping]:
    """Return up to `limit` of the `wanted` feeds that may be claimed, longest overdue first."""
    return _first(tx, _claimable(wanted, now, force=force), wanted, limit)


def locked_now(
    tx: Connection,
    wanted: set[FeedId],
    now: datetime,
    free: Callable[[Sequence[FeedId]], Sequence[FeedId]],
    *,
    limit: int,
    force: bool,
) -> list[RowMapping]:
    """Return them on PostgreSQL, locked until `tx` ends; what others are claiming is passed over.

    `free` keeps those whose servers may be asked.
    """
    query = _claimable(wanted, now, force=force)
    # More than are wanted: others are choosing among the same. Thousands may be due.
    most = 4 * limit
    first = tx.execute(query.limit(most)).mappings().all()
    found = [row for row in first if row["id"] in wanted]
    if not found and len(first) == most:
        found = _first(tx, query, wanted, most)
    ids = free([row["id"] for row in found])
    if not ids:
        return []
    locked = query.where(feeds.c.id.in_(ids)).limit(limit)
    return list(tx.execute(locked.with_for_update(of=feeds, skip_locked=True)).mappings())


def _first(tx: Connection, query: Select[Any], wanted: set[FeedId], limit: int) -> list[RowMapping]:
    # Feeds that left the configuration stay in the table; the few of them are passed over here.
    found: list[RowMapping] = []
    with tx.execute(query).mappings() as rows:
        for row in rows:
            if len(found) >= limit:
                break
            if row["id"] in wanted:
                found.append(row)
    return found


def _claimable(wanted: set[FeedId], now: datetime, *, force: bool) -> Select[Any]:
    """Return the query for what may be claimed, of few `wanted` feeds or of all that there are."""
    paused = exists().where(
        and_(pauses.c.scope == "feed", pauses.c.id == feeds.c.id, is_blocking(now))
    )
    query = (
        select(
            feeds.c.id,
            feeds.c.etag,
            feeds.c.last_modified,
            feeds.c.poll_hash,
            feeds.c.moved,
            feeds.c.agreeing,
            feeds.c.constant,
            feeds.c.rhythm,
            feeds.c.whole_at,
            feeds.c.errors,
            feeds.c.last_success,
            feeds.c.next_poll,
            feeds.c.lease_owner,
            feeds.c.poll_began,
            is_told(now).label("told"),
        )
        .where(or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now), ~paused)
        .order_by(feeds.c.next_poll, feeds.c.id)
    )
    if not force:
        # A poll that was interrupted is to be told of, whenever the next one is due.
        query = query.where(or_(feeds.c.next_poll <= now, feeds.c.poll_began.is_not(None)))
    return query.where(feeds.c.id.in_(wanted)) if len(wanted) <= _FEW else query


def state_of(row: RowMapping, owner: str) -> FeedState:
    """Return the state of a claimed feed; `owner` is this process."""
    return FeedState(
        feed=row["id"],
        validators=Validators(
            etag=row["etag"],
            last_modified=row["last_modified"],
            poll_hash=row["poll_hash"],
            moved=row["moved"],
            agreeing=row["agreeing"],
            is_constant=bool(row["constant"]),
        ),
        rhythm=row["rhythm"],
        whole_at=row["whole_at"],
        errors=row["errors"],
        last_success=row["last_success"],
        is_told=None if row["told"] is None else bool(row["told"]),
        due=row["next_poll"],
        # One of our own whose lease ran out, as in a sleep of the machine, died of nothing.
        interrupted=None if row["lease_owner"] == owner else row["poll_began"],
    )
