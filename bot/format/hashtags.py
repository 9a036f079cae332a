"""Hashtags that Telegram and X both take, from the operator's words and the feed's categories."""

from __future__ import annotations

import itertools
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.format.text import fold, one_line, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.settings import Channel
    from bot.models.stories import Article

MAX_LENGTH = 30

# Categories that say nothing, folded.
_GENERIC = frozenset(
    """
uncategorized|uncategorised|tin tuc|news|general|chua phan loai|tin moi|tin nong|tin|latest|home
latest news|breaking news|top stories|top news|featured|trang chu|blog|blogs|article|articles|post
posts|other|others|khac|misc|miscellaneous|default|all|main|rss|feed|story|stories|actualites
actualite|nachrichten|noticias|noticia|allgemein|sonstiges|без рубрики|новости|未分类|新闻|ニュース
genel|sin categoria|non classe|senza categoria|sem categoria|geen categorie|okategoriserade
aktuell|general news|world|press release|press releases|editor s pick|editor s picks|editors pick
editors picks|trending|tin moi nhat|tin noi bat|noi bat|paid|free|premium|active|standard|embed
audio embed|ultimas noticias|a la une|alle meldungen|all posts|all content|front page|front pages
news feed|headlines|newsletter|文章|другое|разное|en|fr|de|es|pt|ru|vi|zh|ja
""".replace("\n", "|").split("|")
)
# How these are written, whatever the feed does.
_KNOWN = {
    word.casefold(): word
    for word in word_set(
        """
        AI API AR CEO ChatGPT CPU DeepMind DevOps EU EV GitHub GPT GPU iOS iPad iPadOS iPhone IT
        LinkedIn LLM macOS MacBook ML NASA NFT OpenAI OpenSource PC SpaceX SSD TikTok TV UI USA USB
        UX VR VPN watchOS WhatsApp WiFi YouTube
        """
    )
}
_SEPARATORS = re.compile(r"[,;|]")
_PIECES = re.compile(r"\w+", re.UNICODE)
_LONG_NUMBER = re.compile(r"\d{6}")  # a date, or a number of the site's own
# Signs that a hashtag cannot hold and that change the word's meaning: "C++", ".NET", "Q&A".
_MEANT_SIGNS = re.compile(r"[+#@*=<>%$€]|://|(?:^|\s)\.\w|\b\w&\w\b")
# Names of the site's own machinery: "agnks-vitebsk-22-dek", "homepage_regional_europe".
_SLUG = re.compile(r"(?=.*-\d{1,3}(?:-|$))[a-z0-9]+(?:-[a-z0-9]+){3,}|[a-z0-9]+(?:_[a-z0-9]+){2,}")


def hashtags(article: Article, channel: Channel) -> tuple[str, ...]:
    """Return the hashtags, "#" included: the operator's for the feed, then the categories'.

    Words are joined in CamelCase with their accents; none twice, whatever case and accents. The
    channel's `hashtags_map` renames categories, its `hashtags_allowed` lets only those through.
    """
    chosen: dict[str, str] = {}
    names = itertools.chain(article.hashtags, _categories(article, channel))
    while len(chosen) < channel.hashtags_max and (name := next(names, None)) is not None:
        tag = _hashtag(name)
        if tag:
            chosen.setdefault(fold(tag), tag)
    return tuple(chosen.values())


def is_general(name: str) -> bool:
    """Tell whether `name` is what any feed or category may be called: "Tin mới", "News"."""
    return fold(name) in _GENERIC


def _categories(article: Article, channel: Channel) -> Iterator[str]:
    renamed = {fold(name): tag for name, tag in channel.hashtags_map.items()}
    allowed = {_compact(tag) for tag in channel.hashtags_allowed}
    for category in article.categories:
        for piece in _SEPARATORS.split(category):
            name = renamed.get(fold(piece), piece)
            is_meant = name is not piece or not (is_general(piece) or _SLUG.fullmatch(piece))
            if is_meant and (not allowed or _compact(name) in allowed):
                yield name


def _compact(name: str) -> str:
    """Return `name` for comparing with how it is written as a hashtag: "Bán dẫn", "BánDẫn"."""
    return fold(name).replace(" ", "")


@lru_cache(maxsize=1_024)
def _hashtag(name: str) -> str | None:
    name = one_line(name).strip().removeprefix("#")
    if _MEANT_SIGNS.search(name) or any(map(_is_mark, name)):
        return None
    # An apostrophe joins ("Editor's"), every other sign separates.
    words = _PIECES.findall(re.sub(r"[\\'’&]", "", name))
    tag = "#" + "".join(map(_capitalised, words))
    return tag if _is_valid(tag) else None


def _capitalised(word: str) -> str:
    if word.casefold() in _KNOWN:
        return _KNOWN[word.casefold()]
    return word if any(map(str.isupper, word)) else word[:1].upper() + word[1:]


def _is_mark(char: str) -> bool:
    """Telegram ends a hashtag at a combining mark (TDLib, is_hashtag_letter): Thai, Hindi."""
    return unicodedata.category(char).startswith("M")


def _is_valid(tag: str) -> bool:
    if _LONG_NUMBER.search(tag):
        return False
    return 1 < len(tag) <= MAX_LENGTH + 1 and any(map(str.isalpha, tag))
