"""One chat that two channels call in two ways: by its name and by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.models.settings import Channel

_OPERATORS = frozenset({"[alerts]", "[desk]"})  # their chats may be channels', too


def same_chats(found: Iterable[tuple[int | None, Channel]]) -> list[tuple[Channel, str]]:
    """Return the channels whose chat, by its number, another one has under another name.

    The configuration itself warns where both are written alike.
    """
    first: dict[tuple[int, int | None], Channel] = {}
    told = []
    for number, channel in found:
        if number is None or channel.id in _OPERATORS:
            continue
        other = first.setdefault((number, channel.thread), channel)
        if str(other.chat).lower() != str(channel.chat).lower():
            told.append((channel, _same_chat(channel, other, number)))
    return told


def _same_chat(channel: Channel, other: Channel, number: int) -> str:
    return (
        f"{channel.chat} is the chat of channel {other.id} as well, {other.chat} ({number}): "
        "a story that is routed to both is posted there twice"
    )
