"""A database whose files are touched from outside, and those that only look so."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from bot.errors import DatabaseLost, StoreError
from bot.store.db.database import Database
from bot.store.db.guard import fault_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder / "news.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    opened = Database(make_url(f"sqlite:///{file}"))
    with opened.write() as tx:
        tx.exec_driver_sql("CREATE TABLE t (x)")
        for number in range(200):
            tx.exec_driver_sql("INSERT INTO t VALUES (?)", (f"{number}" * 200,))
    checkpoint(file)
    look(opened)
    yield opened
    opened.dispose()


def look(database: Database) -> int:
    with database.read() as tx:
        return int(tx.exec_driver_sql("SELECT count(*) FROM t").scalar_one())


def add(database: Database) -> None:
    with database.write() as tx:
        tx.exec_driver_sql("INSERT INTO t VALUES ('more')")


def checkpoint(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)")


def copy(file: Path) -> Path:
    target = file.with_suffix(".copy")
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
    return target


def deleted(file: Path) -> None:
    file.unlink()


def replaced_by_a_copy(file: Path) -> None:
    copy(file).replace(file)


def overwritten_by_a_file_of_zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def truncated(file: Path) -> None:
    os.truncate(file, 8192)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def overwritten_in_part(file: Path) -> None:
    with file.open("r+b") as pages:
        pages.seek(2 * 4096)
        pages.write(os.urandom(8192))


def without_log(file: Path) -> None:
    Path(f"{file}-wal").unlink()


def without_index_of_the_log(file: Path) -> None:
    Path(f"{file}-shm").unlink()


def moved_with_its_directory(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (deleted, "was deleted or moved away"),
        (replaced_by_a_copy, "was replaced by another file"),
        (overwritten_by_a_file_of_zeros, "is damaged"),
        (truncated, "is damaged"),
        (emptied, "is damaged"),
        (overwritten_in_part, "is damaged"),
        (without_log, r"-wal was deleted or moved away"),
        (without_index_of_the_log, r"-shm was deleted or moved away"),
        (moved_with_its_directory, "was deleted or moved away"),
    ],
)
@pytest.mark.parametrize("use", [look, add])
def test_harm_is_noticed_before_the_next_transaction(
    database: Database,
    file: Path,
    harm: Callable[[Path], None],
    says: str,
    use: Callable[[Database], object],
) -> None:
    harm(file)
    for _ in range(2):
        with pytest.raises(DatabaseLost, match=says):
            use(database)
    assert database.lost


def test_a_database_that_is_lost_stays_lost_when_its_file_comes_back(
    database: Database, file: Path
) -> None:
    file.rename(file.with_suffix(".away"))
    with pytest.raises(DatabaseLost):
        look(database)
    file.with_suffix(".away").rename(file)
    with pytest.raises(DatabaseLost):
        add(database)


def another_writes(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("INSERT INTO t VALUES ('theirs')")


def another_empties_the_log(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def another_vacuums(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("DELETE FROM t WHERE rowid > 1")
        other.execute("VACUUM")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def touched(file: Path) -> None:
    file.touch()


def copied(file: Path) -> None:
    copy(file)


@pytest.mark.parametrize(
    "harmless", [another_writes, another_empties_the_log, another_vacuums, touched, copied]
)
def test_rightful_writes_of_others_are_no_harm(
    database: Database, file: Path, harmless: Callable[[Path], None]
) -> None:
    harmless(file)
    before = look(database)
    add(database)
    assert look(database) == before + 1
    assert database.lost is None


def test_a_transaction_that_fails_for_another_reason_loses_nothing(database: Database) -> None:
    with pytest.raises(StoreError) as caught, database.write() as tx:
        tx.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    assert not isinstance(caught.value, DatabaseLost)
    add(database)


def test_what_cannot_be_looked_at_is_not_called_damaged(tmp_path: Path) -> None:
    """On a full disk, for one, SQLite has no room for the index of its log."""
    file = tmp_path / "news.db"
    with closing(sqlite3.connect(file)) as one:
        one.execute("PRAGMA journal_mode = WAL")
        one.execute("CREATE TABLE t (x)")
    log = Path(f"{file}-wal")
    log.mkdir()
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        fault_in(file)
    assert not isinstance(caught.value, DatabaseLost)
    log.rmdir()
    assert fault_in(file) is None
