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
from bot.publish.telegram.rich import PHOTOS_FORBIDDEN, about_rich, edit_rich, send_rich

if TYPE_CHECKING:
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
        """Send a rich message, a photo with a caption where the post has an image, or a message.

        The photo is the post's `picture` where there is one, else its `image`, which Telegram
        fetches itself.
        """
        photo = None if is_rich(post.text) else photo_of(post)
        try:
            async with self._account.sending(self._channel):
                message_id, number = await self._send(post, photo)
        except (Rejected, Unauthorized) as error:
            if is_rich(post.text):
                raise about_rich(error) from None
            raise (error if photo is None else about_photo(error, post)) from None
        url = post_url(post.chat or self._channel.chat, message_id)
        return Receipt(remote_id=str(message_id), url=url, chat=number)

    async def edit(self, remote_id: str, post: Post) -> None:
        """Edit the rich message, the caption of a photo, which stays, or the text."""
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
            raise Rejected("no_chat", "the channel names no chat")
        try:
            async with self._account.sending(self._channel):
                await self._account.bot.delete_message(where, int(remote_id))
        except ChatMoved as moved:
            text = (
                f"the group {where} became {moved.chat}, where its posts have other ids: delete "
                "the post there by hand"
            )
            raise Rejected(ReasonCode.CHAT_MOVED, text) from None
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

    async def close(self) -> None:
        """Leave the connections to the account, which other channels share."""

    async def _send(self, post: Post, photo: str | bytes | None) -> tuple[int, int]:
        """Return the message's id, and its chat's."""
        bot, channel = self._account.bot, self._channel
        chat = post.chat or channel.chat
        if chat is None:
            raise Unauthorized("no_chat", "the channel names no chat", scope="channel")
        alike: dict[str, Any] = {
            "parse_mode": ParseMode.HTML,
            "message_thread_id": channel.thread,
            "disable_notification": post.silent,
            "protect_content": channel.protect_content,
            "reply_markup": keyboard(post.buttons),
        }
        if is_rich(post.text):
            return await send_rich(bot, chat, post, alike)
        if photo is not None:
            name = post.picture.file_name if post.picture else None
            sent = await bot.send_photo(chat, photo, filename=name, caption=post.text, **alike)
        else:
            preview = link_preview(channel.preview, post.link)
            sent = await bot.send_message(chat, post.text, link_preview_options=preview, **alike)
        return sent.message_id, sent.chat.id

    async def _edit(self, message_id: int, post: Post) -> None:
        bot, markup = self._account.bot, keyboard(post.buttons)
        chat = post.chat or self._channel.chat
        if is_rich(post.text):
            await edit_rich(bot, chat, message_id, post, markup)
        elif post.image is not None:
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


def photo_of(post: Post) -> str | bytes | None:
    """Return the photo to send: bytes to upload, an address, or None.

    Raises Rejected for an address that is none.
    """
    if post.picture is not None:
        return post.picture.data
    # The library would open and upload a file of this machine for a string that is a path.
    if post.image is not None and not post.image.lower().startswith(("http://", "https://")):
        text = "the picture's address is not http or https"
        raise Rejected("bad_image", text, part="image")
    return post.image


def about_photo(error: Rejected | Unauthorized, post: Post) -> Rejected | Unauthorized:
    """Return `error` with the next step for a refused photo: by its address, as bytes, without.

    A picture never stops the text. Where only photos are forbidden in the chat, or the answer
    names no fault that is known here, the post is tried once more without it.
    """
    if isinstance(error, Unauthorized):
        is_of_photos = any(words in str(error).lower() for words in PHOTOS_FORBIDDEN)
        return Rejected("no_photos", str(error), part="image") if is_of_photos else error
    if error.suspect is not None:
        return Rejected(error.code, str(error), part="image", suspect=error.suspect)
    if post.picture is not None and error.code == ReasonCode.TOO_LARGE:
        return Rejected(error.code, str(error), part="image")
    is_address = error.part == "image" and post.image is not None and post.picture is None
    if is_address and "caption" not in str(error):
        return Rejected(error.code, str(error), part="image_address")
    return error
