"""Runs Alembic's migrations inside one transaction: all of them, or none."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import MetaData, text

from bot.errors import StoreError
from bot.store.db.sqlite import driver_connection
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.store.db.database import Database
    from bot.store.migrations import Scripts


def is_known(directory: Path, revision: str) -> bool:
    """Tell whether `revision` is one of the migrations in `directory`."""
    try:
        ScriptDirectory(str(directory)).get_revision(revision)
    except CommandError:
        return False
    return True


def upgrade(database: Database, scripts: Scripts) -> None:
    """Bring the tables up to date, from nothing too. Raises StoreError."""
    with _migrating(database, scripts.directory) as (tx, config):
        _finish(tx, config, scripts.works_from)


def _finish(tx: Connection, config: Config, works_from: str) -> None:
    command.upgrade(config, "head")
    tx.execute(text("UPDATE alembic_version SET works_from = :it"), {"it": works_from})


@contextmanager
def tables_of(
    database: Database, scripts: Scripts, revision: str, check: Callable[[Connection], None]
) -> Iterator[tuple[Connection, MetaData, Callable[[], None]]]:
    """Yield empty tables of `revision`, after `check`, and the function that updates them.

    All in one transaction. Raises StoreError.
    """
    with _migrating(database, scripts.directory) as (tx, config):
        check(tx)
        today = MetaData()
        today.reflect(tx, only=_is_ours)
        today.drop_all(tx)
        command.upgrade(config, revision)
        tables = MetaData()
        tables.reflect(tx, only=_is_ours)
        yield tx, tables, partial(_finish, tx, config, scripts.works_from)


def _is_ours(table: str, _: object) -> bool:
    """Tell whether a table has a version: those of the queue and its nodes stand beside them."""
    return table != "nodes" and not table.startswith("procrastinate_")


@contextmanager
def _migrating(database: Database, directory: Path) -> Iterator[tuple[Connection, Config]]:
    config = Config()
    config.set_main_option("script_location", str(directory).replace("%", "%%"))
    _set_foreign_keys(database, on=False)
    try:
        with database.make() as tx:
            config.attributes["connection"] = tx
            yield tx, config
            _check_foreign_keys(tx, database.name)
    finally:
        _set_foreign_keys(database, on=True)


def _set_foreign_keys(database: Database, *, on: bool) -> None:
    """SQLite changes a table by making a new one: dropping the old one must delete nothing else.

    This setting has no effect inside a transaction (sqlite.org/lang_altertable.html, section 7).
    """
    if not database.is_shared:
        with database.engine.connect() as connection:
            driver_connection(connection).execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _check_foreign_keys(tx: Connection, name: str) -> None:
    if tx.dialect.name == "sqlite" and tx.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreError(
            told("database {name}: the upgrade would lose rows; nothing was changed", name=name)
        )
