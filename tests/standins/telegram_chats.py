"""A chat of the stand-in for Telegram: its messages, and what is wrong with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from tests.standins.telegram_checks import ApiError

Message = dict[str, Any]
# ChatMemberAdministrator: the rights that every administrator has or lacks.
_RIGHTS = (
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
# ChatPermissions, and the same names in ChatMemberRestricted.
_PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_edit_tag",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_react_to_messages",
)

_PAST = 5_000
_GAPS = (1, 2, 3, 45)
"""Messages of others that came and went between two of the bot's."""


@dataclass
class Chat:
    """A channel or group; ids of messages rise by one whoever writes.

    `chance` lets others write and delete between two messages of the bot.
    """

    id: int
    username: str | None = None
    type: str = "channel"
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    refusal: ApiError | None = None
    sent_at: list[float] = field(default_factory=list)
    bot_status: str = "administrator"
    bot_may_post: bool = True
    bot_may_delete: bool = False
    is_protected: bool = False
    forbidden: frozenset[str] = frozenset()
    """Rights that only administrators have here, by their names in ChatPermissions."""
    bot_forbidden: frozenset[str] = frozenset()
    """Those that a bot which is "restricted" lacks."""
    chance: random.Random | None = None

    @property
    def has_moved(self) -> bool:
        """Tell whether this group became a supergroup.

        Only what writes is told so, deleting included; reading still works, editing does not
        (Client.cpp, check_chat_access).
        """
        refusal = self.refusal
        return refusal is not None and "migrate_to_chat_id" in (refusal.parameters or {})

    def public(self) -> dict[str, Any]:
        name = {"username": self.username} if self.username else {}
        called = "first_name" if self.type == "private" else "title"
        return {"id": self.id, "type": self.type, called: f"Chat {self.id}", **name}

    def bot_member(self) -> dict[str, Any]:
        """Return the bot's ChatMember, as getChatMember answers (Bot API 9.2)."""
        if self.bot_status == "restricted":
            rights = {name: name not in self.bot_forbidden for name in _PERMISSIONS}
            return {"status": "restricted", "until_date": 0, "is_member": True, **rights}
        if self.bot_status != "administrator":
            return {"status": self.bot_status, "until_date": 0}
        rights = dict.fromkeys(_RIGHTS, False)
        of_channels = {"can_post_messages": self.bot_may_post, "can_edit_messages": True}
        return {
            "status": "administrator",
            "can_be_edited": False,
            **rights,
            "can_delete_messages": self.bot_may_delete,
            **(of_channels if self.type == "channel" else {}),
        }

    def permissions(self) -> dict[str, Any]:
        """Return the rights of members, which only groups have (ChatFullInfo)."""
        if self.type not in {"group", "supergroup"}:
            return {}
        return {"permissions": {name: name not in self.forbidden for name in _PERMISSIONS}}

    def lacks(self, right: str) -> bool:
        """Tell whether the bot may not do that in this group."""
        denied = self.bot_forbidden if self.bot_status == "restricted" else frozenset[str]()
        return self.bot_status in {"member", "restricted"} and right in self.forbidden | denied

    def age(self, chance: random.Random) -> Chat:
        """Give the chat a past, of which little is left, and a life beside the bot; return it."""
        self.last_id = chance.randrange(_PAST)
        for _ in range(chance.randrange(4)):
            self.write("cũ")
            self.last_id += chance.choice(_GAPS)
        self.chance = chance
        return self

    def write(self, text: str) -> int:
        """Let somebody else write; return the message's id."""
        return int(self.add({"text": text, "by_others": True})["message_id"])

    def pin(self) -> int:
        """Add a service message, which cannot be forwarded; return its id."""
        return int(self.add({"pinned_message": {}})["message_id"])

    def delete(self, *ids: int) -> None:
        for id_ in ids:
            del self.messages[id_]

    def add(self, content: Message) -> Message:
        if self.chance is not None and self.chance.random() < 0.3:
            self.last_id += self.chance.choice(_GAPS)
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
