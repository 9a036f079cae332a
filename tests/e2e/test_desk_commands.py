"""Commands at the desk have the wording and effects of the command line; strangers get nothing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.config import load_config
from bot.operate.desk.commands import COMMANDS
from bot.store.engine import open_store
from tests.e2e.desk_kit import DESK, STRANGER, Desk, desk_line
from tests.standins.telegram import CHANNEL, TelegramServer
from tests.standins.telegram_updates import AN
from tests.unit.told_kit import english_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOUR = timedelta(hours=1)
CONFIG = f"""
timezone = "UTC"
language = "en"
[accounts.tg]
platform = "telegram"
token = {{ env = "T" }}
[desk]
account = "tg"
chat = {DESK}
users = [7, 8]
[[channels]]
id = "tin"
account = "tg"
chat = "{CHANNEL}"
[[feeds]]
id = "vn"
url = "https://example.org/vn.rss"
"""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_of(tmp_path, CONFIG) as found:
        yield found


@pytest.fixture
async def vietnamese(tmp_path: Path) -> AsyncIterator[Desk]:
    config = CONFIG.replace('language = "en"', 'language = "vi"')
    async with desk_of(tmp_path, config) as found:
        yield found


@asynccontextmanager
async def desk_of(folder: Path, text: str) -> AsyncIterator[Desk]:
    path = folder / "newsbot.toml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path, environ={})
    store = open_store(":memory:", create=True)
    async with TelegramServer() as server:
        line = desk_line(store, server, approval=None)
        desk = Desk(server, line, config=config)
        yield desk
        await desk.client.close()
        await line.client.close()
        await store.close()


async def said(desk: Desk, text: str, **how: Any) -> str:
    """Return the answer to what a person writes at the desk, "" for none."""
    before = len(desk.cards())
    desk.server.updates.say(desk.chat, text, **how)
    await desk.service.read(0)
    (*_, last) = desk.cards() or [{"text": ""}]
    return str(last["text"]) if len(desk.cards()) > before else ""


async def tapped(desk: Desk, label: str) -> str:
    """Return the answer to a tap of the button in the newest message whose label begins so."""
    full = next(one for one in desk.labels(desk.cards()[-1]) if one.startswith(label))
    desk.tap(full)
    before = len(desk.cards())
    await desk.service.read(0)
    return str(desk.cards()[-1]["text"]) if len(desk.cards()) > before else ""


async def post(desk: Desk, *titles: str) -> None:
    await desk.line.owe(*titles)
    await desk.line.pass_time(HOUR)


async def test_help_lists_what_telegram_offers(desk: Desk) -> None:
    text = await said(desk, "/help")
    assert [line.partition(":")[0] for line in text.split("\n")] == [f"/{one}" for one in COMMANDS]
    offered = list(desk.server.commands.values())
    assert offered == [list(COMMANDS)] * 3  # the chat, and each person's own


async def test_an_unknown_command_is_answered_with_the_right_one(desk: Desk) -> None:
    assert await said(desk, "/stauts") == (
        "there is no command /stauts; did you mean /status?; /help lists them"
    )


async def test_a_vietnamese_desk_speaks_no_english(vietnamese: Desk) -> None:
    desk = vietnamese
    await desk.line.owe("Một tin", "Tin hai")
    await said(desk, "/drop 1")
    told = [await tapped(desk, "Đồng ý")]
    await desk.line.pass_time(HOUR)
    asked = (
        *("/help", "/status", "/queue", "/pause", "/pause tin", "/pause tinn", "/resume tin"),
        *("/explain", "/explain Một tin", "/explain #1", "/explain #2", "/explain khác"),
        *("/retry", "/retry 1", "/retry 2", "/retry nine", "/drop 99", "/drop 2", "/advance 1"),
        *("/retract", "/retract tin", "/retract tin 9", "/retract tin 2", "/post", "/post tin"),
        *("/post tin khác", "/release", "/release vn", "/stauts", "/preview"),
    )
    told += [await said(desk, one) for one in asked]
    assert "" not in told
    assert [line for text in told for line in english_in(text)] == []


async def test_strangers_and_talk_get_no_answer(desk: Desk) -> None:
    assert await said(desk, "/help", by=STRANGER) == ""
    assert await said(desk, "chào mọi người") == ""
    assert await said(desk, "/help@another_bot") == ""
    assert (await said(desk, "/help@tin_bot")).startswith("/status")


async def test_a_private_chat_is_as_good_as_the_desk(desk: Desk) -> None:
    private = desk.server.add_chat(AN["id"], type_="private")
    desk.server.updates.say(private, "/help")
    other = desk.server.add_chat(-100777, type_="supergroup")
    desk.server.updates.say(other, "/help")
    await desk.service.read(0)
    assert len(private.messages) == 1
    assert other.messages == {}


async def test_status_says_first_whether_all_is_well(desk: Desk) -> None:
    text = await said(desk, "/status")
    assert text.startswith(("all well", "not well"))
    assert "tin: active" in text


async def test_pause_and_resume_by_buttons(desk: Desk) -> None:
    assert await said(desk, "/pause") == "pause which?"
    assert await tapped(desk, "channel:tin") == "channel tin is paused"
    await desk.line.owe("Một tin")
    await desk.line.pass_time(HOUR)
    assert await desk.line.states() in (["held"], ["pending"])
    assert await said(desk, "/resume") == "resume which?"
    assert await tapped(desk, "channel:tin") == "channel tin goes on"
    await desk.line.pass_time(HOUR)
    assert await desk.line.states() == ["sent"]
    wrong = await said(desk, "/pause tinn")
    assert wrong == "no feed, channel or account is called tinn; did you mean tin?"


async def test_explain_tells_each_stage(desk: Desk) -> None:
    await post(desk, "Một tin")
    text = await said(desk, "/explain Một tin")
    assert "sent    tin: delivery 1" in text
    assert await said(desk, "/explain khác") == (
        "nothing matches 'khác': no feed has shown such an item so far"
    )
    await said(desk, "/explain")
    assert "sent    tin: delivery 1" in await tapped(desk, "1 sent Một tin")


async def test_drop_asks_first_and_retry_brings_it_back(desk: Desk) -> None:
    await said(desk, "/pause tin")
    await desk.line.owe("Một tin")
    await desk.line.pass_time(HOUR)
    assert "Một tin" in await said(desk, "/queue")
    assert await said(desk, "/drop 1") == "giving up delivery 1 (Một tin)?"
    assert await desk.line.states() in (["held"], ["pending"])
    question = desk.cards()[-1]
    assert await tapped(desk, "Yes") == "delivery 1 is dropped"
    assert desk.labels(desk.chat.messages[question["message_id"]]) == []
    assert await desk.line.states() == ["dropped"]
    await said(desk, "/resume tin")
    assert await said(desk, "/retry 1") == "delivery 1 will be sent"
    await desk.line.pass_time(HOUR)
    assert await desk.line.states() == ["sent"]
    assert await said(desk, "/retry 1") == "delivery 1 was sent already"
    assert await said(desk, "/retry nine") == (
        "'nine' is no delivery: `newsbot deliveries` lists their ids"
    )
    assert await said(desk, "/drop 99") == "there is no delivery 99: /queue lists what waits"


async def test_retract_deletes_what_was_chosen_and_agreed_to(desk: Desk) -> None:
    await post(desk, "Tin một", "Tin hai")
    assert await said(desk, "/retract") == "retract where?"
    assert await tapped(desk, "tin") == "delete which?"
    assert await tapped(desk, "Tin một") == "deleting 'Tin một' in tin?"
    assert len(desk.server.posts(CHANNEL)) == 2
    assert (await tapped(desk, "Yes")).startswith("deleted: Tin một")
    assert [one["text"].split("\n")[0] for one in desk.server.posts(CHANNEL)] == ["Tin hai"]
    assert await desk.line.states() == ["retracted", "sent"]


async def test_a_question_is_agreed_to_within_ten_minutes(desk: Desk) -> None:
    await post(desk, "Tin một")
    await said(desk, "/retract tin 1")
    desk.line.now += timedelta(minutes=12)
    await tapped(desk, "Yes")
    assert desk.told()[-1].startswith("This button is old")
    assert await desk.line.states() == ["sent"]


async def test_the_same_agreement_twice_is_one(desk: Desk) -> None:
    await post(desk, "Tin một", "Tin hai")
    await said(desk, "/retract tin 1")
    desk.tap("Yes")
    desk.tap("Yes")
    await desk.service.read(0)
    assert await desk.line.states() == ["retracted", "sent"]


async def test_post_sends_a_known_item_now(desk: Desk) -> None:
    await said(desk, "/pause vn")
    await desk.line.owe("Một tin")
    await said(desk, "/drop 1")
    await tapped(desk, "Yes")
    assert (await said(desk, "/post tin Một tin")).startswith("sent to tin: https://t.me/")
    assert await said(desk, "/post tin") == (
        "give a channel and an item: /post CHANNEL words of the title"
    )
    assert await said(desk, "/post tim x") == "no channel is called tim; did you mean tin?"


async def test_release_gives_up_or_sends_what_a_storm_holds(desk: Desk) -> None:
    assert await said(desk, "/release") == "no feed is held back"
    assert await said(desk, "/release vm drop") == ("what feed vm brought too much of at once:")
    assert await tapped(desk, "Send") == "no feed is called vm"


async def test_an_answer_fits_one_message(desk: Desk) -> None:
    await post(desk, *(f"Tin {'rất ' * 60}dài số {number}" for number in range(30)))
    text = await said(desk, "/explain rất")
    assert 0 < len(text) <= 4096


async def test_markup_in_a_title_is_shown_as_text(desk: Desk) -> None:
    await post(desk, "Tin <b>đậm</b> & <script>")
    assert "Tin <b>đậm</b> & <script>" in await said(desk, "/explain đậm")
