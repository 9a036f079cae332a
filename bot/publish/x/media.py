"""Puts pictures on X, to be named by the post that follows (X API v2, "Media").

POST /2/media/upload     the bytes; the id that comes back lives for a day
POST /2/media/metadata   the alternative text, which costs money of its own
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp

from bot.errors import OutcomeUnknown, PublishError, Rejected, Unreachable
from bot.models.basics import Reason
from bot.publish.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bot.models.pictures import FurtherPicture, Picture
    from bot.models.posts import Post

_ONE: Final = 15.0
"""Seconds for a picture and its alternative text: one that hangs leaves time for the others."""
_ALL: Final = 25.0
"""Seconds for all pictures of a post, which no request may follow after `deadline.SECONDS`."""
_MOST_KEPT: Final = 50
_LIFE: Final = 3600.0  # seconds, where the answer does not say
_MARGIN: Final = 300.0  # seconds: an id must still live when the post arrives


class Caller(Protocol):
    """Sends one signed request. Raises PublishError unless the answer is 2xx."""

    async def __call__(
        self, method: str, route: str, *, json: Any = None, data: aiohttp.FormData | None = None
    ) -> aiohttp.ClientResponse:
        """Return the answer, read."""
        ...


@dataclass(slots=True, kw_only=True)
class Attachment:
    """How far a post's pictures came: it names them by `ids`; `lost` tells why there are not all.

    `described` counts those whose alternative text was set in this attempt, or may have been:
    that costs money.
    """

    ids: list[str] = field(default_factory=list)
    lost: Reason | None = None
    described: int = 0


class MediaShelf:
    """Uploads pictures, and remembers those whose post did not get out: they are paid for.

    `now` counts seconds.
    """

    def __init__(self, call: Caller, now: Callable[[], float] = time.monotonic) -> None:
        self._call = call
        self._kept: Cache[bytes, str] = Cache(_MOST_KEPT, now)

    async def put(self, one: FurtherPicture, attachment: Attachment) -> None:
        """Upload a picture of the post and note in `attachment` how far that came.

        Raises the errors of the requests, and those of many kinds for unreadable answers.
        """
        if one.picture is None:
            return
        key = _key(one)
        kept = self._kept.get(key)
        if kept is None:
            kept, life = await self._upload(one.picture)
            if one.alt:
                await self._describe(kept, one.alt, attachment)
            self._kept.keep(key, kept, life - _MARGIN)
        attachment.ids.append(kept)

    def forget(self, post: Post) -> None:
        """Forget the pictures of a post that is out, or that X did not take with it."""
        for one in post.pictures:
            self._kept.drop(_key(one))

    async def _upload(self, picture: Picture) -> tuple[str, float]:
        form = aiohttp.FormData()
        form.add_field("media_category", "tweet_image")
        form.add_field("media_type", picture.type)
        form.add_field("media", picture.data, filename=picture.file_name, content_type=picture.type)
        response = await self._call("POST", "/2/media/upload", data=form)
        data = (await response.json())["data"]
        life = data.get("expires_after_secs")
        return str(int(data["id"])), float(life) if isinstance(life, int) else _LIFE

    async def _describe(self, media_id: str, alt: str, attachment: Attachment) -> None:
        order = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        attachment.described += 1
        try:
            await self._call("POST", "/2/media/metadata", json=order)
        except PublishError as error:
            # X does not charge for a refused request.
            attachment.described -= not isinstance(error, OutcomeUnknown)
            raise


def _key(one: FurtherPicture) -> bytes:
    data = one.picture.data if one.picture else b""
    return blake2b(data, key=blake2b(one.alt.encode(), digest_size=32).digest()).digest()


async def attach(
    post: Post,
    shelf: MediaShelf,
    translated: Callable[[], AbstractContextManager[None]],
    *,
    one_takes: float = _ONE,
    all_take: float = _ALL,
) -> Attachment:
    """Upload the post's pictures, if it has any, and return how far they came.

    A fault costs its picture, whatever it is: the text tells whether the account itself is refused.
    After one that would meet the next picture as well, no other is tried. Raises Unreachable: the
    post would not arrive now, and takes its pictures later. `translated` turns the libraries'
    errors into PublishError. One picture and all of them may take so many seconds.
    """
    attachment = Attachment()
    now = asyncio.get_running_loop().time
    end = now() + all_take
    for one in post.pictures:
        try:
            with translated():
                async with asyncio.timeout_at(min(end, now() + one_takes)):
                    await shelf.put(one, attachment)
        except Unreachable as error:
            error.alt_texts = attachment.described
            raise
        except PublishError as error:
            attachment.lost = attachment.lost or Reason(code=error.code, text=str(error))
            if now() >= end or not isinstance(error, Rejected | OutcomeUnknown):
                break
    return attachment
