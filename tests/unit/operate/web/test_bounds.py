"""Strangers who open connections and wait take no room for long, and only so much."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from bot.operate.web.application import Server, Site
from bot.operate.web.bounds import Bounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@asynccontextmanager
async def served(bounds: Bounds, gate: asyncio.Event) -> AsyncIterator[int]:
    async def answer(_: web.Request) -> web.Response:
        await gate.wait()
        return web.Response(text="ok")

    server = Server([Site(routes={("GET", "/"): answer})], bounds=bounds)
    yield await server.listen("127.0.0.1", 0)
    await server.close()


async def test_a_connection_that_begins_no_request_is_closed() -> None:
    async with served(Bounds(patience=0.05), asyncio.Event()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET[:20])
        assert await reader.read() == b""
        writer.close()


async def test_a_request_that_is_answered_slowly_is_waited_for() -> None:
    gate = asyncio.Event()
    bounds = Bounds(patience=0.05)
    async with served(bounds, gate) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        idle_reader, idle = await asyncio.open_connection("127.0.0.1", port)
        assert await idle_reader.read() == b""  # it was opened later, and its time is over
        gate.set()
        assert (await reader.readline()).split()[1] == b"200"
        for one in (writer, idle):
            one.close()


async def test_the_oldest_connection_that_waits_makes_room_for_a_new_one() -> None:
    gate = asyncio.Event()
    async with served(Bounds(most=2), gate) as port:
        asking, asks = await asyncio.open_connection("127.0.0.1", port)
        asks.write(GET)
        waiting, waits = await asyncio.open_connection("127.0.0.1", port)
        new, news = await asyncio.open_connection("127.0.0.1", port)
        assert await waiting.read() == b""
        news.write(GET)
        late, lates = await asyncio.open_connection("127.0.0.1", port)
        assert await late.read() == b""  # both others are being answered
        gate.set()
        for answers in (asking, new):
            assert (await answers.readline()).split()[1] == b"200"
        for one in (asks, waits, news, lates):
            one.close()


async def test_a_thousand_connections_keep_nobody_out() -> None:
    gate = asyncio.Event()
    gate.set()
    async with served(Bounds(), gate) as port:
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1000)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        assert (await reader.readline()).split()[1] == b"200"
        ended = [await answers.read() for answers, _ in crowd[:800]]
        assert ended == [b""] * 800
        for _, one in (*crowd, (reader, writer)):
            one.close()
