"""The PictureFetcher: gets the bytes of pictures, under limits of time and size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.collect.http.body import read_body
from bot.collect.http.guarded import GuardedClient
from bot.collect.http.limits import FetchLimits
from bot.models.pictures import FetchedPicture, FetchedStart
from bot.models.proxies import NO_PROXIES

if TYPE_CHECKING:
    from collections.abc import Collection

    import aiohttp
    from yarl import URL

    from bot.models.feeds import FetchFailed
    from bot.models.proxies import Proxies

PICTURE_LIMITS: Final = FetchLimits(
    connect=5.0, read=8.0, total=15.0, max_bytes=20 * 1024 * 1024, max_redirects=5, per_host=2
)
"""A delivery waits for its picture, and its claim lasts 60 seconds. No platform takes 20 MB, but
a picture that is scaled down may be as large."""
_ACCEPT: Final = {
    # Servers that choose by this header send platforms JPEG, and shall send us the same.
    "Accept": "image/jpeg, image/png, image/webp;q=0.9, image/*;q=0.5, */*;q=0.1",
    "Accept-Encoding": "identity",
}
_START: Final = 16
"""Bytes by which a film or a recording is told from something else."""


class HttpPictureFetcher(GuardedClient):
    """Implements `ports.PictureFetcher`."""

    def __init__(
        self,
        *,
        contact: str | None,
        version: str,
        limits: FetchLimits = PICTURE_LIMITS,
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        super().__init__(limits, contact=contact, version=version, accept=_ACCEPT, proxies=proxies)

    async def fetch_picture(
        self, url: str, allow_hosts: Collection[str]
    ) -> FetchedPicture | FetchFailed:
        """Return the bytes at `url`, or the reason why there are none."""
        until = asyncio.get_running_loop().time() + self._limits.total
        return await self.get_in_turn(url, allow_hosts, self._read, until=until)

    async def _read(
        self, _url: URL, response: aiohttp.ClientResponse, _moved: URL | None
    ) -> FetchedPicture | FetchFailed:
        data = await read_body(response, self._limits.max_bytes)
        return FetchedPicture(data=data, content_type=response.headers.get("Content-Type", ""))

    async def fetch_start(
        self, url: str, allow_hosts: Collection[str]
    ) -> FetchedStart | FetchFailed:
        """Return the first bytes at `url` and the size of all, or why there are none."""
        until = asyncio.get_running_loop().time() + self._limits.total
        return await self.get_in_turn(url, allow_hosts, _read_start, until=until)


async def _read_start(
    _url: URL, response: aiohttp.ClientResponse, _moved: URL | None
) -> FetchedStart:
    try:
        data = await response.content.readexactly(_START)
    except asyncio.IncompleteReadError as error:
        data = error.partial
    is_packed = "Content-Encoding" in response.headers
    return FetchedStart(data=data, size=None if is_packed else response.content_length)
