"""A newcomer at a real terminal: from nothing to the test post in the channel, slips on the way."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal
from tests.standins.telegram import CHANNEL, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.world import World

COUNTED = re.compile(
    r"(Language|Time zone|Address|Telegram token|Channel|How often|Send a test)[^\n]*:"
)


@pytest.fixture
def newcomer(bot: World) -> Iterator[Terminal]:
    bot.feed("tin", "Chip mới của Việt Nam")
    (bot.home / "feeds" / "trang.html").write_text("<html><title>Trang</title></html>", "utf-8")
    words = ("init", "my", "--api-url", bot.telegram.base)
    terminal = Terminal(bot.home, *words, TZ="Asia/Ho_Chi_Minh", LANG="vi_VN.UTF-8")
    yield terminal
    terminal.close()


def test_one_command_leads_from_nothing_to_the_test_post_whatever_slips(
    bot: World, newcomer: Terminal
) -> None:
    channel = bot.telegram.chat(CHANNEL)
    channel.bot_status = "left"
    newcomer.answer("Language", "VI")  # slip: in capitals
    newcomer.answer("Time zone", "Asia/Hanoi")  # slip: a city that the database does not have
    newcomer.answer("did you mean", "")
    newcomer.answer("Address", "ftp://x/y")  # slip: nothing that a file could hold
    newcomer.answer(
        "is no web address", f"{bot.web.base}/trang.html"
    )  # slip: a page without a feed
    newcomer.answer("names no feed", f"{bot.web.base}/tin.rss")
    newcomer.answer("hidden", TOKEN[:-20])  # slip: half of the token
    newcomer.answer("hidden", TOKEN[:-1] + "x")  # slip: a letter of it
    newcomer.answer("hidden", TOKEN)
    newcomer.answer("Channel", "https://t.me/c/77/4")  # slip: a post of a private channel
    newcomer.answer("Enter when that is done", f"https://t.me/{CHANNEL[1:]}/12")
    newcomer.answer("Enter when that is done", "")  # slip: nothing was done yet
    newcomer.wait("Enter when that is done")
    channel.bot_status = "administrator"
    newcomer.type("")
    newcomer.answer("How often", "15")  # slip: no unit
    newcomer.answer("How often", "30m")
    newcomer.answer("Send a test post", "y")
    assert newcomer.ended() == 0, newcomer.seen

    (post,) = bot.telegram.posts(CHANNEL)
    assert "newsbot" in post["text"]
    assert "Chip mới của Việt Nam" in newcomer.seen
    assert TOKEN not in newcomer.seen
    assert newcomer.seen.count("give the same again to keep it unchecked") == 1
    assert "chat -1000000000077 cannot be posted to: Bad Request: chat not found" in newcomer.seen
    written = bot.home / "my" / "newsbot.toml"
    file = tomllib.loads(written.read_text(encoding="utf-8"))
    assert (file["language"], file["timezone"]) == ("vi", "Asia/Ho_Chi_Minh")
    assert file["defaults"]["channels"] == [CHANNEL[1:]]
    assert file["collect"]["every"] == "30m"
    assert len(file["feeds"]) == len(file["channels"]) == 1
    token = written.with_name("telegram-token")
    assert (token.read_text().strip(), token.stat().st_mode & 0o777) == (TOKEN, 0o600)
    assert len(set(COUNTED.findall(newcomer.seen))) == 7


def test_without_a_network_it_says_what_could_not_be_checked_and_goes_on(bot: World) -> None:
    secret = bot.home / "token"
    secret.write_text(f"{TOKEN}\n", encoding="utf-8")
    nowhere, away = "http://newsbot.invalid", "http://127.0.0.1:9"  # nobody listens there
    done = bot.run(
        "init", "my", "--yes", "--api-url", away, "--feed", f"{nowhere}/rss",
        "--token-file", str(secret), "--chat", CHANNEL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for what in (f"{nowhere}/rss", "the token", CHANNEL):
        assert f"{what} could not be checked, and is written as it is" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    written = tomllib.loads((bot.home / "my" / "newsbot.toml").read_text(encoding="utf-8"))
    assert [feed["url"] for feed in written["feeds"]] == [f"{nowhere}/rss"]
    assert written["channels"][0]["chat"] == CHANNEL
    before = sorted((bot.home / "my").iterdir())
    again = bot.run("init", "my", "--yes", "--language", "en")
    assert sorted((bot.home / "my").iterdir()) == before
    assert (again.returncode, again.stderr.count("kept  my/newsbot.toml")) == (0, 1)
    assert "--language changed nothing: my/newsbot.toml was there" in again.stderr


def test_ctrl_d_at_a_question_ends_the_line_and_writes_nothing(newcomer: Terminal) -> None:
    newcomer.wait("Language, vi or en [vi]:")
    newcomer.type("\x04", end="")
    assert newcomer.ended() == 1
    assert newcomer.seen.splitlines()[-2:] == ["Language, vi or en [vi]: ", "newsbot: stopped"]


def test_a_folder_that_cannot_be_is_told_before_the_first_question(bot: World) -> None:
    (bot.home / "my").write_text("a file", encoding="utf-8")
    terminal = Terminal(bot.home, "init", "my/new")
    assert terminal.ended() == 1
    said = "newsbot: cannot write into my/new: my is not a folder"
    assert terminal.seen.split() == said.split()
    terminal.close()


def test_what_full_wrote_it_does_not_say_to_have_kept(bot: World) -> None:
    bot.feed("tin", "Chip mới của Việt Nam")
    done = bot.run("init", "my", "--yes", "--full", "--feed", f"{bot.web.base}/tin.rss")
    assert done.returncode == 0, done.stderr
    assert "wrote my/newsbot.toml" in done.stderr
    assert "kept" not in done.stderr


def test_a_script_is_told_in_one_line_why_nothing_was_written(bot: World) -> None:
    done = bot.run("init", "my", "--yes", "--feed", "http://127.0.0.1:9/rss")
    assert done.stderr == "newsbot: 127.0.0.1 refuses connections; nothing was written\n"
    assert done.returncode == 1
    assert not (bot.home / "my").exists()


def test_a_script_that_names_a_channel_and_no_token_is_told_and_nothing_is_written(
    bot: World,
) -> None:
    bot.feed("tin", "Chip mới của Việt Nam")
    feed = f"{bot.web.base}/tin.rss"
    done = bot.run("init", "my", "--yes", "--feed", feed, "--chat", CHANNEL)
    said = "newsbot: --chat needs the token of a bot: say --token-file; nothing was written"
    assert done.stderr.splitlines()[-1] == said
    assert done.returncode == 1
    assert not (bot.home / "my").exists()


def test_a_test_post_that_was_asked_for_is_sent_to_the_terminal_too(bot: World) -> None:
    bot.feed("tin", "Chip mới của Việt Nam")
    done = bot.run("init", "my", "--yes", "--feed", f"{bot.web.base}/tin.rss", "--test")
    assert done.returncode == 0, done.stderr
    assert "sent to terminal" in done.stderr
