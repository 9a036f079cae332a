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
from bot.wording import marked, told

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
        text = marked("api_url and token make no valid address; check both")
        return Unauthorized("bad_address", text, scope="account")
    if isinstance(cause, UnicodeEncodeError):
        return Rejected("bad_text", marked("the post holds characters that cannot be sent"))
    if isinstance(cause, httpx.HTTPError):
        return broke(cause)
    return OutcomeUnknown("bad_answer", marked("Telegram's answer could not be read"))


def _of_proxy(cause: BaseException, proxy: Proxy) -> ProxyFailedError | None:
    """Return the fault of the `proxy`, None where the connection through it failed."""
    if isinstance(cause, httpx.ProxyError):
        said = str(cause)  # of an HTTP proxy the status and its name (httpcore)
        status = said.partition(" ")[0]
        refused = refusal_of_proxy(int(status)) if status.isdecimal() else " " + quote_answer(said)
        return ProxyFailedError(proxy.words + refused)
    if is_insecure(cause) or is_out_of_files(cause) or isinstance(cause, httpx.PoolTimeout):
        return None
    return ProxyFailedError(told("{why} does not answer", why=proxy.words))


def refusal(refused: Refused, channel: Channel, said: str) -> PublishError:
    """Return the error for an answer other than 2xx; `said` is its text, fit for a message."""
    match refused.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _throttled(refused.parameters)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return OutcomeUnknown(
                "server_error", told("Telegram answered {status}: {why}", status=status, why=said)
            )
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Rejected(
                ReasonCode.TOO_LARGE, marked("Telegram refuses the post as too large"), part="image"
            )
        case status if refused.description is None:
            text = told(
                "api_url leads to something that is not the Bot API (it answered {status})",
                status=status,
            )
            return Unauthorized("not_telegram", text, scope="account")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            text = told(
                "Telegram does not know the token of account {account}", account=channel.account
            )
            return Unauthorized(
                "bad_token", told("{why}; get it from @BotFather", why=text), scope="account"
            )
        case HTTPStatus.CONFLICT:
            text = told(
                "Telegram answered 409: {why}; does another program use the token?", why=said
            )
            return Unauthorized("conflict", text, scope="account")
    return _refused(refused, channel, said)


def _throttled(parameters: dict[str, Any]) -> Throttled:
    seconds, wait = parameters.get("retry_after"), _DEFAULT_WAIT
    if isinstance(seconds, int) and seconds > 0:
        wait = timedelta(seconds=min(seconds, int(_LONGEST_WAIT.total_seconds())))
    return Throttled("flood", told("Telegram asks to wait {wait}", wait=wait), wait=wait)


def _refused(refused: Refused, channel: Channel, said: str) -> PublishError:
    # A chat that is asked about before a file names it belongs to no channel yet.
    where = (
        told("{chat} of channel {channel}", chat=channel.chat, channel=channel.id)
        if channel.id
        else str(channel.chat)
    )
    new_id = refused.parameters.get("migrate_to_chat_id")
    if isinstance(new_id, int):
        text = told("chat {why} has a new id: set chat = {new_id}", why=where, new_id=new_id)
        return ChatMoved(ReasonCode.CHAT_MOVED, text, chat=new_id)
    folded = said.lower()
    if refused.status == HTTPStatus.FORBIDDEN or any(word in folded for word in _CHANNEL_WORDS):
        code = "forbidden" if refused.status == HTTPStatus.FORBIDDEN else "no_rights"
        text = told(
            "chat {why} cannot be posted to: {also}; {hint}",
            why=where,
            also=said,
            hint=step_for(said, channel.chat),
        )
        return Unauthorized(code, text, scope="channel")
    for part, words in _PART_WORDS:
        if any(word in folded for word in words):
            return Rejected(f"bad_{part}", said, part=part)
    return Rejected("bad_request", said, suspect="channel")
