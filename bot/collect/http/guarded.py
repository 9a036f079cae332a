"""Asks for what feeds link to: nothing private, redirects by hand, within limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from yarl import URL

from bot.collect.http.failures import POLL_ERRORS, explain, failed, private_address, status_failed
from bot.collect.http.headers import retry_after
from bot.collect.http.network import is_ip_literal, is_public
from bot.collect.http.pools import Pools
from bot.collect.inflate import BrokenEncodingError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection

    import aiohttp

    from bot.models.feeds import FetchFailed

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_Found_co = TypeVar("_Found_co", covariant=True)


class Reader(Protocol[_Found_co]):
    """Makes something of an answer that is a success."""

    async def __call__(
        self, url: URL, response: aiohttp.ClientResponse, /
    ) -> _Found_co | FetchFailed:
        """Return what the answer holds, or why it is of no use."""
        ...


class GuardedClient(Pools):
    """Asks for addresses that strangers wrote, with neither login nor cookies."""

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
            found = await self._request(url, self.session(trusted=trusted), read)
            if not isinstance(found, URL):
                return found
            url = found
        return failed("redirect_loop", f"{url.host} redirects in a circle or too often")

    async def _request(
        self, url: URL, session: aiohttp.ClientSession, read: Reader[_Found_co]
    ) -> _Found_co | FetchFailed | URL:
        """Ask once; return the outcome, or the address that a redirect names."""
        async with session.get(url.with_user(None), allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                location = URL(response.headers.get("Location", ""))
                return url.join(location).with_user(None).with_fragment(None)
            if response.status // 100 != 2:  # noqa: PLR2004  # the class of successes
                return status_failed(response.status, retry_after(response.headers))
            return await read(url, response)
