"""The form of a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.visible import visible_line

if TYPE_CHECKING:
    from markupsafe import Markup

    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.web.events import Event

_LONGEST_NAME: Final = 40
Fields = Mapping[str, str]
"""The query of an address, or a form that was sent: hostile, and at most 64 KB of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is signed in, by the name that was given then; the log tells it with each change."""

    name: str

    @classmethod
    def called(cls, name: str) -> Visitor:
        """Return somebody with this name, as far as it can be shown."""
        return cls(name=visible_line(" ".join(name.split()))[:_LONGEST_NAME] or "operator")


Action = Callable[["Newsroom", Fields, Visitor], Awaitable[str]]
"""Does what a form asks for and returns a message for the person who asked.

Markup is shown in the page's place instead. Raises NewsbotError, whose text is the message.
"""


Download = Callable[["Newsroom"], Awaitable[tuple[str, bytes]]]
"""Returns the type and the content of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the desk at `/name`; the first one, "", is the first that a visitor sees.

    `title` stands in the navigation. `read` gets the query and returns the data; `view` is pure,
    runs beside the service and turns them into what stands in <main>. Each of `actions` answers a
    form that was sent to `/name/ACTION`; each of `downloads` is a file at `/name/FILE`. `events`
    are told at `/name/events`: the next one after the id that it gets. A browser with a script
    reads the page again every `renew` seconds.

    A page that `takes_forms` may be asked by a form that is sent to it, too, for what is typed is
    longer than an address may be: `read` gets the form. Its field `do` may name one of `actions`,
    and where that fails the page is shown with all that was typed. Its reading may take long, so
    that it keeps no other page waiting.
    """

    name: str
    title: str
    read: Callable[[Newsroom, Fields], Awaitable[Any]]
    view: Callable[[Any], Markup]
    actions: Mapping[str, Action] = field(default_factory=dict)
    downloads: Mapping[str, Download] = field(default_factory=dict)
    events: Callable[[Newsroom, str], Awaitable[Event]] | None = None
    renew: int | None = None
    takes_forms: bool = False
