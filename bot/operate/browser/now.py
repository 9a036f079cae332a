"""Now: how the channels are doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.models.alerts import Presence
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.state.health import health
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The state of the service at one moment."""

    language: str
    troubles: Sequence[dict[str, str]]


async def read(newsroom: Newsroom, _: Fields) -> Now:
    """Read what tells of trouble."""
    presence = Presence(running=True, since=newsroom.began)
    found = await health(newsroom.config, newsroom.reads, newsroom.now(), presence=presence)
    return Now(language=newsroom.config.language, troubles=found.troubles)


def view(now: Now) -> Markup:
    """Return what stands in <main>."""
    return render("now", now.language, now=now)


PAGE = Page(name="", title=marked("Now"), read=read, view=view, renew=30)
