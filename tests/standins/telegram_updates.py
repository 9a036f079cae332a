"""The updates that wait for the stand-in's bot, given and forgotten as the Bot API does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.standins.telegram_chats import Chat

_MOST = 100
_USER = {"id": 7, "is_bot": False, "first_name": "An", "username": "an_nguyen"}
_PRIVATE = {"id": 7, "type": "private", "first_name": "An", "username": "an_nguyen"}


class Updates:
    """A queue; asking with an offset forgets what came before it (Bot API, getUpdates)."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []
        self._last = 900

    def add(self, **content: Any) -> None:
        """Let something happen, such as `my_chat_member`."""
        self._last += 1
        self.waiting.append({"update_id": self._last, **content})

    def member(self, chat: Chat, bot: dict[str, Any]) -> None:
        """The bot's place in a chat changed: it was added, made administrator, or thrown out."""
        self.add(
            my_chat_member={
                "chat": chat.public(),
                "from": _USER,
                "date": int(time.time()),
                "old_chat_member": {"user": bot, "status": "left"},
                "new_chat_member": {"user": bot, **chat.bot_member()},
            }
        )

    def write(self, text: str, *, forwarded: Chat | None = None) -> None:
        """A person writes to the bot, or forwards a post of a channel to it."""
        now = int(time.time())
        origin = {"type": "channel", "message_id": 5, "date": now}
        kept = {"forward_origin": {**origin, "chat": forwarded.public()}} if forwarded else {}
        message = {"message_id": self._last, "date": now, "chat": _PRIVATE, "from": _USER}
        self.add(message={**message, "text": text, **kept})

    def get(self, params: dict[str, str]) -> list[dict[str, Any]]:
        """Answer getUpdates."""
        offset = int(params.get("offset", 0))
        if offset > 0:
            self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        elif offset < 0:
            self.waiting = self.waiting[offset:]
        return self.waiting[: int(params.get("limit", _MOST))]
