"""`newsbot reload`: the running service reads its file again, as when that is saved."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.clock import utc_now
from bot.errors import ConfigError, NewsbotError
from bot.runner.reload.refusals import note_refusal
from bot.store.db.lock import instance_lock
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = '[[channels]]\nid = "terminal"\nplatform = "console"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "newsbot.toml"
    made.write_text(TEXT, encoding="utf-8")
    os.utime(made, (1, 1))
    return made


@contextmanager
def service(config: Path, refused: str | None = None) -> Iterator[None]:
    """Hold the lock of a database, as a service does that refused its file."""
    url = f"sqlite:///{config.parent}/newsbot.db"

    async def note() -> None:
        store = open_store(url, create=True)
        await note_refusal(store.alerts, config, refused, utc_now())
        await store.close()

    asyncio.run(note())
    with instance_lock(url):
        yield


def type_(config: Path, *words: str) -> Result:
    return CliRunner().invoke(newsbot, ["reload", *words, "-c", str(config)], obj=Settings())


def is_saved(config: Path) -> bool:
    return config.stat().st_mtime > 1


def test_the_file_counts_as_saved(config: Path) -> None:
    with service(config):
        done = type_(config)
    assert done.exit_code == 0
    assert f"newsbot reads {config} within seconds" in done.output
    assert is_saved(config)


def test_a_file_that_was_refused_is_taken_only_on_demand(config: Path) -> None:
    with service(config, refused=f"{config} lost channel more"):
        refused = type_(config)
        assert isinstance(refused.exception, NewsbotError)
        assert "lost channel more: if that is meant, `newsbot reload --accept`" in str(
            refused.exception
        )
        assert not is_saved(config)
        assert type_(config, "--accept").exit_code == 0
        assert is_saved(config)


def test_without_a_service_there_is_nobody_to_read_it(config: Path) -> None:
    refused = type_(config, "--accept")
    assert "is not running" in str(refused.exception)
    assert not is_saved(config)


def test_a_file_with_mistakes_is_refused_at_once(config: Path) -> None:
    config.write_text("nonsense = 1\n", encoding="utf-8")
    os.utime(config, (1, 1))
    with service(config):
        assert isinstance(type_(config).exception, ConfigError)
    assert not is_saved(config)
