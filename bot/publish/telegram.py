"""Publishes to Telegram through python-telegram-bot.

what the Bot API or the connection says        becomes
connect error, no free connection              Unreachable
429                                            Throttled, for exactly its time
400 with migrate_to_chat_id                    ChatMoved
401, 404, 409, no answer of the Bot API        Unauthorized, the account
403, and 400 about chat or rights              Unauthorized, the channel
400 about image, buttons, entities             Rejected with the part to leave out
other 400, 413                                 Rejected
5xx, time-out, lost connection, no result      OutcomeUnknown
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import httpx
from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram import LinkPreviewOptions as Preview
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.errors import (
    ChatMoved,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models import Receipt
from bot.publish.pace import TELEGRAM_BOT_GAP
from bot.publish.quoting import quote_answer
from bot.publish.telegram_request import Refused, StrictRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
    "chat_restricted",
    "chat_send_",
    "have no rights",
    "chat_id is empty",
    "peer_id_invalid",
    "username_not_occupied",
    "username_invalid",
    "channel_invalid",
    "channel_private",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
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
            "photo_",
            "webpage_",
            "message caption is too long",
        ),
    ),
    ("buttons", ("button", "reply markup")),
    ("markup", ("can't parse entities",)),
)
# Raised before the request is written (httpx, "Exceptions").
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
_NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)
_DEFAULT_WAIT = timedelta(minutes=1)
_LATE = 0.005  # seconds; every timer rings late, and that must not add up to a slower bot
_LONGEST_WAIT = timedelta(days=30)  # more is a broken answer


class TelegramAccount:
    """One bot: its connections, shared by its channels. Sends nothing until the first post.

    Time-outs are in seconds; `read` is long because Telegram fetches pictures while we wait.
    """

    def __init__(
        self, token: str, api_url: str, *, connect: float = 10, read: float = 30, total: float = 60
    ) -> None:
        self._token = token
        self._total = total
        self._gate = asyncio.Lock()
        self._free_at = 0.0
        self._request = StrictRequest(
            connection_pool_size=32,
            connect_timeout=connect,
            read_timeout=read,
            write_timeout=read,
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
            raise _refusal(refused, channel, said) from None
        except TelegramError as error:
            raise _fault(error.__cause__) from None
        except TimeoutError:
            raise OutcomeUnknown("no_answer", "Telegram took too long to answer") from None
        except _UNREADABLE as error:
            # The library could not read the answer to a request that was sent.
            text = f"Telegram's answer could not be read ({type(error).__name__})"
            raise OutcomeUnknown("bad_answer", text) from None

    async def close(self) -> None:
        """Release connections."""
        await self._request.shutdown()

    async def _turn(self) -> None:
        """Wait until the bot may send again: what one pause held up does not go out in a burst."""
        now = asyncio.get_running_loop().time
        async with self._gate:
            await asyncio.sleep(self._free_at - now())
            self._free_at = max(self._free_at, now() - _LATE) + TELEGRAM_BOT_GAP.total_seconds()


class TelegramPublisher:
    """Posts to one chat. Implements `ports.Publisher`."""

    def __init__(self, channel: Channel, account: TelegramAccount) -> None:
        self._channel = channel
        self._account = account

    async def publish(self, post: Post) -> Receipt:
        """Send a photo with a caption where the post has an image, else a message."""
        if post.image is not None:
            _require_web_address(post.image)
        async with self._account.sending(self._channel):
            message_id = (await self._send(post)).message_id
        chat = post.chat or self._channel.chat
        return Receipt(remote_id=str(message_id), url=post_url(chat, message_id))

    async def close(self) -> None:
        """Leave the connections to the account, which other channels share."""

    async def _send(self, post: Post) -> Message:
        bot, channel = self._account.bot, self._channel
        chat = post.chat or channel.chat
        if chat is None:
            raise Unauthorized("no_chat", "the channel names no chat", scope="channel")
        markup = keyboard(post.buttons)
        if post.image is not None:
            return await bot.send_photo(
                chat,
                post.image,
                caption=post.text,
                parse_mode=ParseMode.HTML,
                message_thread_id=channel.topic,
                disable_notification=post.silent,
                protect_content=channel.protect_content,
                reply_markup=markup,
            )
        return await bot.send_message(
            chat,
            post.text,
            parse_mode=ParseMode.HTML,
            message_thread_id=channel.topic,
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


def _require_web_address(image: str) -> None:
    # The library would open and upload a file of this machine for a string that is a path.
    if not image.lower().startswith(("http://", "https://")):
        text = "the picture's address is not http or https"
        raise Rejected("bad_image", text, part="image")


def _fault(cause: BaseException | None) -> PublishError:
    """Say what is known after the network failed: only the cause tells whether the post left."""
    name = type(cause).__name__
    if isinstance(cause, _NOT_CONNECTED):
        return Unreachable("unreachable", f"Telegram cannot be reached ({name})")
    if isinstance(cause, _NO_ADDRESS):
        text = "api_url and token make no valid address; check both"
        return Unauthorized("bad_address", text, scope="account")
    if isinstance(cause, UnicodeEncodeError):
        return Rejected("bad_text", "the post holds characters that cannot be sent")
    if isinstance(cause, httpx.HTTPError):
        return OutcomeUnknown("no_answer", f"the connection broke while sending ({name})")
    return OutcomeUnknown("bad_answer", "Telegram's answer could not be read")


def _refusal(refused: Refused, channel: Channel, said: str) -> PublishError:
    match refused.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _throttled(refused.parameters)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown("server_error", f"Telegram answered {status}: {said}")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Rejected("too_large", "Telegram refuses the post as too large")
        case status if refused.description is None:
            text = f"api_url leads to something that is not the Bot API (it answered {status})"
            return Unauthorized("not_telegram", text, scope="account")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            text = f"Telegram does not know the token of account {channel.account}"
            return Unauthorized("bad_token", f"{text}; get it from @BotFather", scope="account")
        case HTTPStatus.CONFLICT:
            text = f"Telegram answered 409: {said}; does another program use the token?"
            return Unauthorized("conflict", text, scope="account")
    return _refused(refused, channel, said)


def _throttled(parameters: dict[str, Any]) -> Throttled:
    seconds, wait = parameters.get("retry_after"), _DEFAULT_WAIT
    if isinstance(seconds, int) and seconds > 0:
        wait = timedelta(seconds=min(seconds, int(_LONGEST_WAIT.total_seconds())))
    return Throttled("flood", f"Telegram asks to wait {wait}", wait=wait)


def _refused(refused: Refused, channel: Channel, said: str) -> PublishError:
    where = f"{channel.chat} of channel {channel.id}"
    new_id = refused.parameters.get("migrate_to_chat_id")
    if isinstance(new_id, int):
        text = f"chat {where} has a new id: set chat = {new_id}"
        return ChatMoved("chat_moved", text, chat=new_id)
    folded = said.lower()
    if refused.status == HTTPStatus.FORBIDDEN or any(word in folded for word in _CHANNEL_WORDS):
        code = "forbidden" if refused.status == HTTPStatus.FORBIDDEN else "no_rights"
        text = f"chat {where} cannot be posted to: {said}; check chat, topic and the bot's rights"
        return Unauthorized(code, text, scope="channel")
    for part, words in _PART_WORDS:
        if any(word in folded for word in words):
            return Rejected(f"bad_{part}", said, part=part)
    return Rejected("bad_request", said)
