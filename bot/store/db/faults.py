"""Turns a database's message into one line that names it and the remedy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import DatabaseLost, StoreError, is_out_of_files
from bot.wording import FEW_FILES, marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator

WAY_BACK = marked(
    "put it back, or the newest copy with `newsbot state restore`, then start newsbot again"
)
# Parts of SQLite's messages (sqlite.org/rescode.html), and a remedy for each.
_SQLITE = (
    ("locked", marked("is locked by another program for more than 10 seconds; close that program")),
    ("readonly", marked("may not be written; let this user write the file and its directory")),
    (
        "unable to open",
        marked("cannot be opened; let this user read and write the file and its directory"),
    ),
    ("full", marked("cannot grow: the disk is full; free some space")),
    ("disk i/o", marked("cannot be read or written: the disk fails or is full; check the disk")),
    ("not a database", marked("is not a database; move the file away or name another one")),
    ("malformed", told("is damaged: {why}", why=WAY_BACK)),
)
# SQLite's names of errors after which nothing that it says can be believed.
_LOST = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS")
# SQLSTATE, or its class (postgresql.org/docs/current/errcodes-appendix.html).
_POSTGRES = {
    "28": marked("refuses the login; check user and password in the address"),
    "3D": marked("does not exist; create it with `createdb`"),
    "42501": marked("may not be used by this user; grant the rights on it"),
    "25P03": marked("ended a transaction in which this newsbot stood still; it tries again"),
    "25006": marked("can only be read: a standby?; name the primary server"),
    "53100": marked("cannot grow: the disk of the server is full; free some space"),
    "53300": marked("has no connection left; raise max_connections of the server"),
    "55P03": marked("is locked by another program for more than 10 seconds; close that program"),
    "57": marked("ended the connection; newsbot connects again as soon as the server answers"),
    "08": marked("lost the connection; newsbot connects again as soon as the server answers"),
}
# Where there is no connection, there is no SQLSTATE: libpq's words.
_LIBPQ = (
    ("authentication failed", _POSTGRES["28"]),
    ("no password supplied", _POSTGRES["28"]),
    ("no pg_hba.conf entry", _POSTGRES["28"]),
    (
        "does not exist",
        marked("does not exist, or its user; create them with `createuser` and `createdb`"),
    ),
    ("starting up", marked("is not ready yet: the server starts; newsbot tries again")),
    ("connection failed", marked("cannot be reached; start the server, or mend the address")),
    ("resolve host", marked("cannot be reached; start the server, or mend the address")),
    (
        "couldn't get a connection",
        marked("cannot be reached; start the server, or mend the address"),
    ),
    ("timeout", marked("cannot be reached; start the server, or mend the address")),
    ("consuming input", _POSTGRES["08"]),
    ("connection is lost", _POSTGRES["08"]),
    ("connection is closed", _POSTGRES["08"]),
    ("closed the connection", _POSTGRES["08"]),
)
_UPGRADED = marked(
    "was brought up to date by a newer newsbot ({what}): install that version here; this one "
    "writes nothing more"
)
OTHER_TABLES = "NB001"
"""Our own SQLSTATE: the tables are not those that this program works with."""


class Conflict(StoreError):
    """Another machine was faster: nothing was written, and doing it all again is right."""


class OtherTables(StoreError):
    """Another release changed the tables under this program: nothing was written, nor will be."""


_KINDS: dict[str | None, type[StoreError]] = {
    # Serialization failure, deadlock, and a row that another machine wrote first.
    **dict.fromkeys(("40001", "40P01", "23505", "23503"), Conflict),
    OTHER_TABLES: OtherTables,
}


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise StoreError, naming the database `name`, for whatever the database complains about."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        original = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise _kind(original)(
            told("database {name} {why}", name=name, why=_remedy(original))
        ) from error


def explained(name: str, error: BaseException | None) -> str:
    """Return what `error` of psycopg means for the database `name`; None: it ended a connection."""
    why = _remedy(error) if error else _POSTGRES["57"]
    return told("database {name} {why}", name=name, why=why)


def _kind(error: BaseException) -> type[StoreError]:
    is_lost = str(getattr(error, "sqlite_errorname", "")).startswith(_LOST)
    return DatabaseLost if is_lost else _KINDS.get(_sqlstate(error), StoreError)


def _no_file_can_be_opened() -> bool:
    """Tell whether no descriptor is left, which SQLite does not tell from a file it may not open.

    SQLITE_CANTOPEN covers both (sqlite.org/rescode.html).
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return is_out_of_files(error)
    return False


def _sqlstate(error: BaseException) -> str | None:
    return getattr(error, "sqlstate", None)


def _primary(error: BaseException) -> str:
    """Return the first line of PostgreSQL's message: the others show the row's values."""
    return str(error).partition("\n")[0].strip()


def _remedy(error: BaseException) -> str:
    state = _sqlstate(error)
    if state == OTHER_TABLES:
        return told(_UPGRADED, what=_primary(error))
    if state is not None:
        known = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
        return known or told("refused: {answer} ({state})", answer=_primary(error), state=state)
    # The driver's own words: SQLAlchemy's text adds the statement, over several lines.
    cause = " ".join(str(error).split())
    parts = _SQLITE if isinstance(error, sqlite3.Error) else _LIBPQ
    lowered = cause.lower()
    if "unable to open" in lowered and _no_file_can_be_opened():
        return told("cannot be opened: {why}", why=FEW_FILES)
    remedies = (remedy for part, remedy in parts if part in lowered)
    return next(remedies, told("refused: {answer}", answer=cause))
