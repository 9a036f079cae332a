"""Asks for what feeds link to: nothing private, redirects by hand, within limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar

import aiohttp
from aiohttp import ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from bot.collect.http.failures import POLL_ERRORS, explain, failed, private_address, status_failed
from bot.collect.http.headers import retry_after
from bot.collect.http.network import Resolver, is_ip_literal, is_public
from bot.collect.inflate import BrokenEncodingError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import TracebackType

    from bot.collect.http.limits import FetchLimits
    from bot.models import FetchFailed

_LONG_HEADER: Final = 32 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_Found_co = TypeVar("_Found_co", covariant=True)


class Reader(Protocol[_Found_co]):
    """Makes something of an answer that is a success."""

    async def __call__(
        self, url: URL, response: aiohttp.ClientResponse, /
    ) -> _Found_co | FetchFailed:
        """Return what the answer holds, or why it is of no use."""
        ...


class GuardedClient:
    """Asks for addresses that strangers wrote, with neither login nor cookies.

    Two connection pools, apart as those of `HttpFetcher` are: only hosts that the operator named
    are reached through the one that may connect to private addresses.
    """

    def __init__(self, limits: FetchLimits, headers: Mapping[str, str]) -> None:
        self._limits = limits
        self._headers = headers
        self._guarded: aiohttp.ClientSession | None = None
        self._trusting: aiohttp.ClientSession | None = None

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

    def _open(self, *, public_only: bool) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
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

    async def get(
        self, address: str, allowed: Collection[str], read: Reader[_Found_co]
    ) -> _Found_co | FetchFailed:
        """Return what `read` makes of the answer, or why there is none; never raises for that.

        `allowed` are hosts in lower case that may be private.
        """
        host = "the linked host"
        try:
            url = URL(address.strip()).with_fragment(None)
            host = url.host or host
            async with asyncio.timeout(self._limits.total):
                return await self._follow(url, allowed, read)
        except (*POLL_ERRORS, TooLargeError, BrokenEncodingError) as error:
            return explain(error, host)

    async def _follow(
        self, url: URL, allowed: Collection[str], read: Reader[_Found_co]
    ) -> _Found_co | FetchFailed:
        for _ in range(self._limits.max_redirects + 1):
            if url.scheme not in {"http", "https"} or not url.host:
                return failed("bad_address", "the linked address is no web address")
            trusted = url.host in allowed
            if not trusted and is_ip_literal(url.host) and not is_public(url.host):
                return private_address(url.host)
            found = await self._request(url, self._trusting if trusted else self._guarded, read)
            if not isinstance(found, URL):
                return found
            url = found
        return failed("redirect_loop", f"{url.host} redirects in a circle or too often")

    async def _request(
        self, url: URL, session: aiohttp.ClientSession | None, read: Reader[_Found_co]
    ) -> _Found_co | FetchFailed | URL:
        """Ask once; return the outcome, or the address that a redirect names."""
        if session is None:
            raise RuntimeError("a client must be entered with `async with` first")
        async with session.get(url.with_user(None), allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                location = URL(response.headers.get("Location", ""))
                return url.join(location).with_user(None).with_fragment(None)
            if response.status // 100 != 2:  # noqa: PLR2004  # the class of successes
                return status_failed(response.status, retry_after(response.headers))
            return await read(url, response)
