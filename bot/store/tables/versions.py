"""The version of the tables: made at once in an empty database, brought up to date in an old one.

Alembic is loaded only where an upgrade is due: opening a database costs one look at its version.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from bot.errors import DatabaseMissing, StoreError
from bot.log import get_logger
from bot.store.db.backup import back_up

# Their tables belong to the metadata.
from bot.store.tables import (  # noqa: F401
    desk,
    events,
    facts,
    hours,
    notes,
    profiles,
    settled,
    subscriptions,
    terms,
    week,
)
from bot.store.tables.schema import REVISION, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.store.db.database import Database

_log = get_logger(__name__)

# Alembic's own table, as it makes it itself.
version_table = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

_BEFORE_ALEMBIC = "newsbot_schema"
_SQLITES_OWN = frozenset({"sqlite_sequence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The migrations of this program: their directory and the revision they lead to."""

    directory: Path
    head: str


SCRIPTS = Scripts(directory=Path(__file__).parents[1] / "migrations", head=REVISION)


def prepare(
    database: Database, *, create: bool, file: Path | None = None, scripts: Scripts = SCRIPTS
) -> None:
    """Make the tables in an empty database, or bring those of an older program up to date.

    A database in a `file` is copied before. Raises DatabaseMissing for an empty one without
    `create`, and StoreError for one of another program or a newer newsbot.
    """
    with database.read() as tx:
        found = _revision(tx, database.name)
    if found is None:
        _make(database, scripts, create=create)
    elif found != scripts.head:
        _upgrade(database, scripts, found, may=create, file=file)
    database.revision = scripts.head


def _revision(tx: Connection, name: str) -> str | None:
    """Return the version of the tables, None where there are none at all."""
    tables = set(inspect(tx).get_table_names()) - _SQLITES_OWN
    if not tables:
        return None
    if _BEFORE_ALEMBIC in tables:
        raise StoreError(
            f"database {name} was made by a development version before 0.1; move it away"
        )
    if version_table.name not in tables:
        raise StoreError(f"database {name} belongs to another program; name another one")
    revision = tx.execute(select(version_table.c.version_num)).scalar_one_or_none()
    return None if revision is None else str(revision)


def _make(database: Database, scripts: Scripts, *, create: bool) -> None:
    if not create:
        raise DatabaseMissing(
            f"database {database.name} is empty; `newsbot run` or `newsbot once` makes its tables"
        )
    with database.make() as tx:
        # Another process may have been faster since the look.
        if _revision(tx, database.name) is None:
            if database.is_shared:
                _add_conditions_for_postgresql()
            metadata.create_all(tx)
            version_table.create(tx, checkfirst=True)
            tx.execute(insert(version_table).values(version_num=scripts.head))


def _add_conditions_for_postgresql() -> None:
    for table in metadata.tables.values():
        for index in table.indexes:
            condition = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["where"] = condition


def _upgrade(
    database: Database, scripts: Scripts, found: str, *, may: bool, file: Path | None
) -> None:
    # Alembic costs 100 to 200 ms to load, and nobody but an upgrade needs it.
    from bot.store.tables.upgrade import is_known, upgrade  # noqa: PLC0415

    if not is_known(scripts.directory, found):
        raise StoreError(
            f"database {database.name} was written by a newer newsbot (schema {found}, "
            f"this one knows {scripts.head}); install that version"
        )
    if not may:
        raise StoreError(
            f"database {database.name} is of an older newsbot (schema {found}); "
            "`newsbot run` or `newsbot once` brings it up to date"
        )
    backup = back_up(database, file, found) if file else None
    upgrade(database, scripts.directory)
    _log.info(
        "database brought up to date",
        database=database.name,
        was=found,
        schema=scripts.head,
        backup=str(backup) if backup else None,
    )
