"""Work that hangs, eats memory or dies costs only itself."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

import bot.offload
from bot.errors import NewsbotError, TooCostly
from bot.offload import Bounds, FairTurns, child_processes

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
BOUNDS = Bounds(cpu=1, seconds=30.0, memory=512 * 1024 * 1024, children=1)
WALL = Bounds(cpu=60, seconds=0.5, children=1)


def backtrack() -> object:
    """A regular expression that ends after the age of the universe."""
    return re.match(r"(a+)+$", "a" * 60 + "b")


def recurse(depth: int) -> int:
    return recurse(depth + 1)


def fail() -> None:
    raise KeyError("a mistake of the work itself")


async def test_a_system_without_semaphores_is_told_what_it_lacks() -> None:
    def refused() -> object:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    with pytest.raises(NewsbotError, match=r"No such file or directory; .* on /dev/shm"):
        async with child_processes(semaphore=refused):
            pytest.fail("it started without them")


@pytest.mark.parametrize(
    ("work", "bounds", "why"),
    [
        (backtrack, BOUNDS, "1 seconds of computing"),
        (backtrack, WALL, "more than 0.5 seconds"),
        (partial(bytearray, 2 << 30), BOUNDS, "512 MiB"),
        (partial(recurse, 0), BOUNDS, "nested too deeply"),
        (partial(os._exit, 3), BOUNDS, "ended"),
    ],
)
async def test_work_that_takes_too_much_is_ended_and_the_next_one_is_done(
    work: object, bounds: Bounds, why: str
) -> None:
    async with child_processes(bounds) as offload:
        with pytest.raises(TooCostly, match=why):
            await offload(work)
        assert await offload(partial(sum, (1, 2))) == 3


async def test_a_child_that_is_killed_while_it_has_nothing_to_do_is_replaced() -> None:
    """As where the machine runs out of memory: there it is the first to go."""
    async with child_processes(BOUNDS) as offload:
        killed = await offload(os.getpid)
        os.kill(killed, signal.SIGKILL)
        others = await asyncio.gather(offload(os.getpid), offload(os.getpid))
        assert killed not in others


class Broken:
    """A pool whose children cannot be started."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    def schedule(self, *_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    def stop(self) -> None:
        self.ends.append("stopped")

    def join(self) -> None:
        self.ends.append("joined")


async def test_where_no_child_can_live_the_work_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Broken()
    monkeypatch.setattr(bot.offload, "_pool", lambda _: broken)
    async with child_processes(BOUNDS) as offload:
        with pytest.raises(TooCostly, match="or the process ended"):
            await offload(os.getpid)
    assert broken.ends == ["stopped", "joined"] * 3


async def test_a_mistake_of_the_work_is_raised_as_it_is() -> None:
    async with child_processes(BOUNDS) as offload:
        with pytest.raises(KeyError, match="a mistake"):
            await offload(fail)


def loaded() -> set[str]:
    return {"feedparser", "lxml.etree", "sqlalchemy", "trafilatura"} & set(sys.modules)


async def test_a_child_starts_with_what_most_work_needs_and_with_nothing_else() -> None:
    async with child_processes(BOUNDS) as offload:
        assert await offload(loaded) == {"feedparser", "lxml.etree"}


async def test_no_child_is_started_where_nothing_is_to_do_and_none_outlives_the_pool() -> None:
    async with child_processes(BOUNDS) as offload:
        child = await offload(os.getpid)
        assert child != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def says() -> bool:
    """Write as a library's warning does; return whether Ctrl-C reaches this process."""
    os.write(2, b"a warning")
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


async def test_a_child_prints_nothing_and_leaves_ctrl_c_to_its_parent(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with child_processes(BOUNDS) as offload:
        assert await offload(says) is False
    assert capfd.readouterr().err == ""
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


class Children:
    """Two processes whose work lasts until it is let go."""

    def __init__(self) -> None:
        self.begun: list[object] = []
        self.go = asyncio.Event()
        self._free = asyncio.Semaphore(2)

    async def __call__(self, work: Callable[[], T]) -> T:
        async with self._free:
            self.begun.append(work())
            await self.go.wait()
            return work()


async def begun(children: Children, works: list[asyncio.Future[str]]) -> list[object]:
    """Return which works have begun once nothing else can go on by itself."""
    for _ in range(10):
        await asyncio.sleep(0)
    found = list(children.begun)
    children.go.set()
    await asyncio.gather(*works)
    return found


async def test_feeds_that_may_be_poison_leave_a_child_to_those_that_are_not() -> None:
    children = Children()
    turn_of = FairTurns(children, children=2).of
    good, bad = turn_of(is_proven=True), turn_of(is_proven=False)
    works = [asyncio.ensure_future(bad(lambda name=name: name)) for name in ("new", "failing")]
    works += [asyncio.ensure_future(good(lambda: "good"))]
    assert await begun(children, works) == ["new", "good"]


async def test_at_a_first_start_new_feeds_take_all_children() -> None:
    children = Children()
    turn_of = FairTurns(children, children=2).of
    works = [
        asyncio.ensure_future(turn_of(is_proven=False)(lambda name=name: name))
        for name in ("a", "b")
    ]
    assert await begun(children, works) == ["a", "b"]


def badness() -> int:
    return int(Path("/proc/self/oom_score_adj").read_text(encoding="ascii"))


async def test_where_memory_runs_out_a_child_goes_first() -> None:
    async with child_processes(BOUNDS) as offload:
        assert await offload(badness) == 500 > badness()
