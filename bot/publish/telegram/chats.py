"""Which chats a Telegram bot sees; sends nothing, and takes nothing out of Telegram's queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import Chat, ChatFullInfo
from telegram.constants import PollingLimit

from bot.publish.telegram.rights import missing_right

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChat:
    """A chat as Telegram describes it; `title` is a person's name in a private one."""

    id: int
    type: str
    title: str
    username: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """The chats that waiting updates tell of; `is_cut` where more updates may wait."""

    chats: tuple[SeenChat, ...]
    is_cut: bool


async def seen_chats(account: TelegramAccount, channel: Channel) -> Updates:
    """Return the chats of the updates that wait for the bot.

    Telegram keeps them for 24 hours, and gives the oldest ones again until somebody confirms them
    (Bot API, getUpdates): without an offset nobody does. Raises PublishError, which may name
    `channel`.
    """
    async with account.sending(channel):
        # In lower case, which the server takes as well, the library leaves the answer as it is:
        # its own get_updates fails as a whole for one update that it cannot read.
        arguments = {"limit": PollingLimit.MAX_LIMIT, "timeout": 0}
        updates: Any = await account.bot.do_api_request("getupdates", api_kwargs=arguments)
        found = {chat["id"]: chat for update in updates for chat in _chats_of(update)}
        chats = tuple(_seen(Chat.de_json(chat, account.bot)) for chat in found.values())
    return Updates(chats=chats, is_cut=len(updates) >= PollingLimit.MAX_LIMIT)


async def chat_and_lack(account: TelegramAccount, channel: Channel) -> tuple[SeenChat, str | None]:
    """Return the channel's chat, and the right that the bot lacks there. Raises PublishError."""
    async with account.sending(channel):
        chat = await account.bot.get_chat(channel.chat or "")
    if chat.type == Chat.PRIVATE:
        return _seen(chat), None
    return _seen(chat), await missing_right(account, channel)


def _chats_of(update: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield where something happened, and where a message came from (Bot API, Update)."""
    events = [event for event in update.values() if isinstance(event, dict)]
    events += [
        event[key] for event in events for key in ("message", "forward_origin") if key in event
    ]
    for event in events:
        yield from (event[key] for key in ("chat", "sender_chat") if key in event)


def _seen(chat: Chat | ChatFullInfo) -> SeenChat:
    title = chat.effective_name or ""
    return SeenChat(id=chat.id, type=chat.type, title=title, username=chat.username)
