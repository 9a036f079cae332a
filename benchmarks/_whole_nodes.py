"""Nodes as they run, `newsbot run --role ROLE`: what they get done in a second, and what it costs.

What is done in SECONDS is counted after WARM, with the processor's milliseconds of the nodes and of
the database for each, and the transactions.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.models.nodes import Role
    from tests.standins.postgres import PostgresServer

SECONDS = float(os.environ.get("SECONDS", "20"))
NODES = [int(word) for word in os.environ.get("NODES", "1,2,4").split(",")]
WARM = float(os.environ.get("WARM", "30"))
_TICK = os.sysconf("SC_CLK_TCK")
_COMMITTED = "SELECT xact_commit FROM pg_stat_database WHERE datname = '{}'"


async def measure(
    folder: Path,
    server: PostgresServer,
    database: str,
    done: Callable[[], int],
    *,
    role: Role,
    nodes: int,
) -> str:
    """Return how much was done a second by `nodes` that run in `folder`, and what each took."""
    running = [await _node(folder, role) for _ in range(nodes)]
    try:
        await asyncio.sleep(WARM)
        before, spent = done(), Spent(server, database, [one.pid for one in running])
        await asyncio.sleep(SECONDS)
        count = done() - before
        return f"{count / SECONDS:5.0f} a second; {spent.each(count)}"
    finally:
        for one in running:
            one.terminate()
        await asyncio.gather(*(one.wait() for one in running))


async def _node(folder: Path, role: Role) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--role", role),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Spent:
    """What is spent from now on by the nodes of these `pids` and by `server`."""

    def __init__(self, server: PostgresServer, database: str, pids: Sequence[int]) -> None:
        self._server = server
        self._database = database
        self._pids = pids
        self._before = self._now()

    def each(self, count: int) -> str:
        """Return the share of each of `count` things that were done meanwhile."""
        shares = (
            (now - before) / max(count, 1)
            for now, before in zip(self._now(), self._before, strict=True)
        )
        return "each {:.2f} ms of nodes, {:.2f} ms of the database, {:.2f} transactions".format(
            *shares
        )

    def _now(self) -> tuple[float, float, float]:
        """Return the milliseconds of the nodes and of the database, and its transactions."""
        pid = (self._server.home / "data" / "postmaster.pid").read_text("ascii").split()[0]
        nodes = sum(_milliseconds(one) for one in self._pids)
        base = sum(_milliseconds(one) for one in (int(pid), *_children(int(pid))))
        committed = self._server.admin(_COMMITTED.format(self._database))[0][0]
        return nodes, base, float(committed)


def _milliseconds(pid: int) -> float:
    """Return what a process has used, with its children that have ended."""
    fields = _stat(pid)
    return 1000 * sum(int(field) for field in fields[11:15]) / _TICK


def _children(pid: int) -> list[int]:
    every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [one for one in every if _stat(one)[1:2] == [str(pid)]]


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name (man 5 proc), none of a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
