"""What is due now or in a moment, and therefore wants a job: asked of the outbox and the feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, literal, or_, select

from bot.models.nodes import Job, lock_of
from bot.store.outbox.claims import earliest
from bot.store.outbox.corrections import next_correction
from bot.store.outbox.pauses import is_blocking
from bot.store.outbox.unknown import next_searches
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import deliveries, feeds, is_corrected, is_pending, pauses, stories

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from bot.models.basics import FeedId
    from bot.models.outbox import Lane

AT_ONCE = 500
"""Polls that have a waiting job at a time, the longest overdue first.

procrastinate reads all waiting jobs to fetch one: 2.6 ms with 500, 6 seconds with 10,000.
"""
_until, _since = bindparam("until", type_=UtcTime), bindparam("since", type_=UtcTime)
_ANYTHING = select(
    or_(
        exists().where(is_pending, deliveries.c.due <= _until),
        exists().where(deliveries.c.search_at <= _until),
        exists().where(is_corrected, stories.c.corrected_at > _since),
    ),
    select(func.count()).where(feeds.c.next_poll <= _until).scalar_subquery(),
    select(func.max(feeds.c.next_poll)).where(feeds.c.next_poll <= _until).scalar_subquery(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """A look at `now`: what is due `until` then gets its job.

    `within` is the longest window for edits, None where no post is edited.
    """

    now: datetime
    until: datetime
    within: timedelta | None


def signs(tx: Connection, horizon: Horizon) -> tuple[Any, ...]:
    """Return whether lanes may have something to do, and a mark of the feeds that are overdue.

    One statement: a node without work asks nothing else, every few seconds.
    """
    since = horizon.now - horizon.within if horizon.within else horizon.now
    return tuple(tx.execute(_ANYTHING, {"until": horizon.until, "since": since}).one())


def due_polls(
    tx: Connection, wanted: Container[FeedId], waiting: Collection[str], horizon: Horizon
) -> list[Job]:
    """Return a job for each of the `wanted` feeds that is to be polled and has none `waiting`."""
    now = literal(horizon.now, UtcTime())
    paused = exists().where(
        and_(pauses.c.scope == "feed", pauses.c.id == feeds.c.id, is_blocking(horizon.now))
    )
    is_free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now)
    # A poll that died is to be told of now, whenever the next one is due.
    is_due = or_(feeds.c.next_poll <= horizon.until, feeds.c.poll_began.is_not(None))
    query = select(feeds.c.id, feeds.c.next_poll).where(is_free, is_due, ~paused)
    room = AT_ONCE - sum(lock.startswith("poll:") for lock in waiting)
    jobs: list[Job] = []
    with tx.execute(query.order_by(feeds.c.next_poll, feeds.c.id)) as rows:
        for row in rows:
            if len(jobs) >= room:
                break
            if row.id in wanted and lock_of("poll", row.id) not in waiting:
                due = row.next_poll if row.next_poll <= horizon.until else horizon.now
                jobs.append(Job(kind="poll", subject=row.id, due=due))
    return jobs


def due_in_lanes(
    tx: Connection, lanes: Sequence[Lane], waiting: Collection[str], horizon: Horizon
) -> Iterator[Job]:
    """Yield the jobs of `lanes` that none of those `waiting` stands for: posts, searches, edits."""
    now = horizon.now
    free = [lane for lane in lanes if lock_of("deliver", lane.channel) not in waiting]
    for channel, due in earliest(tx, free, now).items() if free else ():
        yield Job(kind="deliver", subject=channel, due=due)
    searches = next_searches(tx, {lane.channel for lane in lanes})
    for channel, (delivery, due) in searches.items():
        yield Job(kind="settle", subject=channel, due=due, more={"delivery": delivery})
    if horizon.within is not None:
        edit = next_correction(tx, lanes, now, within=horizon.within)
        if edit is not None:
            yield Job(kind="correct", due=edit)
