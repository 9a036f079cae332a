"""Counts what this process does, and writes it down by the hour: of that plots are drawn."""

from __future__ import annotations

import os
import platform
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.models.basics import ChannelId
    from bot.models.feeds import PollReport
    from bot.models.hours import Figure
    from bot.models.outbox import Delivery, Outcome, Settled, Sought
    from bot.store.engine import Store

ROUND = 300.0
"""Seconds between two writes: a crash loses the polls of so long."""
_STATM = Path("/proc/self/statm")
_KILOBYTE = 1024


class Counting:
    """Implements `runner.assembly.Observer`: posts are not counted, the outbox knows them."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        *,
        cpu: Callable[[], int] | None = None,
        memory: Callable[[], int] | None = None,
        machine: str = platform.node(),
    ) -> None:
        self._store = store
        self._now = now
        self._cpu, self._memory = cpu or cpu_used, memory or memory_used
        self._machine = machine
        self._polls: Counter[tuple[Figure, str]] = Counter()
        self._cpu_told = 0

    def polled(self, report: PollReport, seconds: float) -> None:  # noqa: ARG002 - as the protocol
        """Count a poll."""
        self._polls["polls", ""] += 1
        if report.outcome == "failed":
            self._polls["failed_polls", ""] += 1

    def delivered(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Leave it to the outbox."""

    def settled(self, sought: Sought, settled: Settled) -> None:
        """Leave it to the outbox."""

    async def write(self, channels: Mapping[ChannelId, object]) -> None:
        """Write down what was counted since the last time, and what the outbox knows of since."""
        now, counted, cpu = self._now(), Counter(self._polls), self._cpu()
        figures = dict(counted)
        figures["cpu", self._machine] = cpu - self._cpu_told
        figures["memory", self._machine] = self._memory()
        await self._store.hours.count(figures, now)
        # What could not be written is written the next time.
        self._polls -= counted
        self._cpu_told = cpu
        while not await self._store.hours.sum_up(list(channels), now):
            pass


def cpu_used() -> int:
    """Return the milliseconds of CPU that this process and its children used."""
    used = os.times()
    seconds = used.user + used.system + used.children_user + used.children_system
    return round(seconds * 1000)


def memory_used() -> int:
    """Return the bytes of memory that this process holds; where none tells, the most it held."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    from resource import RUSAGE_SELF, getrusage  # noqa: PLC0415 - Windows has none, and no need

    most = getrusage(RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * _KILOBYTE
