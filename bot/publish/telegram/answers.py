"""The meaning of Telegram's answers, and of the connection's faults.

the Bot API or the connection says             it becomes
connect error, no free connection              Unreachable
429                                            Throttled, for exactly its time
400 with migrate_to_chat_id                    ChatMoved
401, 404, 409, no answer of the Bot API        Unauthorized, the account
403, and 400 about chat or rights              Unauthorized, the channel
400 about image, buttons, entities             Rejected with the part to leave out; of an image
                                               sent by its address, first that address
400, 403 that forbids photos alone, to a photo Rejected with the image to leave out
413                                            Rejected
other 400 to a photo                           Rejected with the image to leave out
other 400                                      Rejected; the second in a row: the channel
5xx, time-out, lost connection, no result      OutcomeUnknown
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import httpx

from bot.errors import (
    ChatMoved,
    OutcomeUnknown,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    is_out_of_files,
)
from bot.models.reasons import ReasonCode
from bot.publish.answers import broke, is_insecure, quote_answer, unreachable
from bot.publish.telegram.steps import step_for
from bot.through.faults import ProxyFailedError, refusal_of_proxy

if TYPE_CHECKING:
    from bot.models.proxies import Proxy
    from bot.models.settings import Channel
    from bot.publish.telegram.request import Refused

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
            "media_",
            "file is too big",
            "file_",
            "message caption is too long",
        ),
    ),
    ("buttons", ("button", "reply markup")),
    (
        "markup",
        (
            "can't parse entities",
            "message is too long",
            "text is too long",
            "text must be non-empty",
            "message text is empty",
        ),
    ),
)
# Raised before the request is written (httpx, "Exceptions").
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)
_DEFAULT_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=30)  # more is a broken answer


def fault(cause: BaseException | None, proxy: Proxy | None = None) -> PublishError:
    """Return the error for a network that failed: only the cause tells whether the post left."""
    if isinstance(cause, _NOT_CONNECTED):
        return unreachable("Telegram", (proxy and _of_proxy(cause, proxy)) or cause)
    if isinstance(cause, _NO_ADDRESS):
        text = "api_url and token make no valid address; check both"
        return Unauthorized("bad_address", text, scope="account")
    if isinstance(cause, UnicodeEncodeError):
        return Rejected("bad_text", "the post holds characters that cannot be sent")
    if isinstance(cause, httpx.HTTPError):
        return broke(cause)
    return OutcomeUnknown("bad_answer", "Telegram's answer could not be read")


def _of_proxy(cause: BaseException, proxy: Proxy) -> ProxyFailedError | None:
    """Return the fault of the `proxy`, None where the connection through it failed."""
    if isinstance(cause, httpx.ProxyError):
        said = str(cause)  # of an HTTP proxy the status and its name (httpcore)
        status = said.partition(" ")[0]
        refused = refusal_of_proxy(int(status)) if status.isdecimal() else quote_answer(said)
        return ProxyFailedError(f"{proxy.words} {refused}")
    if is_insecure(cause) or is_out_of_files(cause) or isinstance(cause, httpx.PoolTimeout):
        return None
    return ProxyFailedError(f"{proxy.words} does not answer")


def refusal(refused: Refused, channel: Channel, said: str) -> PublishError:
    """Return the error for an answer other than 2xx; `said` is its text, fit for a message."""
    match refused.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _throttled(refused.parameters)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown("server_error", f"Telegram answered {status}: {said}")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Rejected(
                ReasonCode.TOO_LARGE, "Telegram refuses the post as too large", part="image"
            )
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
    # A chat that is asked about before a file names it belongs to no channel yet.
    where = f"{channel.chat} of channel {channel.id}" if channel.id else str(channel.chat)
    new_id = refused.parameters.get("migrate_to_chat_id")
    if isinstance(new_id, int):
        text = f"chat {where} has a new id: set chat = {new_id}"
        return ChatMoved(ReasonCode.CHAT_MOVED, text, chat=new_id)
    folded = said.lower()
    if refused.status == HTTPStatus.FORBIDDEN or any(word in folded for word in _CHANNEL_WORDS):
        code = "forbidden" if refused.status == HTTPStatus.FORBIDDEN else "no_rights"
        text = f"chat {where} cannot be posted to: {said}; {step_for(said, channel.chat)}"
        return Unauthorized(code, text, scope="channel")
    for part, words in _PART_WORDS:
        if any(word in folded for word in words):
            return Rejected(f"bad_{part}", said, part=part)
    return Rejected("bad_request", said, suspect="channel")
