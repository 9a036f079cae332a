"""Two pools of connections: one for any public host, one for hosts that the operator named."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.client_proto import ResponseHandler

from bot.collect.http.heads import END_OF_HEAD, INTERIM, mended
from bot.collect.http.network import (
    PrivateAddressError,
    Resolver,
    is_ip_literal,
    is_named_private,
    is_public,
    look_up,
)
from bot.models.proxies import NO_PROXIES
from bot.through.requests import socks_connector

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from bot.collect.http.limits import FetchLimits
    from bot.collect.http.network import LookUp
    from bot.models.proxies import Proxies, Proxy

_NOT_OPEN: Final = "connections must be opened with `async with` first"
_IDLE: Final = 2.0  # seconds; the next feed of a host mostly follows at once
_BEGINNING: Final = b"HTTP/"
_LONGEST_HEAD: Final = 256 * 1024
_LONGEST_END: Final = 4  # CR LF CR LF
_LONG_HEADER: Final = 32 * 1024  # some sites send content policies longer than aiohttp's 8 KiB


class _LenientHandler(ResponseHandler):
    """Mends the head of a response before aiohttp reads it, which refuses it for one odd line."""

    _head: bytes | None = None
    """The beginning of a head whose end is to come; None outside of a head."""

    def set_response_params(self, **params: Any) -> None:
        self._head = b""
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        while self._head is not None and data:
            seen = max(len(self._head) - _LONGEST_END, 0)
            self._head += data
            end = END_OF_HEAD.search(self._head, seen)
            is_head = _BEGINNING.startswith(self._head[: len(_BEGINNING)])
            is_coming = is_head and len(self._head) <= _LONGEST_HEAD
            if is_coming and not end:
                self._reschedule_timeout()
                return
            data, self._head = self._head, None
            if end:
                head, rest = mended(data[: end.start()]) + b"\r\n\r\n", data[end.end() :]
                data = head + rest
                if INTERIM.match(head):
                    self._head, data = b"", rest
                    super().data_received(head)
        super().data_received(data)


class Pools:
    """Two sessions without cookies: the guarded one never connects to a private address.

    Apart, since a connection made for one address must not serve another that may not go there.
    """

    def __init__(
        self,
        limits: FetchLimits,
        headers: Mapping[str, str] | None = None,
        *,
        look_up: LookUp = look_up,
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        self._limits = limits
        self._proxies = proxies
        self._proxied: dict[Proxy, ClientSession] = {}
        self._look_up = look_up
        self._headers = headers
        self._resolver: Resolver | None = None
        self._guarded: ClientSession | None = None
        self._trusting: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._guarded = self._open(public_only=True)
        self._trusting = self._open(public_only=False)
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for session in (self._guarded, self._trusting, *self._proxied.values()):
            if session is not None:
                await session.close()

    def session(self, *, trusted: bool) -> ClientSession:
        """Return the session that may connect to private addresses if `trusted`, else the other."""
        session = self._trusting if trusted else self._guarded
        if session is None:
            raise RuntimeError(_NOT_OPEN)
        return session

    def proxied(self, proxy: Proxy) -> ClientSession:
        """Return the session whose connections go through `proxy`."""
        if proxy not in self._proxied:
            self._proxied[proxy] = self._open(public_only=False, proxy=proxy)
        return self._proxied[proxy]

    async def is_known_private(self, host: str, port: int) -> bool:
        """Tell whether `host` has an address here that is not public.

        Asked before a proxy is, which looks names up itself: where only the proxy can do that, it
        decides what it reaches.
        """
        if is_named_private(host):
            return not (is_ip_literal(host) and is_public(host))
        if self._resolver is None:
            raise RuntimeError(_NOT_OPEN)
        try:
            await self._resolver.resolve(host, port)
        except PrivateAddressError:
            return True
        except OSError:
            return False
        return False

    def _open(self, *, public_only: bool, proxy: Proxy | None = None) -> ClientSession:
        resolver = Resolver(public_only=public_only, look_up=self._look_up)
        if public_only:
            self._resolver = resolver
        options: dict[str, Any] = {
            "limit": 0,
            # An idle connection is a descriptor: many feeds of many hosts would hold thousands.
            "keepalive_timeout": _IDLE,
            "limit_per_host": self._limits.per_host,
        }
        if proxy is not None and proxy.is_socks:
            connector = socks_connector(proxy, **options)
        else:
            connector = TCPConnector(resolver=resolver, **options)
        # aiohttp has no other way to a protocol of one's own.
        connector._factory = partial(  # noqa: SLF001
            _LenientHandler,  # type: ignore[assignment]  # partial[] does not accept a subclass
            loop=asyncio.get_running_loop(),
        )
        return ClientSession(
            connector=connector,
            timeout=ClientTimeout(
                total=None, sock_connect=self._limits.connect, sock_read=self._limits.read
            ),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_LONG_HEADER,
            max_field_size=_LONG_HEADER,
            headers=self._headers,
        )
