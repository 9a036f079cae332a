"""What the stand-ins share: a server on the loopback interface that can be told to misbehave.

    async with TelegramServer() as server: ...      in the test's own event loop
    with in_thread(TelegramServer()) as server: ... beside a test that starts subprocesses
    python -m tests.standins.telegram --port N      as a process; it prints its address

Administration over HTTP: POST /_admin/faults (see `Faults.plan`), GET /_admin/posts,
GET /_admin/requests.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from aiohttp import web
from multidict import CIMultiDict

from tests.standins.faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

_Server = TypeVar("_Server", bound="AbstractAsyncContextManager[object]")


@dataclass(frozen=True)
class Seen:
    """A request that came in, misbehaviour or not."""

    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes


class Standin(ABC):
    """A server of which a subclass answers the requests in `act` and lists its posts."""

    def __init__(self, *, port: int = 0) -> None:
        self.base = ""
        self.faults = Faults()
        self.requests: list[Seen] = []
        self.asked = asyncio.Event()
        self.on_turn: Callable[[], None] = lambda: None
        """Called when a request has come, and again when it is answered."""
        self._port = port
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @abstractmethod
    async def act(self, request: web.Request) -> web.Response:
        """Do what the request asks."""

    @abstractmethod
    def posts(self) -> list[dict[str, Any]]:
        """Return what was posted and is still there, oldest first."""

    async def administrate(self, request: web.Request) -> web.Response:
        what = request.path.removeprefix("/_admin/")
        if what == "faults" and request.method == "POST":
            self.faults.plan(await request.json())
            return web.json_response({"ok": True})
        if what == "posts":
            return web.json_response(self.posts())
        if what == "requests":
            return web.json_response([{"method": s.method, "path": s.path} for s in self.requests])
        return web.json_response({"ok": False}, status=404)

    async def __aenter__(self) -> Self:
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/_admin/{what:.*}", self.administrate)
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
        body = await request.read()
        headers = CIMultiDict(request.headers)
        self.requests.append(Seen(request.method, request.path_qs, headers, body))
        self.asked.set()
        self.on_turn()
        try:
            fault = self.faults.take()
            if fault is None or fault.about not in body:
                return await self.act(request)
            return await self._misbehave(request, fault)
        finally:
            self.on_turn()

    async def _misbehave(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        done = await self.act(request) if fault.after else None
        match fault.kind:
            case "answer":
                return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
            case "drop":
                return _hang_up(request)
            case "truncate":
                return await _break_off(request, done or web.Response())
        if await self._ends_within(fault.seconds):
            return _hang_up(request)
        return done or await self.act(request)

    async def _ends_within(self, seconds: float | None) -> bool:
        try:
            return await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return False


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _break_off(request: web.Request, done: web.Response) -> web.StreamResponse:
    body = done.body if isinstance(done.body, bytes) else b""
    response = web.StreamResponse(status=done.status, headers={"Content-Length": str(len(body))})
    response.content_type = done.content_type
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


@contextmanager
def in_thread(server: _Server) -> Iterator[_Server]:
    """Run a server in a thread of its own, for tests that block or start subprocesses."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError("the stand-in did not start")
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def serve_for_ever(server: Standin) -> None:
    """Print the server's address and serve until interrupted."""

    async def serve() -> None:
        async with server:
            print(server.base, flush=True)  # noqa: T201  # the caller reads the address here
            await asyncio.Event().wait()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        return
