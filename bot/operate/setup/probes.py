"""What `check --online` asks of Telegram and X."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.publish.telegram.rights import bot_name, missing_right

if TYPE_CHECKING:
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.x.account import XAccount


class TelegramProbe:
    """Implements `online.AccountProbe`; `channel` is one of the account's, for messages."""

    def __init__(self, account: TelegramAccount, channel: Channel) -> None:
        self._account = account
        self._channel = channel

    async def account(self) -> str:
        return await bot_name(self._account, self._channel)

    async def lack(self, channel: Channel) -> str | None:
        return await missing_right(self._account, channel)


class XProbe:
    """Implements `online.AccountProbe`: who may post as the account may post to its channel."""

    def __init__(self, account: XAccount) -> None:
        self._account = account

    async def account(self) -> str:
        return await self._account.who_am_i()

    async def lack(self, _: Channel) -> None:
        return None
