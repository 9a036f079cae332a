"""Sites -> an application of aiohttp: its routes, headers and bounds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, cast

from aiohttp import web

from bot.operate.web.bounds import Bounds
from bot.operate.web.strangers import SERVER_LOG

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from bot.config import Listen

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
    Guard = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

CLOSING: Final = web.AppKey("closing", asyncio.Event)
"""Is set when the server ends: answers that go on for ever end then."""
_SHUTDOWN: Final = 1.0  # seconds
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Without a referrer a form's POST would come from the origin "null" (Fetch, section 3.2).
    "Referrer-Policy": "same-origin",
    "Server": "newsbot",
    "X-Content-Type-Options": "nosniff",
}
"""Of each answer that does not say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Handlers by method and path, each behind the `guard`; no body is larger than `max_bytes`."""

    routes: Mapping[tuple[str, str], Handler]
    guard: Guard | None = None
    max_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSite(Site):
    """A site whose address the configuration names, in `table`."""

    table: Literal["metrics", "web"]
    listen: Listen


class Server:
    """The sites of one address; answers once it listens, until it is closed."""

    def __init__(self, sites: Iterable[Site], *, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._runner = web.AppRunner(
            application(sites, self._bounds),
            access_log=None,
            logger=SERVER_LOG,
            shutdown_timeout=_SHUTDOWN,
        )
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Answer from now on; return the port, a free one for 0. Raises OSError."""
        if self._runner.server is None:
            await self._runner.setup()
        make = cast("Callable[[], asyncio.Protocol]", self._runner.server)
        connection = partial(self._bounds.around, make)
        self._server = await asyncio.get_running_loop().create_server(connection, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()


def application(sites: Iterable[Site], bounds: Bounds) -> web.Application:
    """Return the application that answers for all `sites`."""
    app = web.Application(middlewares=[bounds.counted])
    app[CLOSING] = asyncio.Event()
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(_close)
    app.router.add_get("/favicon.ico", _no_icon, allow_head=False)
    for site in sites:
        for (method, path), handler in site.routes.items():
            app.router.add_route(method, path, _behind(site, handler))
    return app


def _behind(site: Site, handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        bounded = request.clone(client_max_size=site.max_bytes)
        return await (site.guard(bounded, handler) if site.guard else handler(bounded))

    return answer


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _close(app: web.Application) -> None:
    app[CLOSING].set()


async def _no_icon(_: web.Request) -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT)
