"""Bounds of a server that strangers reach: few connections, and none that waits for a slow one."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_MOST: Final = 200
_PATIENCE: Final = 10.0
"""Seconds; a connection that began no request in one to two of these is closed."""


class Bounds:
    """The open connections of one server, and the requests that each has begun and under way."""

    def __init__(self, *, most: int = _MOST, patience: float = _PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._open: dict[_Connection, asyncio.BaseTransport] = {}
        """The oldest first."""
        self._begun: Counter[object] = Counter()
        self._busy: Counter[object] = Counter()

    @web.middleware
    async def counted(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Note that the connection has a request under way; its handler has its own time-outs."""
        connection = request.protocol
        self._begun[connection] += 1
        self._busy[connection] += 1
        try:
            return await handler(request)
        finally:
            self._busy[connection] -= 1
            if connection not in self._begun:
                del self._busy[connection]

    def begun(self, connection: object) -> int | None:
        """Return how many requests `connection` has begun, None while one is under way."""
        return None if self._busy[connection] else self._begun[connection]

    def end(self, connection: object) -> None:
        """Forget a connection that ended; a request of it may still be under way."""
        del self._begun[connection]
        if not self._busy[connection]:
            del self._busy[connection]

    def around(self, make: Callable[[], asyncio.Protocol]) -> asyncio.Protocol:
        """Return a new connection, which `make` makes, within these bounds."""
        return _Connection(make(), self, self._open, self._most, self._patience)


class _Connection(asyncio.Protocol):
    """Passes everything on to `inner`, which answers; closes what only waits."""

    def __init__(
        self,
        inner: asyncio.Protocol,
        bounds: Bounds,
        others: dict[_Connection, asyncio.BaseTransport],
        most: int,
        patience: float,
    ) -> None:
        self._inner = inner
        self._bounds = bounds
        self._others = others
        self._most = most
        self._patience = patience
        self._seen: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(transport)
        self._others[self] = transport
        if len(self._others) > self._most:
            self._make_room(transport)
        if not transport.is_closing():
            self._look_later(transport)

    def _make_room(self, own: asyncio.BaseTransport) -> None:
        """Close the oldest connection that waits, or the new one where each is being answered.

        Whoever opens many connections and asks nothing keeps nobody else out.
        """
        waiting = (one for one in self._others if one is not self and not one.is_busy)
        oldest = next(waiting, None)
        if oldest is None:
            own.close()
        else:
            self._others.pop(oldest).close()

    @property
    def is_busy(self) -> bool:
        """Tell whether a request of it is being answered."""
        return self._bounds.begun(self._inner) is None

    def _look_later(self, transport: asyncio.BaseTransport) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._patience, self._look, transport)

    def _look(self, transport: asyncio.BaseTransport) -> None:
        begun = self._bounds.begun(self._inner)
        if begun is not None and begun == self._seen:
            transport.close()
            return
        self._seen = begun
        self._look_later(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._others.pop(self, None)
        self._bounds.end(self._inner)
        if self._timer is not None:
            self._timer.cancel()
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()
