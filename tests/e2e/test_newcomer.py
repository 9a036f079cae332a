"""Newcomers at a real terminal: from nothing to the test post, slips on the way.

The one who slips speaks Vietnamese.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal
from tests.standins.telegram import CHANNEL, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.world import World

COUNTED = re.compile(
    r"(Ngôn ngữ|Múi giờ|Địa chỉ|Token Telegram|Kênh|Bao lâu|Gửi bài đăng thử)[^:]*: "
)

ENGLISH = re.compile(r"\b(?:a|and|be|cannot|is|it|its|must|not|or|such|that|the|this|to|with)\b")


@pytest.fixture
def begun(bot: World) -> Iterator[Callable[..., Terminal]]:
    bot.feed("tin", "Chip mới của Việt Nam")
    terminals = []

    def begin(*options: str) -> Terminal:
        words = ("init", "my", "--api-url", bot.telegram.base, *options)
        in_vietnamese = {"LC_ALL": "", "LANG": "vi_VN.UTF-8", "LANGUAGE": ""}
        terminals.append(Terminal(bot.home, *words, TZ="Asia/Ho_Chi_Minh", **in_vietnamese))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


def test_one_command_leads_from_nothing_to_the_test_post_whatever_slips(
    bot: World, begun: Callable[..., Terminal]
) -> None:
    (bot.home / "feeds" / "trang.html").write_text("<html><title>Trang</title></html>", "utf-8")
    newcomer = begun()
    channel = bot.telegram.chat(CHANNEL)
    channel.bot_status = "left"
    newcomer.answer("Ngôn ngữ", "VI")  # slip: in capitals
    newcomer.answer("Múi giờ", "Asia/Hanoi")  # slip: a city that the database does not have
    newcomer.answer("Múi giờ", "")
    newcomer.answer("Địa chỉ", "ftp://x/y")  # slip: nothing that a file could hold
    newcomer.answer("Địa chỉ", f"{bot.web.base}/trang.html")  # slip: a page without a feed
    newcomer.answer("Địa chỉ", f"{bot.web.base}/tin.rss")
    newcomer.answer("không hiện khi gõ", TOKEN[:-20])  # slip: half of the token
    newcomer.answer("không hiện khi gõ", TOKEN[:-1] + "x")  # slip: a letter of it
    newcomer.answer("không hiện khi gõ", TOKEN)
    newcomer.answer("Kênh", "https://t.me/c/77/4")  # slip: a post of a private channel
    newcomer.answer("Làm xong thì bấm Enter", f"https://t.me/{CHANNEL[1:]}/12")
    newcomer.answer("Làm xong thì bấm Enter", "")  # slip: nothing was done yet
    newcomer.wait("Làm xong thì bấm Enter")
    channel.bot_status = "administrator"
    newcomer.type("")
    newcomer.answer("Bao lâu", "15")  # slip: no unit
    newcomer.answer("Bao lâu", "30m")
    newcomer.answer("Gửi bài đăng thử", "ừ")  # slip: neither yes nor no
    newcomer.answer("Gửi bài đăng thử", "c")
    assert newcomer.ended() == 0, newcomer.seen

    (post,) = bot.telegram.posts(CHANNEL)
    assert "newsbot" in post["text"]
    assert "Chip mới của Việt Nam" in newcomer.seen
    assert TOKEN not in newcomer.seen
    assert newcomer.seen.count("gõ lại đúng như vậy để giữ nguyên") == 1
    assert "-1000000000077" in newcomer.seen
    assert "Bad Request: chat not found" in newcomer.seen
    written = bot.home / "my" / "newsbot.toml"
    file = tomllib.loads(written.read_text(encoding="utf-8"))
    assert (file["language"], file["timezone"]) == ("vi", "Asia/Ho_Chi_Minh")
    assert file["defaults"]["channels"] == [CHANNEL[1:]]
    assert file["collect"]["every"] == "30m"
    assert len(file["feeds"]) == len(file["channels"]) == 1
    token = written.with_name("telegram-token")
    assert (token.read_text().strip(), token.stat().st_mode & 0o777) == (TOKEN, 0o600)
    own = newcomer.seen.replace("Bad Request: chat not found", "")  # the platform's
    assert ENGLISH.findall(own) == []
    said = newcomer.seen[: newcomer.seen.index("đã ghi")].splitlines()
    assert max(len(line) for line in said if "t.me/" not in line) <= 80, "but what was typed"
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


def test_ctrl_d_at_a_question_ends_the_line_and_writes_nothing(
    begun: Callable[..., Terminal],
) -> None:
    newcomer = begun()
    newcomer.wait("Ngôn ngữ, vi hoặc en [vi]:")
    newcomer.type("\x04", end="")
    assert newcomer.ended() == 1
    assert newcomer.seen.splitlines()[-2:] == ["Ngôn ngữ, vi hoặc en [vi]: ", "newsbot: đã dừng"]


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


def test_without_a_slip_and_a_channel_the_test_post_that_was_asked_for_is_sent_to_the_terminal(
    bot: World, begun: Callable[..., Terminal]
) -> None:
    newcomer = begun("--test")
    newcomer.answer("Ngôn ngữ, vi hoặc en [vi]:", "en")  # another than that of the system
    newcomer.answer("Time zone [Asia/Ho_Chi_Minh]:", "")
    newcomer.answer("Address of a site or feed to post from:", f"{bot.web.base}/tin.rss")
    newcomer.answer("hidden (Enter: posts appear in the terminal):", "")
    newcomer.answer("How often to look for news [15m]:", "")
    assert newcomer.ended() == 0, newcomer.seen
    assert "sent to terminal" in newcomer.seen
    assert "next: `newsbot -c my/newsbot.toml run` posts;" in newcomer.seen
    written = (bot.home / "my" / "newsbot.toml").read_text(encoding="utf-8")
    assert 'language = "en"' in written
    assert "# Where the stories of feeds go that name no `channels`." in written
