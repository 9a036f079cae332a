"""Copies of a SQLite database: beside it, among its backups, and in memory."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import DatabaseLost, StoreError
from bot.store.db.faults import translated
from bot.store.db.guard import fault_in
from bot.store.db.sqlite import driver_connection
from bot.wording import told

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.store.db.database import Database

COPY = -1
"""The `user_version` of every copy: `bot.store.db.session` knows one that is in use by it."""
KEPT = 7
_TIME = "%Y-%m-%dT%H-%M-%SZ"


def back_up(database: Database, file: Path, revision: str) -> Path:
    """Copy the database in `file` to FILE.backup-REVISION and return that. Raises StoreError."""
    backup = Path(f"{file}.backup-{revision}")
    write_copy(database, backup)
    with suppress(OSError):
        shutil.copymode(file, backup)
    return backup


def write_copy(database: Database, target: Path) -> None:
    """Write a checked copy of `database`, which may be in use, to the file `target`.

    A copy has its name only when it is whole. Raises DatabaseLost where the database is damaged,
    and StoreError where the copy cannot be written.
    """
    unfinished = Path(f"{target}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with translated(str(unfinished)), closing(sqlite3.connect(unfinished)) as there:
            _copy(database, there)
            there.execute("PRAGMA journal_mode = DELETE")  # one file, not three
            there.execute(f"PRAGMA user_version = {COPY}")
        if fault := fault_in(unfinished):
            raise DatabaseLost(
                told(
                    "database {database} is damaged ({why}): no copy was made",
                    database=database.name,
                    why=fault,
                )
            )
        unfinished.replace(target)
    except OSError as error:
        raise StoreError(
            told(
                "{target} cannot be written: {why}",
                target=target,
                why=os.strerror(error.errno or 0),
            )
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def add_backup(database: Database, file: Path, now: datetime) -> Path:
    """Write a copy into the folder `backups` beside `file`, and keep the newest 7 there.

    Raises StoreError and DatabaseLost.
    """
    folder = file.parent / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(
            told("{folder} cannot be made: {why}", folder=folder, why=os.strerror(error.errno or 0))
        ) from error
    target = _named(file, now)
    write_copy(database, target)
    for old in backups_of(file)[KEPT:]:
        with suppress(OSError):
            old.unlink()
    return target


def rename_backups(file: Path, back: timedelta, now: datetime) -> None:
    """Date copies that are still to come so much earlier: they would pass for the newest."""
    for backup in backups_of(file):
        made = time_of(backup)
        right = _named(file, made - back) if made is not None and made > now else backup
        if not right.exists():
            with suppress(OSError):
                backup.rename(right)


def _named(file: Path, made: datetime) -> Path:
    return file.parent / "backups" / f"{file.name}.{made.astimezone(UTC):{_TIME}}"


def backups_of(file: Path) -> list[Path]:
    """Return the copies of the database at `file` among its backups, newest first."""
    found = (file.parent / "backups").glob(f"{file.name}.*Z")
    return sorted((path for path in found if time_of(path) is not None), reverse=True)


def time_of(backup: Path) -> datetime | None:
    """Return when a copy was made, by its name; None where that is no copy's."""
    try:
        return datetime.strptime(backup.name.rpartition(".")[2], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def copy_pages(database: Database, other: Database) -> None:
    """Overwrite `other` with the content of `database`, both SQLite. Raises StoreError."""
    with translated(database.name), other.engine.connect() as there:
        _copy(database, driver_connection(there))


def _copy(database: Database, there: sqlite3.Connection) -> None:
    with database.engine.connect() as here:
        driver_connection(here).backup(there)
