"""The right that a bot lacks in a chat, as `check --online` and `chats` name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import Unauthorized
from bot.models.basics import Platform
from bot.models.profiles import Profile
from bot.publish.telegram.account import TelegramAccount
from bot.publish.telegram.chats import about_chat
from tests.contract.publisher_kit import a_channel
from tests.standins.telegram import TOKEN, TelegramServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

GROUP = -1001000000777
PHOTOS, MESSAGES = frozenset({"can_send_photos"}), frozenset({"can_send_messages"})


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def account(server: TelegramServer) -> AsyncIterator[TelegramAccount]:
    account = TelegramAccount(TOKEN, server.base, gap=0)
    yield account
    await account.close()


@pytest.mark.parametrize(
    ("chat", "words", "stops"),
    [
        ({"bot_status": "member"}, None, False),
        ({"bot_status": "member", "type": "private"}, None, False),
        ({"forbidden": PHOTOS}, None, False),
        ({"bot_status": "left"}, "add the bot", True),
        ({"bot_status": "member", "forbidden": PHOTOS}, "Send photos", False),
        ({"bot_status": "restricted", "bot_forbidden": PHOTOS}, "Send photos", False),
        ({"bot_status": "restricted", "forbidden": PHOTOS}, "Send photos", False),
        ({"bot_status": "member", "forbidden": PHOTOS | MESSAGES}, "send messages", True),
        ({"bot_status": "restricted", "bot_forbidden": MESSAGES}, "send messages", True),
    ],
)
async def test_the_missing_right_in_a_group_is_named(
    server, account, chat: dict[str, Any], words: str | None, stops: bool
) -> None:
    group = server.add_chat(GROUP, None, "supergroup")
    for name, value in chat.items():
        setattr(group, name, value)
    found = await about_chat(account, a_channel(Platform.TELEGRAM, chat=GROUP))
    lack = found.lack
    assert found.number == GROUP
    assert (lack is None) == (words is None)
    if lack is not None and words is not None:
        assert words in lack.text
        assert lack.stops_text == stops


async def test_photos_are_not_missed_where_none_are_sent(server, account) -> None:
    group = server.add_chat(GROUP, None, "supergroup")
    group.bot_status, group.forbidden = "member", PHOTOS
    channel = a_channel(Platform.TELEGRAM, chat=GROUP, image="never")
    found = await about_chat(account, channel)
    assert (found.number, found.lack) == (GROUP, None)
    assert found.profile == Profile(name=f"Chat {GROUP}")


@pytest.mark.parametrize("written", [1000000777, -1000000777])
async def test_a_number_without_its_beginning_is_told_with_the_right_one(
    server, account, written: int
) -> None:
    server.add_chat(GROUP, None, "supergroup")
    channel = a_channel(Platform.TELEGRAM, chat=written)
    with pytest.raises(Unauthorized) as caught:
        await about_chat(account, channel)
    assert str(caught.value) == (
        f"chat {written} is not found, but {GROUP} is: Chat {GROUP}; write chat = {GROUP}"
    )


async def test_a_number_that_nobody_has_is_not_made_up(server, account) -> None:
    with pytest.raises(
        Unauthorized, match="if it is a channel or supergroup, write -1000000000042"
    ):
        await about_chat(account, a_channel(Platform.TELEGRAM, chat=42))
