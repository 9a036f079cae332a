"""A proxy on the loopback interface that speaks HTTP (with CONNECT) and SOCKS 5.

    async with ProxyServer(server.base) as proxy: ...   leads every destination to `server`
    proxy.asked                                         "HOST:PORT" of each connection, in order

With `login` it refuses who gives no other one. `refuses` answers as a proxy that may not connect.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit


class ProxyServer:
    def __init__(self, target: str, *, login: str | None = None, refuses: bool = False) -> None:
        parts = urlsplit(target)
        self._to = (parts.hostname or "", parts.port or 0)
        self._login = login
        self._refuses = refuses
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.asked: list[str] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def __aexit__(self, *_: object) -> None:
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            first = await reader.readexactly(1)
            await (self._socks if first == b"\x05" else self._http)(first, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            await _close(writer)
            self._tasks.discard(task)

    async def _http(self, first: bytes, reader, writer) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        method, target = head.split(b" ", 2)[:2]
        place = target.decode() if method == b"CONNECT" else urlsplit(target.decode()).netloc
        self.asked.append(place)
        if self._login and f"Basic {b64encode(self._login.encode()).decode()}".encode() not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif self._refuses:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        elif method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await self._join(b"", reader, writer)
        else:
            path = urlsplit(target.decode())._replace(scheme="", netloc="").geturl()
            await self._join(head.replace(target, path.encode(), 1), reader, writer)
        await writer.drain()

    async def _socks(self, _: bytes, reader, writer) -> None:
        """Speak RFC 1928, and RFC 1929 where there is a login."""
        count = (await reader.readexactly(1))[0]
        methods = await reader.readexactly(count)
        wanted = 2 if self._login else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes([5, wanted]))
        if wanted and not await self._is_let_in(reader, writer):
            return
        kind = (await reader.readexactly(4))[3]
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        host = await reader.readexactly(length)
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"{host.decode() if kind == 3 else '.'.join(map(str, host))}:{port}")
        writer.write(bytes([5, 2 if self._refuses else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not self._refuses:
            await self._join(b"", reader, writer)

    async def _is_let_in(self, reader, writer) -> bool:
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        password = await reader.readexactly((await reader.readexactly(1))[0])
        is_right = f"{user.decode()}:{password.decode()}" == self._login
        writer.write(b"\x01\x00" if is_right else b"\x01\x01")
        return is_right

    async def _join(self, first: bytes, reader, writer) -> None:
        there, back = await asyncio.open_connection(*self._to)
        back.write(first)
        try:
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        finally:
            await _close(back)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        to.write(data)
        await to.drain()
    to.close()
