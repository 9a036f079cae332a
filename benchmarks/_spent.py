"""What processes of nodes and of their database spend: the processor's time, and transactions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.standins.postgres import PostgresServer

_TICK = os.sysconf("SC_CLK_TCK")
_COMMITTED = "SELECT xact_commit FROM pg_stat_database WHERE datname = '{}'"


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
