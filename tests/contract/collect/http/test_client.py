"""Servers whose bytes matter: what they send, cut as they like, and how they hang up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.collect.http.fetcher import HttpFetcher
from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed, FetchFailed, Validators
from bot.models.settings import Feed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = b"<rss version='2.0'><channel/></rss>"
LENGTH = b"Content-Length: %d" % len(BODY)
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


@asynccontextmanager
async def sending(*parts: bytes) -> AsyncIterator[str]:
    """Serve `parts` one after the other, then hang up; yield host and port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fetched(scheme: str, *parts: bytes) -> object:
    async with sending(*parts) as where, HttpFetcher(contact=None, version="1") as fetcher:
        feed = Feed(id=FeedId("a"), url=f"{scheme}://{where}/rss")
        return await fetcher.fetch(feed, Validators())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\n" + LENGTH + b"\n" + LENGTH + b"\n\n" + BODY,
        HINTS + b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n\r\n" + BODY,
        HINTS + HINTS + b"HTTP/1.1 200 OK\nno field\n" + LENGTH + b"\n" + LENGTH + b"\n\n" + BODY,
        b"HTTP/1.1 100 Continue\n\nHTTP/1.0 200\n\n" + BODY,
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
async def test_odd_heads_are_read_however_they_are_cut(answer: bytes, size: int) -> None:
    parts = [answer[at : at + size] for at in range(0, len(answer), size)]
    outcome = await fetched("http", *parts)
    assert isinstance(outcome, FetchedFeed), outcome
    assert outcome.body == BODY


async def test_a_server_without_tls_that_hangs_up_was_reached() -> None:
    outcome = await fetched("https")
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason.code == "connection_lost"
