"""A command loads only what it needs: most of the time of a short one goes into imports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.store.engine import open_store

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = '[[channels]]\nid = "c"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'
PLATFORMS = {"aiohttp", "telegram", "tweepy", "feedparser", "trafilatura", "PIL", "twitter_text"}
SERVER = {"sqlalchemy.dialects.postgresql", "alembic", "psycopg"}
PROGRAM = """
import sys
from bot.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    print(*set(sys.argv[1].split()) & sys.modules.keys(), file=sys.stderr)
    raise
"""


def loaded(home: Path, command: str, watched: set[str]) -> str:
    """Return those of the modules `watched` that the command loads."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, " ".join(sorted(watched)), *command.split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout
    return done.stderr.strip()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "newsbot.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_a_check_before_the_first_run_loads_no_database(home: Path) -> None:
    watched = {*PLATFORMS, *SERVER, "sqlalchemy", "structlog", "rich"}
    assert loaded(home, "check", watched) == ""


@pytest.mark.parametrize("command", ["status --json", "deliveries --json"])
async def test_a_look_loads_neither_log_nor_server_nor_platforms(home: Path, command: str) -> None:
    await open_store(f"sqlite:///{home}/newsbot.db", create=True).close()
    watched = {*PLATFORMS, *SERVER, "structlog", "rich"}
    assert loaded(home, command, watched) == ""


def test_one_machine_with_sqlite_loads_nothing_of_several(home: Path) -> None:
    item = "<item><title>Một tin</title><guid>1</guid><description>Một câu.</description></item>"
    feed = f"<rss version='2.0'><channel><title>f</title>{item}</channel></rss>"
    (home / "f.xml").write_text(feed, encoding="utf-8")
    text = CONFIG.replace("https://example.org/f", "f.xml")
    (home / "newsbot.toml").write_text(text, encoding="utf-8")
    watched = {"procrastinate", "psycopg_pool", "psycopg", "croniter", "bot.runner.nodes.runner"}
    said = loaded(home, "once --wait 0s --log-level error", watched)
    assert said == ""
