"""The best picture for a post, of those that a feed offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.format.blocks import read_title
from bot.format.links import web_address
from bot.format.text import fold, word_set
from bot.models.pictures import FurtherPicture
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
# Words of a file's name that tell of no picture of a story, unless others tell more.
_NO_STORY = word_set(
    """
    icon icons symbol symbols favicon logo logos avatar avatars headshot headshots emoji emojis
    emoticon emoticons smiley smileys spacer pixel pixels blank transparent clear badge badges
    button buttons track tracker tracking beacon stat stats sprite sprites ad ads share rss
    """
)
# Folders of them: all of them that lie above a picture, and the one that it lies in.
_NO_STORY_ABOVE = word_set(
    """
    icon icons symbol symbols smilies smileys smiley emoji emojis emoticons twemoji latex filetype
    filetypes avatars tracking tracker beacon ads adserver badges buttons spacer pixel transparent
    """
)
_NO_STORY_BESIDE = word_set(
    "logo logos topic topics section sections category categories share rss"
)
# Words of a file's name that tell nothing of its picture.
_NEUTRAL = word_set(
    """
    site web page main default new large big small medium thumb thumbnail image images img photo
    picture header footer white black color colour dark light mini square round full cover feed
    """
)
_FEW_OTHER_WORDS = 2
_MANY_OTHER_WORDS = 4
# Stand-ins for a picture that there is not, at any size.
_PLACEHOLDER = re.compile(
    r"(?i)placeholder|no[-_]?image|default[-_](?:image|img|photo|picture|thumb|share|og|featured)"
    r"|(?:news|image|img|photo|logo|share)[-_]default|/\.\w{3,4}$"
)
# Hosts that count readers: an address there without a picture's name is a pixel.
_COUNTING_HOSTS = re.compile(
    r"^(?:rss|feeds?|pixel|stats?|track(?:er|ing)?|count(?:er)?|beacon|analytics|ads?)\d?\."
)
_FEEDBURNER = ("/~a/", "/~r/")
_PICTURE_NAME = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp)(?:$|[/_])")
# A width that an address asks for or names: "?w=150", "-150x150.jpg", "/100x80/", "_d200.jpg".
_WIDTH_ASKED = re.compile(
    r"[?&](?:w|width)=(\d{1,4})(?!\d)|[/_-](\d{2,4})x\d{2,4}(?=[/_-]|\.\w{3,4}$)"
    r"|[_-][dws](\d{3,4})(?=[/_-]|\.\w{3,4}$)"  # of three digits: "galaxy-s25-ultra.jpg" is no size
)
_SMALL_NAME = re.compile(
    r"(?i)[/_.-](?:thumb|thumbnails?|thumbsmall)(?=[/_.-])|/thumbs/|[_-](?:small|mini)(?=\.\w{3,4}$)"
)
SMALL = 480
"""Pixels: the picture of the article's page is better than one that is narrower."""

MOST_PICTURES = 6
"""Beside the first one: more than an album shows, since a look may tell that some are the same."""
_MOST_ALT = 1000
# Sizes in a path ("-800x450.jpg", "/w_800,h_450/", "@2x") and in a query ("?w=800&fit=crop").
_SIZE = re.compile(
    r"[/_-]\d{2,4}x\d{2,4}(?=[/_.-]|$)|[_-][dws]\d{3,4}(?=\.)|-scaled(?=\.)|@[23]x(?=\.)"
    r"|/[a-z]{1,2}_[\w.:]+(?:,[a-z]{1,2}_[\w.:]+)*(?=/)|/(?:image_)?\d{2,4}[wh](?=/)"
)
_SIZE_ASKED = word_set(
    "w h width height size q quality fit crop resize auto format fm dpr strip ssl ixlib"
)
_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")
_TELLING_NAME = 8
"""Letters and digits, beside words that any picture may bear: "IMG_0001.jpg" and "original.jpg" of
two folders are two pictures, and an article's own words are one."""
_ANY_NAME = _NEUTRAL | word_set("original full master raw hd preview file view article gallery")


def best_image(images: Iterable[Image], *, title: str = "") -> str | None:
    """Return the address of the best picture, as it was given (signatures stay whole), or None.

    Only http(s); no icons, logos, trackers, avatars, emoji, advertisements or moving pictures,
    unless their name says more, such as a word of `title`. The picture that the feed itself names
    comes before pictures of the text, unless it is small.
    """
    words = frozenset(fold(title).split())
    usable = [image for image in _merged(images) if _is_usable(image, words)]
    return web_address(max(usable, key=_worth).url) if usable else None


def further_images(
    images: Iterable[Image], shown: str | None, *, title: str = ""
) -> tuple[FurtherPicture, ...]:
    """Return the other pictures of a story whose best one is `shown`, in their order.

    Previews are none, nor are small pictures; other sizes of one picture are the same one as far
    as the names tell: `pipeline.pictures` compares them once they were looked at.
    """
    words = frozenset(fold(title).split())
    found = {_identity(shown): FurtherPicture(url=shown)} if shown else {}
    for image in _merged(images):
        if image.source == "thumbnail" or is_small(image) or not _is_usable(image, words):
            continue
        address = web_address(image.url)
        if address is None or _is_suspect(urlsplit(address).path):
            continue
        alt = read_title(image.alt)[:_MOST_ALT]
        found.setdefault(_identity(address), FurtherPicture(url=address, alt=alt))
    return tuple(found.values())[1 : MOST_PICTURES + 1] if shown else ()


