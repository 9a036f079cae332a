"""The PictureSource: one look at a picture serves all channels of its story."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from bot.collect.addresses import public_url
from bot.log import get_logger
from bot.models.basics import Reason
from bot.models.feeds import FetchFailed
from bot.models.pictures import Fetchable, Look, OutOfReach, Unfit, Uploadable
from bot.publish.pictures.examine import examine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from bot.ports import PictureFetcher

    Offload = Callable[[Callable[[], Look]], Awaitable[Look]]
    Key = tuple[str, frozenset[str]]

_log = get_logger(__name__)
# Ways in which nothing came and nothing will come to anybody else either. All others (time-outs,
# 403, a name that is not found, 5xx) may be about us, so that the platform may try.
_NOTHING_THERE: Final = {
    "http_404": "there is nothing at its address",
    "gone": "it was taken down",
    "too_large": "it is larger than any platform takes",
    "private_address": "it is on a private address; allow_hosts allows it if that is meant",
    "bad_address": "its address is no web address",
    "redirect_loop": "its address redirects in a circle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long looks are kept, in seconds, and how many bytes of pictures altogether."""

    seconds: float = 600.0
    out_of_reach: float = 60.0
    most_bytes: int = 40_000_000
    most_looks: int = 500


class CheckedPictures:
    """Implements `ports.PictureSource`; `now` counts seconds."""

    def __init__(
        self,
        fetcher: PictureFetcher,
        offload: Offload,
        *,
        keeping: Keeping = Keeping(),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._offload = offload
        self._kept = _Kept(keeping, now)
        self._looking: dict[Key, asyncio.Task[Look]] = {}
        # Pictures are large once decoded.
        self._decoding = asyncio.Semaphore(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the looks that nobody waits for any more."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self, url: str, *, allow_hosts: Collection[str] = ()) -> Look:
        """Return whether a post can show the picture at `url`, and how it must be sent."""
        key = (url, frozenset(allow_hosts))
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        task = self._looking.get(key)
        if task is None:
            task = self._looking[key] = asyncio.create_task(self._look(key))
            task.add_done_callback(lambda _: self._looking.pop(key, None))
        # One that gives up must not end the look of the others.
        return await asyncio.shield(task)

    async def _look(self, key: Key) -> Look:
        found = await self._fetcher.fetch_picture(*key)
        if isinstance(found, FetchFailed):
            look = _nothing_came(found.reason)
        else:
            async with self._decoding:
                look = await self._offload(partial(examine, found.data, found.content_type))
        self._kept.keep(key, look)
        if not isinstance(look, Fetchable):
            _log.info(_TOLD[type(look)], picture=public_url(key[0]), reason=look.reason.text)
        return look


_TOLD: Final = {
    Uploadable: "picture will be uploaded",
    Unfit: "picture left out",
    OutOfReach: "picture not seen",
}


def _nothing_came(reason: Reason) -> Look:
    text = _NOTHING_THERE.get(reason.code)
    if text is not None:
        return Unfit(reason=Reason(code=reason.code, text=text))
    return OutOfReach(reason=reason)


class _Kept:
    """The latest looks, oldest first."""

    def __init__(self, keeping: Keeping, now: Callable[[], float]) -> None:
        self._keeping = keeping
        self._now = now
        self._looks: OrderedDict[Key, tuple[float, Look]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Look | None:
        until, look = self._looks.get(key, (0.0, None))
        if look is not None and until <= self._now():
            self._drop(key)
            return None
        return look

    def keep(self, key: Key, look: Look) -> None:
        self._drop(key)
        is_seen = not isinstance(look, OutOfReach)
        seconds = self._keeping.seconds if is_seen else self._keeping.out_of_reach
        self._looks[key] = (self._now() + seconds, look)
        self._bytes += _size(look)
        while self._bytes > self._keeping.most_bytes or len(self._looks) > self._keeping.most_looks:
            self._drop(next(iter(self._looks)))

    def _drop(self, key: Key) -> None:
        _, look = self._looks.pop(key, (0.0, None))
        if look is not None:
            self._bytes -= _size(look)


def _size(look: Look) -> int:
    return len(look.picture.data) if isinstance(look, Fetchable | Uploadable) else 0
