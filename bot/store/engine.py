"""Opens the store: the database, its schema, and the tables' keepers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from bot.errors import DatabaseMissing, StoreError
from bot.store.db import session
from bot.store.db.address import file_of, parse_address
from bot.store.db.backup import (
    add_backup,
    backups_of,
    copy_pages,
    rename_backups,
    time_of,
    write_copy,
)
from bot.store.db.clock import StoreClock
from bot.store.db.database import Database
from bot.store.db.worker import in_steps, in_worker
from bot.store.events.events import Events
from bot.store.operator.alerts import AlertBook
from bot.store.operator.cards import Cards
from bot.store.operator.desk import Desk
from bot.store.operator.hours import Hours
from bot.store.operator.integrity import faults
from bot.store.operator.overview import Overview
from bot.store.operator.updates import UpdateBook
from bot.store.operator.week import Weeks
from bot.store.outbox.outbox import Outbox
from bot.store.queue.nodes import Nodes
from bot.store.queue.queue import Queue
from bot.store.stories.copied import hold_back_all
from bot.store.stories.forget import forget_stories
from bot.store.stories.hubs import Subscriptions
from bot.store.stories.polls import Feeds
from bot.store.stories.stories import Stories
from bot.store.stories.thin import thin_stories
from bot.store.tables.versions import prepare
from bot.store.transfer.copying import copy_rows
from bot.store.transfer.portable import Portable
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from bot.models.basics import FeedId


class Store:
    """Everything that survives a restart."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.is_copy = False
        """It was put in the place of the database that ran here last: its news is held back."""
        self.feeds = Feeds(database)
        self.stories = Stories(database)
        self.outbox = Outbox(database)
        self.events = Events(database)
        self.desk = Desk(database)
        self.alerts = AlertBook(database)
        self.subscriptions = Subscriptions(database)
        self.cards = Cards(database)
        self.updates = UpdateBook(database)
        self.week = Weeks(database)
        self.overview = Overview(database)
        self.hours = Hours(database)
        self.portable = Portable(database)
        self.queue = Queue(database)
        self.nodes = Nodes(database)

    async def clock(self, local: Callable[[], datetime]) -> StoreClock:
        """Return the clock that leases and due times are compared with."""
        clock = StoreClock(self.database, local)
        await clock.read()
        return clock

    async def housekeeping(self, now: datetime, remember: timedelta) -> int:
        """Forget stories that no feed has shown for `remember`; return how many.

        A story stays while a delivery of it is open, or was attempted in the last 8 days.
        """
        return await in_steps(self.database, forget_stories(self.database, now, remember))

    async def thin(self, now: datetime, explain_for: timedelta) -> int:
        """Keep only the keys of stories that no feed has shown for `explain_for`.

        Return how many stories that were. The whole story stays while a delivery of it is open,
        failed, or among its channel's latest posts.
        """
        return await in_steps(self.database, thin_stories(self.database, now, explain_for))

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

    @in_worker
    def back_up(self, now: datetime, target: Path | None = None) -> Path | None:
        """Write a copy to `target`, else among the backups; return where, None on a server.

        Raises StoreError, and DatabaseLost where the database is damaged.
        """
        file = self.database.file
        if target is not None and not self.database.is_shared:
            write_copy(self.database, target)
            return target
        return add_backup(self.database, file, now) if file else None

    def last_backup(self, now: datetime) -> datetime | None:
        """Return when the newest of the backups was made, None where there is none.

        One that a wrong clock dated later than `now` says nothing about that.
        """
        file = self.database.file
        times = (time_of(one) for one in backups_of(file)) if file else ()
        return next((made for made in times if made is not None and made <= now), None)

    async def rewind(self, feeds: Sequence[FeedId], now: datetime) -> int:
        """Bring what a clock wrote that was ahead back to `now`; return how many rows changed.

        The backups get their right names, and the database is among them as it was. Raises
        StoreError.
        """
        ahead = await self.desk.ahead_of_clock(feeds, now)
        if self.database.file is not None and ahead:
            rename_backups(self.database.file, ahead, now)
            await self.back_up(now)
        return await self.desk.rewind(feeds, now)

    @in_worker
    def faults(self, now: datetime) -> list[str]:
        """Return a line for each kind of damage and contradiction. Raises StoreError."""
        with self.database.read() as tx:
            return faults(tx, now)

    async def close(self) -> None:
        """Close the database; the store is of no use after this."""
        await self.database.close()


def own_store(url: str, *, now: datetime, anew: bool = False, beside: Path | None = None) -> Store:
    """Open the database as the one newsbot that runs on it; its tables are made if need be.

    A copy that was put in the place of the database that ran here last holds its news back.
    Raises DatabaseLost where there was a database that is gone, unless an empty one is wanted
    (`anew`), and StoreError for one that cannot be used.
    """
    path = file_of(parse_address(url))
    if path is not None and not anew:
        session.check_before_use(path)
    store = open_store(url, create=True, beside=beside)
    if path is not None:
        store.is_copy = session.begin(
            store.database, path, partial(hold_back_all, now=now), anew=anew
        )
    return store


async def disown_store(store: Store, now: datetime) -> None:
    """Close a store that `own_store` opened."""
    file = store.database.file
    if file is not None:
        await store.database.run(partial(session.end, store.database, file, now))
    await store.close()


def open_store(url: str, *, create: bool, beside: Path | None = None) -> Store:
    """Open the database at `url` (`sqlite:///PATH`, `postgresql://…` or ":memory:").

    Only `create` makes or updates the tables. `beside` is the folder for files about a database on
    a server. Raises DatabaseMissing where there are none and
    `create` is false, and StoreError for a database that cannot be used.
    """
    address = parse_address(url)
    path = file_of(address)
    if path is not None:
        _check_file(path, create=create)
    database = Database(address, beside=beside)
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
            told(
                "database {path} cannot be reached ({fault}); try it with sudo, or "
                "let this user enter the directories above it",
                path=path,
                fault=error.strerror,
            )
        ) from error
    if is_directory:
        raise StoreError(told("database {path} is a directory; name a file in it", path=path))
    if exists:
        return
    if not create:
        raise DatabaseMissing(
            told(
                "database {path} does not exist yet; `newsbot run` or `newsbot once` creates it",
                path=path,
            )
        )
    if not path.parent.is_dir():
        raise StoreError(
            told(
                "database {path}: there is no directory {parent}; create it",
                path=path,
                parent=path.parent,
            )
        )