def _identity(url: str) -> str:
    """Return what addresses of one picture in several sizes have in common.

    A site serves it from many folders under one name, so that alone counts where it says enough.
    """
    parts = urlsplit(url)
    path = _SIZE.sub("", parts.path.lower())
    file = path.rpartition("/")[2]
    name = _without_endings(file)
    if name != file and sum(map(len, set(_words(f"{name}.")) - _ANY_NAME)) >= _TELLING_NAME:
        return name
    asked = [one for one in parts.query.split("&") if one.partition("=")[0] not in _SIZE_ASKED]
    return f"{parts.hostname}{path}?{'&'.join(asked)}"


def _without_endings(name: str) -> str:
    while name.endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    return name


def is_small(image: Image) -> bool:
    """Tell whether the picture is a small one, by its stated width or else by its address."""
    if image.width:
        return image.width < SMALL
    return (_stated_width(image.url) or SMALL) < SMALL or bool(_SMALL_NAME.search(image.url))


def _merged(images: Iterable[Image]) -> list[Image]:
    """Each address once, at the largest size stated for it."""
    best: dict[str, Image] = {}
    for image in images:
        known = best.get(image.url)
        if known is None or _worth(image) > _worth(known):
            best[image.url] = image
    return list(best.values())


def why_no_picture(images: Iterable[Image], *, title: str = "") -> str:
    """Return why no post shows one of a feed's `images`; of several the last one's reason."""
    words = frozenset(fold(title).split())
    reasons = [
        next(_faults(image, words), marked("other items show it, too")) for image in _merged(images)
    ]
    if not reasons:
        return marked("neither the feed nor the page names one")
    return (
        reasons[-1]
        if len(reasons) == 1
        else told("{why} (none of {number} fits)", why=reasons[-1], number=len(reasons))
    )


def _is_usable(image: Image, words: frozenset[str]) -> bool:
    return next(_faults(image, words), None) is None


def _faults(image: Image, words: frozenset[str]) -> Iterator[str]:
    """Yield why the picture is not for a post; `words` are the title's."""
    parts = urlsplit(web_address(image.url) or "")
    host, path = parts.hostname or "", parts.path
    if "." not in host:  # a host without a dot is somebody's own machine
        yield marked("its address is no public web address")
    if not _has_usable_size(image):
        yield marked("its stated size is too small or too stretched for a post")
    if _NEVER_HOSTS.search(host):
        yield told("{host} serves icons, advertisements or counters", host=host)
    if path.lower().endswith(_NEVER_TYPES):
        yield marked("it is no still picture that platforms show")
    if _PLACEHOLDER.search(path):
        yield marked("it stands for a picture that is missing")
    if _is_counter(parts):
        yield marked("it counts readers")
    if (image.width or 0) < NARROWEST and not _may_tell_the_story(path, words):
        yield marked("its name is that of a logo, an icon or an advertisement")


def _may_tell_the_story(path: str, title: frozenset[str]) -> bool:
    """Tell whether a name may be that of a story's picture: "pixel-8a-camera", not "pixel"."""
    *folders, name = ([*_words(part)] for part in path.split("/"))
    in_folder = any(folder and folder[-1] in _NO_STORY_ABOVE for folder in folders)
    beside = bool(folders and folders[-1]) and folders[-1][-1] in _NO_STORY_BESIDE
    if not (in_folder or beside) and _NO_STORY.isdisjoint(name):
        return True
    telling = _telling(name)
    if 2 * len(title.intersection(telling)) >= max(len(telling), 1):
        return True
    return not in_folder and len(telling) >= (_MANY_OTHER_WORDS if beside else _FEW_OTHER_WORDS)


def _is_suspect(path: str) -> bool:
    name = _words(path.rpartition("/")[2])
    return not _NO_STORY.isdisjoint(name) and len(_telling(name)) < _MANY_OTHER_WORDS


def _telling(name: Iterable[str]) -> list[str]:
    return [word for word in name if word not in _NO_STORY | _NEUTRAL and not word.isdigit()]


def _words(part: str) -> list[str]:
    stem = part.rpartition(".")[0] or part
    return fold(stem.replace("_", " ")).split()


def _is_counter(parts: SplitResult) -> bool:
    if parts.path.startswith(_FEEDBURNER):
        return True
    is_named = _PICTURE_NAME.search(parts.path) is not None
    return not is_named and _COUNTING_HOSTS.match(parts.hostname or "") is not None


def _has_usable_size(image: Image) -> bool:
    width, height = image.width, image.height
    if (width or NARROWEST) < NARROWEST or (height or LOWEST) < LOWEST:
        return False
    sides = [side for side in (width, height) if side is not None]
    return max(sides, default=1) <= MOST_STRETCHED * min(sides, default=1)


def _stated_width(url: str) -> int | None:
    """Return the width that an address asks for, None if it does not: only a hint."""
    found = _WIDTH_ASKED.search(url)
    return int(found[1] or found[2] or found[3]) if found else None


def _worth(image: Image) -> tuple[bool, bool, bool, int, int]:
    width = image.width or _stated_width(image.url) or NARROWEST
    return (
        not _is_suspect(urlsplit(web_address(image.url) or "").path),
        width >= NARROWEST,
        image.source != "thumbnail",
        _SOURCES[image.source],
        (image.width or 0) * (image.height or 1),
    )
