"""The HTTP request of python-telegram-bot, made to tell how the server refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.publish.answers import json_object
from bot.wording import told


class Refused(TelegramError):
    """An answer other than 2xx; `description` is None where the body is not the Bot API's."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(told("the server answered {status}", status=status))
        answer = json_object(body)
        description, parameters = answer.get("description"), answer.get("parameters")
        self.status = status
        self.description = description if isinstance(description, str) else None
        self.parameters: dict[str, Any] = parameters if isinstance(parameters, dict) else {}


class StrictRequest(HTTPXRequest):
    """Raises `Refused`, since the library's own exceptions do not say which status came.

    The status decides whether a post may be out: a 302 and a 502 are both its NetworkError. And
    its RetryAfter cannot be made without a deprecation warning (22.8).
    """

    __slots__ = ()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, body = await super().do_request(*args, **kwargs)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise Refused(status, body)
        return status, body
