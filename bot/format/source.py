"""The name of a feed as a reader knows it: the site's, without the additions of its feeds."""

from __future__ import annotations

import re

from bot.format.blocks import read_title
from bot.format.hashtags import is_general
from bot.format.limits import cut_text
from bot.format.text import one_line

MOST_SOURCE = 60
# "VnExpress RSS", "RSS Feed - VnExpress": readers of a channel need not know.
_RSS = re.compile(
    r"(?i)(?<=\w)[\s:|–—-]{1,5}(?:rss|atom)(?:\s?\d\.\d+)?(?:[\s-]?feeds?)?(?=\s*$|\s+[-–—|>»:])"
    r"|^(?:rss|atom|flux\ rss)(?:[\s-]?feeds?)?\s?[:|–—-]\s|^flux\ rss\ d[eu]\s|\bwww\.(?=\w)"
    r"|\s?\b(?:rss|atom)[\s-]?feeds?\b(?=\s\S)|[(\[](?:rss|atom)(?:[\s-]?feeds?)?[)\]]"
)
# How many results a search has: "VnExpress (1,234)", "Lá Xanh - 25 kết quả".
_COUNT = re.compile(
    r"(?i)\s?[(\[]\s?\d[\d.,–-]{0,12}(?:\s[^\W\d]{1,12}){0,2}\s?[)\]]"
    r"|[\s:,|–—-]{1,4}(?<![\d.])\d[\d.,]{0,9}\s(?:results?|hits|matches|kết\ quả|résultats"
    r"|ergebnisse|treffer|resultados|risultati|результатов|件)\b"
    r"|\s?[:,|–—-]\s?\d[\d.,]{0,9}\s(?:items?|entries|bài\ viết|bài|tin)\b"
)
# The place of a section on the site: "VnExpress /kinh-doanh/quoc-te".
_PLACE = re.compile(r"\s/[a-z0-9_-]{1,60}(?:/[a-z0-9_-]{1,60}){0,8}/?\s*$")
_ENDS = " \t:|–—->»›·•/"
# Marks between the name of a site and the name of one of its feeds.
_NAME_MARK = re.compile(r"(?<!\s)(?:\s+[-–—|>»«]|\s*::?)\s+")
_PATH_MARK = re.compile(r"\s[>»›→]{1,2}\s|(?<=\S)\s?»\s?(?=\S)")
_SLASH = " / "


def source_name(stated: str | None, feed_title: str) -> str:
    """Return the operator's name of a feed, else the site's name in the feed's title."""
    return cut_text(one_line(stated or "") or _site_name(read_title(feed_title)), MOST_SOURCE, len)


def name_parts(source: str) -> list[str]:
    """Return the parts of a source's name that a headline may repeat."""
    return _NAME_MARK.split(source)


def _site_name(title: str) -> str:
    bare = _PLACE.sub("", _COUNT.sub("", _RSS.sub("", title))).strip(_ENDS) or title
    return _without_sections(_without_general(bare))


def _without_sections(name: str) -> str:
    """Leave out the path to a section: "NYT > Home Page", "Báo A / Công nghệ / AI"."""
    parts = name.split(_SLASH) if name.count(_SLASH) > 1 else _PATH_MARK.split(name)
    site = next((part for part in parts if part.strip() and not is_general(part)), name)
    return site.strip(_ENDS)


def _without_general(name: str) -> str:
    """Leave out names that every feed may have: "Tin mới nhất - VnExpress", "Rue89 : A la Une"."""
    parts = [(mark.start(), mark.end()) for mark in _NAME_MARK.finditer(name)]
    if parts and is_general(name[: parts[0][0]]):
        return _without_general(name[parts[0][1] :])
    if parts and is_general(name[parts[-1][1] :]):
        return _without_general(name[: parts[-1][0]])
    return name
