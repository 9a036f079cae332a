"""Where `check --online` finds that reactions to posts are not counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.errors import PublishError
from bot.operate.setup.online import Finding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bot.models.settings import Channel

_TEXT = "the bot is no administrator, so Telegram reports no reactions to it (ratings); make it one"


async def unrated(
    channels: Iterable[Channel],
    checked: Iterable[Finding],
    is_administrator: Callable[[Channel], Awaitable[bool]],
) -> list[Finding]:
    """Return a warning for each of `channels` of which Telegram tells no reactions.

    One that failed what was `checked` before has a line that says more.
    """
    failed = {one.subject for one in checked if one.state == "failed"}
    asked = [channel for channel in channels if channel.id not in failed]
    answers = await asyncio.gather(*(_is_rated(channel, is_administrator) for channel in asked))
    return [
        Finding(check="chat", subject=channel.id, state="warning", text=f"{channel.chat}: {_TEXT}")
        for channel, is_rated in zip(asked, answers, strict=True)
        if not is_rated
    ]


async def _is_rated(
    channel: Channel, is_administrator: Callable[[Channel], Awaitable[bool]]
) -> bool:
    try:
        return await is_administrator(channel)
    except PublishError:
        return True  # the question before this one was answered: nothing is known to be wrong
