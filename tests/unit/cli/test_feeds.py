"""The commands that edit the list of feeds say what becomes of the news that waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.clock import utc_now
from bot.store.engine import open_store
from tests.contract.store_kit import owe

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
[[channels]]
id = "terminal"
platform = "console"
[[feeds]]
id = "vn"
url = "https://vnexpress.net/rss/tin-moi-nhat.rss"
[[feeds]]
id = "genk"
url = "https://genk.vn/rss/home.rss"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "newsbot.toml"
    made.write_text(TEXT, encoding="utf-8")
    return made


def type_(config: Path, *words: str) -> Result:
    return CliRunner().invoke(newsbot, [*words, "-c", str(config)], obj=Settings())


def queue(config: Path, *names: str, feed: str) -> None:
    async def fill() -> None:
        store = open_store(f"sqlite:///{config.parent}/newsbot.db", create=True)
        await owe(store, *names, channel="terminal", feed=feed, at=utc_now())
        await store.close()

    asyncio.run(fill())


@pytest.mark.parametrize(
    ("names", "said"), [(("a",), "1 delivery of it waited"), (("a", "b"), "2 deliveries of it")]
)
def test_removing_a_feed_says_how_many_posts_that_ends(
    config: Path, names: tuple[str, ...], said: str
) -> None:
    queue(config, *names, feed="vn")
    queue(config, "c", feed="genk")
    done = type_(config, "feeds", "remove", "vn")
    assert done.exit_code == 0
    assert "removed vn" in done.output
    assert said in done.output
    assert (
        "feed vn was removed" in type_(config, "deliveries", "--json", "--state", "dropped").output
    )
    assert '"feed": "genk"' in type_(config, "deliveries", "--json", "--state", "pending").output


def test_check_says_what_the_next_start_will_drop(config: Path) -> None:
    assert "lead no more" not in type_(config, "check").output
    queue(config, "a", "b", feed="vn")
    assert "lead no more" not in type_(config, "check").output
    config.write_text(TEXT.replace('id = "vn"', 'enabled = false\nid = "vn"'), encoding="utf-8")
    done = type_(config, "check")
    assert done.exit_code == 0
    assert "2 deliveries wait for channels to which their feeds lead no more: vn (2)" in done.output


def test_adopting_a_feed_drops_nothing(config: Path) -> None:
    queue(config, "a", feed="vn")
    assert type_(config, "feeds", "adopt", "vn", "vnexpress").exit_code == 0
    assert "lead no more" not in type_(config, "check").output
    assert (
        '"feed": "vnexpress"' in type_(config, "deliveries", "--json", "--state", "pending").output
    )
