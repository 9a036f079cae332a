"""What pages share that write files of the operator's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.operate.browser.html import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from markupsafe import Markup

    from bot.config import Config
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.feeds.configfile import ConfigFile


async def file_of(newsroom: Newsroom) -> ConfigFile:
    """Return the configuration file as it is now. Raises ConfigError where it is wrong."""
    return await asyncio.to_thread(newsroom.file, newsroom.config.path, newsroom.environ)


async def followed(newsroom: Newsroom, said: str, is_there: Callable[[Config], bool]) -> str:
    """Return what was done, when the service has taken the file, or that it has not."""
    if await newsroom.has_followed(is_there):
        return said
    return newsroom.words.phrase(
        "{said}; the service goes on with what was there before: `newsbot status` shows why, and "
        "`newsbot reload --accept` takes a file that lost much",
        said=said,
    )


def to_paste(newsroom: Newsroom, why: str, lines: str, path: Path, *, back: str) -> Markup:
    """Return the page with `lines` that a person writes into `path`, for the service cannot."""
    language = newsroom.config.language
    return render("paste", language, why=why, lines=lines, path=path, back=back)
