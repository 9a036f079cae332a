"""Templates -> HTML in which nothing of a feed is markup."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

from bot.moments import local_time, with_local_times
from bot.operate.browser import card_filters
from bot.operate.json_forms import plain
from bot.wording import wording

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2.runtime import Context

    from bot.wording import Wording

ASSETS: Final = {"posts.css": "text/css", "desk.css": "text/css", "desk.js": "text/javascript"}
_FOLDER: Final = files("bot.data") / "pages"
# The first are no characters in HTML, the second would turn the lines around them.
_UNSHOWN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The Content-Security-Policy (CSP 3) of each page: nothing inline, nothing from elsewhere."""


def html_answer(text: str, status: int) -> web.Response:
    """Return the page `text`, in which nothing can run but the desk's own script."""
    return web.Response(
        body=text.encode("utf-8", "replace"),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


def in_frame(root: str) -> dict[str, object]:
    """Return what a whole page is given; `root` is the way back to the first page.

    All addresses are relative: a web server in front may call this place by any path.
    """
    assets = {name: f"{root}/{name}?v={version_of(name)}" for name in ASSETS}
    return {"root": root, "assets": assets}


def render(template: str, language: str, **values: object) -> Markup:
    """Return the template `NAME.html.j2` filled with `values`, all of which are text in it.

    `phrase` and its like say the fixed words in `language`.
    """
    words = wording(language)
    said = {name: getattr(words, name) for name in ("phrase", "phrase_as", "phrase_count")}
    filled = _environment().get_template(f"{template}.html.j2")
    text = filled.render(language=language, words=words, **said, **values)
    return Markup(showable(text))  # noqa: S704 - it is escaped


def showable(text: str) -> str:
    """Return a page with a sign in the place of each character that must not stand in one."""
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)


@cache
def asset(name: str) -> str:
    """Return a file of the pages."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def version_of(name: str) -> str:
    """Return a mark of the file's content: a browser keeps one version for good."""
    return sha256(asset(name).encode()).hexdigest()[:12]


@jinja2.pass_context
def _short(context: Context, seconds: float) -> str:
    """Return a span in a few letters of the language."""
    words: Wording = context["words"]
    return words.span(timedelta(seconds=seconds))


@jinja2.pass_context
def _ago(context: Context, moment: datetime | None, now: datetime) -> str:
    """Return how long ago it was, in a few letters of the language."""
    if moment is None:
        return "–"
    words: Wording = context["words"]
    span = words.span(max(now - moment, timedelta(0)))
    return words.phrase("{span} ago", span=span)


def _commands(text: str) -> Markup:
    """Return a message, with what it quotes as commands set apart."""
    parts = [
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


@cache
def _environment() -> jinja2.Environment:
    return new_environment()


def new_environment() -> jinja2.Environment:
    """Return what templates of pages are made with: all values are escaped, none may be missing."""
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(asset),
    )
    environment.filters.update(card_filters.FILTERS)
    environment.filters.update(
        local=local_time,
        in_zone=with_local_times,
        iso=plain,
        short=_short,
        ago=_ago,
        commands=_commands,
    )
    environment.tests.update(card_filters.TESTS)
    return environment
