"""Asks for addresses that strangers wrote: the links and pictures of feeds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from bot.collect.http.client import Client, parse_address
from bot.collect.http.failures import POLL_ERRORS, explain, failed, status_failed
from bot.collect.http.headers import retry_after, user_agent
from bot.collect.inflate import BrokenEncodingError, TooLargeError
from bot.models.proxies import NO_PROXIES
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import aiohttp
    from yarl import URL

    from bot.collect.http.client import Reader
    from bot.collect.http.limits import FetchLimits
    from bot.models.feeds import FetchFailed
    from bot.models.proxies import Proxies

_AT_ONCE: Final = 4
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class _Stranger:
    """The permit of an address that a stranger wrote: no login, private hosts only if allowed."""

    allowed: frozenset[str]
    no_headers: Mapping[str, str] = field(default_factory=dict)

    def trusts(self, host: str) -> bool:
        return host in self.allowed

    def headers(self, _url: URL) -> Mapping[str, str]:
        return self.no_headers


class GuardedClient(Client):
    """Reaches private hosts only if the operator allows them, and sends no login.

    `accept` are the headers that say which answers are welcome.
    """

    def __init__(
        self,
        limits: FetchLimits,
        *,
        contact: str | None,
        version: str,
        accept: Mapping[str, str],
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        headers = {"User-Agent": user_agent(contact, version), **accept}
        super().__init__(limits, headers, proxies=proxies)
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def get_in_turn(
        self, address: str, allow_hosts: Collection[str], read: Reader[_Found], *, until: float
    ) -> _Found | FetchFailed:
        """Return as `get` does; a few are asked at a time, none after `until` (the loop's time)."""
        try:
            async with asyncio.timeout_at(until), self._turn:
                return await self.get(address, allow_hosts, read)
        except TimeoutError:
            return failed("timeout", marked("too many addresses wait for their turn"))

    async def get(
        self,
        address: str,
        allow_hosts: Collection[str],
        read: Reader[_Found],
        *,
        form: Mapping[str, str] | None = None,
    ) -> _Found | FetchFailed:
        """Return the result of `read` for a success, or the reason why there is none.

        A `form` is sent, if one is given.
        """

        async def read_success(
            url: URL, response: aiohttp.ClientResponse, moved: URL | None
        ) -> _Found | FetchFailed:
            if response.status // 100 != 2:  # noqa: PLR2004  # the class of successes
                return status_failed(response.status, retry_after(response.headers))
            return await read(url, response, moved)

        permit = _Stranger(frozenset(name.lower() for name in allow_hosts))
        host = marked("the linked host")
        try:
            start = parse_address(address).with_user(None).with_fragment(None)
            host = start.host or host
            async with asyncio.timeout(self._limits.total):
                return await self.follow(start, permit, read_success, form=form)
        except (*POLL_ERRORS, TooLargeError, BrokenEncodingError) as error:
            return explain(error, host)
