"""The films and recordings of an item, as far as platforms play them: MP4, MP3 and M4A."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bot.collect.addresses import absolute_address
from bot.models.pictures import Clip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.models.pictures import ClipKind

_MOST_CLIPS: Final = 5
_KINDS: Final[dict[str, ClipKind]] = {
    "video/mp4": "video",
    "video/x-m4v": "video",
    "audio/mpeg": "audio",
    "audio/mp3": "audio",
    "audio/mp4": "audio",
    "audio/m4a": "audio",
    "audio/x-m4a": "audio",
}
_NAMES: Final[dict[str, ClipKind]] = {
    ".mp4": "video",
    ".m4v": "video",
    ".mp3": "audio",
    ".m4a": "audio",
}
_NAME: Final = re.compile(r"(?i)(\.\w{3})(?:$|[?#])")
# "754", "12:34", "1:02:03" (Apple, "itunes:duration").
_DURATION: Final = re.compile(r"\s*(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:\.\d+)?\s*\Z")
_LONGEST: Final = 7 * 24 * 60 * 60  # seconds


def clips_of(files: Iterable[dict[str, Any]], base: str, duration: object) -> tuple[Clip, ...]:
    """Return the clips among `files`, each with "url", "type" and maybe "duration".

    `duration` is the item's own: files of one item that state none are one recording in many forms.
    """
    found: dict[str, Clip] = {}
    for file in files:
        address, kind = absolute_address(file.get("url"), base), _kind(file)
        if address is None or kind is None or len(found) >= _MOST_CLIPS:
            continue
        length = _seconds(file.get("duration")) or _seconds(duration)
        found.setdefault(address, Clip(url=address, kind=kind, seconds=length))
    return tuple(found.values())


def _seconds(value: object) -> int | None:
    """Return a stated duration in seconds, None if it is none."""
    match = _DURATION.match(str(value)) if value is not None else None
    if match is None:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    length = hours * 3600 + minutes * 60 + rest
    return length if 0 < length <= _LONGEST else None


def _kind(file: dict[str, Any]) -> ClipKind | None:
    """Return the kind of a file by its type; by its name where it has none that says more."""
    stated = str(file.get("type") or "").partition(";")[0].strip().lower()
    if stated and stated != "application/octet-stream":
        return _KINDS.get(stated)
    name = _NAME.search(str(file.get("url") or ""))
    return _NAMES.get(name[1].lower()) if name else None
