"""Hashtags that Telegram and X both take, from the operator's words and the feed's categories."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.format.text import fold, one_line, word_set

if TYPE_CHECKING:
    from bot.models import Article

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
editors picks|trending
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
# Signs that a hashtag cannot hold and that change the word's meaning: "C++", "C#", ".NET".
_MEANT_SIGNS = re.compile(r"[+#@*=<>%$€]|://|(?:^|\s)\.\w")


def hashtags(article: Article, maximum: int) -> tuple[str, ...]:
    """Return up to `maximum` hashtags, "#" included: the operator's first, then the categories'.

    Words are joined in CamelCase with their accents; none twice, whatever case and accents.
    """
    chosen: dict[str, str] = {}
    for name in (*article.hashtags, *_categories(article)):
        if len(chosen) >= maximum:
            break
        tag = _hashtag(name)
        if tag:
            chosen.setdefault(fold(tag), tag)
    return tuple(chosen.values())


def _categories(article: Article) -> list[str]:
    pieces = (piece for name in article.categories for piece in _SEPARATORS.split(name))
    return [piece for piece in pieces if fold(piece) not in _GENERIC]


def _hashtag(name: str) -> str | None:
    name = one_line(name).strip().removeprefix("#")
    if _MEANT_SIGNS.search(name) or any(map(_is_mark, name)):
        return None
    # An apostrophe joins ("Editor's"), every other sign separates.
    words = _PIECES.findall(re.sub("['’&]", "", name))
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
    return 1 < len(tag) <= MAX_LENGTH + 1 and any(map(str.isalpha, tag))
