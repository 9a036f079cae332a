"""The queue itself: what is due gets a job unless one waits already."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.models.nodes import Job, QueueState, lock_of, queue_of
from bot.store.db.worker import in_worker
from bot.store.queue.due import Horizon, due_in_lanes, due_polls, signs
from bot.store.queue.schema import prepare_queue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId
    from bot.models.outbox import Lane
    from bot.store.db.database import Database

AHEAD = timedelta(seconds=5)
"""How long before it is due something gets its job; what an operator does in another process must
take effect in that time, and a job that waits is not called earlier."""
EVERYTHING = timedelta(minutes=1)
"""After this a look asks for everything, whatever the last one saw: jobs may have been lost."""
CARRIES = 10
"""Polls that one job calls for: a job costs its worker and the database as much as they do."""
_TOGETHER = timedelta(seconds=1)
"""How long the first of them may wait for the last one."""
# A job of polls that was just given to a node is about to claim them. Later its feeds are claimed,
# or free again: one that hangs must not keep the others from their next poll.
_WAITING = """
    SELECT queueing_lock, args -> 'feeds' FROM procrastinate_jobs AS job
    WHERE status = 'todo' OR (status = 'doing' AND task_name = 'poll' AND EXISTS (
        SELECT FROM procrastinate_events
        WHERE job_id = job.id AND type = 'started' AND at > now() - interval '2 seconds'
    ))
"""
# One statement for all, by the function that procrastinate itself defers with. Where another node
# is faster, its unique index refuses all of them, and the look is repeated.
_DEFER = """
    SELECT procrastinate_defer_jobs_v1(array_agg(
        (one.queue, one.task, 0, one.lock, one.waits_as, one.args, one.at)
        ::procrastinate_job_to_defer_v1
    ))
    FROM jsonb_to_recordset(%s::jsonb)
         AS one (queue text, task text, lock text, waits_as text, args jsonb, at timestamptz)
    WHERE NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE queueing_lock = one.waits_as AND status = 'todo'
    )
    HAVING count(*) > 0
"""
_STATE = """
    SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
           count(*) FILTER (WHERE status = 'doing'),
           extract(epoch FROM now() - min(coalesce(scheduled_at, at)) FILTER (
               WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()))
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
"""
_IS_MADE = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL"


class Queue:
    """The jobs of all nodes on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._idle: tuple[Any, ...] = ()
        self._asked_at: datetime | None = None

    @in_worker
    def prepare(self) -> None:
        """Make the queue's tables, or bring them up to date. Raises StoreError."""
        prepare_queue(self.database)

    @in_worker
    def look(
        self,
        feeds: Collection[FeedId],
        lanes: Sequence[Lane],
        now: datetime,
        *,
        within: timedelta | None,
        resting: Mapping[str, datetime],
        is_woken: bool,
    ) -> int:
        """Give what is due a job, and return of how much that was. Raises StoreError.

        `within` is the longest edit window. What is `resting`, by its lock, is due no earlier than
        it says. A look that nobody woke asks for little where the last one found nothing to do.
        """
        horizon = Horizon(now=now, until=now + AHEAD, within=within)
        with self.database.read() as tx:
            found = signs(tx, horizon)
            if self._is_idle(found, now, is_woken=is_woken):
                return 0
            waiting = _waiting(tx)
            jobs = due_polls(tx, feeds, waiting, horizon)
            jobs += due_in_lanes(tx, lanes, waiting, horizon)
        rested = [replace(job, due=max(job.due, resting.get(job.lock, job.due))) for job in jobs]
        due = [job for job in rested if job.due <= horizon.until and job.lock not in waiting]
        self._idle, self._asked_at = (found if not due else ()), now
        self._defer(due, now)
        return len(due)

    def _is_idle(self, found: tuple[Any, ...], now: datetime, *, is_woken: bool) -> bool:
        """Tell whether nothing is to do in the lanes, and no other feed is overdue than before.

        Feeds that are paused or left the configuration may be overdue for ever. One whose job has
        just ended without a poll is overdue as before, and wants another one.
        """
        in_lanes, overdue, _ = found
        asked = self._asked_at
        is_recent = asked is not None and asked <= now < asked + EVERYTHING
        is_as_before = found == self._idle and not is_woken
        return is_recent and not in_lanes and (overdue == 0 or is_as_before)

    def _defer(self, jobs: Sequence[Job], now: datetime) -> None:
        if not jobs:
            return
        with self.database.write(durable=False, beside=True) as tx:
            rows = json.dumps([_row(some, now) for some in _packed(jobs)])
            tx.exec_driver_sql(_DEFER, (rows,))

    @in_worker
    def state(self) -> QueueState | None:
        """Return how many jobs are due and worked, and for how long the oldest has been due.

        None where no node ever ran on the database.
        """
        with self.database.read() as tx:
            if not self.database.is_shared or not tx.exec_driver_sql(_IS_MADE).scalar():
                return None
            return _state(tx)


def _state(tx: Connection) -> QueueState:
    due, running, seconds = tx.exec_driver_sql(_STATE).one()
    oldest = None if seconds is None else timedelta(seconds=max(float(seconds), 0.0))
    return QueueState(due=due, running=running, oldest=oldest)


def _waiting(tx: Connection) -> set[str]:
    """Return the locks of all that a job waits for."""
    rows = tx.exec_driver_sql(_WAITING).all()
    polls = {lock_of("poll", feed) for _, feeds in rows for feed in feeds or ()}
    return polls.union(lock for lock, feeds in rows if feeds is None)


def _packed(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Yield the `jobs`, several polls that are due at about the same time as one."""
    pack: list[Job] = []
    for job in jobs:
        if job.kind != "poll":
            yield [job]
        elif pack and (len(pack) >= CARRIES or abs(job.due - pack[0].due) > _TOGETHER):
            yield pack
            pack = [job]
        else:
            pack.append(job)
    if pack:
        yield pack


def _row(jobs: Sequence[Job], now: datetime) -> dict[str, object]:
    """Return the row of one job, or of several polls."""
    first, due = jobs[0], max(job.due for job in jobs)
    args: dict[str, object] = {"channel": first.subject} if first.subject else {}
    if first.kind == "poll":
        args = {"feeds": [job.subject for job in jobs]}
    return {
        "queue": queue_of(first.kind),
        "task": first.kind,
        # Another poll of a feed may be called for while one that hangs is worked; its claim keeps
        # them apart.
        "lock": None if first.kind == "poll" else first.lock,
        "waits_as": first.lock,
        "args": {**args, **first.more},
        "at": due.isoformat() if due > now else None,
    }
