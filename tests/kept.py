"""Stores that are opened once and emptied for each test.

Making tables and compiling statements anew is most of the time of a test with a store.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.store.engine import Store, open_store
from bot.store.tables.schema import metadata
from tests.standins.postgres import EMPTY

if TYPE_CHECKING:
    from bot.store.db.database import Database


class KeptStores:
    """Open databases, by address and by the part that they play in a test."""

    def __init__(self) -> None:
        self._databases: dict[tuple[str, str], Database] = {}

    async def emptied(self, url: str = ":memory:", part: str = "") -> Store:
        """Return a store without rows; nothing of an earlier test is known to it."""
        database = self._opened(url, part)
        await database.run(lambda: _empty(database))  # after all that the last test left to do
        return Store(database)

    async def shared(self, url: str, processes: int) -> tuple[Store, ...]:
        """Return one store without rows, as so many processes at once have it open."""
        others = [
            await next_process(Store(self._opened(url, f"process {number}")))
            for number in range(1, processes)
        ]
        return (await self.emptied(url), *others)

    def _opened(self, url: str, part: str) -> Database:
        if (url, part) not in self._databases:
            self._databases[url, part] = open_store(url, create=True).database
        return self._databases[url, part]

    def close(self) -> None:
        for database in self._databases.values():
            asyncio.run(database.close())


async def next_process(store: Store) -> Store:
    """Return what another process finds: the rows of `store`, and nothing that this one knew."""
    await store.database.run(lambda: None)  # after all that this one left to do
    store.database.owner = secrets.token_hex(8)
    return Store(store.database)


def _empty(database: Database) -> None:
    with database.write(durable=False) as tx:
        if database.is_shared:
            tx.execute(text(EMPTY.replace(":", r"\:")))
            return
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())
        if tx.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").first():
            tx.exec_driver_sql("DELETE FROM sqlite_sequence")
