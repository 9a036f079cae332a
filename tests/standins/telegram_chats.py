"""A chat of the stand-in for Telegram: its messages, and what is wrong with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.standins.telegram_checks import ApiError

Message = dict[str, Any]


@dataclass
class Chat:
    """A channel or group; ids of messages rise by one whoever writes."""

    id: int
    username: str | None = None
    type: str = "channel"
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    refusal: ApiError | None = None
    sent_at: list[float] = field(default_factory=list)

    def public(self) -> dict[str, Any]:
        name = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.type, "title": f"Chat {self.id}", **name}

    def add(self, content: Message) -> Message:
        self.last_id += 1
        message: Message = {
            "message_id": self.last_id,
            "date": int(time.time()),
            "chat": self.public(),
            "sender_chat": self.public(),
            **{key: value for key, value in content.items() if value is not None},
        }
        self.messages[self.last_id] = message
        return message
