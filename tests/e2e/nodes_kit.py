"""Channels of Telegram for several nodes, and what stands in their chats."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.world import World

SCRATCH: Final = -100900


def chats_of(names: str) -> dict[str, int]:
    """Return the chats of channels that are named by one letter each."""
    return {name: -100300 - number for number, name in enumerate(names)}


def with_channels(bot: World, chats: Mapping[str, int], *, scratch: bool = True) -> str:
    """Make the chats, and return channels that post to them as fast as Telegram lets them.

    With `scratch` lost posts are searched for.
    """
    for chat in (*chats.values(), *([SCRATCH] if scratch else ())):
        bot.telegram.add_chat(chat, type_="channel")
    keys = "max_per_hour = 1200\nmax_per_day = 9000\n"
    keys += f"scratch_chat = {SCRATCH}\n" if scratch else ""
    return "".join(
        f'[[channels]]\nid = "{name}"\naccount = "tg"\nchat = {chat}\n{keys}'
        for name, chat in chats.items()
    )


def titles_in(bot: World, chat: int) -> list[str]:
    """Return the titles that stand in a chat, in their order."""
    return [post["text"].split("\n", 1)[0] for post in bot.telegram.posts(chat)]


def counts_in(bot: World, chats: Mapping[str, int]) -> list[Counter[str]]:
    """Return how often each title stands in each of the chats."""
    return [Counter(titles_in(bot, chat)) for chat in chats.values()]
