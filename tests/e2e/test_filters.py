"""Filters as the operator meets them: in previews, posts, explanations and counts."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.standins.telegram import CHANNEL

if TYPE_CHECKING:
    from tests.e2e.world import World

CHANNELS = f"""
[[channels]]
id = "tin"
account = "tg"
chat = "{CHANNEL}"
max_per_hour = 60
exclude = ["quảng cáo"]
[[channels]]
id = "terminal"
platform = "console"
"""
TITLES = ("Chip bán dẫn mới", "Quảng cáo chip", "Điện thoại gập")


def test_each_channel_gets_its_share_and_every_command_says_why(bot: World) -> None:
    to = 'channels = ["terminal", { id = "tin", include = ["chip", "robot"] }]\n'
    bot.write(CHANNELS + bot.feed("vn", *TITLES) + to)
    shown = json.loads(bot.run("preview", "--channel", "tin", "--json").stdout)
    said = {one["item"]["title"]: (one["decision"], one["reason"]["text"]) for one in shown}
    assert said == {
        "Chip bán dẫn mới": ("post", '"chip" is in it (feeds.vn.channels.tin.include)'),
        "Quảng cáo chip": ("skip", '"quảng cáo" is in it (channels.tin.exclude)'),
        "Điện thoại gập": (
            "skip",
            'none of "chip", "robot" is in it (feeds.vn.channels.tin.include)',
        ),
    }
    done = bot.run("once", "--wait", "30s")
    assert done.returncode == 0, done.stderr
    assert all(title in done.stdout for title in TITLES)
    [post] = bot.telegram.posts()
    assert "Chip bán dẫn mới" in post["text"]
    [story] = json.loads(bot.run("explain", "Quảng cáo chip", "--json").stdout)
    [skipped] = story["passed_over"]
    assert (skipped["channel"], skipped["reason"]["code"]) == ("tin", "filtered")
    assert "channels.tin.exclude" in bot.run("explain", "Quảng cáo chip").stdout
    status = json.loads(bot.run("status", "--json").stdout)
    assert {one["id"]: one["filtered_24h"] for one in status["channels"]} == {
        "tin": 2,
        "terminal": 0,
    }
    assert {one["why"]: one["items"] for one in status["filtered"]} == {
        text: 1 for decision, text in said.values() if decision == "skip"
    }
    assert '"quảng cáo" is in it' in bot.run("status").stdout


def test_check_online_names_the_terms_that_match_nothing(bot: World) -> None:
    bot.write(
        CHANNELS
        + bot.feed("vn", *TITLES, channels=["tin", "terminal"])
        + 'include = ["chip", "rô bốt"]\n'
    )
    assert bot.run("once", "--wait", "30s").returncode == 0
    month = int((datetime.now(UTC) - timedelta(days=31)).timestamp() * 1_000_000)
    with sqlite3.connect(bot.home / "newsbot.db") as database:
        database.execute("UPDATE filter_terms SET since = ?", (month,))
    told = json.loads(bot.run("check", "--online", "--json").stdout)["warnings"]
    assert told == [
        'feeds.vn.include: "rô bốt" was in no item for a month; is it spelled as the feeds spell it?'
    ]
    assert json.loads(bot.run("check", "--json").stdout)["warnings"] == []


def test_what_was_kept_out_can_be_posted_by_hand(bot: World) -> None:
    bot.write(CHANNELS + bot.feed("vn", *TITLES) + 'channels = ["tin"]\n')
    assert bot.run("once", "--wait", "30s").returncode == 0
    done = bot.run("post", "--channel", "tin", "--item", "Quảng cáo chip")
    assert done.returncode == 0, done.stderr
    assert any("Quảng cáo chip" in post["text"] for post in bot.telegram.posts())
