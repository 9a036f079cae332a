"""The way in: a token once, then a cookie that no script and no other site can use."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from aiohttp import web

from bot.config.schema.addresses import is_loopback
from bot.log import get_logger
from bot.operate.browser.attempts import Attempts
from bot.operate.browser.html import html_answer, in_frame, render
from bot.operate.browser.pages import Visitor
from bot.operate.browser.sessions import LASTS, Sessions
from bot.visible import visible_line
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.config import Web
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.web.application import Handler

_log = get_logger(__name__)
_FORM_WITHIN: Final = 10.0  # seconds
_MOST_FIELDS: Final = 1000
_LONGEST_ADDRESS: Final = 64
_HERE: Final = Visitor(name="this machine")
"""Who works on this machine, where no token is asked for."""


class Door:
    """Knows visitors by their cookie; without a `token` whoever works on this machine is let in.

    `names` are the pages to which a visitor may come back after signing in.
    """

    def __init__(
        self,
        listen: Web,
        token: str | None,
        names: Collection[str],
        newsroom: Newsroom,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listen = listen
        self._names = names
        self._newsroom = newsroom
        self._sessions = Sessions(token, newsroom.now) if token else None
        self._attempts = Attempts(clock)

    @property
    def has_lock(self) -> bool:
        """Tell whether visitors have to sign in."""
        return self._sessions is not None

    def routes(self) -> dict[tuple[str, str], Handler]:
        """Return what is answered to whoever comes in or leaves."""
        return {("POST", "signin"): self._sign_in, ("POST", "signout"): self._sign_out}

    def visitor(self, request: web.Request) -> Visitor | None:
        """Return who is signed in, None where nobody is."""
        if self._sessions is None:
            return _HERE
        return self._sessions.visitor(request.cookies.get(self._sessions.cookie, ""))

    def ask(
        self, root: str, *, there: str = "", fault: str = "", status: int = HTTPStatus.UNAUTHORIZED
    ) -> web.Response:
        """Ask for the token, to go to the page `there` with it."""
        language = self._newsroom.config.language
        text = render("signin", language, **in_frame(root), fault=fault, there=there)
        return html_answer(text, status)

    async def _sign_in(self, request: web.Request) -> web.Response:
        if self._sessions is None:
            raise web.HTTPSeeOther("./")
        form = await form_of(request)
        who, there = self._peer(request), form.get("there", "")
        if wait := self._attempts.wait(who):
            words = wording(self._newsroom.config.language)
            span = words.span(timedelta(seconds=ceil(wait)))
            text = words.phrase("Too many wrong tokens came from here: wait {span}", span=span)
            status = HTTPStatus.TOO_MANY_REQUESTS
            answer = self.ask(".", there=there, fault=text, status=status)
            answer.headers["Retry-After"] = str(ceil(wait))
            return answer
        if not self._sessions.is_token(form.get("token", "")):
            self._attempts.note_wrong(who)
            _log.warning("a wrong token at the desk in the browser", address=who)
            text = wording(self._newsroom.config.language).phrase("That is not the token")
            return self.ask(".", there=there, fault=text, status=HTTPStatus.FORBIDDEN)
        self._attempts.note_right(who)
        is_safe = request.headers.get("Origin", "").startswith("https:")
        raise self._let_in(self._sessions, form.get("name", ""), who, there, is_safe=is_safe)

    def _let_in(
        self, sessions: Sessions, name: str, address: str, there: str, *, is_safe: bool
    ) -> web.HTTPSeeOther:
        """Return the way to the page `there`, with the cookie."""
        visitor = Visitor.called(name)
        _log.info("signed in to the desk in the browser", who=visitor.name, address=address)
        answer = web.HTTPSeeOther(f"./{there if there in self._names else ''}")
        answer.set_cookie(
            sessions.cookie,
            sessions.begin(visitor),
            max_age=int(LASTS.total_seconds()),
            httponly=True,
            secure=is_safe,
            samesite="Strict",
        )
        return answer

    async def _sign_out(self, _: web.Request) -> web.Response:
        answer = web.HTTPSeeOther("./")
        if self._sessions is not None:
            answer.del_cookie(self._sessions.cookie)
        raise answer

    def _peer(self, request: web.Request) -> str:
        """Return the address of who asks, as the web server in front says it where one stands."""
        remote = request.remote or ""
        if self._listen.public_url is None or not is_loopback(remote):
            return remote
        said = request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip()
        return visible_line(said)[:_LONGEST_ADDRESS]


async def form_of(request: web.Request, within: float = _FORM_WITHIN) -> dict[str, str]:
    """Return the fields of the form that was sent; a slow one is given up."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="this is no form of the desk\n")
    try:
        async with asyncio.timeout(within):
            sent = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="the form did not come in time\n") from None
    try:
        fields = parse_qsl(
            sent.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise web.HTTPBadRequest(text="the form has too many fields\n") from None
    return dict(fields)
