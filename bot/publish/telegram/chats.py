"""The chats that a Telegram bot sees, and its rights there; sends nothing, confirms no update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import Chat, ChatFullInfo, ChatMember, ChatMemberAdministrator, ChatMemberRestricted
from telegram.constants import ChatType, PollingLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount


_OUTSIDE = {ChatMember.LEFT, ChatMember.BANNED}


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


async def bot_name(account: TelegramAccount, channel: Channel) -> str:
    """Return the bot's @name: the token is good. Raises PublishError, which may name `channel`."""
    async with account.sending(channel):
        return f"@{(await account.bot.get_me()).username}"


async def missing_right(account: TelegramAccount, channel: Channel) -> str | None:
    """Return the right that the bot lacks to post to the channel's chat, None if it lacks none.

    In a channel only administrators with the right to post may (Bot API,
    ChatMemberAdministrator); in a group any member may that is not restricted. Raises PublishError.
    """
    if channel.chat is None:
        return "it names no chat"
    async with account.sending(channel):
        chat = await account.bot.get_chat(channel.chat)
        # The number before the colon is the bot's own id.
        own_id = int(account.bot.token.partition(":")[0])
        member = await account.bot.get_chat_member(channel.chat, own_id)
    return _lack(chat.type, member)


def _lack(chat_type: str, member: ChatMember) -> str | None:
    if member.status in _OUTSIDE:
        return "the bot is not in it; add the bot"
    if member.status == ChatMember.OWNER:
        return None
    if chat_type == ChatType.CHANNEL:
        if not isinstance(member, ChatMemberAdministrator):
            return "the bot is no administrator; make it one that may post messages"
        return None if member.can_post_messages else 'the bot lacks the right "Post messages"'
    if isinstance(member, ChatMemberRestricted) and not member.can_send_messages:
        return "the bot may not send messages; allow it"
    return None


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
