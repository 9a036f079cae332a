"""Hashtags that Telegram and X both take, from the operator's words and the feed's categories."""

from __future__ import annotations

import itertools
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from bot.format.phrases import phrases
from bot.format.spelling import is_mark, spelling, word_at
from bot.format.text import DENSE, fold, one_line, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.settings import Channel
    from bot.models.stories import Article

MAX_LENGTH = 30

_SEPARATORS = re.compile(r"[,;|，；、>»›]")
_PIECES = re.compile(r"\w+", re.UNICODE)
_LONG_NUMBER = re.compile(r"\d{6}")  # a date, or a number of the site's own
# Signs that a hashtag cannot hold and that change the word's meaning: "C++", ".NET", "Q&A".
_MEANT_SIGNS = re.compile(r"[+#@*=<>%$€]|://|(?:^|\s)\.\w|\b\w&\w\b")
# Names of the site's own machinery: "agnks-vitebsk-22-dek", "Chinese_simplified".
_SLUG = re.compile(
    r"(?=.*-\d{1,3}(?:-|$))[a-z0-9]+(?:-[a-z0-9]+){3,}|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+", re.ASCII
)
# The second half of "Trump, Donald J." where a catalogue's name is parted at the comma.
_INITIAL = re.compile(
    r"(?:[A-Za-z]+[\s-])+[A-Za-z]\.?(?:\s(?:Jr|Sr|II|III)\.?)?|[A-Z][a-z]{3,}[A-Z]"
)
# Words that a single letter belongs to: "Model Y", "Vitamin C", "Lớp A".
_LETTERED = word_set(
    """
    model series class plan vitamin type hepatitis group grade title section team gen xbox level
    team web bang nhom lop khoi chu loai hang truc nam tuyen galaxy lumia mate os mac
    """
)


def hashtags(article: Article, channel: Channel) -> tuple[str, ...]:
    """Return the hashtags, "#" included: the operator's for the feed, the title's, the categories'.

    Words are joined in CamelCase with their accents; none twice, in any case. The title gives
    those of the channel's `hashtags_from_title` that stand in it, in its order; `hashtags_map`
    renames categories, `hashtags_allowed` lets only those through.
    """
    chosen: dict[str, str] = {}
    names = itertools.chain(
        article.hashtags, _in_title(article, channel), _categories(article, channel)
    )
    while len(chosen) < channel.hashtags_max and (name := next(names, None)) is not None:
        tag = hashtag_of(name)
        if tag:
            chosen.setdefault(fold(tag), tag)
    return tuple(chosen.values())


def is_general(name: str) -> bool:
    """Tell whether any feed or category may be called `name`: "Tin mới", "News"."""
    return fold(name) in phrases().general or _compact(name) in _compact_general()


@cache
def _compact_general() -> frozenset[str]:
    return frozenset(map(_compact, phrases().general))


def _in_title(article: Article, channel: Channel) -> list[str]:
    """Return the names that stand in the title; where two overlap, the longer one is meant."""
    title = spelling(article.title) if channel.hashtags_from_title else ""
    found: list[tuple[int, str]] = []
    for name in sorted(channel.hashtags_from_title, key=len, reverse=True):
        spelled = spelling(name)
        place = word_at(title, spelled)
        if place is not None:
            found.append((place, name))
            taken = "\n" * len(spelled)
            title = f"{title[:place]}{taken}{title[place + len(spelled) :]}"
    return [name for _, name in sorted(found)]


def _categories(article: Article, channel: Channel) -> Iterator[str]:
    renamed = {fold(name): tag for name, tag in channel.hashtags_map.items()}
    allowed = {_compact(tag) for tag in channel.hashtags_allowed}
    for category in article.categories:
        for piece in map(str.strip, _SEPARATORS.split(category)):
            name = renamed.get(fold(piece), piece)
            if (name is not piece or _is_meant(piece)) and (
                not allowed or _compact(name) in allowed
            ):
                yield name


def _is_meant(name: str) -> bool:
    """Tell whether somebody chose `name` for readers: no default, no letter, nothing cut off."""
    if is_general(name) or _SLUG.fullmatch(name):
        return False
    if len(name) == 1 and not DENSE.match(name):
        return False
    is_lettered = fold(name).partition(" ")[0] in _LETTERED
    return is_lettered or _INITIAL.fullmatch(name) is None


def _compact(name: str) -> str:
    """Return `name` for comparing with how it is written as a hashtag: "Bán dẫn", "BánDẫn"."""
    return fold(name).replace(" ", "")


@lru_cache(maxsize=1_024)
def hashtag_of(name: str) -> str | None:
    """Return `name` as a hashtag, None where it cannot be one: "C++", "2026", a long sentence."""
    name = one_line(name).strip().removeprefix("#")
    # Telegram ends a hashtag at a combining mark (TDLib, is_hashtag_letter): Thai, Hindi.
    if _MEANT_SIGNS.search(name) or any(map(is_mark, name)):
        return None
    # An apostrophe joins ("Editor's"), every other sign separates.
    words = _PIECES.findall(re.sub(r"[\\'’&]", "", name))
    tag = "#" + "".join(map(_capitalised, words))
    return tag if _is_valid(tag) else None


def _capitalised(word: str) -> str:
    known = phrases().names.get(word.casefold())
    if known:
        return known
    return word if any(map(str.isupper, word)) else word[:1].upper() + word[1:]


def _is_valid(tag: str) -> bool:
    if _LONG_NUMBER.search(tag):
        return False
    return 1 < len(tag) <= MAX_LENGTH + 1 and any(map(str.isalpha, tag))
