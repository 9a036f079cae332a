"""Serves the live page on the loopback interface: GET / and /events, POST /refetch."""

from __future__ import annotations

import asyncio
import errno
import os
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from bot.errors import NewsbotError
from bot.operate.web.application import Server, Site
from bot.operate.web.events import Event, send_events
from bot.operate.web.hosts import THIS_MACHINE
from bot.stopping import stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.operate.preview.live import LivePage

HOST = "127.0.0.1"
USUAL_PORT = 8377


async def serve(page: LivePage, port: int | None, announce: Callable[[str], None]) -> None:
    """Serve `page` until SIGINT or SIGTERM; `announce` gets the address.

    `port` None is the usual one, or a free one where that is taken. Raises NewsbotError where
    the configuration is wrong at the start, or `port` cannot be had.
    """
    await page.start()
    stop = stop_signal()
    server = Server([site_of(page)])
    watch = asyncio.create_task(page.watch())
    try:
        announce(f"http://{HOST}:{await _listen(server, port)}/")
        ended = asyncio.create_task(stop.wait())
        # The watch ends only by a fault, which must not pass unseen.
        await asyncio.wait({watch, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if watch.done():
            await watch
    finally:
        watch.cancel()
        await server.close()


def site_of(page: LivePage) -> Site:
    """Return what is answered about `page`, to this machine only."""

    async def show(_: web.Request) -> web.Response:
        policy = f"{page.policy}; frame-ancestors 'none'"
        body = page.html.encode("utf-8", "replace")
        headers = {"Content-Security-Policy": policy}
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)

    async def refetch(_: web.Request) -> web.Response:
        await page.refresh(refetch=True)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def events(request: web.Request) -> web.StreamResponse:
        return await send_events(request, other_version)

    async def other_version(version: str) -> Event:
        other = await page.wait_for_other(version)
        return Event(name="page", id=other, data=other)

    routes = {("GET", "/"): show, ("GET", "/events"): events, ("POST", "/refetch"): refetch}
    return Site(routes=routes, guard=THIS_MACHINE.guard)


async def _listen(server: Server, port: int | None) -> int:
    """Return the port that the server listens on. Raises NewsbotError where it cannot be had."""
    try:
        return await server.listen(HOST, USUAL_PORT if port is None else port)
    except OSError as error:
        if port is not None or error.errno != errno.EADDRINUSE:
            text = f"port {port if port is not None else USUAL_PORT} of {HOST} cannot be used"
            why = os.strerror(error.errno or 0).lower()
            raise NewsbotError(f"{text}: {why}; choose another with --port") from error
        return await server.listen(HOST, 0)
