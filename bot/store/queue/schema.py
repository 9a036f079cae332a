"""The tables of procrastinate, made and brought up to date by its own scripts.

They stand beside the versions of our own tables: they hold nothing that is not in the outbox, an
export leaves them out, and SQLite has none of them.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.queue.nodes import nodes
from bot.wording import told

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from bot.store.db.database import Database

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('newsbot: the tables of procrastinate'))"
# Our own mark: procrastinate does not write down how far its tables are.
_KNOWN = """
    SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS is_made,
           obj_description(to_regclass('procrastinate_jobs'), 'pg_class') AS mark
"""


def prepare_queue(database: Database) -> None:
    """Make the tables where there are none, or bring older ones up to date.

    Whoever comes second waits, and finds them made. Raises StoreError for those of another program
    or of a newer newsbot.
    """
    scripts = _scripts()
    newest = scripts[-1].name
    with database.make() as tx:
        tx.exec_driver_sql(_LOCK)
        nodes.create(tx, checkfirst=True)
        is_made, mark = tx.exec_driver_sql(_KNOWN).one()
        if mark == newest:
            return
        if is_made:
            _refuse_others(database.name, mark, newest)
        for script in _due(scripts, mark):
            statements = script.read_text(encoding="utf-8")
            tx.exec_driver_sql(statements, execution_options={"no_parameters": True})
        tx.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{newest}'")


def _scripts() -> list[Traversable]:
    """Return the scripts of procrastinate that change its tables, the oldest first."""
    every = (files("procrastinate") / "sql" / "migrations").iterdir()
    return sorted((one for one in every if one.name.endswith(".sql")), key=lambda one: one.name)


def _refuse_others(name: str, mark: str | None, newest: str) -> None:
    if mark is None:
        raise StoreError(
            told(
                "database {name} has tables of procrastinate that another program "
                "made; give newsbot a database of its own",
                name=name,
            )
        )
    if mark > newest:
        raise StoreError(
            told(
                "database {name}: its queue is of a newer newsbot ({mark}, this one "
                "knows {newest}); install that version",
                name=name,
                mark=mark,
                newest=newest,
            )
        )


def _due(scripts: list[Traversable], mark: str | None) -> list[Traversable]:
    """Return the scripts to run: the whole schema in an empty place, else what came since."""
    if mark is None:
        return [files("procrastinate") / "sql" / "schema.sql"]
    return [script for script in scripts if script.name > mark]
