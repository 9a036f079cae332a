"""`newsbot chats` against the stand-in for the Bot API: sees, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.world import SECRETS, World
from tests.standins.faults import answer, drop
from tests.standins.telegram import BOT, CHANNEL, CHANNEL_ID, error_body

CHANNELS = (
    f'[[channels]]\nid = "tin"\naccount = "tg"\nchat = "{CHANNEL}"\n'
    f'[[channels]]\nid = "tin-too"\naccount = "tg"\nchat = {CHANNEL_ID}\n'
    '[[channels]]\nid = "later"\naccount = "tg"\nchat = "@placeholder"\nenabled = false\n'
)


@pytest.fixture
def busy(bot: World) -> World:
    """A bot that was added to a channel, thrown out of a group, and written to."""
    bot.write(CHANNELS)
    updates = bot.telegram.updates
    updates.member(bot.telegram.add_chat(-100500, "moi"), BOT)
    gone = bot.telegram.add_chat(-100600, type_="supergroup")
    gone.bot_status = "kicked"
    updates.member(gone, BOT)
    bot.telegram.add_chat(7, "an_nguyen", "private")
    updates.write("chào", forwarded=bot.telegram.add_chat(-100700, "kenh-khac"))
    bot.telegram.chat(-100700).bot_may_post = False
    return bot


def seen(bot: World) -> Any:
    return json.loads(bot.run("chats", "--json").stdout)


def test_chats_that_the_bot_sees_and_those_of_the_configuration(busy: World) -> None:
    found = {row["id"]: row for row in seen(busy)}
    assert list(found) == [str(CHANNEL_ID), None, "-100500", "-100600", "7", "-100700"]
    assert found[str(CHANNEL_ID)] == {
        "account": "tg",
        "id": str(CHANNEL_ID),
        "type": "channel",
        "title": f"Chat {CHANNEL_ID}",
        "username": CHANNEL[1:],
        "channels": ["tin", "tin-too"],
        "may_post": True,
        "text": None,
    }
    placeholder = found[None]
    assert (placeholder["username"], placeholder["channels"]) == ("placeholder", ["later"])
    assert "chat not found" in placeholder["text"]
    assert found["-100500"]["may_post"]
    assert "the bot is not in it" in found["-100600"]["text"]
    assert (found["7"]["type"], found["7"]["title"]) == ("private", "Chat 7")
    assert '"Post messages"' in found["-100700"]["text"]
    assert all(row["channels"] == [] for row in list(found.values())[2:])


def test_a_table_for_people_and_the_same_again(busy: World) -> None:
    waiting = list(busy.telegram.updates.waiting)
    first, second = busy.run("chats"), busy.run("chats")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    lines = first.stdout.splitlines()
    assert lines[0].split() == ["CHAT", "NAME", "TYPE", "TITLE", "CHANNELS", "THE", "BOT"]
    assert any(line.split()[:3] == ["-100500", "@moi", "channel"] for line in lines)
    assert busy.telegram.updates.waiting == waiting
    assert busy.telegram.posts() == []
    assert not list(busy.home.glob("newsbot.db*"))


def test_an_account_that_no_channel_uses_yet(bot: World) -> None:
    """Who looks for the id cannot have written it down yet."""
    bot.write('[[channels]]\nid = "t"\nplatform = "console"\n')
    bot.telegram.updates.member(bot.telegram.add_chat(-100500), BOT)
    (row,) = seen(bot)
    assert (row["id"], row["channels"]) == ("-100500", [])


def test_nothing_to_see(bot: World) -> None:
    bot.write('[[channels]]\nid = "t"\nplatform = "console"\n')
    done = bot.run("chats")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "add the bot to a channel as administrator" in line


def test_an_enabled_channel_that_cannot_be_posted_to_fails(bot: World) -> None:
    bot.write(CHANNELS)
    bot.telegram.chat(CHANNEL).bot_status = "left"
    done = bot.run("chats")
    assert done.returncode == 1
    assert "the bot is not in it" in done.stdout


def test_more_updates_than_telegram_shows(bot: World) -> None:
    bot.write(CHANNELS)
    bot.telegram.add_chat(7, "an_nguyen", "private")
    for number in range(101):
        bot.telegram.updates.write(f"tin {number}")
    done = bot.run("chats")
    assert done.returncode == 0
    assert "newer chats may be missing" in done.stderr
    assert len(bot.telegram.updates.waiting) == 101


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (answer(409, error_body(409, "Conflict: can't use getUpdates method while webhook is active")), "another program"),
        (drop(), "the connection broke"),
        (answer(200, "<html>"), "could not be read"),
        (answer(429, error_body(429, "Too Many Requests", {"retry_after": 5})), "asks to wait"),
    ],
)  # fmt: skip
def test_a_refusal_of_telegram_is_told(bot: World, fault: object, words: str) -> None:
    bot.write(CHANNELS)
    bot.telegram.faults.next(fault)
    done = bot.run("chats")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("newsbot: account tg: ")
    assert words in line


def test_secrets_are_needed_and_never_shown(bot: World) -> None:
    bot.write(CHANNELS)
    missing = bot.run("chats", TELEGRAM_TOKEN="")
    assert missing.returncode == 2
    wrong = "123456789:WRONG-token_of_nobody_at_all"
    done = bot.run("chats", "--debug", TELEGRAM_TOKEN=wrong)
    assert done.returncode == 1
    assert "@BotFather" in done.stderr
    assert "WRONG" not in done.stdout + done.stderr
    right = bot.run("chats", "--debug")
    assert SECRETS["TELEGRAM_TOKEN"] not in right.stdout + right.stderr


def test_without_telegram(bot: World) -> None:
    bot.config.write_text('[[channels]]\nid = "t"\nplatform = "console"\n', encoding="utf-8")
    done = bot.run("chats")
    assert done.returncode == 1
    assert "no account on Telegram" in done.stderr
