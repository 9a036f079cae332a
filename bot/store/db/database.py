"""One thread, and transactions for the modules that hold the SQL."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import insert, update

from bot.errors import DatabaseLost, StoreError
from bot.store.db.address import file_of, is_server, journal_of, name_of
from bot.store.db.faults import translated
from bot.store.db.guard import FileGuard
from bot.store.db.postgres import begin_making, begin_writing, postgres_engine
from bot.store.db.sqlite import begin, sqlite_engine
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import URL, Connection, Table

_Result = TypeVar("_Result")


class Database:
    """An open database. `owner` is this process's name in the leases that it takes.

    `beside` is the folder on this machine for files about a database on a server.
    """

    def __init__(self, url: URL, *, beside: Path | None = None) -> None:
        self.name = name_of(url)
        self.owner = secrets.token_hex(8)
        self.is_shared = is_server(url)
        """Other machines may work on it at the same time."""
        self.file = file_of(url)
        """None in memory and on a server."""
        self.journal = journal_of(url, beside)
        """Where the names of files begin that keep what it could not be told, None for none."""
        self.is_memory = not self.is_shared and self.file is None
        self.revision: str | None = None
        """Of this program's tables, once it is known that it may write into those that are there:
        on a server another release may change them at any time."""
        self.engine = postgres_engine(url) if self.is_shared else sqlite_engine(url)
        self._reading = self.engine
        if self.is_shared:
            self._reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="newsbot-store")
        self._guard = FileGuard(self.file) if self.file else None
        self.lost: DatabaseLost | None = None
        """Once it is seen to be deleted, replaced or damaged, no transaction begins any more."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads: one consistent view. Raises StoreError."""
        with self._guarded(), self._reading.begin() as tx:
            if not self.is_shared:
                begin(tx)
            yield tx

    @contextmanager
    def write(
        self, *, durable: bool = True, beside: bool = False, any_tables: bool = False
    ) -> Iterator[Connection]:
        """Open a writing transaction: alone, or `beside` others that lock what they decide about.

        SQLite has one writer in any case. It survives a power cut if `durable`.

        Raises StoreError, and OtherTables where another release changed the tables since they were
        opened, unless `any_tables` will do.
        """
        with self._guarded(), self.engine.begin() as tx:
            if self.is_shared:
                revision = None if any_tables else self.revision
                begin_writing(tx, alone=not beside, durable=durable, revision=revision)
            else:
                # A power cut must not take back a "sending" that was followed by a post: FULL. What
                # a poll without news writes may be lost, and NORMAL costs a tenth (0.03 against
                # 0.37 ms).
                begin(tx, synchronous="FULL" if durable else "NORMAL")
            yield tx

    @contextmanager
    def make(self) -> Iterator[Connection]:
        """Open the transaction that makes the tables, or changes them. Raises StoreError."""
        if not self.is_shared:
            with self.write() as tx:
                yield tx
            return
        with self._guarded(), self.engine.begin() as tx:
            begin_making(tx)
            yield tx

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Translate errors, and let no transaction begin on a database that is lost."""
        try:
            if self.lost:
                raise self.lost
            if self._guard:
                self._guard.check()
            with translated(self.name):
                yield
        except DatabaseLost as error:
            self.lost = error
            raise
        if self._guard:
            self._guard.note()

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Run `work` on the store's thread and return its result. Raises StoreError once closed."""
        try:
            coming = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:
            # Whoever still asks while the program ends, as a browser may, is told so.
            raise StoreError(
                told("{database} is closed already, for newsbot ends", database=self.name)
            ) from error
        return await coming

    def dispose(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    async def close(self) -> None:
        """Close the connections after all work given to `run`."""
        await self.run(self.dispose)
        self._thread.shutdown()


def upsert(
    tx: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]
) -> None:
    """Write `values` into the row of `key`; the same statement pair works on every database."""
    matches = [table.c[name] == value for name, value in key.items()]
    if tx.execute(update(table).where(*matches).values(**values)).rowcount == 0:
        tx.execute(insert(table).values(**key, **values))
