"""Posts on Telegram: sent, edited after a correction, deleted by the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram import LinkPreviewOptions as Preview
from telegram.constants import ParseMode

from bot.errors import ChatMoved, Rejected, Unauthorized
from bot.format.rich import is_rich
from bot.models.posts import Receipt
from bot.models.reasons import ReasonCode
from bot.publish.telegram.media import about_media, check_addresses, send_media
from bot.publish.telegram.rich import about_rich, edit_rich, send_rich
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.posts import Button, Post
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

# Descriptions of the Bot API (tdlib/telegram-bot-api, Client.cpp).
_SAME = "message is not modified"
_GONE = "message to delete not found"
_FORBIDDEN = ("message can't be deleted", "message_delete_forbidden")


class TelegramPosts:
    """The posts in one chat. Implements `ports.Publisher`, `ports.Editor` and `ports.Deleter`."""

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    async def publish(self, post: Post) -> Receipt:
        """Send a rich message, pictures, a film or a recording with a caption, or else a text.

        Pictures are uploaded where the post holds their bytes; else Telegram fetches them itself.
        """
        if not is_rich(post.text):
            check_addresses(post)
        try:
            async with self._account.sending(self._channel, messages=post.messages):
                number, (message_id, *further) = await self._send(post)
        except (Rejected, Unauthorized) as error:
            if is_rich(post.text):
                raise about_rich(error) from None
            raise (about_media(error, post) if post.is_caption else error) from None
        return Receipt(
            remote_id=str(message_id),
            url=post_url(post.chat or self._channel.chat, message_id),
            chat=number,
            further_ids=tuple(map(str, further)),
        )

    async def edit(self, remote_id: str, post: Post) -> None:
        """Edit the rich message, the caption where the post has one, or the text.

        Its pictures stay.
        """
        try:
            async with self._account.sending(self._channel):
                await self._edit(int(remote_id), post)
        except Rejected as rejected:
            if _SAME not in str(rejected).lower():
                raise

    async def delete(self, remote_id: str, chat: str | None) -> None:
        """Delete the message; one that a person deleted before is a success.

        A bot may delete messages older than 48 hours only with the right to delete messages (Bot
        API, deleteMessage).
        """
        where = chat or self._channel.chat
        if where is None:
            raise Rejected("no_chat", marked("the channel names no chat"))
        try:
            async with self._account.sending(self._channel):
                await self._account.bot.delete_message(where, int(remote_id))
        except ChatMoved as moved:
            text = told(
                "the group {where} became {chat}, where its posts have other "
                "ids: delete the post there by hand",
                where=where,
                chat=moved.chat,
            )
            raise Rejected(ReasonCode.CHAT_MOVED, text) from None
        except Rejected as rejected:
            said = str(rejected).lower()
            if any(words in said for words in _FORBIDDEN):
                text = told(
                    "{why}: of posts older than 48 hours only with the right to "
                    "delete messages; allow the bot that in {where}, or delete "
                    "the post there by hand",
                    why=rejected,
                    where=where,
                )
                raise Rejected("too_old", text) from None
            if _GONE not in said:
                raise

    async def close(self) -> None:
        """Leave the connections to the account, which other channels share."""

    async def _send(self, post: Post) -> tuple[int, Sequence[int]]:
        """Return the chat's id, and those of the messages, the one with the text first."""
        bot, channel = self._account.bot, self._channel
        chat = post.chat or channel.chat
        if chat is None:
            raise Unauthorized("no_chat", marked("the channel names no chat"), scope="channel")
        alike: dict[str, Any] = {
            "parse_mode": ParseMode.HTML,
            "message_thread_id": channel.thread,
            "disable_notification": post.silent,
            "protect_content": channel.protect_content,
            "reply_markup": keyboard(post.buttons),
        }
        if is_rich(post.text):
            message_id, number = await send_rich(bot, chat, post, alike)
            return number, [message_id]
        if post.is_caption:
            sent = await send_media(bot, chat, post, **alike)
        else:
            preview = link_preview(channel.preview, post.link)
            sent = [await bot.send_message(chat, post.text, link_preview_options=preview, **alike)]
        return sent[0].chat.id, [message.message_id for message in sent]

    async def _edit(self, message_id: int, post: Post) -> None:
        bot, markup = self._account.bot, keyboard(post.buttons)
        chat = post.chat or self._channel.chat
        if is_rich(post.text):
            await edit_rich(bot, chat, message_id, post, markup)
        elif post.is_caption:
            await bot.edit_message_caption(
                chat, message_id, caption=post.text, parse_mode=ParseMode.HTML, reply_markup=markup
            )
        else:
            await bot.edit_message_text(
                post.text,
                chat,
                message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                link_preview_options=link_preview(self._channel.preview, post.link),
            )


def post_url(chat: str | int | None, message_id: int) -> str | None:
    """Return the address of a message, None where its chat has none."""
    name = str(chat)
    if name.startswith("@"):
        return f"https://t.me/{name[1:]}/{message_id}"
    # -100 marks the ids of channels and supergroups: t.me/c/ wants them without it.
    return f"https://t.me/c/{name[4:]}/{message_id}" if name.startswith("-100") else None


def keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    """Return buttons as the library wants them."""
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.copy_text is not None:
        return InlineKeyboardButton(button.text, copy_text=CopyTextButton(button.copy_text))
    if button.data is not None:
        return InlineKeyboardButton(button.text, callback_data=button.data)
    return InlineKeyboardButton(button.text, url=button.url)


def link_preview(size: str, link: str | None) -> Preview:
    """Return how the link is previewed: "large", "small", "above" or "off"."""
    if size == "off" or link is None:
        return Preview(is_disabled=True)
    # The size is ignored unless the address is given (Bot API, LinkPreviewOptions).
    return Preview(
        url=link,
        prefer_small_media=True if size == "small" else None,
        prefer_large_media=True if size in {"large", "above"} else None,
        show_above_text=True if size == "above" else None,
    )
