"""PostgreSQL, moving house and full disks, with the whole program."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from bot.store.outbox.leases import LEASE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

CHANNEL = "@tincongnghe"
CHANNELS = """
    [[channels]]
    id = "tin"
    account = "tg"
    chat = "@tincongnghe"
    [[channels]]
    id = "xtin"
    account = "x"
"""
BOTH = ["tin", "xtin"]


def good(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert done.returncode == 0, done.stderr
    return done


def memory(bot: World) -> tuple[object, ...]:
    (budget,) = bot.json("status")["budgets"]
    return bot.json("deliveries"), budget["spent_day"], budget["left_month"]


@pytest.mark.long
def test_moving_house_to_postgresql(bot: World, postgres: PostgresServer) -> None:
    bot.write(CHANNELS + bot.feed("vn", "Tin thứ nhất trước khi dọn nhà", channels=BOTH))
    good(bot.run("once", "--wait", "10s"))
    good(bot.run("state", "export", "house.jsonl.gz"))
    told = memory(bot)
    assert told[1] == "0.20"

    bot.use_database(postgres.url(postgres.new_database()))
    good(bot.run("state", "import", "house.jsonl.gz"))
    assert memory(bot) == told
    bot.add("vn", "Tin thứ hai, từ ngôi nhà mới")
    good(bot.run("once", "--wait", "10s"))
    assert len(bot.telegram.posts(CHANNEL)) == len(bot.x.posts()) == 2


def test_import_is_refused_while_newsbot_runs_and_export_is_not(bot: World) -> None:
    bot.write(CHANNELS + bot.feed("vn", "Tin trong lúc dịch vụ đang chạy", channels=["tin"]))
    with bot.service() as service:
        bot.wait_for(lambda: bot.telegram.posts(CHANNEL))
        good(bot.run("state", "export", "s.jsonl"))
        refused = bot.run("state", "import", "s.jsonl")
        assert service.poll() is None
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "is running on" in line


def test_two_services_on_one_postgresql_post_each_story_once(
    bot: World, postgres: PostgresServer
) -> None:
    titles = [f"Tin số {number} qua hai máy cùng lúc" for number in range(3)]
    bot.write(CHANNELS + bot.feed("vn", *titles, channels=["xtin"]))
    bot.use_database(postgres.url(postgres.new_database()))
    with bot.service() as one, bot.service() as other:
        bot.wait_for(lambda: len(bot.x.posts()) >= 3)
        bot.add("vn", "Tin cuối cùng, khi cả hai đều đang chạy")
        bot.wait_for(lambda: len(bot.x.posts()) == 4)
        assert one.poll() is other.poll() is None
    assert {state: len(found) for state, found in bot.states().items()} == {"sent": 4}
    assert len(bot.x.posts()) == 4


@contextmanager
def full_disk(service: subprocess.Popen[str], size: int) -> Iterator[None]:
    """Let the process write no file beyond `size` bytes."""
    unlimited = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (size, unlimited[1]))
    yield
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, unlimited)


def test_a_service_goes_on_when_the_disk_has_room_again(bot: World) -> None:
    bot.write(CHANNELS + bot.feed("vn", "Tin đầu tiên khi đĩa còn chỗ", channels=["tin"]))
    with bot.service() as service:
        database = bot.home / "newsbot.db"
        bot.wait_for(lambda: database.exists() and list(bot.states()) == ["sent"])
        with full_disk(service, 1024):
            bot.add("vn", "Tin thứ hai khi đĩa đã đầy")
            assert service.stderr is not None
            bot.wait_for(lambda: "cannot " in service.stderr.readline())
            assert service.poll() is None
            assert len(bot.telegram.posts(CHANNEL)) == 1
        # What a poll or a delivery could not write keeps its claim until the lease runs out.
        bot.wait_for(
            lambda: len(bot.telegram.posts(CHANNEL)) == 2, seconds=LEASE.total_seconds() + 30
        )
    assert list(bot.states()) == ["sent"]
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
