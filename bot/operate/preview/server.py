"""Serves the live page on the loopback interface: GET / and /events, POST /refetch.

A page of another site must reach nothing here: the Host header must name this machine, and a POST
must come from the page itself.
"""

from __future__ import annotations

import asyncio
import errno
import os
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from bot.errors import NewsbotError
from bot.operate.own_host import own_host_only
from bot.stopping import stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.operate.preview.live import LivePage

HOST = "127.0.0.1"
USUAL_PORT = 8377
_PING_EVERY = 15.0  # seconds; finds out that a tab was closed
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def serve(page: LivePage, port: int | None, announce: Callable[[str], None]) -> None:
    """Serve `page` until SIGINT or SIGTERM; `announce` gets the address.

    `port` None is the usual one, or a free one where that is taken. Raises NewsbotError where
    the configuration is wrong at the start, or `port` cannot be had.
    """
    await page.start()
    stop = stop_signal()
    server = PreviewServer(page)
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    watch = asyncio.create_task(page.watch())
    try:
        announce(f"http://{HOST}:{await _listen(runner, port)}/")
        ended = asyncio.create_task(stop.wait())
        # The watch ends only by a fault, which must not pass unseen.
        await asyncio.wait({watch, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if watch.done():
            await watch
    finally:
        watch.cancel()
        server.closing.set()
        await runner.cleanup()


class PreviewServer:
    """The three addresses; setting `closing` ends the answers that are still being sent."""

    def __init__(self, page: LivePage) -> None:
        self._page = page
        self.closing = asyncio.Event()
        self.app = web.Application(middlewares=[own_host_only])
        self.app.on_response_prepare.append(_add_headers)
        self.app.router.add_get("/", self._show, allow_head=False)
        self.app.router.add_get("/events", self._events, allow_head=False)
        self.app.router.add_get("/favicon.ico", _no_icon, allow_head=False)
        self.app.router.add_post("/refetch", self._refetch)

    async def _show(self, _: web.Request) -> web.Response:
        policy = f"{self._page.policy}; frame-ancestors 'none'"
        body = self._page.html.encode("utf-8", "replace")
        headers = {"Content-Security-Policy": policy}
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)

    async def _refetch(self, request: web.Request) -> web.Response:
        if request.headers.get("Origin") != f"http://{request.headers.get('Host')}":
            raise web.HTTPForbidden(text="only the preview's own page may ask for this")
        await self._page.refresh(refetch=True)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Tell the page's version now and whenever it changes (HTML, server-sent events)."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        closing = asyncio.create_task(self.closing.wait())
        version = ""
        try:
            while not self.closing.is_set():
                version = await self._next(response, version, closing)
        except ConnectionError:
            pass  # the tab was closed
        finally:
            closing.cancel()
        return response

    async def _next(
        self, response: web.StreamResponse, version: str, closing: asyncio.Task[bool]
    ) -> str:
        other = asyncio.create_task(self._page.wait_for_other(version))
        try:
            await asyncio.wait(
                {other, closing}, timeout=_PING_EVERY, return_when=asyncio.FIRST_COMPLETED
            )
            if not other.done():
                await response.write(b": still here\n\n")
                return version
            await response.write(f"event: page\ndata: {other.result()}\n\n".encode())
            return other.result()
        finally:
            other.cancel()


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _no_icon(_: web.Request) -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _listen(runner: web.AppRunner, port: int | None) -> int:
    """Return the port that the server listens on. Raises NewsbotError where it cannot be had."""
    try:
        await web.TCPSite(runner, HOST, USUAL_PORT if port is None else port).start()
    except OSError as error:
        if port is not None or error.errno != errno.EADDRINUSE:
            text = f"port {port if port is not None else USUAL_PORT} of {HOST} cannot be used"
            why = os.strerror(error.errno or 0).lower()
            raise NewsbotError(f"{text}: {why}; choose another with --port") from error
        return await _listen(runner, 0)
    return int(runner.addresses[0][1])
