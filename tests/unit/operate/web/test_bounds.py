"""Strangers who open connections and wait take no room for long, and only so much."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from bot.config import Listen
from bot.operate.web.bounds import Bounds
from bot.operate.web.serving import Desk, Site, serving
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@asynccontextmanager
async def served(store: Store, bounds: Bounds, gate: asyncio.Event) -> AsyncIterator[int]:
    async def answer(_: web.Request) -> web.Response:
        await gate.wait()
        return web.Response(text="ok")

    port = free_port()
    listen = Listen(host="127.0.0.1", port=port)
    site = Site(table="web", listen=listen, routes={("GET", "/"): answer}, bounds=bounds)
    async with serving(site, Desk(book=store.alerts, now=lambda: NOW)):
        yield port


async def test_a_connection_that_begins_no_request_is_closed(store: Store) -> None:
    async with served(store, Bounds(patience=0.05), asyncio.Event()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET[:20])
        assert await reader.read() == b""
        writer.close()


async def test_a_request_that_is_answered_slowly_is_waited_for(store: Store) -> None:
    gate = asyncio.Event()
    bounds = Bounds(patience=0.05)
    async with served(store, bounds, gate) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        idle_reader, idle = await asyncio.open_connection("127.0.0.1", port)
        assert await idle_reader.read() == b""  # it was opened later, and its time is over
        gate.set()
        assert (await reader.readline()).split()[1] == b"200"
        for one in (writer, idle):
            one.close()


async def test_so_many_connections_and_no_more(store: Store) -> None:
    gate = asyncio.Event()
    gate.set()
    async with served(store, Bounds(most=2), gate) as port:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        for number, (answers, asks) in enumerate(kept):
            asks.write(GET)
            assert (await answers.readline()).split()[1] == b"200", number
            asks.close()
        writer.close()
