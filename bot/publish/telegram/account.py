"""Publishes to Telegram through python-telegram-bot.

The meaning of each answer: `answers.py`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram import LinkPreviewOptions as Preview
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.errors import OutcomeUnknown, Rejected, Unauthorized
from bot.models.posts import Receipt
from bot.publish.answers import UNREADABLE, quote_answer, unreadable
from bot.publish.gate import Gate
from bot.publish.pace import TELEGRAM_BOT_GAP, TELEGRAM_CHAT_GAP
from bot.publish.telegram.answers import fault, refusal
from bot.publish.telegram.photos import about_photo, photo_of
from bot.publish.telegram.request import Refused, StrictRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from telegram import Message

    from bot.models.posts import Button, Post
    from bot.models.settings import Channel

_LATE = 0.005  # seconds; every timer rings late, and that must not add up to a slower bot


class TelegramAccount:
    """One bot: its connections, shared by its channels. Sends nothing until the first post.

    Time-outs are in seconds; `read` is long because Telegram fetches pictures while we wait, and
    `total` ends before the lease of the attempt does. Two requests begin `gap` apart. `scratch`
    makes the gate of a scratch chat, which all that look through it share.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        connect: float = 10,
        read: float = 30,
        total: float = 50,
        gap: float = TELEGRAM_BOT_GAP.total_seconds(),
        scratch: Callable[[], Gate] = lambda: Gate(TELEGRAM_CHAT_GAP.total_seconds()),
    ) -> None:
        self._token = token
        self._total = total
        self._gap = gap
        self._gate = asyncio.Lock()
        self._scratch_gates: defaultdict[str, Gate] = defaultdict(scratch)
        self._free_at = 0.0
        self._request = StrictRequest(
            connection_pool_size=32,
            connect_timeout=connect,
            read_timeout=read,
            write_timeout=read,
            media_write_timeout=read,
            pool_timeout=connect,
        )
        # Without initialize(): that would call getMe, and its error text holds the token.
        # A function, because braces in an address would be taken for a format.
        self.bot = Bot(
            token,
            base_url=lambda secret: f"{api_url}/bot{secret}",
            request=self._request,
            get_updates_request=self._request,
        )

    def publisher(self, channel: Channel) -> TelegramPublisher:
        """Return the publisher of a channel on this account."""
        return TelegramPublisher(channel, self)

    def scratch_gate(self, chat: int | str) -> Gate:
        """Return the gate of a scratch chat: the platform counts forwarded messages, too."""
        return self._scratch_gates[str(chat)]

    @asynccontextmanager
    async def sending(self, channel: Channel) -> AsyncIterator[None]:
        """Bound one request for `channel`, and turn the libraries' errors into PublishError.

        The causes are cut off: they may hold the token.
        """
        await self._turn()
        try:
            async with asyncio.timeout(self._total):
                yield
        except Refused as refused:
            said = quote_answer(refused.description or "no explanation", [self._token])
            raise refusal(refused, channel, said) from None
        except TelegramError as error:
            raise fault(error.__cause__) from None
        except TimeoutError:
            raise OutcomeUnknown("no_answer", "Telegram took too long to answer") from None
        except UNREADABLE as error:
            raise unreadable("Telegram", error) from None

    async def close(self) -> None:
        """Release connections."""
        await self._request.shutdown()

    async def _turn(self) -> None:
        """Wait until the bot may send again; after a pause there is no burst of held-up posts."""
        now = asyncio.get_running_loop().time
        async with self._gate:
            await asyncio.sleep(self._free_at - now())
            self._free_at = max(self._free_at, now() - _LATE) + self._gap


class TelegramPublisher:
    """Posts to one chat. Implements `ports.Publisher`."""

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    async def publish(self, post: Post) -> Receipt:
        """Send a photo with a caption where the post has an image, else a message.

        The photo is the post's `picture` where there is one, else its `image`, which Telegram
        fetches itself.
        """
        photo = photo_of(post)
        try:
            async with self._account.sending(self._channel):
                message_id = (await self._send(post, photo)).message_id
        except Rejected as error:
            raise about_photo(error, post) from None
        chat = post.chat or self._channel.chat
        return Receipt(remote_id=str(message_id), url=post_url(chat, message_id))

    async def close(self) -> None:
        """Leave the connections to the account, which other channels share."""

    async def _send(self, post: Post, photo: str | bytes | None) -> Message:
        bot, channel = self._account.bot, self._channel
        chat = post.chat or channel.chat
        if chat is None:
            raise Unauthorized("no_chat", "the channel names no chat", scope="channel")
        markup = keyboard(post.buttons)
        if photo is not None:
            return await bot.send_photo(
                chat,
                photo,
                filename=post.picture.file_name if post.picture else None,
                caption=post.text,
                parse_mode=ParseMode.HTML,
                message_thread_id=channel.thread,
                disable_notification=post.silent,
                protect_content=channel.protect_content,
                reply_markup=markup,
            )
        return await bot.send_message(
            chat,
            post.text,
            parse_mode=ParseMode.HTML,
            message_thread_id=channel.thread,
            disable_notification=post.silent,
            protect_content=channel.protect_content,
            reply_markup=markup,
            link_preview_options=link_preview(channel.preview, post.link),
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
