"""Two pools of connections: one for any public host, one for hosts that the operator named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bot.collect.http.network import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from bot.collect.http.limits import FetchLimits

_LONG_HEADER: Final = 32 * 1024  # some sites send content policies longer than aiohttp's 8 KiB


class Pools:
    """Two sessions without cookies: the guarded one never connects to a private address.

    Apart, since a connection made for one address must not serve another that may not go there.
    """

    def __init__(self, limits: FetchLimits, headers: Mapping[str, str] | None = None) -> None:
        self._limits = limits
        self._headers = headers
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
        for session in (self._guarded, self._trusting):
            if session is not None:
                await session.close()

    def session(self, *, trusted: bool) -> ClientSession:
        """Return the session that may connect to private addresses if `trusted`, else the other."""
        session = self._trusting if trusted else self._guarded
        if session is None:
            raise RuntimeError("connections must be opened with `async with` first")
        return session

    def _open(self, *, public_only: bool) -> ClientSession:
        return ClientSession(
            connector=TCPConnector(
                resolver=Resolver(public_only=public_only),
                limit=0,
                limit_per_host=self._limits.per_host,
            ),
            timeout=ClientTimeout(
                total=None, sock_connect=self._limits.connect, sock_read=self._limits.read
            ),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_LONG_HEADER,
            max_field_size=_LONG_HEADER,
            headers=self._headers,
        )
