"""How many feeds of one host are polled at a time, and how close after each other."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

AT_ONCE: Final = 2
"""RFC 9112 section 9.4 asks for few; two is what browsers once kept to, and a guest should."""
GAP: Final = 1.0
"""Seconds between the beginnings of two polls of one public host."""
_QUEUE: Final = 4
"""Polls that wait for one host: enough to follow each other, and no more need be claimed."""
_CLEARED_AT: Final = 10_000


class HostTurns:
    """Turns of hosts: `time` is a steady clock in seconds, `sleep` waits for some of them."""

    def __init__(
        self,
        *,
        time: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._time = time
        self._sleep = sleep
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_ONCE)
        )
        self._next: dict[str, float] = {}
        self._waiting: Counter[str] = Counter()

    def room(self, host: str) -> int:
        """Return how many polls more may wait for `host`."""
        return max(_QUEUE - self._waiting[host], 0)

    @property
    def crowded(self) -> frozenset[str]:
        """The hosts for which enough polls wait already."""
        return frozenset(host for host, count in self._waiting.items() if count >= _QUEUE)

    @asynccontextmanager
    async def turn(self, host: str, *, gap: float = GAP) -> AsyncIterator[None]:
        """Wait until `host` may be asked; the place is given back at the end."""
        self._waiting[host] += 1
        try:
            await self._places[host].acquire()
        finally:
            self._waiting[host] -= 1
            if not self._waiting[host]:
                del self._waiting[host]
        try:
            await self._wait(host, gap)
            yield
        finally:
            self._places[host].release()

    async def _wait(self, host: str, gap: float) -> None:
        if not gap:
            return
        now = self._time() if self._time else asyncio.get_running_loop().time()
        begin = max(self._next.get(host, now), now)
        if len(self._next) >= _CLEARED_AT:
            self._next = {one: free for one, free in self._next.items() if free > now}
        self._next[host] = begin + gap
        if begin > now:
            await self._sleep(begin - now)


def server_of(address: str) -> str:
    """Return the host and port that are asked, the same however they are written."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()
