"""The feeds that a page names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bot.collect.addresses import absolute_address
from bot.collect.page.document import base_of, decoded, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.models.feeds import FetchedPage

MOST_LINKS: Final = 10
"""Feeds of one page that are looked at."""
_MOST_ELEMENTS: Final = 3_000
_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
     "application/x.atom+xml", "application/x-atom+xml", "text/xml", "application/xml", "text/rss"}
)  # fmt: skip
_LOOKS: Final = re.compile(
    r"[/.](?:rss2?|atom|rdf)(?:\.(?:xml|php|aspx))?/?$|/feeds?/?$|/(?:feed|index)\.(?:xml|json)$"
    r"|[?&](?:feed|format|type|alt)=(?:rss2?|atom|feed)\b|/(?:feeds?|rss)/\w|^(?:https?:)?//feeds?\.",
    re.IGNORECASE,
)
# WordPress names the feed of each article's comments beside the feed of its articles.
_COMMENTS: Final = re.compile(r"comments?(?:/|\b)|bình luận|kommentare", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """The feeds that a web page names, those of comments last; `title` is the page's own.

    `named` stand in link elements (HTML, rel="alternate"), `likely` are links that look like feeds.
    """

    url: str
    title: str = ""
    named: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()


def links_of_page(page: FetchedPage) -> PageLinks:
    """Return the feeds that `page` names. Raises nothing."""
    tree = tree_of(decoded(page))
    if tree is None:
        return PageLinks(url=page.url)
    base = base_of(tree, page.url)
    return PageLinks(
        url=page.url,
        title=_title(tree),
        named=_found(_named(tree, base)),
        likely=_found(_likely(tree, base)),
    )


def _title(tree: Any) -> str:
    title = next(tree.iter("title"), None)
    text = "".join(islice(title.itertext(), 9)) if title is not None else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:100]


def _found(links: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """Return the addresses once each, those of comments last."""
    known = {url: bool(_COMMENTS.search(f"{url} {about}")) for url, about in links if url}
    return tuple(sorted(known, key=lambda url: known[url]))[:MOST_LINKS]


def _named(tree: Any, base: str) -> Iterator[tuple[str | None, str]]:
    for link in islice(tree.iter("link"), _MOST_ELEMENTS):
        kinds = (link.get("rel") or "").lower().split()
        type_ = (link.get("type") or "").partition(";")[0].strip().lower()
        href = link.get("href") or ""
        # WordPress gives its programming interface "application/json", too.
        is_json = type_ == "application/json" and "feed" in href
        if "feed" in kinds or ("alternate" in kinds and (type_ in _TYPES or is_json)):
            yield absolute_address(href, base), link.get("title") or ""


def _likely(tree: Any, base: str) -> Iterator[tuple[str | None, str]]:
    for link in islice(tree.iter("a"), _MOST_ELEMENTS):
        href = link.get("href") or ""
        if _LOOKS.search(href[:2_000]):
            yield absolute_address(href, base), link.get("title") or ""
