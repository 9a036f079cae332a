"""The version of the tables: made at once in an empty database, brought up to date in an old one.

Alembic is loaded only where an upgrade is due: opening a database costs one look at its version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect

from bot.errors import DatabaseMissing, StoreError
from bot.log import get_logger
from bot.store.db.backup import back_up
from bot.store.migrations import SCRIPTS, Scripts

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
from bot.store.tables.schema import metadata
from bot.wording import told

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.store.db.database import Database

_log = get_logger(__name__)

# Alembic's own table, as it makes it itself, and which programs may write into the others.
version_table = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    Column("works_from", String(32)),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

_BEFORE_ALEMBIC = "newsbot_schema"
_SQLITES_OWN = frozenset({"sqlite_sequence"})


class Version(NamedTuple):
    """Of the tables, and of the oldest program that may write into them."""

    tables: str
    works_from: str


def prepare(
    database: Database, *, create: bool, file: Path | None = None, scripts: Scripts = SCRIPTS
) -> None:
    """Make the tables in an empty database, or bring those of an older program up to date.

    Those of a newer one stay as they are, where they say that this one may write into them. A
    database in a `file` is copied before. Raises DatabaseMissing for an empty one without `create`,
    and StoreError for one of another program or a newer newsbot.
    """
    with database.read() as tx:
        found = _version(tx, database.name)
    if found is None:
        _make(database, scripts, create=create)
    elif not found.works_from <= scripts.head <= found.tables:
        _upgrade(database, scripts, found.tables, may=create, file=file)
    database.revision = scripts.head


def _version(tx: Connection, name: str) -> Version | None:
    """Return the version of the tables, None where there are none at all."""
    tables = set(inspect(tx).get_table_names()) - _SQLITES_OWN
    if not tables:
        return None
    if _BEFORE_ALEMBIC in tables:
        raise StoreError(
            told(
                "database {name} was made by a development version before 0.1; move it away",
                name=name,
            )
        )
    if version_table.name not in tables:
        raise StoreError(
            told("database {name} belongs to another program; name another one", name=name)
        )
    row = tx.exec_driver_sql("SELECT * FROM alembic_version").mappings().one_or_none()
    if row is None:
        return None
    return Version(row["version_num"], row.get("works_from") or row["version_num"])


def _make(database: Database, scripts: Scripts, *, create: bool) -> None:
    if not create:
        raise DatabaseMissing(
            told(
                "database {database} is empty; `newsbot run` or `newsbot once` makes its tables",
                database=database.name,
            )
        )
    with database.make() as tx:
        # Another process may have been faster since the look.
        if _version(tx, database.name) is None:
            if database.is_shared:
                _add_conditions_for_postgresql()
            metadata.create_all(tx)
            version_table.create(tx, checkfirst=True)
            values = {"version_num": scripts.head, "works_from": scripts.works_from}
            tx.execute(insert(version_table).values(values))


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
            told(
                "database {database} was written by a newer newsbot (schema {found}, "
                "this one knows {head}); install that version",
                database=database.name,
                found=found,
                head=scripts.head,
            )
        )
    if not may:
        raise StoreError(
            told(
                "database {database} is of an older newsbot (schema {found}); "
                "`newsbot run` or `newsbot once` brings it up to date",
                database=database.name,
                found=found,
            )
        )
    backup = back_up(database, file, found) if file else None
    upgrade(database, scripts)
    _log.info(
        "database brought up to date",
        database=database.name,
        was=found,
        schema=scripts.head,
        backup=str(backup) if backup else None,
    )
