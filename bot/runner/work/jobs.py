"""Jobs that run side by side; an error in one is logged and costs only itself."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.errors import DatabaseLost, StoreError
from bot.log import get_logger
from bot.runner.sd_notify import Sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator

_Key = TypeVar("_Key", bound="Hashable")
_log = get_logger(__name__)


class Jobs(Generic[_Key]):
    """The running jobs of one kind; `crashes` counts errors that nobody expected."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], tuple[_Key, float]] = {}
        self._told: dict[str, str] = {}
        """The fault of the database that each kind of job met last, until one of it ends well."""
        self.crashes = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def start(
        self,
        key: _Key,
        job: Coroutine[None, None, None],
        *,
        on_crash: Callable[[], Awaitable[None]],
        on_end: Callable[[], None],
    ) -> asyncio.Task[None]:
        """Run `job` about `key` now; `on_crash` sees to `key` if it breaks, `on_end` comes last."""

        async def run() -> None:
            await self.guard(job, on_crash=on_crash)
            # Not only in the callback, which comes a turn of the loop later: work on the same key
            # that was claimed after this job's last word may begin in this turn.
            self._tasks.pop(task, None)

        task = asyncio.create_task(run(), name=str(key))
        self._tasks[task] = key, asyncio.get_running_loop().time()

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.pop(task, None)
            on_end()

        task.add_done_callback(ended)
        return task

    async def guard(
        self, job: Awaitable[None], *, on_crash: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Await `job`; log an error instead of raising it."""
        kind = getattr(job, "__qualname__", "")
        try:
            await job
            self._told.pop(kind, None)
        except DatabaseLost:
            # Its runner ends, and says so.
            self.crashes += 1
        except StoreError as error:
            # A full disk breaks every job each second: once is enough.
            if str(error) not in self._told.values():
                _log.error(str(error))
            self._told[kind] = str(error)
            self.crashes += 1
        except Exception:  # noqa: BLE001 - the one place: a bug in one job must not stop the others
            _log.exception("internal error; please report it")
            self.crashes += 1
            if on_crash is not None:
                await self.guard(on_crash())

    def waits(self) -> None:
        """Note that the job that calls this waits for others, for as long as that takes."""
        self._live_from(math.inf)

    def works(self) -> None:
        """Note that the job that calls this has begun its work now."""
        self._live_from(asyncio.get_running_loop().time())

    def _live_from(self, since: float) -> None:
        task = asyncio.current_task()
        if task in self._tasks:
            self._tasks[task] = self._tasks[task][0], since

    async def wait(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - of the wait, not of a call
        """Wait until no job runs, at most `timeout` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout)

    def running(self) -> frozenset[asyncio.Task[None]]:
        """Return the jobs that run now."""
        return frozenset(self._tasks)

    def keys(self) -> frozenset[_Key]:
        """Return the keys of the running jobs."""
        return frozenset(key for key, _ in self._tasks.values())

    def signs(self, kind: str, limit: float) -> Iterator[Sign]:
        """Yield a sign of life for each job that works: it should end within `limit` seconds."""
        for key, since in self._tasks.values():
            if since < math.inf:
                yield Sign(name=f"{kind} {key}", since=since, limit=limit)

    async def wait_for_any(self, seconds: float) -> None:
        """Wait until a job ends, at most `seconds`."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def cancel(self) -> None:
        """End all jobs now; their work stays as the store has it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
