"""Opens the store: the database, its schema, and the tables' keepers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import make_url

from bot.errors import DatabaseMissing, StoreError
from bot.store.db.address import file_of, parse_address
from bot.store.db.backup import copy_pages
from bot.store.db.clock import StoreClock
from bot.store.db.database import Database
from bot.store.db.worker import in_worker
from bot.store.operator.alerts import AlertBook
from bot.store.operator.desk import Desk
from bot.store.outbox.outbox import Outbox
from bot.store.stories.forget import forget_stories
from bot.store.stories.polls import Feeds
from bot.store.stories.stories import Stories
from bot.store.tables.versions import prepare
from bot.store.transfer.copying import copy_rows
from bot.store.transfer.portable import Portable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from pathlib import Path


class Store:
    """Everything that survives a restart."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.feeds = Feeds(database)
        self.stories = Stories(database)
        self.outbox = Outbox(database)
        self.desk = Desk(database)
        self.alerts = AlertBook(database)
        self.portable = Portable(database)

    async def clock(self, local: Callable[[], datetime]) -> StoreClock:
        """Return the clock that leases and due times are compared with."""
        clock = StoreClock(self.database, local)
        await clock.read()
        return clock

    @in_worker
    def housekeeping(self, now: datetime, remember: timedelta) -> int:
        """Forget stories that no feed has shown for `remember`; return how many.

        A story stays while a delivery of it is open, or was attempted in the last 8 days.
        """
        return forget_stories(self.database, now, remember)

    @in_worker
    def copy_to_memory(self) -> Store:
        """Return a copy in memory, to try things out on. Raises StoreError."""
        copy = Database(make_url("sqlite://"))
        if not self.database.is_shared:
            copy_pages(self.database, copy)
            return Store(copy)
        prepare(copy, create=True)
        with self.database.read() as here, copy.write() as there:
            copy_rows(here, there)
        return Store(copy)

    async def close(self) -> None:
        """Close the database; the store is of no use after this."""
        await self.database.close()


def open_store(url: str, *, create: bool) -> Store:
    """Open the database at `url` (`sqlite:///PATH`, `postgresql://…` or ":memory:").

    Only `create` makes or updates the tables. Raises DatabaseMissing where there are none and
    `create` is false, and StoreError for a database that cannot be used.
    """
    address = parse_address(url)
    path = file_of(address)
    if path is not None:
        _check_file(path, create=create)
    database = Database(address)
    try:
        prepare(database, create=create or database.is_memory, file=path)
    except StoreError:
        database.dispose()
        raise
    return Store(database)


def _check_file(path: Path, *, create: bool) -> None:
    try:
        is_directory, exists = path.is_dir(), path.exists()
    except OSError as error:
        raise StoreError(
            f"database {path} cannot be reached ({error.strerror}); "
            "let this user enter the directories above it"
        ) from error
    if is_directory:
        raise StoreError(f"database {path} is a directory; name a file in it")
    if exists:
        return
    if not create:
        raise DatabaseMissing(
            f"database {path} does not exist yet; `newsbot run` or `newsbot once` creates it"
        )
    if not path.parent.is_dir():
        raise StoreError(f"database {path}: there is no directory {path.parent}; create it")
