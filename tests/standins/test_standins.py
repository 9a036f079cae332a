"""The stand-ins themselves: as strict as the platforms, and as bad as they are told to be."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import Any

import aiohttp
import pytest
import telegram
from telegram.error import BadRequest

from bot.models.basics import Platform
from bot.publish.telegram.account import TelegramAccount
from tests.contract.publisher_kit import a_channel, a_post
from tests.standins.faults import Faults, drop, stall
from tests.standins.serving import Standin, in_thread
from tests.standins.telegram import CHANNEL, CHANNEL_ID, TOKEN, TelegramServer
from tests.standins.telegram_html import CannotParseError, parse_html
from tests.standins.x import XServer


@pytest.mark.parametrize(
    ("source", "text", "kinds"),
    [
        ("plain &amp; simple", "plain & simple", []),
        ("  <b> a </b>  ", "a", [("bold", 0, 1)]),
        ("😀<i>x</i>", "😀x", [("italic", 2, 1)]),
        ("<b><i>x</i></b>", "x", [("bold", 0, 1), ("italic", 0, 1)]),
        ("<a href='https://a.vn/?a&amp;b'>x</a>", "x", [("text_link", 0, 1)]),
        ("<b></b>a > b", "a > b", []),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("&nbsp;&lt;&#65;&#x42;", "&nbsp;<AB", []),
    ],
)
def test_html_is_read_as_telegram_does(source: str, text: str, kinds: list[Any]) -> None:
    parsed, entities = parse_html(source)
    assert parsed == text
    assert sorted((e["type"], e["offset"], e["length"]) for e in entities) == kinds


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("ấ <x>", 'Unsupported start tag "x" at byte offset 4'),
        ("5 < 6", 'Unsupported start tag "" at byte offset 2'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", "Can't find end tag corresponding to start tag b"),
        ("<b", 'Unclosed start tag "b" at byte offset 0'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_is_refused_as_telegram_does(source: str, error: str) -> None:
    with pytest.raises(CannotParseError) as caught:
        parse_html(source)
    assert str(caught.value) == error


def test_faults_come_when_planned() -> None:
    faults = Faults()
    faults.next(drop(), times=2)
    faults.at(4, stall())
    assert [fault and fault.kind for fault in (faults.take() for _ in range(5))] == [
        "drop",
        "drop",
        None,
        "stall",
        None,
    ]


async def test_a_late_server_still_does_what_it_was_asked() -> None:
    async with TelegramServer() as server:
        server.faults.next(stall(0.01))
        account = TelegramAccount(TOKEN, server.base)
        await account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL)).publish(a_post())
        await account.close()
        assert len(server.posts()) == 1


async def test_messages_can_be_probed_edited_forwarded_and_deleted() -> None:
    async with TelegramServer() as server:
        server.add_chat(-100777)
        account = TelegramAccount(TOKEN, server.base)
        bot = account.bot
        await bot.send_message(CHANNEL, "một")
        copy = await bot.forward_message(-100777, CHANNEL, 1)
        assert copy.text == "một"
        assert isinstance(copy.forward_origin, telegram.MessageOriginChannel)
        assert (copy.forward_origin.chat.id, copy.forward_origin.message_id) == (CHANNEL_ID, 1)
        await bot.edit_message_text("hai", CHANNEL_ID, 1)
        for attempt, words in (
            (bot.edit_message_text("hai", CHANNEL, 1), "not modified"),
            (bot.edit_message_text("hai", CHANNEL, 9), "to edit not found"),
            (bot.edit_message_text("hai", -100777, 1), "can't be edited"),
            (bot.forward_message(-100777, CHANNEL, 9), "to forward not found"),
        ):
            with pytest.raises(BadRequest, match=words):
                await _refused_by_library(attempt)
        assert await bot.delete_message(CHANNEL, 1)
        assert server.posts(CHANNEL) == []
        assert (await bot.get_chat(CHANNEL)).id == CHANNEL_ID
        assert (await bot.get_me()).is_bot
        await account.close()


async def _refused_by_library(attempt: Any) -> None:
    """Show the refusal as python-telegram-bot would without this program's request class."""
    try:
        await attempt
    except telegram.error.TelegramError as error:
        raise BadRequest(getattr(error, "description", "")) from None


async def test_a_bearer_token_cannot_post_on_x() -> None:
    async with XServer() as server, aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer abc"}
        url = f"{server.base}/2/tweets"
        async with session.post(url, json={"text": "x"}, headers=headers) as answer:
            assert answer.status == 403
            assert (await answer.json())["type"].endswith("unsupported-authentication")


@pytest.mark.parametrize("make", [TelegramServer, XServer])
def test_a_stand_in_in_a_thread_is_told_over_http(make: type[Standin]) -> None:
    with in_thread(make()) as server:
        assert _call(f"{server.base}/_admin/posts") == []
        _call(f"{server.base}/_admin/faults", {"kind": "answer", "status": 429, "body": {"a": 1}})
        with pytest.raises(urllib.error.HTTPError) as caught:
            _call(f"{server.base}/bot{TOKEN}/getMe")
        assert caught.value.code == 429
        caught.value.close()
        assert len(_call(f"{server.base}/_admin/requests")) == 1


@pytest.mark.parametrize("name", ["telegram", "x"])
def test_a_stand_in_runs_as_a_process(name: str) -> None:
    command = [sys.executable, "-m", f"tests.standins.{name}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            base = process.stdout.readline().strip()
            assert _call(f"{base}/_admin/posts") == []
        finally:
            process.terminate()


def test_a_chat_can_be_shut_over_http() -> None:
    with in_thread(TelegramServer()) as server:
        refusal = {"status": 403, "description": "Forbidden: bot was kicked from the channel chat"}
        _call(f"{server.base}/_admin/chats", {"id": -100777, "username": "x", "refusal": refusal})
        with pytest.raises(urllib.error.HTTPError) as caught:
            _call(f"{server.base}/bot{TOKEN}/sendMessage?chat_id=@x&text=a")
        assert json.load(caught.value)["description"] == refusal["description"]
        caught.value.close()


def _call(url: str, order: dict[str, Any] | None = None) -> Any:
    data = None if order is None else json.dumps(order).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data), timeout=10) as answered:  # noqa: S310  # a stand-in's address
        return json.load(answered)
