"""A feed gets another id while the service runs: nothing is posted again, nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.world import World

CHANNELS = '[[channels]]\nid = "xtin"\naccount = "x"\nmax_per_hour = 400\n'
TITLES = ("Tin thứ nhất dưới tên cũ", "Tin thứ hai dưới tên cũ")
LATER = "Tin thứ ba, khi nguồn đã có tên mới"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/adopt.db"
    postgres = request.getfixturevalue("postgres")
    url: str = postgres.url(postgres.new_database())
    return url


def begin(bot: World, database: str) -> None:
    bot.write(CHANNELS + bot.feed("cu", *TITLES, channels=["xtin"]) + "# the old one\n")
    text = bot.config.read_text(encoding="utf-8")
    bot.config.write_text(f'database = "{database}"\n{text}', encoding="utf-8")


def check(bot: World) -> None:
    assert sorted(row["items"][0]["title"] for row in bot.json("deliveries")) == sorted(
        [*TITLES, LATER]
    )
    assert {(row["feed"], row["state"]) for row in bot.json("deliveries")} == {("moi", "sent")}
    (feed,) = bot.json("status")["feeds"]
    assert (feed["id"], feed["state"], feed["reason"]) == ("moi", "ok", None)


def test_the_command_renames_and_the_service_follows(bot: World, database: str) -> None:
    begin(bot, database)
    before = bot.config.read_text(encoding="utf-8")
    with bot.service() as service:
        bot.wait_for(lambda: len(bot.x.posts()) == len(TITLES))
        done = bot.run("feeds", "adopt", "cu", "moi")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "moi goes on where cu stopped; it has 2 stories of it\n"
        bot.add("cu", LATER)
        bot.wait_for(lambda: len(bot.x.posts()) > len(TITLES))
        again = bot.run("feeds", "adopt", "cu", "moi")
        assert service.poll() is None
    assert again.returncode == 2
    assert "nothing is known of a feed cu" in again.stderr
    assert bot.config.read_text(encoding="utf-8") == before.replace('"cu"', '"moi"')
    check(bot)


def test_the_service_saw_the_new_id_first(bot: World, database: str) -> None:
    """The operator edits the file by hand and remembers the command later."""
    begin(bot, database)
    with bot.service():
        bot.wait_for(lambda: len(bot.x.posts()) == len(TITLES))
        text = bot.config.read_text(encoding="utf-8").replace('"cu"', '"moi"')
        bot.config.write_text(text, encoding="utf-8")
        bot.wait_for(lambda: bot.json("status")["feeds"][0]["state"] == "ok")
        assert bot.run("feeds", "adopt", "cu", "moi").returncode == 0
        bot.add("cu", LATER)
        bot.wait_for(lambda: len(bot.x.posts()) > len(TITLES))
    assert bot.config.read_text(encoding="utf-8") == text
    check(bot)


def test_feeds_that_cannot_be_adopted_are_refused(bot: World) -> None:
    begin(bot, f"sqlite:///{bot.home}/none.db")
    for old, new in (("cu", "../moi"), ("cu", "cu"), ("former", "other"), ("former", "cu")):
        done = bot.run("feeds", "adopt", old, new)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert not (bot.home / "none.db").exists()
