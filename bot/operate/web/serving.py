"""Serves on an address of this machine; one that is taken stops no news."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from aiohttp import web

from bot.errors import StoreError
from bot.log import get_logger
from bot.models.alerts import Note
from bot.operate.alerts.of_service import A_PERSONS
from bot.operate.web.bounds import Bounds
from bot.operate.web.strangers import SERVER_LOG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from aiohttp.typedefs import Middleware

    from bot.config import Listen
    from bot.store.operator.alerts import AlertBook

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = get_logger(__name__)
AGAIN = 60.0
"""Seconds until a port that is taken is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is answered on one address: `table` is the one of the configuration that names it.

    `routes` are handlers by method and path. No body may be larger than `max_bytes`.
    """

    table: Literal["metrics", "web"]
    listen: Listen
    routes: Mapping[tuple[str, str], Handler]
    guard: Middleware | None = None
    max_bytes: int = 64 * 1024
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where trouble with the port is noted, by which time, and how to wait before the next try."""

    book: AlertBook
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@asynccontextmanager
async def serving(site: Site, desk: Desk) -> AsyncIterator[None]:
    """Answer meanwhile, as soon as the port is free."""
    guards = (site.bounds.counted, *([site.guard] if site.guard else []))
    app = web.Application(middlewares=guards, client_max_size=site.max_bytes)
    for (method, path), handler in site.routes.items():
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, access_log=None, logger=SERVER_LOG, shutdown_timeout=1)
    await runner.setup()
    listener = _Listener(site, desk, runner)
    fault = await listener.listen()
    await _tell(desk, site, fault)
    trying = asyncio.create_task(listener.try_again()) if fault else None
    try:
        yield
    finally:
        if trying is not None:
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)
        listener.close()
        await runner.cleanup()


class _Listener:
    """The port of a site."""

    def __init__(self, site: Site, desk: Desk, runner: web.AppRunner) -> None:
        self._site = site
        self._desk = desk
        self._runner = runner
        self._server: asyncio.Server | None = None

    async def listen(self) -> str | None:
        """Listen; return why that is impossible, None where it is done."""
        make = cast("Callable[[], asyncio.Protocol]", self._runner.server)
        connection = partial(self._site.bounds.around, make)
        listen = self._site.listen
        try:
            self._server = await asyncio.get_running_loop().create_server(
                connection, listen.host, listen.port
            )
        except OSError as error:
            # asyncio's own text repeats the address.
            return error.strerror.rpartition(": ")[2] if error.strerror else str(error)
        return None

    async def try_again(self) -> None:
        fault: str | None = ""
        while fault is not None:
            await self._desk.sleep(AGAIN)
            fault = await self.listen()
        site = self._site
        _log.info(f"{site.table}.listen is free, and used now", address=site.listen.address)
        await _tell(self._desk, site, None)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()


async def _tell(desk: Desk, site: Site, fault: str | None) -> None:
    """Log and note the fault, or forget it; a database that takes no note stops nothing here."""
    address = site.listen.address
    try:
        known = [note for note in await desk.book.notes() if note.kind == site.table]
        if fault is None:
            await desk.book.write([], known)
            return
        text = f"{address} cannot be used ({fault})"
        _log.warning(f"{site.table}.listen: {text}; newsbot tries again each minute")
        note = Note(
            kind=site.table, subject=address, text=text, level=A_PERSONS, noticed_at=desk.now()
        )
        # After a restart it is the same trouble still, and not to be told again.
        is_new = all(one.subject != address for one in known)
        others = [one for one in known if one.subject != address]
        await desk.book.write([note] if is_new else [], others)
    except StoreError as error:
        _log.error(str(error))
