"""Copies of a SQLite database: beside it, and in memory."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.db.faults import translated
from bot.store.db.sqlite import driver_connection

if TYPE_CHECKING:
    from bot.store.db.database import Database


def back_up(database: Database, file: Path, revision: str) -> Path:
    """Copy the database in `file` to FILE.backup-REVISION and return that.

    A copy has its name only when it is whole. Raises StoreError.
    """
    backup = Path(f"{file}.backup-{revision}")
    unfinished = Path(f"{backup}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with translated(str(unfinished)), closing(sqlite3.connect(unfinished)) as there:
            _copy(database, there)
        shutil.copymode(file, unfinished)
        unfinished.replace(backup)
    except OSError as error:
        raise StoreError(f"{backup} cannot be written: {os.strerror(error.errno or 0)}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return backup


def copy_pages(database: Database, other: Database) -> None:
    """Overwrite `other` with the content of `database`, both SQLite. Raises StoreError."""
    with translated(database.name), other.engine.connect() as there:
        _copy(database, driver_connection(there))


def _copy(database: Database, there: sqlite3.Connection) -> None:
    with database.engine.connect() as here:
        driver_connection(here).backup(there)
