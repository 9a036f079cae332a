"""Server-sent events (HTML Living Standard, section 9.2): a page learns what happens as it does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.operate.web.application import CLOSING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PING_EVERY: Final = 15.0  # seconds; finds out that a tab was closed
_WRITTEN_WITHIN: Final = 20.0  # seconds; a reader that takes nothing is left


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; a browser that comes back tells the last `id` that it knows."""

    name: str
    id: str
    data: str

    def encoded(self) -> bytes:
        """Return it as it is sent; a line break would end a field."""
        lines = "".join(f"data: {line}\n" for line in self.data.splitlines())
        return f"event: {self.name}\nid: {self.id}\n{lines}\n".encode("utf-8", "replace")


async def send_events(
    request: web.Request, after: Callable[[str], Awaitable[Event]]
) -> web.StreamResponse:
    """Send each event when it happens, until the browser or the server ends.

    `after` returns the next one after the id that it gets: the last that the browser heard, else
    the one in its query, else "".
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    closing = request.config_dict[CLOSING]
    ended = asyncio.create_task(closing.wait())
    known = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    try:
        while not closing.is_set():
            async with asyncio.timeout(_PING_EVERY + _WRITTEN_WITHIN):
                known = await _send_next(response, known, after, ended)
    except (ConnectionError, TimeoutError):
        pass  # the tab was closed, or it reads no more
    finally:
        ended.cancel()
    return response


async def _send_next(
    response: web.StreamResponse,
    known: str,
    after: Callable[[str], Awaitable[Event]],
    ended: asyncio.Task[bool],
) -> str:
    """Send the next event, or a sign of life; return the id of the last event sent."""
    coming = asyncio.ensure_future(after(known))
    try:
        await asyncio.wait(
            {coming, ended}, timeout=_PING_EVERY, return_when=asyncio.FIRST_COMPLETED
        )
        if not coming.done():
            await response.write(b": still here\n\n")
            return known
        await response.write(coming.result().encoded())
        return coming.result().id
    finally:
        coming.cancel()
