"""The database is deleted, replaced or damaged under a service that runs."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.world import stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.world import World

CHANNEL = "@tincongnghe"
OPERATOR = -100777
CHANNELS = """
    [[channels]]
    id = "tin"
    account = "tg"
    chat = "@tincongnghe"
    min_gap = "1s"
    max_per_hour = 1200
    max_per_day = 9000
"""
TITLES = [f"Tin số {number} trước khi kho dữ liệu gặp nạn" for number in range(3)]
LATER = [f"Tin số {number} sau khi kho dữ liệu gặp nạn" for number in range(3)]


def delete(database: Path) -> None:
    for part in ("", "-wal", "-shm"):
        Path(f"{database}{part}").unlink(missing_ok=True)


def overwrite_pages(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(os.urandom(database.stat().st_size))


def rename_the_directory(database: Path) -> None:
    database.parent.rename(database.parent.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (delete, "was deleted or moved away"),
        (overwrite_pages, "is damaged"),
        (rename_the_directory, "was deleted or moved away"),
    ],
)
def test_a_service_whose_database_is_harmed_ends_and_posts_nothing_more(
    bot: World, harm: Callable[[Path], None], says: str
) -> None:
    folder = bot.home / "state"
    folder.mkdir()
    database = folder / "newsbot.db"
    bot.telegram.add_chat(OPERATOR)
    alerts = f'[alerts]\naccount = "tg"\nchat = {OPERATOR}\n'
    bot.write(alerts + CHANNELS + bot.feed("vn", *TITLES, channels=["tin"]))
    bot.use_database(f"sqlite:///{database}")
    with bot.service() as service:
        bot.wait_for(lambda: database.exists() and len(bot.states().get("sent", ())) == 3)
        checkpoint(database)
        harm(database)
        bot.add("vn", *LATER)
        service.wait(timeout=30)
        _, err = stop(service)
    assert service.returncode == 1
    said = err.splitlines()[-1]
    assert said.startswith(f"newsbot: database {database}")
    assert says in said
    assert "`newsbot state restore`" in said
    assert not any("Traceback" in line or "internal error" in line for line in err.splitlines())
    assert len(bot.telegram.posts(CHANNEL)) == 3
    (alert,) = bot.telegram.posts(OPERATOR)
    assert says in alert["text"]
    assert "newsbot state restore" in alert["text"]

    # As systemd does: it starts the service again.
    again = bot.run("once", "--wait", "2s")
    assert again.returncode == 1
    assert len(again.stderr.splitlines()) == 1
    assert len(bot.telegram.posts(CHANNEL)) == 3


def test_the_way_back_from_the_last_copy_tells_nothing_twice(bot: World) -> None:
    database = bot.home / "newsbot.db"
    bot.write(CHANNELS + bot.feed("vn", TITLES[0], channels=["tin"]))
    assert bot.run("once", "--wait", "5s").returncode == 0
    assert bot.run("state", "backup").returncode == 0
    bot.add("vn", TITLES[1])
    assert bot.run("once", "--wait", "5s").returncode == 0
    delete(database)

    refused = bot.run("once")
    assert refused.returncode == 1
    assert "is gone, but there was one" in refused.stderr
    assert bot.run("state", "restore").returncode == 0
    assert bot.json("state", "check")["well"]
    bot.add("vn", TITLES[2])
    assert bot.run("once", "--wait", "2s").returncode == 0
    assert len(bot.telegram.posts(CHANNEL)) == 2
    assert bot.states() == {"sent": [TITLES[0]], "held": [TITLES[2], TITLES[1]]}

    (known,) = (
        row["id"] for row in bot.json("deliveries") if row["items"][0]["title"] == TITLES[1]
    )
    assert bot.run("drop", known).returncode == 0
    assert bot.run("feeds", "release", "vn").returncode == 0
    assert bot.run("once", "--wait", "5s").returncode == 0
    assert len(bot.telegram.posts(CHANNEL)) == 3


def test_an_empty_database_is_made_only_where_that_is_meant(bot: World) -> None:
    bot.write(CHANNELS + bot.feed("vn", TITLES[0], channels=["tin"]))
    assert bot.run("once", "--wait", "5s").returncode == 0
    assert bot.run("state", "new").returncode == 1
    delete(bot.home / "newsbot.db")
    assert bot.run("once").returncode == 1
    assert bot.run("state", "new").returncode == 0
    assert bot.run("once", "--wait", "5s").returncode == 0
    assert len(bot.telegram.posts(CHANNEL)) == 2


def checkpoint(database: Path) -> None:
    """Bring everything into the file itself, as the service does now and then."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
