"""A feed server on the loopback interface that can be as bad as the real ones.

    async with FeedServer() as server:
        server.serve("/feed.xml", Reply(b"<rss/>", etag='"1"'))
        ... fetch server.url("/feed.xml") ...
        server.requests[0].headers["If-None-Match"]

`in_thread()` runs it beside a test that starts subprocesses; `python tests/standins/feeds.py
--port N --dir DIR` serves the files of a folder (and prints the address that it listens on).
Nothing here waits for a time: what "holds" does so until the client or the server ends.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import brotli
from aiohttp import web
from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPRESS = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "br": brotli.compress,
}
_TYPES = {".atom": "application/atom+xml", ".json": "application/feed+json", ".html": "text/html"}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What goes wrong with an answer, if anything."""

    kind: Literal[
        "hold_headers",
        "hold_body",
        "trickle",
        "endless",
        "reset",
        "reset_midway",
        "bad_http",
        "odd_header",
    ]


@dataclass(frozen=True)
class Reply:
    """One answer. `etag` and `last_modified` are answered with 304 when they come back."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/rss+xml"
    etag: str | None = None
    last_modified: str | None = None
    encoding: Literal["gzip", "deflate", "br"] | None = None
    declare_encoding: bool = True
    trouble: Trouble | None = None

    def is_unchanged_for(self, headers: CIMultiDict[str]) -> bool:
        asked = headers.get("If-None-Match")
        if asked is not None:
            return asked == self.etag
        since = headers.get("If-Modified-Since")
        return since is not None and since == self.last_modified

    def wire_headers(self) -> dict[str, str]:
        found = {"ETag": self.etag, "Last-Modified": self.last_modified}
        headers = {name: value for name, value in found.items() if value is not None}
        if self.encoding and self.declare_encoding:
            headers["Content-Encoding"] = self.encoding
        return {**headers, **self.headers}

    def wire_body(self) -> bytes:
        return _COMPRESS[self.encoding](self.body) if self.encoding else self.body


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": to})


def trouble(
    kind: Literal[
        "hold_headers", "hold_body", "trickle", "endless", "reset", "reset_midway", "bad_http"
    ],
) -> Reply:
    return Reply(b"<rss version='2.0'><channel>", trouble=Trouble(kind=kind))


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    headers: CIMultiDict[str]


class FeedServer:
    """Serves replies by path (several in turn, the last one for ever) or the files of a folder."""

    def __init__(self, *, directory: Path | None = None, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.base = ""
        self._directory = directory
        self._port = port
        self._replies: dict[str, list[Reply]] = {}
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self.asked = asyncio.Event()

    def serve(self, path: str, *replies: Reply) -> str:
        """Answer `path` with `replies` from now on and return its address."""
        self._replies[path] = list(replies)
        return self.url(path)

    def url(self, path: str) -> str:
        return self.base + path

    async def __aenter__(self) -> Self:
        self._closing = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Request(request.path_qs, CIMultiDict(request.headers)))
        self.asked.set()
        reply = self._next_reply(request.path)
        if reply.is_unchanged_for(CIMultiDict(request.headers)):
            return web.Response(status=304, headers=reply.wire_headers())
        if reply.trouble is not None:
            return await self._misbehave(request, reply, reply.trouble.kind)
        return web.Response(
            status=reply.status,
            body=reply.wire_body(),
            headers={"Content-Type": reply.content_type, **reply.wire_headers()},
        )

    def _next_reply(self, path: str) -> Reply:
        replies = self._replies.get(path)
        if replies:
            return replies.pop(0) if len(replies) > 1 else replies[0]
        return self._file(path) or Reply(status=404, body=b"no such feed")

    def _file(self, path: str) -> Reply | None:
        name = Path(path).name
        if self._directory is None or not (self._directory / name).is_file():
            return None
        file = self._directory / name
        body = file.read_bytes()
        changed = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
        return Reply(
            body,
            content_type=_TYPES.get(file.suffix, "application/rss+xml"),
            etag=f'"{blake2b(body, digest_size=8).hexdigest()}"',
            last_modified=format_datetime(changed, usegmt=True),
        )

    async def _misbehave(self, request: web.Request, reply: Reply, kind: str) -> web.StreamResponse:
        if kind == "hold_headers":
            await self._closing.wait()
        if kind == "bad_http" and request.transport is not None:
            request.transport.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        if kind == "odd_header" and request.transport is not None:
            # Bare line feeds, the length twice, a space before a colon, and lines that are no field.
            length = f"Content-Length: {len(reply.body)}\n".encode() * 2
            head = b'HTTP/1.1 200 OK\n"X-XSS-Protection: 0"\r\nno header\nX-Odd : 1\n' + length
            for piece in (head[:30], head[30:] + b"Connection: close\r\n?!\n\n", reply.body):
                request.transport.write(piece)
        response = web.StreamResponse(headers=reply.wire_headers())
        if kind not in {"hold_headers", "reset", "bad_http", "odd_header"}:
            await response.prepare(request)
            await self._send(response, reply, kind)
        if request.transport is not None:
            request.transport.close() if kind in {
                "bad_http",
                "odd_header",
            } else request.transport.abort()
        return response

    async def _send(self, response: web.StreamResponse, reply: Reply, kind: str) -> None:
        await response.write(reply.body)
        if kind == "hold_body":
            await self._closing.wait()
        while kind in {"trickle", "endless"} and not self._closing.is_set():
            try:
                await response.write(b" " if kind == "trickle" else b" " * 65536)
            except ConnectionError:
                return
            await asyncio.sleep(0.01 if kind == "trickle" else 0)


@contextmanager
def in_thread(*, directory: Path | None = None) -> Iterator[FeedServer]:
    """Run a server in a thread of its own, for tests that block or start subprocesses."""
    server, ready, loop = (
        FeedServer(directory=directory),
        threading.Event(),
        asyncio.new_event_loop(),
    )
    stop = asyncio.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError("the feed server did not start")
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def _serve_for_ever(port: int, directory: Path) -> None:
    async with FeedServer(directory=directory, port=port) as server:
        print(server.base, flush=True)  # noqa: T201  # the caller reads the address here
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the feeds of a folder on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args()
    try:
        asyncio.run(_serve_for_ever(options.port, options.dir))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
