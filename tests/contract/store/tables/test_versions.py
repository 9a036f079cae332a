"""The version of the tables: made, brought up to date, refused."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from bot.errors import StoreError
from bot.store.db.address import file_of, parse_address
from bot.store.db.database import Database
from bot.store.engine import open_store
from bot.store.migrations import SCRIPTS, Scripts
from bot.store.tables.schema import REVISION, WORKS_FROM, metadata
from bot.store.tables.upgrade import tables_of, upgrade
from bot.store.tables.versions import prepare, version_table
from tests.contract.store_kit import owe, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.standins.postgres import PostgresServer

_NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"

def upgrade():
    op.add_column("feeds", sa.Column("owner", sa.Text()))
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))
    {then}
"""
_RENAMED = """
    with op.batch_alter_table("stories", recreate="auto") as stories:
        stories.alter_column("title", new_column_name="headline")
"""


@pytest.fixture(params=["file", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"sqlite:///{tmp_path}/100% news.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(server.new_database())


def next_version(directory: Path, then: str = "pass", *, grows: bool = False) -> Scripts:
    """The migrations of a newsbot that is one version ahead, with a column renamed or only added."""
    scripts = directory / "scripts 100%"
    shutil.copytree(SCRIPTS.directory, scripts, dirs_exist_ok=True)
    text = _NEXT.format(head=SCRIPTS.head, then=then) + ("" if grows else _RENAMED)
    (scripts / "versions" / "next.py").write_text(text)
    return Scripts(directory=scripts, head="next", works_from=SCRIPTS.head if grows else "next")


def prepared(url: str, scripts: Scripts, *, create: bool = True) -> None:
    address = parse_address(url)
    database = Database(address)
    try:
        prepare(database, create=create, file=file_of(address), scripts=scripts)
    finally:
        database.dispose()


def catalogue(database: Database) -> list[tuple[object, ...]]:
    """Everything that the database says of its tables and indexes."""
    query = _POSTGRES if database.is_shared else _SQLITE.replace("%", "%%")
    with database.read() as tx:
        found = [tuple(row) for row in tx.exec_driver_sql(query)]
    return sorted(found, key=str)


# The text of CREATE TABLE says in which order columns came: what it means is compared instead.
_SQLITE = """
WITH tables AS (
    SELECT name AS t, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'
)
SELECT 'index', name, sql, '', '', '', '' FROM sqlite_master WHERE type = 'index'
UNION ALL SELECT 'column', t, name, type, "notnull", dflt_value, pk
    FROM tables, pragma_table_info(t)
UNION ALL SELECT 'reference', t, "from", "table", "to", on_delete, ''
    FROM tables, pragma_foreign_key_list(t)
UNION ALL SELECT 'unique', t, name, "unique", origin, partial, '' FROM tables, pragma_index_list(t)
UNION ALL SELECT 'kind', t, sql LIKE '%AUTOINCREMENT%', sql LIKE '%WITHOUT ROWID%', '', '', ''
    FROM tables
"""
_POSTGRES = """
SELECT 'index', indexname::text, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT table_name::text, column_name::text, data_type || is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(parse_address(url))
    yield opened
    opened.dispose()


def test_all_migrations_from_nothing_make_todays_tables(database: Database) -> None:
    upgrade(database, SCRIPTS)
    migrated = catalogue(database)
    with database.write() as tx:
        metadata.drop_all(tx)
        version_table.drop(tx)
    prepare(database, create=True)
    assert catalogue(database) == migrated
    assert len(migrated) > 20


def test_a_new_database_has_todays_version(url: str, database: Database) -> None:
    open_store(url, create=True).database.dispose()
    with database.read() as tx:
        found = tx.exec_driver_sql("SELECT version_num, works_from FROM alembic_version").all()
    assert found == [(REVISION, WORKS_FROM)]


async def test_an_old_database_is_brought_up_to_date(
    url: str, database: Database, tmp_path: Path
) -> None:
    await _remember(url, "a", "b")
    prepared(url, next_version(tmp_path))
    with database.read() as tx:
        assert "owner" in {column["name"] for column in inspect(tx).get_columns("feeds")}
        assert tx.exec_driver_sql("SELECT headline FROM stories").scalars().all() == ["a", "b"]
        # Nothing went with the old table that SQLite replaced.
        assert tx.exec_driver_sql("SELECT count(*) FROM deliveries").scalar_one() == 2
    with pytest.raises(StoreError, match=r"written by a newer newsbot \(schema next, this one"):
        open_store(url, create=True)


async def test_a_release_works_on_in_tables_that_only_grew(
    url: str, database: Database, tmp_path: Path
) -> None:
    """Machines get a new version one after the other, and one that goes back loses nothing."""
    running = open_store(url, create=True)
    await owe(running, "a")
    prepared(url, next_version(tmp_path, grows=True))
    grown = catalogue(database)
    if database.is_shared:
        await owe(running, "b")
    await running.close()
    await _remember(url, "c")
    assert catalogue(database) == grown
    with database.read() as tx:
        titles = tx.exec_driver_sql("SELECT title FROM stories WHERE title <> 'b'").scalars().all()
    assert titles == ["a", "c"]


def test_tables_in_which_a_former_release_works_on_only_grew(tmp_path: Path) -> None:
    assert _broken(tmp_path, WORKS_FROM, REVISION) == set()
    assert _broken(tmp_path, "0017", "0019") == set()
    assert _broken(tmp_path, "0001", "0017")


def _broken(folder: Path, since: str, upto: str) -> set[object]:
    """The columns that a program of the tables `since` does not find, or leaves empty."""
    before, now = _columns(folder, since), _columns(folder, upto)
    tables = {table for table, _ in before}
    lost = {key for key, column in before.items() if now.get(key) != column}
    added = {key: column for key, column in now.items() if key not in before and key[0] in tables}
    return lost | {key for key, (_, required, default) in added.items() if required and not default}


def _columns(folder: Path, upto: str) -> dict[tuple[object, object], tuple[object, ...]]:
    database = Database(parse_address(f"sqlite:///{folder}/{upto}.db"))
    with tables_of(database, SCRIPTS, upto, lambda _: None):
        pass
    found = [row for row in catalogue(database) if row[0] == "column"]
    database.dispose()
    return {(table, name): tuple(how) for _, table, name, *how, _ in found}


def test_a_file_is_copied_before(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    asyncio.run(_remember(f"sqlite:///{path}", "a"))
    path.chmod(0o640)
    prepared(f"sqlite:///{path}", next_version(tmp_path))
    backup = tmp_path / f"news.db.backup-{REVISION}"
    assert backup.stat().st_mode & 0o777 == 0o640
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT title FROM stories").fetchall() == [("a",)]
    assert not list(tmp_path.glob("*unfinished*"))


async def _remember(url: str, *names: str) -> None:
    store = open_store(url, create=True)
    await owe(store, *names)
    await store.close()


def test_without_a_backup_nothing_is_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/news.db"
    open_store(url, create=True).database.dispose()
    (tmp_path / f"news.db.backup-{REVISION}.unfinished").mkdir()
    with pytest.raises(StoreError, match=r"news\.db\.backup-.* cannot be written"):
        prepared(url, next_version(tmp_path))
    open_store(url, create=False).database.dispose()


async def test_an_interrupted_upgrade_leaves_the_old_database(url: str, tmp_path: Path) -> None:
    store = open_store(url, create=True)
    await owe(store, "a")
    before = catalogue(store.database)
    await store.close()
    with pytest.raises(ArithmeticError):
        prepared(url, next_version(tmp_path, then="raise ArithmeticError"))
    store = open_store(url, create=False)
    assert catalogue(store.database) == before
    await owe(store, "b")
    assert len(await rows(store)) == 2
    await store.close()
    prepared(url, next_version(tmp_path))


_KILLED = """
import sys
from pathlib import Path
from bot.store.db.address import file_of, parse_address
from bot.store.db.database import Database
from bot.store.migrations import Scripts
from bot.store.tables.versions import prepare
address = parse_address(sys.argv[1])
scripts = Scripts(directory=Path(sys.argv[2]), head="next", works_from="next")
prepare(Database(address), create=True, file=file_of(address), scripts=scripts)
"""


def test_a_killed_upgrade_leaves_the_old_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/news.db"
    open_store(url, create=True).database.dispose()
    scripts = next_version(tmp_path, then="import os; os.kill(os.getpid(), 9)")
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, url, scripts.directory], check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    database = Database(parse_address(url))
    with database.read() as tx:
        assert "owner" not in {column["name"] for column in inspect(tx).get_columns("feeds")}
    database.dispose()
    open_store(url, create=False).database.dispose()


def test_only_run_and_once_change_the_tables(url: str, tmp_path: Path) -> None:
    open_store(url, create=True).database.dispose()
    with pytest.raises(StoreError, match="`newsbot run` or `newsbot once` brings it up to date"):
        prepared(url, next_version(tmp_path), create=False)
    open_store(url, create=False).database.dispose()
    assert not list(tmp_path.glob("*.backup-*"))


def test_an_upgrade_that_breaks_references_is_undone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/news.db"
    open_store(url, create=True).database.dispose()
    orphan = "op.execute(\"INSERT INTO passed_over VALUES (99, 'c', 'f', 'x', 'x', 0)\")"
    with pytest.raises(StoreError, match="would lose rows; nothing was changed"):
        prepared(url, next_version(tmp_path, then=orphan))
    open_store(url, create=False).database.dispose()


def test_a_database_before_the_first_version(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE newsbot_schema (version INTEGER)")
    with pytest.raises(StoreError, match=r"development version before 0\.1; move it away"):
        open_store(f"sqlite:///{tmp_path}/old.db", create=True)


def test_opening_loads_no_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from bot.store.engine import open_store\n"
        "for create in (True, False): open_store(sys.argv[1], create=create).database.dispose()\n"
        "print([name for name in sys.modules if name.startswith(('alembic', 'psycopg'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path}/news.db"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
