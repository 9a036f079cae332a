"""The PageFetcher: gets the pages that items link to, a few at a time, under tight limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.collect.http.body import read_body
from bot.collect.http.failures import failed
from bot.collect.http.guarded import GuardedClient
from bot.collect.http.limits import FetchLimits
from bot.models.feeds import FetchedPage, FetchFailed
from bot.models.proxies import NO_PROXIES
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp
    from yarl import URL

    from bot.models.proxies import Proxies
    from bot.models.settings import Feed

PAGE_LIMITS: Final = FetchLimits(
    connect=5.0, read=8.0, total=10.0, max_bytes=2 * 1024 * 1024, max_redirects=5, per_host=2
)
ALL_PAGES: Final = 25.0
"""Seconds for all pages of one poll: a poll must end while its claim on the feed still runs."""
_ACCEPT: Final = {
    "Accept": "text/html, application/xhtml+xml;q=0.9",
    "Accept-Encoding": "gzip, deflate, br",
}
_PAGE_TYPES: Final = ("", "text/html", "application/xhtml+xml")


class HttpPageFetcher(GuardedClient):
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
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        super().__init__(limits, contact=contact, version=version, accept=_ACCEPT, proxies=proxies)
        self._deadline = deadline

    async def fetch_pages(
        self, feed: Feed, links: Sequence[str]
    ) -> list[FetchedPage | FetchFailed]:
        """Return the outcome for each of `links`, in their order."""
        until = asyncio.get_running_loop().time() + self._deadline
        hosts = feed.allow_hosts
        return await asyncio.gather(
            *(self.get_in_turn(link, hosts, self._read, until=until) for link in links)
        )

    async def _read(
        self, url: URL, response: aiohttp.ClientResponse, _moved: URL | None
    ) -> FetchedPage | FetchFailed:
        kind = response.headers.get("Content-Type", "")
        if kind.partition(";")[0].strip().lower() not in _PAGE_TYPES:
            return failed(
                "not_html",
                told("{host} sends {kind} instead of a page", host=url.host, kind=ascii(kind[:60])),
            )
        body = await read_body(response, self._limits.max_bytes)
        return FetchedPage(url=str(url), body=body, content_type=kind)
