"""The exit code of `newsbot status`, and what the outbox's commands print of a hostile feed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli import main, newsbot
from bot.cli.options import Settings
from bot.clock import utc_now
from bot.errors import DatabaseLost
from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import Item, Poll, Validators
from bot.models.stories import Article, Story
from bot.store.db.lock import instance_lock
from bot.store.engine import open_store, own_store

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = '[[channels]]\nid = "t"\nplatform = "console"\n[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'


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


def test_a_database_that_is_gone_is_no_fresh_start(url: str, tmp_path: Path) -> None:
    store = own_store(url, now=utc_now())
    asyncio.run(store.close())
    for part in ("", "-wal", "-shm"):
        (tmp_path / f"newsbot.db{part}").unlink(missing_ok=True)
    words = ["status", "--json", "-c", str(tmp_path / "newsbot.toml")]
    done = CliRunner().invoke(newsbot, words, obj=Settings(), standalone_mode=False)
    assert isinstance(done.exception, DatabaseLost)
    (trouble,) = json.loads(done.stdout)["troubles"]
    assert trouble["kind"] == "lost"
    assert "is gone, but there was one" in trouble["text"]
    assert "`newsbot state restore`" in trouble["remedy"]


@pytest.mark.parametrize(
    "words",
    [
        "pause --all",
        "retry 1",
        "drop 1",
        "state backup",
        "feeds release f",
        "deliveries",
        "explain x",
    ],
)
def test_no_command_takes_a_lost_database_for_one_that_never_was(
    words: str, url: str, tmp_path: Path
) -> None:
    asyncio.run(own_store(url, now=utc_now()).close())
    for part in ("", "-wal", "-shm"):
        (tmp_path / f"newsbot.db{part}").unlink(missing_ok=True)
    line = [*words.split(), "-c", str(tmp_path / "newsbot.toml")]
    done = CliRunner().invoke(newsbot, line, obj=Settings(), standalone_mode=False)
    assert isinstance(done.exception, DatabaseLost)


def test_between_two_turns_of_once_all_is_well(url: str) -> None:
    with instance_lock(url, by_turns=True):
        pass
    assert status(url) == (0, "all well (`newsbot once` is not running at the moment)")


DRIVES = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202egpj"


@pytest.fixture
async def hostile(url: str) -> str:
    """Store an item of which each text would drive a terminal, and forge a line."""
    store = open_store(url, create=True)
    text = f"Tin{DRIVES}\n  sent    t: forged"
    item = Item(id=text, title=text, link=f"https://example.org/{DRIVES}")
    story = Story(items=(item,), keys=(), owed=(ChannelId("t"),), article=Article(title=text))
    now = utc_now()
    poll = Poll(feed=FeedId("vn"), at=now, next_poll=now, validators=Validators())
    await store.feeds.finish_poll(poll, (), lambda _: [story])
    (delivery,) = await store.desk.deliveries()
    reason = Reason(code="operator", text=f"said{DRIVES}")
    await store.desk.pause("channel", ChannelId("t"), reason, now)
    assert delivery.state == "pending"
    await store.close()
    return url


@pytest.mark.parametrize("option", [(), ("--json",)])
@pytest.mark.parametrize(
    "words",
    [("deliveries",), ("explain", "Tin"), ("status",), ("post", "--channel", "t", "--item", "Tin")],
)
def test_no_text_of_a_feed_drives_the_terminal(
    hostile: str,
    words: tuple[str, ...],
    option: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = hostile.removeprefix("sqlite:///").replace("newsbot.db", "newsbot.toml")
    with pytest.raises(SystemExit):
        main([*words, *option, "-c", file])
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out + err)
    assert "gpj" in out + err
    assert "\n  sent    t: forged" not in out
    if option and words[0] == "explain":
        assert json.loads(out)[0]["title"].startswith(f"Tin{DRIVES}")
