"""Copies of the database: made, kept, and put back without harm to what is there."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.config import load_config
from bot.errors import NewsbotError, UsageError
from bot.operate.state.upkeep import restore
from bot.store.db.backup import KEPT, backups_of, rename_backups, time_of
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.config import Config

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "newsbot.toml"
    path.write_text('[[channels]]\nid = "t"\nplatform = "console"\n', encoding="utf-8")
    return load_config(path, environ={})


async def made(config: Config, *, copies: int) -> Path:
    """Make the database with so many daily copies; return its file."""
    file = config.path.parent / "newsbot.db"
    store = open_store(f"sqlite:///{file}", create=True)
    for day in range(copies):
        await store.back_up(NOW + timedelta(days=day))
    await store.close()
    return file


async def test_the_newest_seven_daily_copies_are_kept(config: Config) -> None:
    file = await made(config, copies=KEPT + 2)
    names = [copy.name for copy in backups_of(file)]
    assert names == [f"newsbot.db.2026-05-{day}T09-00-00Z" for day in range(30, 23, -1)]


async def test_the_newest_whole_copy_is_put_back_and_the_former_database_stays(
    config: Config,
) -> None:
    file = await made(config, copies=2)
    newest, whole = backups_of(file)
    newest.write_bytes(b"no database")
    file.write_bytes(b"damaged")
    chosen, aside = restore(config, {}, None)
    assert chosen == whole
    assert file.read_bytes() == whole.read_bytes()
    assert aside is not None
    assert aside.read_bytes() == b"damaged"


async def test_the_database_itself_is_no_copy_of_it(config: Config) -> None:
    file = await made(config, copies=0)
    before = file.read_bytes()
    with pytest.raises(UsageError, match="is the database itself"):
        restore(config, {}, file)
    assert file.read_bytes() == before


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """Let no file of this process grow beyond `most` bytes: EFBIG instead of a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_copy_that_cannot_be_written_leaves_the_database_where_it_is(
    config: Config,
) -> None:
    file = await made(config, copies=1)
    before = file.read_bytes()
    with small_files(4096), pytest.raises(NewsbotError, match="cannot be written: File too large"):
        restore(config, {}, None)
    assert file.read_bytes() == before
    assert not list(file.parent.glob("*.lost-*"))


async def test_a_copy_that_a_wrong_clock_dated_is_no_reason_to_make_none(config: Config) -> None:
    file = await made(config, copies=1)
    store = open_store(f"sqlite:///{file}", create=True)
    assert store.last_backup(NOW - timedelta(days=1)) is None
    assert store.last_backup(NOW) == NOW
    await store.close()


async def test_copies_of_a_clock_that_was_ahead_get_their_right_dates(config: Config) -> None:
    file = await made(config, copies=2)
    tomorrow = NOW + timedelta(days=1)
    rename_backups(file, timedelta(days=1), NOW)
    assert [time_of(copy) for copy in backups_of(file)] == [tomorrow, NOW], "none is lost"
    rename_backups(file, timedelta(days=30), NOW)
    assert [time_of(copy) for copy in backups_of(file)] == [NOW, tomorrow - timedelta(days=30)]
