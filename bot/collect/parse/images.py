"""The pictures an item offers, in the order in which they are worth taking."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.collect.addresses import web_address
from bot.models.feeds import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_IMAGES: Final = 20
_MAX_PIXELS: Final = 100_000
_IMG: Final = re.compile(r"<img\b([^<>]{1,4000})>", re.IGNORECASE)
# Every attribute, so that the inside of one ('alt="src=1"') is not taken for another.
_ATTRIBUTE: Final = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_BASE: Final = re.compile(
    r"""<base\s[^<>]{0,300}?\bhref\s*=\s*["']([^"'<>]{1,2000})""", re.IGNORECASE
)
# Lazy loading keeps the picture's own address aside and shows a placeholder.
_SOURCES: Final = ("data-src", "data-original", "data-lazy-src", "src")
_PICTURE_NAME: Final = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])", re.IGNORECASE)

Source = Literal["media", "thumbnail", "enclosure", "content"]


def image(
    url: object, base: str, source: Source, *, size: tuple[object, object] = (None, None)
) -> Image | None:
    """Return the picture at `url` resolved against `base`, None if that is no web address."""
    address = web_address(url, base)
    if address is None:
        return None
    return Image(url=address, width=pixels(size[0]), height=pixels(size[1]), source=source)


def pixels(value: object) -> int | None:
    """Return a stated size in pixels ("640", "640px", 640), None if it is none."""
    match = (
        re.match(r"\s*(\d{1,6})(?:\.\d+)?(?:px)?\s*$", str(value)) if value is not None else None
    )
    if match is None:
        return None
    number = int(match[1])
    return number if 0 < number <= _MAX_PIXELS else None


def is_picture(media: dict[str, Any]) -> bool:
    """Tell whether a media element is a picture: by medium, type, or the name where both lack."""
    medium, kind = str(media.get("medium") or "").lower(), str(media.get("type") or "").lower()
    if medium or kind:
        return medium == "image" or kind.startswith("image/")
    return bool(_PICTURE_NAME.search(str(media.get("url") or media.get("href") or "")))


def images_in_html(html: str, base: str) -> Iterator[Image]:
    """Yield the pictures shown in `html`, in order."""
    for tag in _IMG.finditer(html):
        attributes: dict[str, str] = {}
        for found in _ATTRIBUTE.finditer(tag[1]):
            attributes.setdefault(
                found[1].lower(), unescape(found[2] or found[3] or found[4] or "")
            )
        size = (attributes.get("width"), attributes.get("height"))
        candidates = (image(attributes.get(name), base, "content", size=size) for name in _SOURCES)
        yield from [found for found in candidates if found is not None][:1]


def base_in_html(html: str, base: str) -> str:
    """Return what relative addresses in `html` are resolved against: its <base>, else `base`."""
    stated = _BASE.search(html)
    return (web_address(unescape(stated[1]), base) if stated else None) or base


def without_repetitions(images: Iterator[Image]) -> tuple[Image, ...]:
    """Return each address once, the first time it comes, bounded in number."""
    found: dict[str, Image] = {}
    for one in images:
        found.setdefault(one.url, one)
        if len(found) >= _MAX_IMAGES:
            break
    return tuple(found.values())
