"""What every page has in common: layout, actions, and the log of who did what."""

from __future__ import annotations

import asyncio
import re
import secrets
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web
from markupsafe import Markup

from bot.collect.addresses import public_url
from bot.config.schema.addresses import is_loopback
from bot.errors import NewsbotError
from bot.log import get_logger
from bot.operate.browser.door import Door, form_of
from bot.operate.browser.html import ASSETS, asset, html_answer, in_frame, render, version_of
from bot.operate.web.application import ListedSite
from bot.operate.web.events import send_events
from bot.operate.web.hosts import OwnPages
from bot.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.config import Web
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Download, Page, Visitor
    from bot.operate.web.application import Handler

    Said = tuple[str, bool]

_log = get_logger(__name__)
_MOST_SAID: Final = 200
_MOST_LOGGED: Final = 300  # characters
_MOST_STREAMS: Final = 50
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")


class Frame:
    """Answers for all `pages`; without a `token` whoever works on this machine is let in."""

    def __init__(
        self, newsroom: Newsroom, pages: Sequence[Page], listen: Web, token: str | None
    ) -> None:
        self._newsroom = newsroom
        self._pages = pages
        self._listen = listen
        self._door = Door(listen, token, {page.name for page in pages}, newsroom)
        self._said: dict[str, Said] = {}
        self._streams = asyncio.Semaphore(_MOST_STREAMS)
        # One page at a time: ten browsers take no more of the machine than one.
        self._drawing = asyncio.Semaphore(1)
        self._trying = asyncio.Semaphore(1)

    def site(self) -> ListedSite:
        """Return what is answered to browsers.

        A web server in front may pass the path of `public_url` on, or take it off.
        """
        public = urlsplit(self._listen.public_url or "").path
        routes = {
            (method, f"{prefix}/{path}"): handler
            for prefix in {"", public}
            for (method, path), handler in self._routes().items()
        }
        if public:
            routes["GET", public] = partial(_into, public)
        is_open = not is_loopback(self._listen.host)
        own = OwnPages(public_url=self._listen.public_url, is_open=is_open)
        return ListedSite(table="web", listen=self._listen, routes=routes, guard=own.guard)

    def _routes(self) -> dict[tuple[str, str], Handler]:
        routes = self._door.routes()
        routes |= {("GET", name): partial(_show_asset, name) for name in ASSETS}
        for page in self._pages:
            base = f"{page.name}/" if page.name else ""
            routes["GET", page.name] = partial(self._show, page)
            if page.events is not None:
                routes["GET", f"{base}events"] = partial(self._send_events, page)
            for name, download in page.downloads.items():
                routes["GET", f"{base}{name}"] = partial(self._download, name, download)
            if page.takes_forms:
                routes["POST", page.name] = partial(self._submit, page)
                continue
            for name in page.actions:
                routes["POST", f"{base}{name}"] = partial(self._act, page, name)
                # Where a form was answered with a page, a reload leads back.
                routes["GET", f"{base}{name}"] = partial(_back_to, page)
        return routes

    async def _show(self, page: Page, request: web.Request) -> web.Response:
        visitor = self._door.visitor(request)
        if visitor is None:
            return self._door.ask(".", there=page.name)
        query = dict(request.query)
        said = self._said.pop(query.pop("said", ""), None)
        async with self._turn(page):
            return await self._drawn(page, visitor, query, said)

    def _turn(self, page: Page) -> asyncio.Semaphore:
        return self._trying if page.takes_forms else self._drawing

    async def _drawn(
        self, page: Page, visitor: Visitor, query: Mapping[str, str], said: Said | None
    ) -> web.Response:
        try:
            data = await page.read(self._newsroom, query)
            body = await asyncio.to_thread(page.view, data)
        except NewsbotError as error:
            fault, status = (str(error), True), HTTPStatus.SERVICE_UNAVAILABLE
            return self._laid_out(page, visitor, Markup(""), said=fault, status=status)
        return self._laid_out(page, visitor, body, said=said)

    def _laid_out(
        self,
        page: Page,
        visitor: Visitor,
        body: Markup,
        *,
        said: Said | None = None,
        status: int = HTTPStatus.OK,
        root: str = ".",
        is_answer: bool = False,
    ) -> web.Response:
        text = render(
            "layout",
            self._newsroom.config.language,
            **in_frame(root),
            page=page,
            pages=self._pages,
            visitor=visitor.name if self._door.has_lock else None,
            body=body,
            said=said,
            renew=page.renew if status == HTTPStatus.OK and not is_answer else None,
        )
        return html_answer(text, status)

    async def _act(self, page: Page, name: str, request: web.Request) -> web.Response:
        """Do what a form asks for, and show the page again with what came of it."""
        root = ".." if page.name else "."
        visitor = self._door.visitor(request)
        if visitor is None:
            return self._door.ask(root, there=page.name)
        form = await form_of(request)
        said = await self._done(page, name, form, visitor)
        if isinstance(said[0], Markup):
            return self._laid_out(page, visitor, said[0], root=root, is_answer=True)
        raise self._again(page, form.get("back", ""), said, root)

    async def _submit(self, page: Page, request: web.Request) -> web.Response:
        """Show the page that a form asks for, or do what it asks for."""
        visitor = self._door.visitor(request)
        if visitor is None:
            return self._door.ask(".", there=page.name)
        form = await form_of(request)
        name, said = form.get("do", ""), None
        if name in page.actions:
            said = await self._done(page, name, form, visitor)
            if isinstance(said[0], Markup):
                return self._laid_out(page, visitor, said[0], is_answer=True)
            if not said[1]:
                raise self._again(page, form.get("back", ""), said, ".")
        async with self._turn(page):
            if request.transport is None:  # who typed on has asked anew
                raise web.HTTPRequestTimeout
            return await self._drawn(page, visitor, form, said)

    async def _done(self, page: Page, name: str, form: Mapping[str, str], visitor: Visitor) -> Said:
        try:
            said = await page.actions[name](self._newsroom, form, visitor), False
        except NewsbotError as error:
            said = str(error), True
        _note(visitor, f"{page.name}/{name}".strip("/"), form, said)
        return said

    def _again(self, page: Page, back: str, said: Said, root: str) -> web.HTTPSeeOther:
        """Return the way to the page, which then tells `said`: a reload does nothing twice.

        `back` is the query with which the page was seen before.
        """
        mark = secrets.token_urlsafe(9)
        self._said[mark] = said
        while len(self._said) > _MOST_SAID:
            del self._said[next(iter(self._said))]
        query = [(key, value) for key, value in parse_qsl(back) if key != "said"]
        return web.HTTPSeeOther(f"{root}/{page.name}?{urlencode([*query, ('said', mark)])}")

    async def _download(
        self, name: str, download: Download, request: web.Request
    ) -> web.StreamResponse:
        if self._door.visitor(request) is None:
            raise web.HTTPUnauthorized(text="sign in first\n")
        kind, content = await download(self._newsroom)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=content, content_type=kind, headers=headers)

    async def _send_events(self, page: Page, request: web.Request) -> web.StreamResponse:
        if self._door.visitor(request) is None:
            raise web.HTTPUnauthorized(text="sign in first\n")
        if page.events is None or self._streams.locked():
            raise web.HTTPServiceUnavailable(text="too many pages are open already\n")
        async with self._streams:
            return await send_events(request, partial(page.events, self._newsroom))


