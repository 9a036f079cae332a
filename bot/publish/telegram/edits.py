"""Changes of posts on Telegram: edited after a correction, deleted by the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ParseMode

from bot.errors import ChatMoved, Rejected
from bot.publish.telegram.account import keyboard, link_preview

if TYPE_CHECKING:
    from bot.models.posts import Post
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

# Descriptions of the Bot API (tdlib/telegram-bot-api, Client.cpp).
_SAME = "message is not modified"
_GONE = "message to delete not found"
_FORBIDDEN = ("message can't be deleted", "message_delete_forbidden")


class TelegramEditor:
    """Edits posts of one channel. Implements `ports.Editor`."""

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    async def edit(self, remote_id: str, post: Post) -> None:
        """Edit the caption where the post has a photo, else the text; the photo stays."""
        try:
            async with self._account.sending(self._channel):
                await self._edit(int(remote_id), post)
        except Rejected as rejected:
            if _SAME not in str(rejected).lower():
                raise

    async def _edit(self, message_id: int, post: Post) -> None:
        bot, markup = self._account.bot, keyboard(post.buttons)
        chat = post.chat or self._channel.chat
        if post.image is not None:
            await bot.edit_message_caption(
                chat, message_id, caption=post.text, parse_mode=ParseMode.HTML, reply_markup=markup
            )
            return
        await bot.edit_message_text(
            post.text,
            chat,
            message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=markup,
            link_preview_options=link_preview(self._channel.preview, post.link),
        )


class TelegramDeleter:
    """Deletes posts of one channel. Implements `ports.Deleter`."""

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    async def delete(self, remote_id: str, chat: str | None) -> None:
        """Delete the message; one that a person deleted before is a success.

        A bot may delete messages older than 48 hours only with the right to delete messages (Bot
        API, deleteMessage).
        """
        where = chat or self._channel.chat
        if where is None:
            raise Rejected("no_chat", "the channel names no chat")
        try:
            async with self._account.sending(self._channel):
                await self._account.bot.delete_message(where, int(remote_id))
        except ChatMoved as moved:
            text = (
                f"the group {where} became {moved.chat}, where its posts have other ids: delete "
                "the post there by hand"
            )
            raise Rejected("chat_moved", text) from None
        except Rejected as rejected:
            said = str(rejected).lower()
            if any(words in said for words in _FORBIDDEN):
                text = (
                    f"{rejected}: of posts older than 48 hours only with the right to delete "
                    f"messages; allow the bot that in {where}, or delete the post there by hand"
                )
                raise Rejected("too_old", text) from None
            if _GONE not in said:
                raise
