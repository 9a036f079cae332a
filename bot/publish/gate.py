"""Keeps requests apart: one at a time, a gap after each, silent while the platform asks to wait."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import Throttled
from bot.wording import told, told_count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PATIENCE = 60.0  # seconds that a request waits at the gate; with more to wait it is tried later
_DEFAULT_WAIT = timedelta(minutes=1)


class Gate:
    """Lets one request after the other through, in the order in which they came.

    `gap` is in seconds; `clock` and `sleep` are those of the event loop.
    """

    def __init__(
        self,
        gap: float,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap = gap
        self._clock = clock or _loop_time
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._free_at = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn, which the block uses up; one that raises leaves it to the next.

        Raises Throttled without waiting while the gate `is_shut`, as a block that raises it does.
        """
        async with self._lock:
            wait = self._free_at - self._clock()
            if self.is_shut:
                text = told(
                    "the platform asked to wait for {what}",
                    what=told_count("{count} more second", "{count} more seconds", round(wait)),
                )
                raise Throttled("flood", text, wait=timedelta(seconds=wait))
            if wait > 0:
                await self._sleep(wait)
            try:
                yield
            except Throttled as throttled:
                self._free_at = self._clock() + (throttled.wait or _DEFAULT_WAIT).total_seconds()
                raise
            self._free_at = self._clock() + self._gap

    @property
    def is_shut(self) -> bool:
        """Whether the platform asked for a wait that is too long to wait for it here."""
        return self._free_at - self._clock() > PATIENCE


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
