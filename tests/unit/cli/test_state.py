"""`newsbot state rewind` sets the times of a wrong clock right, and asks before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.clock import utc_now
from bot.errors import NewsbotError
from bot.store.db.backup import backups_of
from bot.store.engine import open_store
from tests.contract.store_kit import owe

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = (
    '[[channels]]\nid = "t"\nplatform = "console"\n'
    '[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "newsbot.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "newsbot.db"


async def _owe(file: Path, ahead: timedelta) -> None:
    store = open_store(f"sqlite:///{file}", create=True)
    await owe(store, "a", channel="t", at=utc_now() + ahead)
    await store.close()


async def _ahead(file: Path) -> timedelta:
    store = open_store(f"sqlite:///{file}", create=False)
    found = await store.desk.ahead_of_clock(["f"], utc_now())
    await store.close()
    return found


def run(file: Path, *words: str) -> str:
    """Return what the command says. Raises its error."""
    arguments = [*words, "-c", str(file.parent / "newsbot.toml")]
    done = CliRunner().invoke(newsbot, arguments, obj=Settings(), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stderr


def test_rewind_brings_back_the_times_of_a_clock_that_was_ahead(file: Path) -> None:
    asyncio.run(_owe(file, timedelta(days=365)))
    with pytest.raises(NewsbotError, match="nothing was changed; --yes does it"):
        run(file, "state", "rewind")
    assert backups_of(file) == []
    said = run(file, "state", "rewind", "--yes")
    assert "the database remembers times 364 days, 23:59" in said
    assert said.endswith(" brought back\n")
    assert asyncio.run(_ahead(file)) == timedelta(0)
    assert len(backups_of(file)) == 1
    assert "no time in the database is still to come" in run(file, "state", "rewind", "--yes")


def test_rewind_changes_nothing_where_no_clock_was_wrong(file: Path) -> None:
    asyncio.run(_owe(file, timedelta(hours=-1)))
    assert run(file, "state", "rewind") == "no time in the database is still to come\n"


def test_rewind_makes_no_database(file: Path) -> None:
    with pytest.raises(NewsbotError, match="nothing ran yet, so there is nothing to bring back"):
        run(file, "state", "rewind")
    assert not file.exists()