def _note(visitor: Visitor, what: str, form: Mapping[str, str], said: Said) -> None:
    """Log who did what, and what came of it."""
    text, is_fault = said
    asked = " ".join(f"{key}={_public(value)}" for key, value in form.items() if key != "back")
    came = "" if isinstance(text, Markup) else text
    tell = _log.warning if is_fault else _log.info
    tell(
        "done in the browser" if not is_fault else "not done in the browser",
        who=visitor.name,
        what=what,
        asked=visible_line(asked)[:_MOST_LOGGED],
        came=visible_line(came)[:_MOST_LOGGED],
    )


def _public(value: str) -> str:
    """Return what somebody typed; an address without password and keys, which nobody knows yet."""
    return public_url(value.strip()) if _ADDRESS.fullmatch(value.strip()) else value


async def _back_to(page: Page, _: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(f"../{page.name}" if page.name else "./")


async def _into(path: str, _: web.Request) -> web.StreamResponse:
    """Lead to the first page; without the last slash its links would lead out of the desk."""
    raise web.HTTPSeeOther(f"{path}/")


async def _show_asset(name: str, request: web.Request) -> web.Response:
    is_version = request.query.get("v") == version_of(name)
    kept = "public, max-age=31536000, immutable" if is_version else "no-store"
    headers = {"Cache-Control": kept}
    kind = ASSETS[name]
    return web.Response(text=asset(name), content_type=kind, charset="utf-8", headers=headers)
