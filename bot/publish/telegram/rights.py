"""A bot and its rights in a chat, as Telegram tells them; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import ChatMember, ChatMemberAdministrator, ChatMemberRestricted
from telegram.constants import ChatType

if TYPE_CHECKING:
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

_OUTSIDE = {ChatMember.LEFT, ChatMember.BANNED}


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
