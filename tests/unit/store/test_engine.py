"""Opening: what is there, what is not, and what cannot be used."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from bot.errors import DatabaseMissing, StoreError
from bot.store.database import Database
from bot.store.engine import file_of, open_store, parse_address
from bot.store.faults import translated
from bot.store.schema import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

not_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_create_and_open_again(tmp_path: Path) -> None:
    path = tmp_path / "dir with ümlaut & space" / "news 1.db"
    path.parent.mkdir()
    for create in (True, False, True):
        await open_store(url_of(path), create=create).close()
    assert path.is_file()


def test_opening_never_creates(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match=r"news\.db does not exist yet"):
        open_store(url_of(tmp_path / "news.db"), create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", [":memory:", "sqlite://", "sqlite:///:memory:"])
async def test_memory_is_always_new(url: str) -> None:
    store = open_store(url, create=False)
    assert await store.desk.deliveries() == []
    await store.close()


async def test_a_commit_survives_and_is_synchronous(tmp_path: Path) -> None:
    database = Database(make_url(url_of(tmp_path / "a.db")))
    pragmas = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")

    def settings(*, durable: bool) -> list[object]:
        with database.write(durable=durable) as tx:
            return [tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]

    assert settings(durable=True) == ["wal", 1, 10_000, 2]
    assert settings(durable=False) == ["wal", 1, 10_000, 1]
    assert settings(durable=True) == ["wal", 1, 10_000, 2]
    await database.close()


async def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(make_url(url_of(tmp_path / "a.db")))

    def fail() -> None:
        with database.write() as tx:
            tx.exec_driver_sql("CREATE TABLE t (x)")
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await database.run(fail)
    with database.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
    await database.close()


# --- databases that cannot be used


def no_directory(path: Path) -> Path:
    return path / "no" / "news.db"


def a_directory(path: Path) -> Path:
    return path


def a_text(path: Path) -> Path:
    file = path / "notes.txt"
    file.write_text("not a database, only a rather long text about one\n" * 20)
    return file


def damaged(path: Path) -> Path:
    file = path / "damaged.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE newsbot_schema (version INTEGER)")
    connection.close()
    content = bytearray(file.read_bytes())
    content[100:4096] = os.urandom(3996)
    file.write_bytes(content)
    return file


def of_another_program(path: Path) -> Path:
    file = path / "other.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (x)")
    connection.close()
    return file


def of_a_newer_newsbot(path: Path) -> Path:
    file = path / "newer.db"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("CREATE TABLE newsbot_schema (version INTEGER)")
    connection.execute("INSERT INTO newsbot_schema VALUES (?)", (VERSION + 1,))
    connection.close()
    return file


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (no_directory, "there is no directory"),
        (a_directory, "is a directory; name a file in it"),
        (a_text, "is not a database; move the file away or name another one"),
        (damaged, "is damaged|is not a database"),
        (of_another_program, "belongs to another program"),
        (of_a_newer_newsbot, "newer newsbot"),
    ],
)
def test_what_cannot_be_used_says_so_in_one_line(
    tmp_path: Path, make: Callable[[Path], Path], told: str
) -> None:
    path = make(tmp_path)
    with pytest.raises(StoreError, match=told) as caught:
        open_store(url_of(path), create=True)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@not_root
def test_a_directory_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(url_of(tmp_path / "news.db"), create=True)
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (sqlite3.OperationalError("database is locked"), "is locked by another program"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "may not be written"),
        (sqlite3.OperationalError("unable to open database file"), "cannot be opened"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (sqlite3.OperationalError("disk I/O error"), "check the disk"),
        (sqlite3.DatabaseError("file is not a database"), "is not a database"),
        (sqlite3.DatabaseError("database disk image is malformed"), "is damaged"),
        (sqlite3.OperationalError("something\nnew"), "refused: something new"),
    ],
)
def test_every_complaint_gets_its_remedy(error: sqlite3.Error, told: str) -> None:
    with (
        pytest.raises(StoreError, match=f"^database /x/news.db .*{told}"),
        translated("/x/news.db"),
    ):
        raise error


async def test_a_full_database_is_told_and_recovers(tmp_path: Path) -> None:
    database = Database(make_url(url_of(tmp_path / "full.db")))

    def grow(pages: int) -> None:
        with database.read() as tx:
            tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with database.write() as tx:
            tx.exec_driver_sql("CREATE TABLE t AS SELECT randomblob(100000) AS x")

    with pytest.raises(StoreError, match=r"full\.db cannot grow: the disk is full"):
        await database.run(lambda: grow(5))
    await database.run(lambda: grow(500))
    await database.close()


async def test_values_never_stand_in_an_error(tmp_path: Path) -> None:
    store = open_store(url_of(tmp_path / "a.db"), create=True)
    with pytest.raises(StoreError) as caught, store.database.write() as tx:
        tx.exec_driver_sql("INSERT INTO feeds (id, etag) VALUES (?, ?)", ("f", "s3cret"))
    chain = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__cause__}"
    assert "s3cret" not in chain
    await store.close()


# --- addresses


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:s3cret@db.example.org/news",
        "postgresql+psycopg://bot:s3cret@db.example.org/news",
        "mysql://bot:s3cret@db.example.org/news",
        "bot:s3cret@db.example.org",
        "://s3cret",
        "",
    ],
)
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(StoreError, match='write "sqlite:///PATH"') as caught:
        open_store(url, create=True)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////var/lib/news.db", "/var/lib/news.db"),
        ("sqlite:///news.db", "news.db"),
        (":memory:", None),
        ("sqlite://", None),
    ],
)
def test_the_file_behind_an_address(url: str, file: str | None) -> None:
    found = file_of(parse_address(url))
    assert (str(found) if found else None) == file
