"""The best picture for a post, from what a feed offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.format.links import web_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import SplitResult

    from bot.models.feeds import Image

# Pixels; smaller ones are icons, or thumbnails that a post would show blurred: without a picture
# of its own a post gets the link preview, which is large.
NARROWEST = 300
LOWEST = 100
MOST_STRETCHED = 20  # Bot API, sendPhoto: ratio of width and height
_SOURCES = {"page": 4, "media": 3, "enclosure": 2, "content": 1, "thumbnail": 0}

_NEVER_HOSTS = re.compile(
    r"(?:^|\.)(?:gravatar\.com|doubleclick\.net|feedburner\.com|feedsportal\.com|pixel\.wp\.com"
    r"|stats\.wordpress\.com|s\.w\.org|google-analytics\.com|scorecardresearch\.com|buysellads\.\w+"
    r"|feedads\.\w+|amazon-adsystem\.com|assoc-amazon\.\w+|feedblitz\.com|pheedo\.com|licensebuttons\.net"
    r"|thumbs\.redditmedia\.com|emoji\.slack-edge\.com|pubads\.\w+\.\w+|medium\.com/_/stat)$"
)
_NEVER_TYPES = (".svg", ".ico", ".bmp", ".mp3", ".mp4", ".m4a", ".m4v", ".webm", ".mov", ".pdf")
# Words of an address that name no picture of the story; a large picture may bear them all the same.
_SUSPECT = re.compile(
    r"(?i)(?:^|[/_.=?&-])(?:icons?|symbols?|favicon|logos?|avatars?|headshots?|emojis?|emoticons?|(?:wpcom-)?smil(?:eys?|ies)|twemoji|latex|filetypes?|thumbsmall|\d{1,2}x\d{1,2}|spacer"
    r"|pixel|blank|transparent|clear|1x1|badges?|buttons?|track(?:er|ing)?|beacon|stat|sprites?"
    r"|ads?|adserver|banner-ad|placeholder|default-image|no-?image|share|rss|feed-icon)(?:[/_.=?&-]|\d|$)|/~[ar]/"
)


# What stands for a picture that there is not, at any size.
_PLACEHOLDER = re.compile(
    r"(?i)placeholder|no[-_]?image|default[-_](?:image|img|photo|picture|thumb|share|og|featured)"
    r"|(?:news|image|img|photo|logo|share)[-_]default|/\.\w{3,4}$"
)
# Hosts that count readers: what they serve without a picture's name is a pixel.
_COUNTING_HOSTS = re.compile(
    r"^(?:rss|feeds?|pixel|stats?|track(?:er|ing)?|count(?:er)?|beacon|analytics|ads?)\d?\."
)
_PICTURE_NAME = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp)(?:$|[/_])")
_WIDTH_ASKED = re.compile(
    r"[?&](?:w|width)=(\d{1,4})(?!\d)|[_-](\d{2,4})x\d{2,4}(?=[_-]|\.\w{3,4}$)"
)


def best_image(images: Iterable[Image]) -> str | None:
    """Return the address of the best picture, as it was given (signatures stay whole), or None.

    Only http(s); no icons, logos, trackers, avatars, emoji, advertisements or moving pictures.
    What the feed presents as its picture comes before pictures of the text, unless it is small.
    """
    usable = [image for image in _merged(images) if _is_usable(image)]
    return web_address(max(usable, key=_worth).url) if usable else None


def _merged(images: Iterable[Image]) -> list[Image]:
    """Each address once, at the largest size stated for it."""
    best: dict[str, Image] = {}
    for image in images:
        known = best.get(image.url)
        if known is None or _worth(image) > _worth(known):
            best[image.url] = image
    return list(best.values())


def _is_usable(image: Image) -> bool:
    parts = urlsplit(web_address(image.url) or "")
    # A picture on a host without a dot is on somebody's own machine.
    if "." not in (parts.hostname or "") or not _has_usable_size(image):
        return False
    if _NEVER_HOSTS.search(parts.hostname or "") or parts.path.lower().endswith(_NEVER_TYPES):
        return False
    if _PLACEHOLDER.search(parts.path) or _is_counter(parts):
        return False
    is_large = (image.width or 0) >= NARROWEST
    return is_large or not _SUSPECT.search(f"{parts.path}?{parts.query}")


def _is_counter(parts: SplitResult) -> bool:
    is_named = _PICTURE_NAME.search(parts.path) is not None
    return not is_named and _COUNTING_HOSTS.match(parts.hostname or "") is not None


def _has_usable_size(image: Image) -> bool:
    width, height = image.width or _stated_width(image.url), image.height
    if (width or NARROWEST) < NARROWEST or (height or LOWEST) < LOWEST:
        return False
    sides = [side for side in (width, height) if side is not None]
    return max(sides, default=1) <= MOST_STRETCHED * min(sides, default=1)


def _stated_width(url: str) -> int | None:
    """Return the width that an address asks for ("?w=150", "-150x150.jpg"), None if it does not."""
    found = _WIDTH_ASKED.search(url)
    return int(found[1] or found[2]) if found else None


def _worth(image: Image) -> tuple[bool, int, int]:
    return (
        image.source != "thumbnail",
        _SOURCES[image.source],
        (image.width or 0) * (image.height or 1),
    )
