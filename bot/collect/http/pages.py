"""The PageFetcher: gets the pages that items link to, a few at a time, under tight limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

import aiohttp
from aiohttp import ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from bot.collect.http.body import read_body
from bot.collect.http.failures import POLL_ERRORS, explain, failed, private_address, status_failed
from bot.collect.http.headers import retry_after
from bot.collect.http.limits import FetchLimits
from bot.collect.http.network import Resolver, is_ip_literal, is_public
from bot.collect.inflate import BrokenEncodingError, TooLargeError
from bot.models import FetchedPage, FetchFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from bot.models import Feed

PAGE_LIMITS: Final = FetchLimits(
    connect=5.0, read=8.0, total=10.0, max_bytes=2 * 1024 * 1024, max_redirects=5, per_host=2
)
ALL_PAGES: Final = 25.0
"""Seconds for all pages of one poll: a poll must end while its claim on the feed still runs."""
_AT_ONCE: Final = 4
_LONG_HEADER: Final = 32 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PAGE_TYPES: Final = ("", "text/html", "application/xhtml+xml")


class HttpPageFetcher:
    """Implements `ports.PageFetcher`.

    Links come from feeds, so nothing private is reached, not even the feed's own host, unless
    the operator named it in allow_hosts. A page gets no login and no header of the feed.
    """

    def __init__(
        self,
        *,
        contact: str | None,
        version: str,
        limits: FetchLimits = PAGE_LIMITS,
        deadline: float = ALL_PAGES,
    ) -> None:
        self._limits = limits
        self._deadline = deadline
        self._headers = {
            "User-Agent": f"newsbot/{version}" + (f" (+{contact})" if contact else ""),
            "Accept": "text/html, application/xhtml+xml;q=0.9",
            "Accept-Encoding": "gzip, deflate, br",
        }
        self._guarded: aiohttp.ClientSession | None = None
        self._trusting: aiohttp.ClientSession | None = None
        self._turn = asyncio.Semaphore(_AT_ONCE)

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

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        """Return what came of each of `links`, in their order; a few are fetched at a time."""
        allowed = frozenset(name.lower() for name in feed.allow_hosts)
        until = asyncio.get_running_loop().time() + self._deadline
        return await asyncio.gather(*(self._in_turn(link, allowed, until) for link in links))

    async def _in_turn(
        self, link: str, allowed: frozenset[str], until: float
    ) -> FetchedPage | FetchFailed:
        try:
            async with asyncio.timeout_at(until), self._turn:
                return await self._fetch(link, allowed)
        except TimeoutError:
            return failed("timeout", "the pages of this poll took too long altogether")

    async def _fetch(self, link: str, allowed: frozenset[str]) -> FetchedPage | FetchFailed:
        host = "the page's host"
        try:
            url = URL(link.strip()).with_fragment(None)
            host = url.host or host
            async with asyncio.timeout(self._limits.total):
                return await self._follow(url, allowed)
        except (*POLL_ERRORS, TooLargeError, BrokenEncodingError) as error:
            return explain(error, host)

    async def _follow(self, url: URL, allowed: frozenset[str]) -> FetchedPage | FetchFailed:
        for _ in range(self._limits.max_redirects + 1):
            if url.scheme not in {"http", "https"} or not url.host:
                return failed("bad_address", "the page's address is no web address")
            trusted = url.host in allowed
            if not trusted and is_ip_literal(url.host) and not is_public(url.host):
                return private_address(url.host)
            found = await self._request(url, self._trusting if trusted else self._guarded)
            if not isinstance(found, URL):
                return found
            url = found
        return failed("redirect_loop", f"{url.host} redirects in a circle or too often")

    async def _request(
        self, url: URL, session: aiohttp.ClientSession | None
    ) -> FetchedPage | FetchFailed | URL:
        """Ask once; return the outcome, or the address that a redirect names."""
        if session is None:
            raise RuntimeError("HttpPageFetcher must be entered with `async with` first")
        async with session.get(url.with_user(None), allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                location = URL(response.headers.get("Location", ""))
                return url.join(location).with_user(None).with_fragment(None)
            if response.status // 100 != 2:  # noqa: PLR2004  # the class of successes
                return status_failed(response.status, retry_after(response.headers))
            kind = response.headers.get("Content-Type", "")
            if kind.partition(";")[0].strip().lower() not in _PAGE_TYPES:
                return failed("not_html", f"{url.host} sends {kind[:60]!a} instead of a page")
            body = await read_body(response, self._limits.max_bytes)
            return FetchedPage(url=str(url), body=body, content_type=kind)
