"""`check --online`: one line for each question, and for chats that two channels share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, Platform
from bot.models.profiles import AboutAccount, AboutChat
from bot.operate.setup.check import check_chats
from bot.operate.setup.online import AccountProbe, check_account
from tests.contract.publisher_kit import a_channel

if TYPE_CHECKING:
    from bot.models.settings import Channel

NUMBER = -1001234567890
SHARED = (
    f"{NUMBER} is the chat of channel one as well, @tin ({NUMBER}): a story that is routed to both is "
    "posted there twice"
)


async def name() -> AboutAccount:
    return AboutAccount(text="@tin_bot")


async def chat(channel: Channel) -> AboutChat:
    return AboutChat(number=NUMBER if channel.chat in ("@tin", "@TIN", NUMBER) else -5)


def a(name: str, chat: str | int, **fields: object) -> Channel:
    return replace(a_channel(Platform.TELEGRAM, chat=chat), id=ChannelId(name), **fields)  # type: ignore[arg-type]


async def warnings(*channels: Channel) -> list[str]:
    told = await check_account("tg", AccountProbe(account=name, chat=chat), channels)
    found = told.findings
    assert [one.state for one in found if one.state != "warning"] == ["ok"] * (len(channels) + 1)
    return [f"{one.subject}: {one.text}" for one in found if one.state == "warning"]


async def test_one_chat_by_name_and_by_number_is_told() -> None:
    (told,) = await warnings(a("one", "@tin"), a("two", NUMBER), a("three", -5))
    assert told == f"two: {SHARED}"


def test_check_tells_it_once_a_post_told_the_number() -> None:
    channels = [a("one", "@Tin"), a("two", NUMBER)]
    assert check_chats(channels, {}) == []
    shared = SHARED.replace("@tin", "@Tin")
    assert check_chats(channels, {"@tin": NUMBER}) == [f"channel two: {shared}"]


async def test_what_the_file_tells_or_is_meant_is_no_warning() -> None:
    assert await warnings(a("one", "@tin"), a("two", "@TIN")) == []
    assert await warnings(a("one", "@tin", topic=2), a("two", NUMBER, topic=3)) == []
    assert await warnings(a("one", "@tin"), a("[alerts]", NUMBER)) == []
