"""The chats that a Telegram bot sees, and its rights there; sends nothing, confirms no update."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from telegram import (
    Chat,
    ChatFullInfo,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatPermissions,
)
from telegram.constants import ChatType, PollingLimit

from bot.errors import PublishError, Unauthorized
from bot.models.profiles import AboutAccount, AboutChat, Profile
from bot.models.views import Lack
from bot.publish.telegram.steps import full_number
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount


_NOT_FOUND = "chat not found"
_OUTSIDE = {ChatMember.LEFT, ChatMember.BANNED}
_NO_PHOTOS = marked(
    'the bot lacks the right "Send photos", so posts go out without their '
    'pictures; allow it, make the bot an administrator, or write image = "never"'
)


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


async def chat_and_lack(account: TelegramAccount, channel: Channel) -> tuple[SeenChat, Lack | None]:
    """Return the channel's chat, and the right that the bot lacks there. Raises PublishError."""
    chat = await _chat_of(account, channel)
    if chat.type == Chat.PRIVATE:
        return _seen(chat), None
    return _seen(chat), await _missing_right(account, channel, chat)


async def about_chat(account: TelegramAccount, channel: Channel) -> AboutChat:
    """Return the channel's chat, and the right that the bot lacks there. Raises PublishError."""
    if channel.chat is None:
        return AboutChat(lack=Lack(text=marked("it names no chat")))
    chat, lack = await chat_and_lack(account, channel)
    handle = f"@{chat.username}" if chat.username else None
    return AboutChat(number=chat.id, lack=lack, profile=Profile(name=chat.title, handle=handle))


async def _chat_of(account: TelegramAccount, channel: Channel) -> ChatFullInfo:
    """Read the chat. Raises PublishError, with the right number where that of `channel` is cut."""
    try:
        async with account.sending(channel):
            return await account.bot.get_chat(channel.chat or "")
    except Unauthorized as error:
        number = full_number(channel.chat)
        if number is None or _NOT_FOUND not in str(error).lower():
            raise
        found = await _chat_called(account, replace(channel, chat=number))
        if found is None:
            raise
        text = told(
            "chat {chat} is not found, but {number} is: {name}",
            chat=channel.chat,
            number=number,
            name=found.effective_name,
        )
        raise Unauthorized(
            error.code,
            told("{why}; write chat = {number}", why=text, number=number),
            scope="channel",
        ) from None


async def _chat_called(account: TelegramAccount, channel: Channel) -> ChatFullInfo | None:
    try:
        async with account.sending(channel):
            return await account.bot.get_chat(channel.chat or "")
    except PublishError:
        return None


async def bot_name(account: TelegramAccount, channel: Channel) -> str:
    """Return the bot's @name: the token is good. Raises PublishError, which may name `channel`."""
    async with account.sending(channel):
        return f"@{(await account.bot.get_me()).username}"


async def about_bot(account: TelegramAccount, channel: Channel) -> AboutAccount:
    """Return the bot's @name, as `bot_name` does; its posts appear under the chat's name."""
    return AboutAccount(text=await bot_name(account, channel))


async def is_administrator(account: TelegramAccount, channel: Channel) -> bool:
    """Tell whether the bot is one in the channel's chat: Telegram tells no other of reactions.

    Raises PublishError. See the Bot API, MessageReactionCountUpdated.
    """
    member = await _own_member(account, channel, channel.chat or "")
    return member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}


async def _own_member(account: TelegramAccount, channel: Channel, chat: str | int) -> ChatMember:
    async with account.sending(channel):
        # The number before the colon is the bot's own id.
        own_id = int(account.bot.token.partition(":")[0])
        return await account.bot.get_chat_member(chat, own_id)


async def _missing_right(
    account: TelegramAccount, channel: Channel, chat: ChatFullInfo
) -> Lack | None:
    """Return the right that the bot lacks to post to the channel's chat, None if it lacks none.

    In a channel only administrators with the right to post may (Bot API,
    ChatMemberAdministrator); in a group any member may that neither the group nor a restriction
    of its own forbids it, and photos may be forbidden alone (ChatPermissions). Raises
    PublishError.
    """
    lack = _lack(chat, await _own_member(account, channel, chat.id))
    if lack is not None and not lack.stops_text and channel.image == "never":
        return None
    return lack


def _lack(chat: ChatFullInfo, member: ChatMember) -> Lack | None:
    if member.status in _OUTSIDE:
        return Lack(text=marked("the bot is not in it; add the bot"))
    if member.status == ChatMember.OWNER:
        return None
    if chat.type == ChatType.CHANNEL:
        return _lack_in_channel(member)
    # Permissions of a group are not for its administrators (Bot API, ChatFullInfo.permissions).
    if isinstance(member, ChatMemberAdministrator):
        return None
    restricted = member if isinstance(member, ChatMemberRestricted) else None
    return _lack_in_group([one for one in (chat.permissions, restricted) if one is not None])


def _lack_in_channel(member: ChatMember) -> Lack | None:
    if not isinstance(member, ChatMemberAdministrator):
        return Lack(text=marked("the bot is no administrator; make it one that may post messages"))
    return (
        None
        if member.can_post_messages
        else Lack(text=marked('the bot lacks the right "Post messages"'))
    )


def _lack_in_group(rights: Sequence[ChatPermissions | ChatMemberRestricted]) -> Lack | None:
    """Return the first of the rights that one of them denies; one that is not named is given."""
    if any(one.can_send_messages is False for one in rights):
        return Lack(text=marked("the bot may not send messages; allow it"))
    if any(one.can_send_photos is False for one in rights):
        return Lack(text=_NO_PHOTOS, stops_text=False)
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
