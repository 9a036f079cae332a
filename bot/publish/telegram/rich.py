"""Rich messages, which python-telegram-bot 22.8 does not know: sent, edited, and read again."""

from __future__ import annotations

import unicodedata
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bot.errors import Rejected, Unauthorized
from bot.format.limits import plain_text
from bot.publish.telegram.request import Refused
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram import Bot, InlineKeyboardMarkup, Message

    from bot.models.posts import Post

_DEEPEST = 40  # levels of an answer; a message has 16 (Bot API, "Rich Message Limits")
_TOO_OLD = marked(
    "the Bot API server at api_url does not know rich messages (Bot API 10.1): update it"
)
# Of a group that allows text alone (ChatPermissions.can_send_photos); the others are its server's.
PHOTOS_FORBIDDEN = (
    "not enough rights to send photos",
    "chat_send_photos_forbidden",
    "chat_send_media_forbidden",
)
_PARTS = ("summary", "text", "blocks", "items", "cells", "caption", "credit")
"""The fields of blocks that hold what a reader sees (Bot API, RichBlock), in its order."""


async def send_rich(
    bot: Bot, chat: int | str, post: Post, alike: dict[str, Any]
) -> tuple[int, int]:
    """Send the post; return the message's id and its chat's. `alike` are the usual arguments."""
    arguments = {"chat_id": chat, "rich_message": _rich_message(post.text), **alike}
    del arguments["parse_mode"]
    # In lower case, which the server takes as well, the library leaves the answer as it is.
    try:
        message: Any = await bot.do_api_request("sendrichmessage", api_kwargs=arguments)
    except Refused as refused:
        # A false token is answered alike: then the plain post will be, too.
        if refused.status == HTTPStatus.NOT_FOUND and refused.description is not None:
            raise Rejected("no_rich_messages", _TOO_OLD, part="rich") from None
        raise
    return message["message_id"], message["chat"]["id"]


async def edit_rich(
    bot: Bot, chat: int | str | None, message: int, post: Post, markup: InlineKeyboardMarkup | None
) -> None:
    """Make a rich message show `post`."""
    arguments = {
        "chat_id": chat,
        "message_id": message,
        "rich_message": _rich_message(post.text),
        "reply_markup": markup,
    }
    await bot.do_api_request("editmessagetext", api_kwargs=arguments)


def _rich_message(text: str) -> dict[str, Any]:
    """Return InputRichMessage."""
    return {"html": text, **({"is_rtl": True} if _is_rtl(text) else {})}


def _is_rtl(text: str) -> bool:
    """Tell whether the first letter of `text` is of a script that runs from right to left."""
    kinds = map(unicodedata.bidirectional, plain_text(text))
    return next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L"


def about_rich(error: Rejected | Unauthorized) -> Rejected | Unauthorized:
    """Return `error` so that the next try is the plain post, but for a button that is refused.

    The rights that pictures need are those that the plain post looks after as well.
    """
    if isinstance(error, Rejected):
        return error if error.part == "buttons" else Rejected(error.code, str(error), part="rich")
    if any(words in str(error).lower() for words in PHOTOS_FORBIDDEN):
        return Rejected(error.code, str(error), part="rich")
    return error


def shown_text(message: Message) -> str:
    """Return the text of a rich message, a line for each block; "" where it is none."""
    rich = message.api_kwargs.get("rich_message")
    return "\n".join(_lines(rich)) if isinstance(rich, dict) else ""


def links_in(message: Message) -> set[str]:
    """Return the addresses that a rich message links to."""
    return set(_links(message.api_kwargs.get("rich_message")))


def _lines(block: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(block, list):
        for one in block:
            yield from _lines(one, depth + 1)
    elif isinstance(block, dict):
        for part in _PARTS:
            value = block.get(part)
            if part in {"text", "summary", "credit"}:
                yield _inline(value)
            elif value is not None:
                yield from _lines(value, depth + 1)


def _inline(text: Any, depth: int = 0) -> str:
    """Return a RichText as text."""
    if isinstance(text, str) or depth > _DEEPEST:
        return text if isinstance(text, str) else ""
    if isinstance(text, list):
        return "".join(_inline(one, depth + 1) for one in text)
    return _inline(text.get("text"), depth + 1) if isinstance(text, dict) else ""


def _links(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict) and value.get("type") == "url" and isinstance(value.get("url"), str):
        yield value["url"]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _links(one, depth + 1)
