"""Publishes to Telegram through python-telegram-bot.

what the Bot API or the connection says        becomes
connect error, no free connection              Unreachable
429                                            Throttled, for exactly its time
401, 404                                       Unauthorized, the account
403, and 400 about chat or rights              Unauthorized, the channel
400 about image, buttons, entities             Rejected with the part to leave out
other 400, 413                                 Rejected
5xx, time-out, lost connection, no result      OutcomeUnknown
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import httpx
from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram import LinkPreviewOptions as Preview
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.errors import (
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram import Message

    from bot.models import Button, Channel, Post

    Part = Literal["image", "buttons", "markup"]

# Words of the Bot API's descriptions, lower case (tdlib/telegram-bot-api, Client.cpp).
_CHANNEL_WORDS = (
    "chat not found",
    "need administrator rights",
    "not enough rights",
    "have no write access",
    "chat_write_forbidden",
    "chat_admin_required",
    "message thread not found",
    "topic_closed",
)
_PART_WORDS: tuple[tuple[Part, tuple[str, ...]], ...] = (
    (
        "image",
        (
            "wrong file identifier",
            "http url specified",
            "failed to get http url content",
            "wrong type of the web page content",
            "can't upload file by url",
            "image_process_failed",
            "photo_invalid_dimensions",
            "webpage_",
            "message caption is too long",
        ),
    ),
    ("buttons", ("button", "reply markup")),
    ("markup", ("can't parse entities",)),
)
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class TelegramAccount:
    """One bot: its connections, shared by its channels. Sends nothing until the first post.

    Time-outs are in seconds; `read` is long because Telegram fetches pictures while we wait.
    """

    def __init__(self, token: str, api_url: str, *, connect: float = 10, read: float = 30) -> None:
        self._request = HTTPXRequest(
            connection_pool_size=32,
            connect_timeout=connect,
            read_timeout=read,
            write_timeout=read,
            pool_timeout=connect,
        )
        # Without initialize(): that would call getMe, and its error text holds the token.
        self.bot = Bot(token, base_url=f"{api_url}/bot", request=self._request)

    def publisher(self, channel: Channel) -> TelegramPublisher:
        """Return the publisher of a channel on this account."""
        return TelegramPublisher(channel, self)

    async def close(self) -> None:
        """Release connections."""
        await self._request.shutdown()


class TelegramPublisher:
    """Posts to one chat. Implements `ports.Publisher`."""

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    async def publish(self, post: Post) -> Receipt:
        """Send a photo with a caption where the post has an image, else a message."""
        with _translated(self._channel):
            message = await self._send(post)
        return Receipt(remote_id=str(message.message_id), url=self._post_url(message.message_id))

    async def close(self) -> None:
        """Leave the connections to the account, which other channels share."""

    async def _send(self, post: Post) -> Message:
        bot, channel = self._account.bot, self._channel
        if channel.chat is None:
            raise Unauthorized("no_chat", "the channel names no chat", scope="channel")
        markup = _keyboard(post.buttons)
        if post.image is not None:
            return await bot.send_photo(
                channel.chat,
                post.image,
                caption=post.text,
                parse_mode=ParseMode.HTML,
                message_thread_id=channel.topic,
                disable_notification=post.silent,
                reply_markup=markup,
            )
        return await bot.send_message(
            channel.chat,
            post.text,
            parse_mode=ParseMode.HTML,
            message_thread_id=channel.topic,
            disable_notification=post.silent,
            reply_markup=markup,
            link_preview_options=_preview(channel.preview, post.link),
        )

    def _post_url(self, message_id: int) -> str | None:
        chat = str(self._channel.chat)
        if chat.startswith("@"):
            return f"https://t.me/{chat[1:]}/{message_id}"
        # -100 marks the ids of channels and supergroups: t.me/c/ wants them without it.
        return f"https://t.me/c/{chat[4:]}/{message_id}" if chat.startswith("-100") else None


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.copy_text is not None:
        return InlineKeyboardButton(button.text, copy_text=CopyTextButton(button.copy_text))
    return InlineKeyboardButton(button.text, url=button.url)


def _preview(size: str, link: str | None) -> Preview:
    if size == "off" or link is None:
        return Preview(is_disabled=True)
    # The size is ignored unless the address is given (Bot API, LinkPreviewOptions).
    return Preview(
        url=link,
        prefer_small_media=True if size == "small" else None,
        prefer_large_media=True if size in {"large", "above"} else None,
        show_above_text=True if size == "above" else None,
    )


@contextmanager
def _translated(channel: Channel) -> Iterator[None]:
    """Turn the library's errors into ours; their causes may hold the token and are cut off."""
    try:
        yield
    except (TelegramError, httpx.HTTPError) as error:
        raise _translate(error, channel) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # The library could not read the answer to a request that was sent: no result, no message.
        text = f"Telegram's answer could not be read ({type(error).__name__})"
        raise OutcomeUnknown("bad_answer", text) from None


def _translate(error: Exception, channel: Channel) -> PublishError:
    match error:
        case RetryAfter():
            return _throttled(error)
        case InvalidToken():
            return Unauthorized(
                "bad_token",
                f"Telegram does not know the token of account {channel.account}; "
                "get it from @BotFather",
                scope="account",
            )
        case ChatMigrated():
            text = f"the chat has a new id: set chat = {error.new_chat_id}"
            return Unauthorized("chat_migrated", text, scope="channel")
        case Forbidden():
            return Unauthorized("forbidden", error.message, scope="channel")
        case BadRequest():
            return _refused(error.message)
        case Conflict():
            return Rejected("conflict", error.message)
        case TimedOut() | NetworkError():
            return _network(error)
        case _:
            return OutcomeUnknown("bad_answer", "Telegram's answer could not be read")


def _throttled(error: RetryAfter) -> Throttled:
    seconds = error.retry_after
    wait = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
    return Throttled("flood", f"Telegram asks to wait {wait}", wait=wait)


def _refused(description: str) -> PublishError:
    folded = description.lower()
    if any(word in folded for word in _CHANNEL_WORDS):
        return Unauthorized("no_rights", description, scope="channel")
    for part, words in _PART_WORDS:
        if any(word in folded for word in words):
            return Rejected(f"bad_{part}", description, part=part)
    return Rejected("bad_request", description)


def _network(error: NetworkError) -> PublishError:
    cause = error.__cause__
    if isinstance(cause, _NOT_CONNECTED):
        return Unreachable("unreachable", f"Telegram cannot be reached ({type(cause).__name__})")
    if "Request Entity Too Large" in error.message or "(413)" in error.message:
        return Rejected("too_large", "Telegram refuses the post as too large")
    if isinstance(cause, httpx.HTTPError) or isinstance(error, TimedOut):
        name = type(cause).__name__ if cause else "time-out"
        return OutcomeUnknown("no_answer", f"the connection broke while sending ({name})")
    return OutcomeUnknown("server_error", f"Telegram answered with an error: {error.message}")
