"""Reactions as the Bot API counts them (MessageReactionCountUpdated) -> a record.

Only the numbers count: which emoji it was, a custom one, or a paid star, makes no difference.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeGuard

from bot.models.week import Reactions

_LAST_MOMENT = 2**32
"""Seconds since 1970: the year 2106."""
_MOST = 2**53
"""JSON's whole numbers end there."""
_MOST_KINDS = 1000


def read_reactions(raw: Any) -> Reactions | None:
    """Return the new count of a message's reactions, None where `raw` is none."""
    if not isinstance(raw, dict) or not isinstance(raw.get("chat"), dict):
        return None
    chat, message, date = raw["chat"], raw.get("message_id"), raw.get("date")
    counts = raw.get("reactions")
    if not (_is_count(message) and _is_count(date) and isinstance(counts, list)):
        return None
    if not _is_number(chat.get("id")) or date > _LAST_MOMENT:
        return None
    name = chat.get("username")
    return Reactions(
        chats=(str(chat["id"]), *([f"@{name}"] if isinstance(name, str) else [])),
        message=message,
        count=min(sum(map(_count, counts[:_MOST_KINDS])), _MOST),
        at=datetime.fromtimestamp(date, UTC),
    )


def _count(raw: Any) -> int:
    count = raw.get("total_count") if isinstance(raw, dict) else None
    return count if _is_count(count) else 0


def _is_count(value: Any) -> TypeGuard[int]:
    return _is_number(value) and value >= 0


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST
