"""Keeps the desk at work: hears what people there want, and shows them what waits for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.runner.work.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.runner.assembly import Assembly
    from bot.runner.sd_notify import Sign

_LISTEN = 25.0
"""Seconds that Telegram keeps a question open; shorter than the time-out of the answer."""
_DEAF = 2.0
"""Seconds until the next try where nobody can be heard."""
_LIMIT = 300.0


class DeskKeeper:
    """Two jobs that begin again when they end: hearing and showing. Each may wait for the chat.

    `on_end` is called when people may have decided something.
    """

    def __init__(self, assembly: Assembly, *, on_end: Callable[[], None]) -> None:
        self._assembly = assembly
        self._on_end = on_end
        self.jobs: Jobs[str] = Jobs()

    async def tick(self) -> None:
        """Begin the jobs that do not run."""
        if self._assembly.desk is None:
            return
        running = self.jobs.keys()
        for key, work, on_end in (
            ("hearing", self._hear, self._on_end),
            ("showing", self._show, lambda: None),
        ):
            if key not in running:
                self.jobs.start(key, work(), on_crash=self._crashed, on_end=on_end)

    async def visit(self) -> None:
        """Do everything once that is there to do now, without waiting for people."""
        await self.jobs.guard(self._visit())

    async def stop(self) -> None:
        """End the jobs now: what they did not end is done again; let another process hear."""
        await self.jobs.cancel()
        if self._assembly.desk is not None:
            await self.jobs.guard(self._assembly.desk.leave())

    def exchange(self, assembly: Assembly) -> frozenset[asyncio.Task[None]]:
        """Go on with another assembly; return the jobs that end with the old one."""
        self._assembly = assembly
        return self.jobs.running()

    def signs(self) -> Iterator[Sign]:
        """Yield a sign of life for each job."""
        return self.jobs.signs("desk", _LIMIT)

    async def _hear(self) -> None:
        desk = self._assembly.desk
        if desk is not None and not await desk.read(_LISTEN):
            self.jobs.waits()
            await asyncio.sleep(_DEAF)

    async def _show(self) -> None:
        desk = self._assembly.desk
        if desk is not None:
            await desk.show()

    async def _visit(self) -> None:
        desk = self._assembly.desk
        if desk is not None:
            await desk.read(0)
            await desk.show()

    async def _crashed(self) -> None:
        """Rest a moment: what broke is tried again."""
        await asyncio.sleep(_DEAF)
