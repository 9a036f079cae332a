"""Works jobs with procrastinate; the only module that knows it.

Jobs are wake-ups: what a handler does is decided by the outbox, so that nothing is lost with one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.manager import JobManager
from psycopg import DatabaseError
from psycopg.errors import ForeignKeyViolation, RaiseException
from psycopg_pool import AsyncConnectionPool

from bot.log import get_logger
from bot.models.nodes import lock_of, queue_of
from bot.store.db.faults import explained

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from procrastinate.jobs import Job
    from psycopg import AsyncConnection

    from bot.models.nodes import JobKind, Role

    Handlers = Mapping[JobKind, Callable[..., Awaitable[None]]]

_log = get_logger(__name__)
FETCHES: Final[Mapping[Role, float]] = {"poll": 5.0, "deliver": 1.0}
"""Seconds between two looks for jobs whose time has come; of new ones that are due PostgreSQL tells
at once. A poll may be a moment late, a post waits for the pace of its channel."""
_HEARTBEAT: Final = 10.0
_DEAD_AFTER: Final = 25.0
"""Seconds without a heartbeat after which a worker's jobs are given up: a lease of the outbox lasts
60, and the lane must be free by then."""
_RETRY: Final = 1.0
_PATIENCE: Final = 10.0
PERIODIC: Final[Mapping[JobKind, str]] = {
    "digest": "* * * * * */10",
    "correct": "*/5 * * * *",
    "housekeeping": "17 * * * *",
}
"""Jobs that no row of the outbox calls for, as cron lines (the sixth column is seconds): one node
of all gets each."""


class _Jobs(JobManager):
    """Tells when a job has left the queue that may let another begin, and of ends not written.

    `workers` are those of this process, also where their end could not be written.
    """

    def __init__(
        self, connector: PsycopgConnector, on_end: Callable[[], None], on_fault: Callable[[], None]
    ) -> None:
        super().__init__(connector)
        self._on_end = on_end
        self._on_fault = on_fault
        self.workers: set[int] = set()

    async def register_worker(self) -> int:
        """Note a worker that begins."""
        worker = await super().register_worker()
        self.workers.add(worker)
        return worker

    async def unregister_worker(self, worker_id: int) -> None:
        """Note that a worker ended: whatever it had not done is nobody's now."""
        await super().unregister_worker(worker_id)
        self.workers.discard(worker_id)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Delete it. One that another node was given meanwhile, since this one slept, is gone."""
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as error:
            if not isinstance(error.__cause__, RaiseException):
                # Its row would keep the lane locked for as long as this worker lives.
                self._on_fault()
        if job.task_name not in PERIODIC:
            self._on_end()


class Engine:
    """The workers of a node, one for each of its `roles`.

    `address` is how to connect with the database of this `name`; `on_end` is called when a job has
    left the queue.
    """

    def __init__(
        self,
        name: str,
        address: Mapping[str, Any],
        handlers: Handlers,
        *,
        roles: Sequence[Role],
        concurrency: int,
        on_end: Callable[[], None],
    ) -> None:
        self._name = name
        self._roles = roles
        self._concurrency = concurrency
        self._fault = asyncio.Event()
        self._told = False
        connector = PsycopgConnector(
            # What a crash of the server takes of them is made again: none waits for the disk.
            kwargs={
                **address,
                "options": f"{address.get('options', '')} -c synchronous_commit=off".strip(),
            },
            configure=_commit_at_once,
            pool_factory=_pool,
            min_size=1,
            max_size=4,
            timeout=_PATIENCE,
        )
        self._app = App(connector=connector)
        self._jobs = _Jobs(connector, on_end, self._fault.set)
        self._app.job_manager = self._jobs
        for kind, handler in handlers.items():
            self._add(kind, handler)

    def _add(self, kind: JobKind, handler: Callable[..., Awaitable[None]]) -> None:
        async def work(timestamp: int = 0, **about: Any) -> None:  # noqa: ARG001 - of a periodic job
            await handler(**about)

        lock = lock_of(kind, "")
        task = self._app.task(name=kind, queue=queue_of(kind), lock=lock, queueing_lock=lock)(work)
        if kind in PERIODIC:
            self._app.periodic(cron=PERIODIC[kind])(task)

    async def run(self) -> None:
        """Work until cancelled; where the database is away, say so once and try again."""
        while True:
            try:
                async with self._app.open_async():
                    await self._work()
                fault = None
            except (ConnectorException, DatabaseError, OSError) as error:
                fault = error.__cause__ or error
            if isinstance(fault, ForeignKeyViolation):
                _log.warning("this node stood still for a while: others took its jobs over")
            elif not self._told:
                _log.error(explained(self._name, fault))
                self._told = True
            await asyncio.sleep(_RETRY)

    async def _work(self) -> None:
        """Run the workers until one of them ends, and raise why."""
        self._fault.clear()
        for former in tuple(self._jobs.workers):
            await self._jobs.unregister_worker(former)
        workers = [asyncio.create_task(self._worker(role)) for role in self._roles]
        watch = asyncio.create_task(self._watch())
        try:
            done, _ = await asyncio.wait([*workers, watch], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*workers, watch):
                task.cancel()
            await asyncio.gather(*workers, watch, return_exceptions=True)
        for task in done:
            task.result()

    async def _worker(self, role: Role) -> None:
        await self._app.run_worker_async(
            queues=[role],
            name=role,
            concurrency=self._concurrency,
            fetch_job_polling_interval=FETCHES[role],
            # The work goes on, or ends, with the runner: only the wake-up is given up.
            shutdown_graceful_timeout=0,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
            update_heartbeat_interval=_HEARTBEAT,
            stalled_worker_timeout=_DEAD_AFTER,
        )

    async def _watch(self) -> None:
        """Give up the jobs of dead workers; return when the end of a job could not be written."""
        while not self._fault.is_set():
            await self._forget_dead()
            if self._told:
                _log.info("the database answers again", database=self._name)
                self._told = False
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    await self._fault.wait()
            except TimeoutError:
                continue

    async def _forget_dead(self) -> None:
        await self._jobs.prune_stalled_workers(_DEAD_AFTER)
        for job in await self._jobs.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER):
            await self._jobs.finish_job(job, Status.ABORTED, delete_job=True)


async def _commit_at_once(connection: AsyncConnection[Any]) -> None:
    """Each call of procrastinate is one statement: without a transaction it is one message."""
    await connection.set_autocommit(True)


def _pool(**options: Any) -> AsyncConnectionPool[Any]:
    # A connection that broke is noticed by whoever uses it, and the workers begin again: asking it
    # before each statement would double them.
    return AsyncConnectionPool(**{**options, "check": None})
