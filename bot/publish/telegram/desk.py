"""The desk's chat on Telegram."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from telegram import LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode, PollingLimit

from bot.errors import ChatMoved, Rejected, Unauthorized
from bot.log import get_logger
from bot.models.posts import MESSAGE_GAP
from bot.publish.gate import Gate
from bot.publish.telegram.posts import TelegramPosts, keyboard
from bot.publish.telegram.updates import WANTED, read_update

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.models.desk import Place, Update
    from bot.models.posts import Button, Post
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

    Rows = tuple[tuple[Button, ...], ...]

_log = get_logger(__name__)
# Descriptions of the Bot API (tdlib/telegram-bot-api, Client.cpp): nothing is left to be done.
_SETTLED = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "query is too old",
    "query_id_invalid",
)
_LONGEST_ALERT = 200
"""Characters (Bot API, answerCallbackQuery)."""


class TelegramDesk:
    """Implements `ports.DeskChat` for the chat of `channel`."""

    def __init__(
        self, channel: Channel, account: TelegramAccount, *, gate: Gate | None = None
    ) -> None:
        self._channel = channel
        self._account = account
        self._name: str | None = None
        self._number: int | None = None
        self._gate = gate or Gate(MESSAGE_GAP.total_seconds())

    async def updates(self, first: int, wait: float) -> list[Update]:
        # In lower case, which the server takes as well, the library leaves the answer as it is.
        arguments = {
            "offset": first,
            "limit": PollingLimit.MAX_LIMIT,
            "timeout": int(wait),
            "allowed_updates": json.dumps(WANTED),
        }
        async with self._account.sending(self._channel):
            found: Any = await self._account.bot.do_api_request("getupdates", api_kwargs=arguments)
            read = map(read_update, found)
            return sorted((one for one in read if one is not None), key=lambda one: one.id)

    async def show(self, post: Post, preview: Any) -> tuple[str, int]:
        try:
            return await self._show(post, preview)
        except ChatMoved as moved:
            self._follow(moved)
            return await self._show(replace(post, chat=moved.chat), preview)

    async def _show(self, post: Post, preview: Any) -> tuple[str, int]:
        posts = TelegramPosts(replace(self._channel, preview=preview), self._account)
        async with self._gate.turn():
            receipt = await posts.publish(replace(post, chat=self._channel.chat))
        return str(receipt.chat or self._channel.chat), int(receipt.remote_id)

    def _follow(self, moved: ChatMoved) -> None:
        self._channel = replace(self._channel, chat=moved.chat)
        _log.warning(f"the chat of the desk has a new id: set desk.chat = {moved.chat}")

    async def set_buttons(self, chat: str, message: int, rows: Rows) -> None:
        async with self._settling():
            await self._account.bot.edit_message_reply_markup(
                chat, message, reply_markup=keyboard(rows)
            )

    async def say(
        self, place: int, text: str, rows: Rows = (), *, answers: int | None = None
    ) -> None:
        async with self._account.sending(self._channel):
            await self._account.bot.send_message(
                place,
                text,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard(rows),
                reply_to_message_id=answers,
                allow_sending_without_reply=True,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )

    async def answer(self, tap: str, text: str, *, is_long: bool = False) -> None:
        async with self._settling():
            await self._account.bot.answer_callback_query(
                tap, text=text[:_LONGEST_ALERT], show_alert=is_long
            )

    async def offer(self, commands: Mapping[str, str], users: Sequence[int]) -> None:
        await self._look_for_move()
        told = [{"command": name, "description": what} for name, what in commands.items()]
        for chat in (self._channel.chat, *users):
            scope = json.dumps({"type": "chat", "chat_id": chat})
            arguments = {"commands": json.dumps(told), "scope": scope}
            try:
                async with self._account.sending(self._channel):
                    await self._account.bot.do_api_request("setmycommands", api_kwargs=arguments)
            except (Rejected, Unauthorized) as error:
                # Somebody who never wrote to the bot has no chat with it, and needs no menu there.
                if isinstance(error, Unauthorized) and error.scope == "account":
                    raise
                _log.debug("no commands are offered there", chat=chat, reason=str(error))

    async def _look_for_move(self) -> None:
        """Follow a group that became a supergroup, which only what writes is told.

        Nothing of it is seen but "typing", for five seconds (Bot API, sendChatAction).
        """
        chat = self._channel.chat
        if chat is None:
            return
        try:
            async with self._account.sending(self._channel):
                await self._account.bot.send_chat_action(chat, ChatAction.TYPING)
        except ChatMoved as moved:
            self._follow(moved)
        except (Rejected, Unauthorized) as error:
            _log.debug("the desk cannot be written to", reason=str(error))

    async def number(self) -> str:
        chat = self._channel.chat
        if not isinstance(chat, str):
            return str(chat)
        if self._number is None:
            async with self._account.sending(self._channel):
                self._number = (await self._account.bot.get_chat(chat)).id
        return str(self._number)

    async def name(self) -> str:
        if self._name is None:
            async with self._account.sending(self._channel):
                self._name = (await self._account.bot.get_me()).username or ""
        return self._name

    def is_here(self, place: Place) -> bool:
        chat = self._channel.chat
        if isinstance(chat, str):
            return f"@{place.username or ''}".lower() == chat.lower()
        return place.id == chat

    @asynccontextmanager
    async def _settling(self) -> AsyncIterator[None]:
        """Ask for something that may be done already, or cannot be done any more.

        Another refusal will not end by itself: it must not keep other messages from being changed.
        """
        try:
            async with self._account.sending(self._channel):
                yield
        except Rejected as rejected:
            said = str(rejected).lower()
            if not any(words in said for words in _SETTLED):
                _log.warning("Telegram refuses something at the desk", reason=str(rejected))
