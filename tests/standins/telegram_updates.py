"""The updates that wait for the stand-in's bot, given and forgotten as the Bot API does."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from tests.standins.telegram_checks import ApiError

if TYPE_CHECKING:
    from tests.standins.telegram_chats import Chat

_MOST = 100
User = dict[str, Any]
AN: User = {"id": 7, "is_bot": False, "first_name": "An", "username": "an_nguyen"}
_PRIVATE = {"id": 7, "type": "private", "first_name": "An", "username": "an_nguyen"}


class Updates:
    """A queue; asking with an offset forgets what came before it (Bot API, getUpdates)."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []
        self._last = 900
        self._taps = 0
        self._readers = 0

    def add(self, **content: Any) -> None:
        """Let something happen, such as `my_chat_member`."""
        self._last += 1
        self.waiting.append({"update_id": self._last, **content})

    def member(self, chat: Chat, bot: dict[str, Any]) -> None:
        """The bot's place in a chat changed: it was added, made administrator, or thrown out."""
        self.add(
            my_chat_member={
                "chat": chat.public(),
                "from": AN,
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
        message = {"message_id": self._last, "date": now, "chat": _PRIVATE, "from": AN}
        self.add(message={**message, "text": text, **kept})

    def say(
        self,
        chat: Chat,
        text: str,
        *,
        by: User = AN,
        answers: int | None = None,
        entities: list[dict[str, Any]] | None = None,
        changes: bool = False,
        forward_origin: dict[str, Any] | None = None,
    ) -> None:
        """A person writes to a chat, perhaps as the answer to a message, or changes that later."""
        now, number = int(time.time()), chat.last_id + 1
        chat.last_id = number
        message = {"message_id": number, "date": now, "chat": chat.public(), "from": by}
        if answers is not None:
            message["reply_to_message"] = chat.messages[answers]
        if forward_origin:
            message["forward_origin"] = forward_origin
        if entities:
            message["entities"] = entities
        self.add(**{"edited_message" if changes else "message": {**message, "text": text}})

    def tap(self, chat: Chat, message: int, data: str, *, by: User = AN) -> None:
        """A person taps a button, which may be gone meanwhile."""
        shown = chat.messages.get(message, {"message_id": message, "date": 0})
        tapped = {**shown, "chat": chat.public()}
        self._taps += 1
        self.add(
            callback_query={
                "id": f"tap{self._taps}",
                "from": by,
                "chat_instance": "1",
                "message": tapped,
                "data": data,
            }
        )

    def react(self, chat: Chat, message: int, *counts: Any, date: float) -> None:
        """Readers' reactions to a message were counted (Bot API, MessageReactionCountUpdated).

        A count is a number of hearts, or a ReactionCount as it is.
        """
        hearts = {"type": "emoji", "emoji": "❤"}
        self.add(
            message_reaction_count={
                "chat": chat.public(),
                "message_id": message,
                "date": int(date),
                "reactions": [
                    {"type": hearts, "total_count": one} if isinstance(one, int) else one
                    for one in counts
                ],
            }
        )

    async def arrive(self, params: dict[str, str]) -> None:
        """Wait as long poll does. Raises ApiError where another reader comes meanwhile."""
        self._readers += 1
        mine, end = self._readers, time.monotonic() + float(params.get("timeout", 0))
        while time.monotonic() < end and not self._given(params):
            await asyncio.sleep(0.01)
            if self._readers != mine:
                text = "Conflict: terminated by other getUpdates request"
                raise ApiError(409, f"{text}; make sure that only one bot instance is running")

    def get(self, params: dict[str, str]) -> list[dict[str, Any]]:
        """Answer getUpdates."""
        offset = int(params.get("offset", 0))
        if offset > 0:
            self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        return self._given(params)

    def _given(self, params: dict[str, str]) -> list[dict[str, Any]]:
        offset = int(params.get("offset", 0))
        after = [one for one in self.waiting if one["update_id"] >= offset]
        found = after if offset >= 0 else self.waiting[offset:]
        return found[: int(params.get("limit", _MOST))]
