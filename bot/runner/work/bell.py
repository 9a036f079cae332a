"""Wakes who looks for work, without waking them for each of a hundred ends."""

from __future__ import annotations

import asyncio

REST = 0.1
"""Seconds between two looks. A look costs 3 to 7 ms of computing with 300 channels, and a bot sends
30 posts a second; a lane with a pace is claimed before it is free, so that no post waits for this.
"""


class Bell:
    """The first ring is heard at once; those within `REST` seconds of it are heard as one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._rests_until = 0.0

    def ring(self) -> None:
        """Wake the one who waits in `heard`, now or when that rest is over."""
        self._rung.set()

    async def heard(self) -> None:
        """Return when it rang since the last time, after the rest."""
        loop = asyncio.get_running_loop()
        await self._rung.wait()
        await asyncio.sleep(max(0.0, self._rests_until - loop.time()))
        self._rung.clear()
        self._rests_until = loop.time() + REST
