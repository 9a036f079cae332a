"""Turns what the database says into one line that names the file and the remedy."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Parts of SQLite's messages (sqlite.org/rescode.html), and what to do about each.
_REMEDIES = (
    ("locked", "is locked by another program for more than 10 seconds; close that program"),
    ("readonly", "may not be written; let this user write the file and its directory"),
    ("unable to open", "cannot be opened; let this user read and write the file and its directory"),
    ("full", "cannot grow: the disk is full; free some space"),
    ("disk i/o", "cannot be read or written: the disk fails or is full; check the disk"),
    ("not a database", "is not a database; move the file away or name another one"),
    ("malformed", "is damaged; put a backup in its place or move it away"),
)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise StoreError, naming the database `name`, for whatever the database complains about."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(f"database {name} {_remedy(_cause(error))}") from error


def _cause(error: Exception) -> str:
    # The driver's own words: SQLAlchemy's text adds the statement, over several lines.
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(original).split())


def _remedy(cause: str) -> str:
    lowered = cause.lower()
    for part, remedy in _REMEDIES:
        if part in lowered:
            return remedy
    return f"refused: {cause}"
