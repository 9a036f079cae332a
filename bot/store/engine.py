"""Opens the store: the database file, its schema, and the tables' keepers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from bot.errors import DatabaseMissing, StoreError
from bot.store.database import Database
from bot.store.feeds import Feeds
from bot.store.forget import forget_stories
from bot.store.operator import Desk
from bot.store.outbox import Outbox
from bot.store.schema import VERSION, metadata, schema_version
from bot.store.stories import Stories
from bot.store.worker import in_worker

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_MEMORY = frozenset({None, "", ":memory:"})


class Store:
    """Everything that survives a restart."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.feeds = Feeds(database)
        self.stories = Stories(database)
        self.outbox = Outbox(database)
        self.desk = Desk(database)

    @in_worker
    def housekeeping(self, now: datetime, remember: timedelta) -> int:
        """Forget stories that no feed has shown for `remember`; return how many.

        A story stays while a delivery of it is open, or was attempted in the last 32 days: the
        budget of the month counts it.
        """
        return forget_stories(self.database, now, remember)

    @in_worker
    def copy_to_memory(self) -> Store:
        """Return a copy in memory, to try things out on. Raises StoreError."""
        copy = Database(make_url("sqlite://"))
        self.database.copy_into(copy)
        return Store(copy)

    async def close(self) -> None:
        """Close the database; the store is of no use after this."""
        await self.database.close()


def open_store(url: str, *, create: bool) -> Store:
    """Open the database at `url` (`sqlite:///PATH` or ":memory:").

    Raises DatabaseMissing where there is none and `create` is false, and StoreError for one that
    cannot be used.
    """
    address = parse_address(url)
    path = file_of(address)
    if path is not None:
        _check_file(path, create=create)
    database = Database(address)
    try:
        _prepare(database)
    except StoreError:
        database.dispose()
        raise
    return Store(database)


def parse_address(url: str) -> URL:
    """Return the parsed address. Raises StoreError, without the address: it may hold a password."""
    if url == ":memory:":
        return make_url("sqlite://")
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreError('database: not an address; write "sqlite:///PATH"') from None
    if address.get_backend_name() != "sqlite":
        raise StoreError(
            f'database: {address.get_backend_name()} is not supported; write "sqlite:///PATH"'
        )
    return address


def file_of(address: URL) -> Path | None:
    """Return the database's file, None where it is in memory."""
    return None if address.database in _MEMORY else Path(str(address.database))


def _check_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"database {path} is a directory; name a file in it")
    try:
        exists = path.exists()
    except OSError as error:
        raise StoreError(f"database {path} cannot be reached: {error.strerror}") from error
    if exists:
        return
    if not create:
        raise DatabaseMissing(
            f"database {path} does not exist yet; `newsbot run` or `newsbot once` creates it"
        )
    if not path.parent.is_dir():
        raise StoreError(f"database {path}: there is no directory {path.parent}; create it")


def _prepare(database: Database) -> None:
    """Create the tables in an empty database, or check that they are this program's."""
    with database.read() as tx:
        if _has_schema(tx, database.name):
            return
    with database.write() as tx:
        # Another process may have been faster since the look above.
        if not _has_schema(tx, database.name):
            metadata.create_all(tx)
            tx.execute(insert(schema_version).values(version=VERSION))


def _has_schema(tx: Connection, name: str) -> bool:
    tables = set(inspect(tx).get_table_names())
    if not tables - {"sqlite_sequence"}:
        return False
    if schema_version.name not in tables:
        raise StoreError(f"database {name} belongs to another program; name another file")
    version = tx.execute(select(schema_version.c.version)).scalar_one()
    if version > VERSION:
        raise StoreError(
            f"database {name} was written by a newer newsbot (schema {version}, "
            f"this one knows {VERSION}); install that version"
        )
    return True
