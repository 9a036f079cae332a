"""What Telegram refuses in a message, in its own words (tdlib/telegram-bot-api, Client.cpp)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from tests.standins.telegram_html import CannotParseError, parse_html

MESSAGE, CAPTION, SOURCE_BYTES = 4_096, 1_024, 32_768
_MOST_BUTTONS, _LONGEST_COPY, _LONGEST_DATA = 100, 256, 64
_ACTIONS = ("url", "callback_data", "copy_text", "login_url", "web_app", "switch_inline_query")
_HOST = re.compile(r"[^\s./:@]+(\.[^\s./:@]+)+\Z")


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(
        self, status: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


def formatted(source: str, parse_mode: str | None, limit: int) -> tuple[str, list[dict[str, Any]]]:
    """Return text and entities of at most `limit` code points. Raises ApiError."""
    if len(source.encode("utf-8", "surrogatepass")) > SOURCE_BYTES:
        raise bad_request("text is too long")
    text, entities = source.strip(), []
    if (parse_mode or "").lower() == "html":
        try:
            text, entities = parse_html(source)
        except CannotParseError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    elif parse_mode:
        raise bad_request("unsupported parse_mode")
    if len(text) > limit:
        name = "message caption" if limit == CAPTION else "message"
        raise bad_request(f"{name} is too long")
    return text, entities


def reply_markup(source: str | None) -> dict[str, Any] | None:
    """Return the keyboard that a request states. Raises ApiError."""
    if not source:
        return None
    try:
        rows = json.loads(source)["inline_keyboard"]
    except (ValueError, LookupError, TypeError):
        raise bad_request("can't parse reply keyboard markup JSON object") from None
    buttons = [button for row in rows for button in row]
    if len(buttons) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    for button in buttons:
        _check_button(button)
    return {"inline_keyboard": rows} if buttons else None


def _check_button(button: dict[str, Any]) -> None:
    actions = [action for action in _ACTIONS if action in button]
    if len(actions) != 1 or not button.get("text"):
        why = "Text buttons are unallowed in the inline keyboard"
        raise bad_request(f"can't parse inline keyboard button: {why}")
    if "url" in button and (reason := wrong_url(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: {reason}")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= _LONGEST_COPY:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "callback_data" in button and len(button["callback_data"].encode()) > _LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")


def wrong_url(url: str) -> str | None:
    """Return what is wrong with an address that Telegram should open, None where nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "Wrong HTTP URL"
    if parts.scheme == "tg":
        return None
    if parts.scheme not in {"http", "https", ""}:
        return "Unsupported URL protocol"
    return None if _HOST.match(host) else "Wrong HTTP URL"


def check_photo(photo: str) -> None:
    """Refuse what is neither an address nor an uploaded file. Raises ApiError."""
    if photo.startswith("attach://"):
        return
    if not re.match("https?://", photo, re.IGNORECASE):
        raise bad_request("wrong file identifier/HTTP URL specified")
    if wrong_url(photo):
        raise bad_request("wrong HTTP URL specified")
