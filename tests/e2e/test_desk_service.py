"""The service with a desk: asks, hears, posts; and the commands beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.standins.telegram import BOT, CHANNEL
from tests.standins.telegram_updates import AN

if TYPE_CHECKING:
    from tests.e2e.world import World

DESK = -100555
TABLES = f"""
[desk]
account = "tg"
chat = {DESK}
users = [7]
[[channels]]
id = "tin"
account = "tg"
chat = "{CHANNEL}"
approve = true
[[channels]]
id = "free"
account = "tg"
chat = -100556
approve = true
"""


def prepare(bot: World) -> None:
    bot.telegram.add_chat(DESK, type_="supergroup")
    bot.telegram.add_chat(-100556)
    routes: list[Any] = [{"id": "tin"}, {"id": "free", "approve": False}]
    channels = ", ".join(
        "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in one.items()) + " }"
        for one in routes
    )
    feed = bot.feed("vn", "Một tin")
    bot.write(f'language = "en"\n{TABLES}{feed}channels = [{channels}]\n')
    text = bot.config.read_text(encoding="utf-8")
    head, language, rest = text.partition('language = "en"\n')
    bot.config.write_text(f"{language}{head}{rest}", encoding="utf-8")


def cards(bot: World) -> list[dict[str, Any]]:
    return [one for one in bot.telegram.posts(DESK) if "reply_markup" in one]


def tap(bot: World, label: str) -> None:
    card = cards(bot)[-1]
    (data,) = [
        button["callback_data"]
        for row in card["reply_markup"]["inline_keyboard"]
        for button in row
        if button["text"] == label
    ]
    bot.telegram.updates.tap(bot.telegram.chat(DESK), card["message_id"], data)


def test_the_service_asks_hears_and_posts(bot: World) -> None:
    prepare(bot)
    with bot.service():
        bot.wait_for(lambda: cards(bot))
        bot.wait_for(lambda: bot.telegram.posts(-100556))
        assert bot.telegram.posts(CHANNEL) == []
        tap(bot, "Post")
        bot.wait_for(lambda: bot.telegram.posts(CHANNEL))
        bot.wait_for(
            lambda: cards(bot)[-1]["reply_markup"]["inline_keyboard"][0][0]["text"].startswith(
                "Posted"
            )
        )
        bot.telegram.updates.say(bot.telegram.add_chat(AN["id"], type_="private"), "/status")
        bot.wait_for(lambda: bot.telegram.posts(AN["id"]))
        seen = bot.run("chats", "--json")
        assert seen.returncode == 0, seen.stderr
        assert str(AN["id"]) in {row["id"] for row in json.loads(seen.stdout)}
    asked = [one for one in bot.telegram.requests if one.path.lower().endswith("getupdates")]
    assert all(b"offset" in one.body for one in asked), "only the service read updates"


def test_once_hears_what_was_decided_and_shows_what_waits(bot: World) -> None:
    prepare(bot)
    assert bot.run("once").returncode == 0
    assert len(cards(bot)) == 1
    bot.telegram.updates.member(bot.telegram.add_chat(-100500, "moi"), BOT)
    seen = json.loads(bot.run("chats", "--json").stdout)
    assert "-100500" in {row["id"] for row in seen}, "between two turns Telegram is asked"
    tap(bot, "Post")
    assert bot.run("once", "--wait", "10s").returncode == 0
    assert len(bot.telegram.posts(CHANNEL)) == 1
    (row,) = [row for row in bot.json("deliveries") if row["channel"] == "tin"]
    assert (row["state"], row["approved_by"]) == ("sent", "An (@an_nguyen)")


def test_check_online_tells_of_a_desk_that_may_not_be_written_to(bot: World) -> None:
    prepare(bot)
    bot.telegram.chat(DESK).bot_status = "left"
    found = bot.run("check", "--online", "--json")
    assert found.returncode == 1
    (finding,) = [one for one in json.loads(found.stdout)["online"] if one["subject"] == "[desk]"]
    assert finding["state"] == "failed"
    assert "the bot is not in it" in finding["text"]


def test_a_desk_that_moves_to_another_chat_shows_there_what_waits(bot: World) -> None:
    prepare(bot)
    bot.telegram.add_chat(-100777, type_="supergroup")
    with bot.service():
        bot.wait_for(lambda: cards(bot))
        text = bot.config.read_text(encoding="utf-8")
        bot.config.write_text(text.replace(f"chat = {DESK}", "chat = -100777"), encoding="utf-8")

        def is_shown() -> object:
            # Talk ends the long poll of the old configuration.
            bot.telegram.updates.say(bot.telegram.chat(DESK), "chào")
            return bot.telegram.posts(-100777)

        bot.wait_for(is_shown)
    assert bot.telegram.posts(CHANNEL) == []


def test_what_waits_goes_out_when_desk_and_approval_are_taken_away(bot: World) -> None:
    prepare(bot)
    with bot.service():
        bot.wait_for(lambda: cards(bot))
        text = bot.config.read_text(encoding="utf-8").replace("approve = true\n", "")
        _, _, rest = text.partition("users = [7]\n")
        head, _, _ = text.partition("[desk]\n")
        bot.config.write_text(head + rest.replace(', "approve" = false', ""), encoding="utf-8")
        bot.wait_for(lambda: bot.telegram.posts(CHANNEL))
    assert len(bot.telegram.posts(CHANNEL)) == 1
