"""Opening: what is there, what is not, and what cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from bot.clock import SteadyClock, utc_now
from bot.errors import DatabaseMissing, StoreError
from bot.store.db.address import file_of, name_of, parse_address
from bot.store.db.database import Database
from bot.store.db.faults import Conflict, translated
from bot.store.engine import open_store, own_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.store.engine import Store


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


async def test_no_newsbot_runs_on_a_database_that_has_a_second_name(tmp_path: Path) -> None:
    """SQLite's log goes by the name: by the other one nobody sees what stands in it."""
    path, other = tmp_path / "news 1.db", tmp_path / "other.db"
    await own_store(url_of(path), now=utc_now()).close()
    other.hardlink_to(path)
    for name in (path, other):
        with pytest.raises(StoreError, match="has another name, too") as caught:
            own_store(url_of(name), now=utc_now())
    remedy = ["sh", "-c", str(caught.value).split("`")[1]]
    await asyncio.to_thread(subprocess.run, remedy, check=True)
    for name in (path, other):
        await own_store(url_of(name), now=utc_now()).close()


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
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
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
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('9999')")
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
def test_a_database_that_cannot_be_used_says_so_in_one_line(
    tmp_path: Path, make: Callable[[Path], Path], told: str
) -> None:
    path = make(tmp_path)
    with pytest.raises(StoreError, match=told) as caught:
        open_store(url_of(path), create=True)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


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


class Complaint(Exception):
    """What psycopg raises, with or without an SQLSTATE."""

    def __init__(self, words: str, sqlstate: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("words", "sqlstate", "told"),
    [
        ("password authentication failed", "28P01", "refuses the login"),
        ("permission denied for schema public", "42501", "may not be used by this user"),
        ("cannot execute INSERT in a read-only transaction", "25006", "can only be read"),
        ("could not extend file: No space left on device", "53100", "the disk of the server is"),
        ("too many clients already", "53300", "has no connection left"),
        ("canceling statement due to lock timeout", "55P03", "is locked by another program"),
        ("terminating connection due to administrator command", "57P01", "connects again"),
        ("connection failure", "08006", "lost the connection"),
        ("new\nDETAIL: Failing row contains (s3cret)", "23502", r"refused: new \(23502\)$"),
        ("connection failed: the database system is starting up", None, "is not ready yet"),
        ("connection timeout expired", None, "cannot be reached"),
        ("something\nnew", None, "refused: something new"),
    ],
)
def test_every_complaint_of_a_server_gets_its_remedy(
    words: str, sqlstate: str | None, told: str
) -> None:
    with (
        pytest.raises(StoreError, match=f"^database news on db .*{told}") as caught,
        translated("news on db"),
    ):
        raise DBAPIError("SELECT 1", {}, Complaint(words, sqlstate))
    assert not isinstance(caught.value, Conflict)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "23505", "23503"])
def test_a_write_that_another_machine_made_first_is_a_conflict(sqlstate: str) -> None:
    with pytest.raises(Conflict), translated("news on db"):
        raise DBAPIError("SELECT 1", {}, Complaint("…", sqlstate))


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
        "postgres://bot:s3cret@db.example.org/news",
        "postgresql://bot:s3cret@db.example.org:port/news",
        "mysql://bot:s3cret@db.example.org/news",
        "bot:s3cret@db.example.org",
        "://s3cret",
        "",
    ],
)
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(StoreError, match='write "sqlite:///PATH" or "postgresql:') as caught:
        open_store(url, create=True)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////var/lib/news.db", "/var/lib/news.db"),
        ("sqlite:///news.db", "news.db"),
        (":memory:", None),
        ("sqlite://", None),
        ("postgresql://bot@db/news", None),
    ],
)
def test_the_file_behind_an_address(url: str, file: str | None) -> None:
    found = file_of(parse_address(url))
    assert (str(found) if found else None) == file


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///a/news.db", "a/news.db"),
        (":memory:", "in memory"),
        ("postgresql://bot:s3cret@db.example.org/news", "news on db.example.org"),
        ("postgresql+psycopg://bot:s3cret@/news?host=/run/pg", "news on /run/pg"),
        ("postgresql://bot:s3cret@", "bot on localhost"),
        ("postgresql://bot:s3,cret@a:1,b/news", "news on a or b"),
        ("postgresql://bot@/news?host=a:1&host=b:2", "news on a:1 or b:2"),
    ],
)
def test_messages_name_a_database_without_its_secrets(url: str, name: str) -> None:
    assert name_of(parse_address(url)) == name


@pytest.mark.parametrize(
    ("address", "hosts", "ports"),
    [
        ("postgresql://bot@a:1,b/news", "a,b", "1,"),
        ("postgresql://a,b/news?sslmode=require", "a,b", None),
        ("postgresql://bot@[::1]:1,[::2]:2/news", "::1,::2", "1,2"),
    ],
)
def test_several_hosts_are_written_as_for_psql(address: str, hosts: str, ports: str | None) -> None:
    """As in postgresql.org/docs/current/libpq-connect.html, "Specifying Multiple Hosts"."""
    parsed = parse_address(address).normalized_query
    assert parsed["host"] == (hosts,)
    assert parsed.get("port") == (None if ports is None else (ports,))


def test_psycopg_is_the_driver() -> None:
    assert parse_address("postgresql://bot@db/news").drivername == "postgresql+psycopg"


async def test_on_one_machine_people_read_its_own_clock(store: Store) -> None:
    clock = await store.clock(SteadyClock())
    assert clock.wall is utc_now


async def test_an_empty_file_is_no_database_yet(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    path.touch()
    with pytest.raises(DatabaseMissing, match="is empty; `newsbot run` or `newsbot once` makes"):
        open_store(url_of(path), create=False)
    await open_store(url_of(path), create=True).close()
    await open_store(url_of(path), create=False).close()
