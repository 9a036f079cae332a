"""Runs pure work on hostile input in child processes, which can be killed as no thread can.

A regular expression holds the interpreter until its match ends, and a document may want more
memory than the machine has: in this process either would stop every feed and every post.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.errors import NewsbotError, TooCostly
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from pebble import ProcessPool

    from bot.pipeline.articles import Offload

_Result = TypeVar("_Result")
_MIB = 1024 * 1024
_STANDARD_ERROR = 2
_FIRST_TO_GO = "500"
_POOLS = 3  # that may break until their work is given up
_DESCRIPTORS = 20  # of the fork server, two children and their queues (measured: 18 to 21)
_PRELOADED = ["bot.collect.parse", "bot.pipeline.articles", "bot.pipeline.collect", "lxml.etree"]
"""Loaded once for all children: each of them, and each that follows a killed one, starts with it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one piece of work may take: CPU and wall-clock seconds, and bytes of address space.

    The largest document of the corpus takes a tenth of a second and 60 MB; `seconds` is longer
    than `cpu`, since a busy machine lets a process wait.
    """

    cpu: int = 10
    seconds: float = 30.0
    memory: int = 768 * _MIB
    children: int = 2


DEFAULT_BOUNDS = Bounds()


def _semaphore() -> object:
    """Return a lock that processes share; it leaves nothing behind."""
    return multiprocessing.get_context("fork").Lock()


@asynccontextmanager
async def child_processes(
    bounds: Bounds = DEFAULT_BOUNDS, *, semaphore: Callable[[], object] = _semaphore
) -> AsyncIterator[Offload]:
    """Yield what runs work within `bounds` and raises TooCostly beyond them.

    A child starts with the first work. Work and result are pickled, so that they must be records
    and functions of a module. Raises NewsbotError where the system has no semaphores, which each
    child takes turns by.
    """
    try:
        semaphore()
    except OSError as error:
        # sem_overview(7): they are files there; a chroot has no such folder by itself.
        raise NewsbotError(
            told(
                "this system gives no semaphores to newsbot's child processes: "
                "{fault}; a tmpfs must be mounted on /dev/shm: `mount -t tmpfs tmpfs "
                "/dev/shm`",
                fault=error.strerror,
            )
        ) from error
    children = _Children(bounds)
    try:
        yield children.run
    finally:
        await children.end()


class _Children:
    """The pool of the children, made with the first work, and anew where it broke.

    It does so with a child that is killed while it has nothing to do, and with the fork server.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._pool: ProcessPool | None = None

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Return what `work` returns, of another pool where one breaks: it does nothing else."""
        for _ in range(_POOLS):
            pool = self._pool = self._pool or _pool(self._bounds)
            try:
                return await _run(pool, work, self._bounds)
            except BrokenProcessPool:
                if self._pool is pool:
                    await self.end()
        raise _ended(self._bounds)

    async def end(self) -> None:
        """End the children that there are."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call] # the library is typed in part
            await asyncio.to_thread(pool.join)


class FairTurns:
    """Keeps a child process free for feeds that were read well the last time.

    New feeds and failing ones wait for each other, not the good ones for them: all may be poison.
    """

    def __init__(self, offload: Offload, children: int = DEFAULT_BOUNDS.children) -> None:
        self._offload = offload
        self._few = asyncio.Semaphore(max(children - 1, 1))
        self._has_proven = False

    def of(self, *, is_proven: bool) -> Offload:
        """Return what runs the work of one feed, to be asked for before the feed is fetched.

        As long as no feed is proven, as at a first start, none has to wait for another.
        """
        self._has_proven = self._has_proven or is_proven
        return self._offload if is_proven or not self._has_proven else self._in_turn

    async def _in_turn(self, work: Callable[[], _Result]) -> _Result:
        async with self._few:
            return await self._offload(work)


def _pool(bounds: Bounds) -> ProcessPool:
    from pebble import ProcessPool  # noqa: PLC0415 - commands that read no feed start without it

    _require_descriptors()
    # A fork of this process would copy its threads' locks; a forkserver has neither.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    _start_fork_server()
    return ProcessPool(
        max_workers=bounds.children, context=context, initializer=_limit, initargs=(bounds.memory,)
    )


def _start_fork_server() -> None:
    """Start the parent of all children; they inherit that SIGINT is blocked and nothing is printed.

    A terminal sends Ctrl-C to all of them, and it is this process's to answer: the fork server
    ignores it only after its imports. Results and errors of the work come back as values; a
    library's warning, or the traceback of a child that starts while its pool ends, would stand
    between the lines of the log.
    """
    with _no_standard_error():
        resource_tracker.ensure_running()  # blocks SIGINT by itself, and unblocks it afterwards
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _no_standard_error() -> Iterator[None]:
    """Let the processes that are started meanwhile have none."""
    try:
        kept = os.dup(_STANDARD_ERROR)
    except OSError:  # this process has none itself
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)
        os.close(nowhere)


def _require_descriptors() -> None:
    """Raise OSError (EMFILE) where too few are left: the fork server would die with a traceback."""
    taken: list[int] = []
    try:
        taken.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(_DESCRIPTORS))
    finally:
        for descriptor in taken:
            os.close(descriptor)


async def _run(pool: ProcessPool, work: Callable[[], _Result], bounds: Bounds) -> _Result:
    from pebble import ProcessExpired  # noqa: PLC0415 - as above

    try:
        future = pool.schedule(_within_cpu, args=(work, bounds.cpu), timeout=bounds.seconds)
    except RuntimeError as error:  # it is broken already
        raise BrokenProcessPool from error
    try:
        return await asyncio.wrap_future(future)
    except TimeoutError:
        raise TooCostly(
            told("it took more than {seconds} seconds", seconds=f"{bounds.seconds:g}")
        ) from None
    except MemoryError:
        raise TooCostly(
            told("it took more than {memory} MiB of memory", memory=bounds.memory // _MIB)
        ) from None
    except RecursionError:
        raise TooCostly(marked("it is nested too deeply")) from None
    except ProcessExpired:
        raise _ended(bounds) from None


def _ended(bounds: Bounds) -> TooCostly:
    return TooCostly(
        told("it took more than {cpu} seconds of computing, or the process ended", cpu=bounds.cpu)
    )


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Where the machine or the unit runs out of memory, this process is the first to go (proc(5)).
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


def _within_cpu(work: Callable[[], _Result], cpu: int) -> _Result:
    """Do `work`; SIGXCPU ends the process where it computes for longer than `cpu` seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + cpu, hard))
    return work()
