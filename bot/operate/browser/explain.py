"""Explain: the way of a story, stage by stage, as `newsbot explain` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.models.basics import StoryId
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.state.explain import trace_lines
from bot.operate.state.plans import plan_for
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from bot.models.views import StoryTrace
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields

_MOST: Final = 5
_LONGEST: Final = 20_000
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What was asked for, and the traces that were found as text, each with its title."""

    language: str
    asked: str
    traces: Sequence[tuple[str, str]]


async def read(newsroom: Newsroom, query: Fields) -> Explained:
    """Find stories by their number (`story`), or by link, id or words of the title (`q`)."""
    asked, number = query.get("q", ""), query.get("story", "")
    found: Sequence[StoryTrace] = ()
    if number.isdecimal() and len(number) <= _MOST_DIGITS:
        found = await newsroom.reads.desk.traces([StoryId(int(number))])
    elif asked.strip():
        found = await newsroom.reads.desk.find_stories(asked, _MOST)
    config = newsroom.config
    plan = partial(plan_for, config=config, now=newsroom.now())
    return Explained(
        language=config.language,
        asked=asked or number,
        traces=[
            _told(list(trace_lines(one, config.timezone, plan, newsroom.words))) for one in found
        ],
    )


def _told(lines: Sequence[str]) -> tuple[str, str]:
    return lines[0], "\n".join(lines[1:])[:_LONGEST]


def view(found: Explained) -> Markup:
    """Return what stands in <main>."""
    return render("explain", found.language, found=found)


PAGE = Page(name="explain", title=marked("Explain"), read=read, view=view)
