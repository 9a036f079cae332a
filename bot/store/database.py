"""One connection, one thread: transactions for the modules that hold the SQL."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, create_engine, event, insert, update
from sqlalchemy.pool import StaticPool

from bot.store.faults import translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection, Engine, Table

_Result = TypeVar("_Result")

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's transaction."""

_BEGIN = "newsbot_begin"
_SYNCHRONOUS = "newsbot_synchronous"


class Database:
    """An open database. `owner` is what this process writes into the leases that it takes."""

    def __init__(self, url: URL) -> None:
        self.name = url.database or "in memory"
        self.owner = secrets.token_hex(8)
        self._engine = sqlite_engine(url)
        # A power cut must not take back a "sending" that was followed by a post: FULL. What a poll
        # without news writes may be lost, and NORMAL costs a tenth (0.03 against 0.37 ms).
        self._durable = self._engine.execution_options(
            **{_BEGIN: "BEGIN IMMEDIATE", _SYNCHRONOUS: "FULL"}
        )
        self._light = self._engine.execution_options(
            **{_BEGIN: "BEGIN IMMEDIATE", _SYNCHRONOUS: "NORMAL"}
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="newsbot-store")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads: one consistent view. Raises StoreError."""
        with translated(self.name), self._engine.begin() as tx:
            yield tx

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open the one writing transaction; it survives a power cut if `durable`.

        Raises StoreError.
        """
        engine = self._durable if durable else self._light
        with translated(self.name), engine.begin() as tx:
            yield tx

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Run `work` on the store's thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def copy_into(self, other: Database) -> None:
        """Overwrite `other` with this database's content. Raises StoreError."""
        with (
            translated(self.name),
            self._engine.connect() as here,
            other._engine.connect() as there,
        ):
            _sqlite_connection(here).backup(_sqlite_connection(there))

    def dispose(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    async def close(self) -> None:
        """Close the connection after all work given to `run`."""
        await self.run(self.dispose)
        self._thread.shutdown()


def upsert(
    tx: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]
) -> None:
    """Write `values` into the row of `key`; the same statement pair works on every database."""
    matches = [table.c[name] == value for name, value in key.items()]
    if tx.execute(update(table).where(*matches).values(**values)).rowcount == 0:
        tx.execute(insert(table).values(**key, **values))


def sqlite_engine(url: URL) -> Engine:
    """Return an engine with one connection and explicit transactions."""
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would open transactions by itself, and none for a SELECT.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    level = options.get(_SYNCHRONOUS)
    if level and connection.info.get(_SYNCHRONOUS) != level:
        connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.info[_SYNCHRONOUS] = level
    connection.exec_driver_sql(options.get(_BEGIN, "BEGIN"))


def _sqlite_connection(connection: Connection) -> Any:
    return connection.connection.driver_connection
