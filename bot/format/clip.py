"""The film or recording of a post, of those that a feed offers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.format.links import web_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.models.pictures import Clip


def best_clip(clips: Iterable[Clip]) -> Clip | None:
    """Return the first film, else the first recording, at a web address that anybody can reach."""
    usable = [clip for clip in map(_at_web_address, clips) if clip is not None]
    return min(usable, key=lambda clip: clip.kind != "video", default=None)


def _at_web_address(clip: Clip) -> Clip | None:
    address = web_address(clip.url)
    # A file on a host without a dot is on somebody's own machine.
    if address is None or "." not in (urlsplit(address).hostname or ""):
        return None
    return replace(clip, url=address)
