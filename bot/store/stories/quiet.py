"""Polls that brought no document: those that end at the same time are written together.

Most polls are such. A transaction for each costs more than asking the server does.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.db.faults import Conflict
from bot.store.db.worker import in_worker
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bot.models.feeds import Poll
    from bot.store.db.database import Database


@dataclass(slots=True)
class _Waiting:
    poll: Poll
    error: StoreError | None = None


class QuietPolls:
    """Writes polls with `write`, as many with one transaction as wait for the store's thread."""

    def __init__(
        self, database: Database, write: Callable[[Connection, Sequence[Poll]], None]
    ) -> None:
        self.database = database
        self._write = write
        self._waiting: deque[_Waiting] = deque()

    async def finish(self, poll: Poll) -> None:
        """Return when `poll` is written. Raises StoreError."""
        mine = _Waiting(poll)
        self._waiting.append(mine)
        await self._write_waiting()
        # Another poll's turn may have written this one, or tried to.
        if mine.error:
            raise mine.error

    @in_worker
    def _write_waiting(self) -> None:
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not taken:
            return
        for one in taken:
            # So that no poll passes for written where this ends by a mistake of newsbot.
            one.error = StoreError(
                marked("a poll was not written, for a mistake in one written with it")
            )
        try:
            with self.database.write(durable=False, beside=True) as tx:
                self._write(tx, [one.poll for one in taken])
            for one in taken:
                one.error = None
        except Conflict:
            self._waiting.extendleft(reversed(taken))
            raise
        except StoreError as error:
            for one in taken:
                one.error = error
