"""What the reports of polls teach about words: written beside the polls, for many at once."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.db.worker import in_worker
from bot.store.events.words import learn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.models.events import Count
    from bot.store.db.database import Database


class Lessons:
    """Counts words after the polls that brought them, in a transaction of its own.

    All polls count the same words: within theirs, each would wait for the end of another. Those
    that end while others wait for the store's thread are counted together.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._waiting: defaultdict[str, list[Mapping[str, Count]]] = defaultdict(list)

    def add(self, taught: Mapping[str, Sequence[Mapping[str, Count]]]) -> None:
        """Keep what reports of each language said of words, on the store's thread."""
        for language, reports in taught.items():
            self._waiting[language] += reports

    async def learn(self) -> None:
        """Return when all that was kept is counted, or given up: the polls are written."""
        if self._waiting:
            await self._write()

    @in_worker
    def _write(self) -> None:
        taught, self._waiting = self._waiting, defaultdict(list)
        if not taught:
            return
        with suppress(StoreError), self.database.write(durable=False, beside=True) as tx:
            # Sorted, so that no two transactions wait for each other.
            for language in sorted(taught):
                learn(tx, language, taught[language])
