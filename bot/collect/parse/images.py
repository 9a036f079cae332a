"""The pictures an item offers, in the order in which they are worth taking."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.collect.addresses import absolute_address
from bot.models.feeds import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_IMAGES: Final = 20
_MAX_PIXELS: Final = 100_000
_IMG: Final = re.compile(r"<(/?(?:picture|source|img))\b([^<>]{0,8000})>", re.IGNORECASE)
# Every attribute, so that the inside of one ('alt="src=1"') is not taken for another.
_ATTRIBUTE: Final = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_BASE: Final = re.compile(
    r"""<base\s[^<>]{0,300}?\bhref\s*=\s*["']([^"'<>]{1,2000})""", re.IGNORECASE
)
# Lazy loading keeps the picture's own address aside and shows a placeholder.
_SOURCES: Final = ("data-src", "data-original", "data-actualsrc", "data-lazy-src", "src")
_SOURCE_SETS: Final = ("srcset", "data-srcset", "data-lazy-srcset")
# A descriptor of an address in a srcset: "600w", "2x" (HTML Standard, "srcset attributes").
_DESCRIPTOR: Final = re.compile(r"(\d{1,6})(?:\.\d{1,4})?([wx])(?:,|$)")
_MOST_CANDIDATES: Final = 40
# A picture whose width is not stated is taken to be this wide, in a list and beside one.
_USUAL_WIDTH: Final = 600
_UNKNOWN_WIDTH: Final = 300
_PICTURE_NAME: Final = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])", re.IGNORECASE)

# A parameter's name that begins like a reference: "&copy=3" (HTML, "named character reference
# state": no reference in an attribute).
_PARAMETER: Final = re.compile(r"&(?=[a-zA-Z][a-zA-Z0-9]{0,40}=)")

Source = Literal["media", "thumbnail", "enclosure", "content"]


def image(
    url: object, base: str, source: Source, *, size: tuple[object, object] = (None, None)
) -> Image | None:
    """Return the picture at `url` resolved against `base`, None if that is no web address."""
    address = absolute_address(url, base)
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
    """Yield the pictures shown in `html`, in order: each at its largest address."""
    others: list[Image] = []
    for tag in _IMG.finditer(html):
        name, attributes = tag[1].lower(), _attributes(tag[2])
        if name.endswith("picture"):
            others = []
        elif name == "source":
            if "avif" not in attributes.get("type", ""):
                others += _listed_images(attributes, base)
        elif found := [*_own_image(attributes, base), *_listed_images(attributes, base), *others]:
            largest = max(found, key=lambda each: each.width or _UNKNOWN_WIDTH)
            yield replace(largest, alt=attributes.get("alt", ""))
            others = []


def _value(written: str) -> str:
    return unescape(_PARAMETER.sub("&amp;", written))


def _attributes(tag: str) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(tag):
        attributes.setdefault(found[1].lower(), _value(found[2] or found[3] or found[4] or ""))
    return attributes


def _own_image(attributes: dict[str, str], base: str) -> Iterator[Image]:
    size = (attributes.get("width"), attributes.get("height"))
    found = (image(attributes.get(name), base, "content", size=size) for name in _SOURCES)
    yield from islice(filter(None, found), 1)


def _listed_images(attributes: dict[str, str], base: str) -> Iterator[Image]:
    shown = pixels(attributes.get("width"))
    for name in _SOURCE_SETS:
        for address, width in _listed(attributes.get(name, ""), shown):
            listed = image(address, base, "content", size=(width, None))
            if listed is not None:
                yield listed


def _listed(srcset: str, shown: int | None) -> Iterator[tuple[str, int | None]]:
    """Yield each address of a srcset with its width; `shown` is the picture's width on the page."""
    address = ""
    for token in srcset.split()[: 2 * _MOST_CANDIDATES]:
        found = _DESCRIPTOR.match(token) if address else None
        if found:
            times = int(found[1])
            yield address, times if found[2] == "w" else times * (shown or _USUAL_WIDTH)
            address = token[found.end() :]
        else:
            if address:
                yield address.rstrip(","), shown
            address = token
    if address:
        yield address.rstrip(","), shown


def base_in_html(html: str, base: str) -> str:
    """Return the base of relative addresses in `html`: its <base>, else `base`."""
    stated = _BASE.search(html)
    return (absolute_address(_value(stated[1]), base) if stated else None) or base


def without_repetitions(images: Iterator[Image]) -> tuple[Image, ...]:
    """Return each address once, the first time it comes, bounded in number."""
    found: dict[str, Image] = {}
    for one in images:
        found.setdefault(one.url, one)
        if len(found) >= _MAX_IMAGES:
            break
    return tuple(found.values())
