"""The PictureSource: one verdict on a picture serves all channels of its story."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from bot.collect.addresses import public_url
from bot.errors import TooCostly
from bot.log import get_logger
from bot.models.basics import Reason
from bot.models.feeds import FetchFailed
from bot.models.pictures import Fetchable, FetchedStart, OutOfReach, Unfit, Uploadable, Verdict
from bot.publish.cache import Cache
from bot.publish.pictures.clips import why_unfit
from bot.publish.pictures.examine import examine
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from bot.models.pictures import Clip, FetchedPicture
    from bot.ports import PictureFetcher

    Offload = Callable[[Callable[[], Verdict]], Awaitable[Verdict]]
    Key = tuple[str, frozenset[str]]

_log = get_logger(__name__)
# Ways in which nothing came and nothing will come to anybody else either. All others (time-outs,
# 403, a name that is not found, 5xx) may be about us, so that the platform may try.
_NOTHING_THERE: Final = {
    "http_404": marked("there is nothing at its address"),
    "gone": marked("it was taken down"),
    "too_large": marked("it is larger than any platform takes"),
    "private_address": marked("it is on a private address; allow_hosts allows it if that is meant"),
    "bad_address": marked("its address is no web address"),
    "redirect_loop": marked("its address redirects in a circle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long verdicts are kept, in seconds, and how many bytes of pictures altogether."""

    seconds: float = 600.0
    out_of_reach: float = 60.0
    most_bytes: int = 40_000_000
    most_verdicts: int = 500


class _Look(NamedTuple):
    """What a look at a film or recording showed; `reason` None where a post can play it."""

    reason: Reason | None


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
        self._keeping = keeping
        self._kept: Cache[Key, Verdict] = Cache(
            keeping.most_verdicts, now, size=_size, most_size=keeping.most_bytes
        )
        self._clips: Cache[Key, _Look] = Cache(keeping.most_verdicts, now)
        self._running: dict[Key, asyncio.Task[Verdict]] = {}
        # Pictures are large once decoded.
        self._decoding = asyncio.Semaphore(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the examinations that nobody waits for any more."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def examine(self, url: str, *, allow_hosts: Collection[str] = ()) -> Verdict:
        """Return whether a post can show the picture at `url`, and how it must be sent."""
        key = (url, frozenset(allow_hosts))
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._examined(key))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # A caller that gives up must not end the examination for the others.
        return await asyncio.shield(task)

    async def examine_all(
        self, urls: Sequence[str], *, allow_hosts: Collection[str] = ()
    ) -> list[Verdict]:
        """Return the verdict on each of `urls`, in the time of the slowest."""
        return await asyncio.gather(*(self.examine(url, allow_hosts=allow_hosts) for url in urls))

    async def why_no_clip(self, clip: Clip, *, allow_hosts: Collection[str] = ()) -> Reason | None:
        """Return why no post can play `clip` from its address, None where one can."""
        key = (clip.url, frozenset(allow_hosts))
        kept = self._clips.get(key)
        if kept is not None:
            return kept.reason
        found = await self._fetcher.fetch_start(*key)
        if isinstance(found, FetchedStart):
            reason, seconds = why_unfit(found, clip.kind), self._keeping.seconds
        else:
            reason, seconds = found.reason, self._keeping.out_of_reach
        self._clips.keep(key, _Look(reason), seconds)
        if reason is not None:
            _log.info(f"{clip.kind} left out", file=public_url(clip.url), reason=reason.text)
        return reason

    async def _examined(self, key: Key) -> Verdict:
        found = await self._fetcher.fetch_picture(*key)
        if isinstance(found, FetchFailed):
            verdict = _nothing_came(found.reason)
        else:
            verdict = await self._decoded(found)
        is_seen = not isinstance(verdict, OutOfReach)
        self._kept.keep(
            key, verdict, self._keeping.seconds if is_seen else self._keeping.out_of_reach
        )
        if not isinstance(verdict, Fetchable):
            _log.info(_TOLD[type(verdict)], picture=public_url(key[0]), reason=verdict.reason.text)
        return verdict

    async def _decoded(self, found: FetchedPicture) -> Verdict:
        try:
            async with self._decoding:
                return await self._offload(partial(examine, found.data, found.content_type))
        except TooCostly as error:
            return Unfit(
                reason=Reason(code="too_costly", text=told("decoding was ended: {why}", why=error))
            )


_TOLD: Final = {
    Uploadable: "picture will be uploaded",
    Unfit: "picture left out",
    OutOfReach: "picture not seen",
}


def _nothing_came(reason: Reason) -> Verdict:
    text = _NOTHING_THERE.get(reason.code)
    if text is not None:
        return Unfit(reason=Reason(code=reason.code, text=text))
    return OutOfReach(reason=reason)


def _size(verdict: Verdict) -> int:
    return len(verdict.picture.data) if isinstance(verdict, Fetchable | Uploadable) else 0
