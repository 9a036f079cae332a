"""What pages share that write files of the operator's."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from bot.operate.browser.html import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from markupsafe import Markup

    from bot.config import Config
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.feeds.configfile import ConfigFile

_PLACE: Final = re.compile(r"^.*?:[0-9]+:[0-9]+: ")


async def file_of(newsroom: Newsroom) -> ConfigFile:
    """Return the configuration file as it is now. Raises ConfigError where it is wrong."""
    return await asyncio.to_thread(newsroom.file, newsroom.config.path, newsroom.environ)


async def followed(
    newsroom: Newsroom, said: str, is_there: Callable[[Config], bool], *, before: Config
) -> str:
    """Return what was done, when the service has taken the file, or that it has not.

    Below stands what `check` warns of in the file now, and did not warn of `before`.
    """
    words = newsroom.words
    if await newsroom.has_followed(is_there):
        warnings = _new_warnings(before, newsroom.config)
        return "\n".join(
            [said, *(words.phrase("Warning: {text}", text=words.stored(one)) for one in warnings)]
        )
    return words.phrase(
        "{said}; the service goes on with what was there before: `newsbot status` shows why, and "
        "`newsbot reload --accept` takes a file that lost much",
        said=said,
    )


def _new_warnings(before: Config, now: Config) -> list[str]:
    """Return the warnings that are new; an edit may only have moved the others."""
    known = {_PLACE.sub("", one) for one in before.warnings}
    return [one for one in now.warnings if _PLACE.sub("", one) not in known]


def to_paste(newsroom: Newsroom, why: str, lines: str, path: Path, *, back: str) -> Markup:
    """Return the page with `lines` that a person writes into `path`, for the service cannot."""
    language = newsroom.config.language
    return render("paste", language, why=why, lines=lines, path=path, back=back)
