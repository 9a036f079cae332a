"""SQLite: one connection, one writer, explicit transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import URL, Connection, Engine

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process's transaction."""

_SYNCHRONOUS = "newsbot_synchronous"
_CACHE = 8_000
"""KiB of pages kept in memory, four times what is usual: a poll with news touches many."""


def sqlite_engine(url: URL) -> Engine:
    """Return an engine with one connection and explicit transactions."""
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up)
    return engine


def driver_connection(connection: Connection) -> Any:
    """Return the sqlite3 connection under `connection`."""
    return connection.connection.driver_connection


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would open transactions by itself, and none for a SELECT.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")


def begin(connection: Connection, *, synchronous: str | None = None) -> None:
    """Begin the transaction of `connection`: one that reads, or with `synchronous` one that writes.

    Not by an event of the engine: with one SQLAlchemy looks for listeners around each statement,
    which costs a fifth of it.
    """
    driver, info = driver_connection(connection), connection.info
    if synchronous and info.get(_SYNCHRONOUS) != synchronous:
        driver.execute(f"PRAGMA synchronous = {synchronous}")
        info[_SYNCHRONOUS] = synchronous
    driver.execute("BEGIN IMMEDIATE" if synchronous else "BEGIN")
