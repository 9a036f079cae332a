"""Looks around for `newsbot init`: at feeds, at a bot, and at its chats; sends nothing."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.app.credentials import start_logging
from bot.app.discovering import discovered
from bot.app.enabled import chat_of
from bot.errors import PublishError
from bot.models.basics import AccountId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.config import Config
    from bot.operate.feeds.discovery import Found
    from bot.operate.setup.chats import ChatRow
    from bot.publish.telegram.account import TelegramAccount

_Result = TypeVar("_Result")
_TG = AccountId("tg")


class RealWorld:
    """What `init` asks of the internet before there is a file; `config` has an account "tg"."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def feeds(self, text: str) -> Found:
        """Look for the feeds of an address."""
        return asyncio.run(discovered(self._config, text, Path.cwd()))

    def bot(self, token: str) -> str:
        """Return the @name of the bot. Raises PublishError."""
        from bot.publish.telegram.chats import bot_name

        return self._asked(token, lambda one: bot_name(one, chat_of("bot", _TG, 0)))

    def chats(self, token: str) -> Sequence[ChatRow]:
        """Return the chats that the bot sees. Raises PublishError."""
        from bot.operate.setup.chats import chats_of_account

        as_channel = partial(chat_of, "(seen)", _TG)
        found = self._asked(token, lambda one: chats_of_account(one, (), as_channel))
        if not found.is_well:
            raise PublishError("chats", "; ".join(found.notes))
        return found.rows

    def lack(self, token: str, chat: str | int) -> str | None:
        """Return the right that the bot lacks in a chat. Raises PublishError."""
        from bot.publish.telegram.chats import chat_and_lack

        channel = chat_of("", _TG, chat)
        _, lack = self._asked(token, lambda one: chat_and_lack(one, channel))
        return lack.text if lack is not None and lack.stops_text else None

    def _asked(self, token: str, ask: Callable[[TelegramAccount], Awaitable[_Result]]) -> _Result:
        from bot.app.adapters import account_clients
        from bot.publish.telegram.account import TelegramAccount

        start_logging(self._config, "error", {_TG: {"token": token}})

        async def work() -> _Result:
            account = account_clients(self._config, {_TG: {"token": token}})[_TG]
            assert isinstance(account, TelegramAccount)  # noqa: S101 - the file says so
            try:
                return await ask(account)
            finally:
                await account.close()

        return asyncio.run(work())
