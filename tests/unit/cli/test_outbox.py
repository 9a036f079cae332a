"""The exit code of `newsbot status` says whether all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.store.db.lock import instance_lock
from bot.store.engine import open_store

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = '[[channels]]\nid = "t"\nplatform = "console"\n'


@pytest.fixture
async def url(tmp_path: Path) -> str:
    (tmp_path / "newsbot.toml").write_text(CONFIG, encoding="utf-8")
    url = f"sqlite:///{tmp_path}/newsbot.db"
    await open_store(url, create=True).close()
    return url


def status(url: str) -> tuple[int, str]:
    """Return the exit code and the first line."""
    file = url.removeprefix("sqlite:///").replace("newsbot.db", "newsbot.toml")
    words = ["status", "-c", file]
    done = CliRunner().invoke(newsbot, words, obj=Settings(), standalone_mode=False)
    assert done.exception is None
    return done.return_value or 0, done.stdout.splitlines()[0]


def test_a_service_that_runs_is_well_and_one_that_does_not_is_not(url: str) -> None:
    with instance_lock(url):
        assert status(url) == (0, "all well")
    assert status(url) == (1, "not well:")


def test_between_two_turns_of_once_all_is_well(url: str) -> None:
    with instance_lock(url, by_turns=True):
        pass
    assert status(url) == (0, "all well (`newsbot once` is not running at the moment)")
