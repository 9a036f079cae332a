"""Item -> article: what a feed states, cleaned into what a post is written from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.format.blocks import read_blocks, read_title
from bot.format.boilerplate import CUT_MARK
from bot.format.hashtags import is_general
from bot.format.image import best_image
from bot.format.lead import lead_paragraphs
from bot.format.limits import cut_text
from bot.format.links import web_address
from bot.format.repeats import NO_REPEATS
from bot.format.sentences import split_sentences
from bot.format.text import fold, one_line
from bot.models.stories import Article

if TYPE_CHECKING:
    from collections.abc import Container

    from bot.format.repeats import Repeats
    from bot.models.feeds import Item, ParsedFeed
    from bot.models.settings import Feed

MOST_TITLE = 300
MOST_MADE_TITLE = 140
MOST_SOURCE = 60
MOST_CATEGORIES = 20
# "VnExpress RSS", "RSS Feed - VnExpress": readers of a channel need not know.
_RSS = re.compile(
    r"(?i)(?<=\w)[\s:|–—-]+(?:rss|atom)(?:[\s-]?feeds?)?$"
    r"|^(?:rss|atom|flux\ rss)(?:[\s-]?feeds?)?\s*[:|–—-]\s+|^flux\ rss\ d[eu]\s+|\bwww\.(?=\w)"
)
_SUFFIX_MARKS = (" - ", " – ", " — ", " | ", " :: ", " « ", " » ")
# What parts the name of a site from the name of one of its feeds.
_NAME_MARK = re.compile(r"\s+[-–—|>»«]\s+|\s*::?\s+")


def write_article(
    item: Item, feed: Feed, parsed: ParsedFeed, *, link: str | None, repeats: Repeats = NO_REPEATS
) -> Article:
    """Return `item` as an article; `link` is its address without tracking parameters.

    `repeats` is what to leave out. Never raises, whatever the item holds. An item without a title
    gets the first sentence of its text for one, or else its source's name.
    """
    address = web_address(link)
    source = _source(feed, parsed.title)
    names = {fold(name) for name in (source, *_NAME_MARK.split(source), _host(address)) if name}
    title = _without_name(cut_text(read_title(item.title), MOST_TITLE, len), names)
    paragraphs = lead_paragraphs(
        read_blocks(item.summary), read_blocks(item.content), title, frozenset(repeats.lines)
    )
    if not title:
        title, paragraphs = _made_title(paragraphs)
    source = source or _host(address)
    title = title or source or CUT_MARK
    return Article(
        title=title,
        paragraphs=paragraphs,
        link=address,
        source="" if fold(title) == fold(source) else source,  # said once
        published=item.published,
        categories=_categories(item),
        hashtags=feed.hashtags,
        image=best_image(
            (each for each in item.images if each.url not in repeats.images), title=title
        ),
        comments=web_address(item.comments),
        language=one_line(item.language or parsed.language or feed.language)[:35],
    )


def _source(feed: Feed, feed_title: str) -> str:
    name = one_line(feed.name or "") or _without_general(_RSS.sub("", read_title(feed_title)))
    return cut_text(name, MOST_SOURCE, len)


def _without_general(name: str) -> str:
    """Leave out what every feed may be called: "Tin mới nhất - VnExpress", "Rue89 : A la Une"."""
    parts = [(mark.start(), mark.end()) for mark in _NAME_MARK.finditer(name)]
    if parts and is_general(name[: parts[0][0]]):
        return _without_general(name[parts[0][1] :])
    if parts and is_general(name[parts[-1][1] :]):
        return _without_general(name[: parts[-1][0]])
    return name


def _without_name(title: str, names: Container[str]) -> str:
    """Leave out the source's name that some feeds put behind every title, or before it."""
    for mark in _SUFFIX_MARKS:
        head, found, name = title.rpartition(mark)
        if found and head and fold(name) in names:
            return head.rstrip()
        name, found, tail = title.partition(mark)
        if found and tail and fold(name) in names:
            return tail.lstrip()
    return title


def _made_title(paragraphs: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take the first sentence for the title and leave the rest for the lead."""
    if not paragraphs:
        return "", ()
    first = split_sentences(paragraphs[0])[0]
    title = cut_text(first, MOST_MADE_TITLE, len)
    kept = len(title.removesuffix(CUT_MARK)) if title != first else len(first)
    rest = paragraphs[0][kept:].strip()
    if title != first and rest and title.endswith(CUT_MARK):
        rest = CUT_MARK + rest
    return title, tuple(text for text in (rest, *paragraphs[1:]) if text)


def _categories(item: Item) -> tuple[str, ...]:
    names = (read_title(name) for name in item.categories[:MOST_CATEGORIES])
    return tuple(dict.fromkeys(name for name in names if name))


def _host(address: str | None) -> str:
    host = urlsplit(address).hostname if address else None
    return cut_text((host or "").removeprefix("www."), MOST_SOURCE, len)
