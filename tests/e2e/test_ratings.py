"""Readers' reactions: counted by the service, shown by `status`; `check --online` says where not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.standins.telegram import CHANNEL

if TYPE_CHECKING:
    from tests.e2e.world import World

DESK, GROUP = -100555, -100556
TABLES = f"""
[desk]
account = "tg"
chat = {DESK}
users = [7]
summary = "off"
[[channels]]
id = "tin"
account = "tg"
chat = "{CHANNEL}"
[[channels]]
id = "group"
account = "tg"
chat = {GROUP}
"""


def prepare(bot: World) -> None:
    bot.telegram.add_chat(DESK, type_="supergroup")
    bot.telegram.add_chat(GROUP, type_="supergroup")
    bot.write(TABLES + bot.feed("vn", "Một tin", channels=["tin", "group"]))


def best(bot: World) -> list[dict[str, Any]]:
    return list(bot.json("status")["best_rated"])


def test_reactions_are_counted_though_they_come_twice_and_out_of_order(bot: World) -> None:
    prepare(bot)
    assert bot.run("once", "--wait", "10s").returncode == 0
    (post,), (other,) = bot.telegram.posts(CHANNEL), bot.telegram.posts(GROUP)
    chat, group, now = bot.telegram.chat(CHANNEL), bot.telegram.chat(GROUP), time.time()
    custom = {"type": {"type": "custom_emoji", "custom_emoji_id": "<b>"}, "total_count": 4}
    long = {"type": {"type": "emoji", "emoji": "\u202e" * 99}, "total_count": 10**30}
    react = bot.telegram.updates.react
    react(group, other["message_id"], 1, date=now)
    react(chat, post["message_id"], 3, custom, long, date=now + 60)
    react(chat, post["message_id"], 5, date=now)
    react(chat, post["message_id"], 3, custom, long, date=now + 60)
    react(chat, post["message_id"] + 100, 9, date=now)
    assert bot.run("once").returncode == 0
    found = best(bot)
    assert [(one["channel"], one["reactions"]) for one in found] == [("tin", 7), ("group", 1)]
    assert found[0]["title"] == "Một tin"
    assert found[0]["url"] == f"https://t.me/{CHANNEL[1:]}/{post['message_id']}"
    shown = bot.run("status").stdout
    assert "BEST OF THE WEEK" in shown
    assert found[0]["url"] in shown


def test_the_service_asks_for_reactions_and_counts_them(bot: World) -> None:
    prepare(bot)
    with bot.service():
        bot.wait_for(lambda: bot.telegram.posts(CHANNEL))
        (post,) = bot.telegram.posts(CHANNEL)
        bot.wait_for(lambda: "sent" in {row["state"] for row in bot.json("deliveries")})
        chat = bot.telegram.chat(CHANNEL)
        bot.telegram.updates.react(chat, post["message_id"], 8, date=time.time())
        bot.wait_for(lambda: [one["reactions"] for one in best(bot)] == [8])
    asked = [one for one in bot.telegram.requests if one.path.lower().endswith("getupdates")]
    assert all(b"message_reaction_count" in one.body for one in asked)


def test_status_shows_nothing_where_nobody_reacted(bot: World) -> None:
    prepare(bot)
    assert best(bot) == []
    assert bot.run("once", "--wait", "10s").returncode == 0
    assert "BEST OF THE WEEK" not in bot.run("status").stdout


def findings(bot: World, *, code: int = 0) -> dict[str, list[tuple[str, str]]]:
    done = bot.run("check", "--online", "--json")
    assert done.returncode == code, done.stderr
    found: dict[str, list[tuple[str, str]]] = {}
    for one in json.loads(done.stdout)["online"]:
        if one["check"] == "chat":
            found.setdefault(one["subject"], []).append((one["state"], one["text"]))
    return found


def test_check_online_tells_where_there_are_no_ratings(bot: World) -> None:
    prepare(bot)
    bot.telegram.chat(GROUP).bot_status = "member"
    found = findings(bot)
    may_post, unrated = found["group"]
    assert may_post == ("ok", f"{GROUP}: the bot may post")
    assert unrated[0] == "warning"
    assert "the bot is no administrator, so Telegram reports no reactions to it" in unrated[1]
    assert [state for state, _ in found["tin"]] == ["ok"]


def test_a_chat_without_the_bot_has_one_line_that_says_so(bot: World) -> None:
    prepare(bot)
    bot.telegram.chat(GROUP).bot_status = "left"
    ((state, text),) = findings(bot, code=1)["group"]
    assert state == "failed"
    assert "the bot is not in it" in text


def test_without_a_desk_nobody_misses_ratings(bot: World) -> None:
    prepare(bot)
    bot.telegram.chat(GROUP).bot_status = "member"
    text = bot.config.read_text(encoding="utf-8")
    bot.config.write_text(text[: text.index("[desk]")] + text[text.index("[[channels]]") :])
    assert [state for state, _ in findings(bot)["group"]] == ["ok"]
