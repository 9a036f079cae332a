"""Keeps hostile or huge documents cheap: feedparser costs up to 40 microseconds a tag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_ITEMS: Final = 2000
MAX_FIELD: Final = 500_000
MAX_TAGS: Final = 100_000
_MAX_REFERENCES: Final = 500_000
_MAX_LINES: Final = 500_000
# feedparser compares every category of an item with all before it: quadratic.
_MAX_CATEGORIES: Final = 2000
_MAX_KEYWORDS: Final = 10_000

ITEM: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_ITEM_END: Final = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)
_CATEGORY: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:category|subject|keywords)\b", re.IGNORECASE)
_KEYWORDS: Final = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:keywords|tags)\b[^<>]{0,300}>", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A document of bearable size; `cut` tells that the end of it was left out."""

    body: bytes
    cut: bool = False


def bound(body: bytes) -> Bounded | None:
    """Return `body` with at most `MAX_ITEMS` items and a bearable number of tags.

    None means that one item has so many categories that reading them would take minutes.
    """
    starts = [match.start() for match in islice(ITEM.finditer(body), MAX_ITEMS + 1)]
    cut = len(starts) > MAX_ITEMS
    if cut:
        body = body[: starts[-1]] + body[_end_of_last_item(body, starts[-1]) :]
    shorter = _cut_after(
        _cut_after(_cut_after(body, b"<", MAX_TAGS), b"&", _MAX_REFERENCES), b"\n", _MAX_LINES
    )
    if _has_too_many_categories(shorter):
        return None
    return Bounded(body=shorter, cut=cut or len(shorter) < len(body))


def _end_of_last_item(body: bytes, start: int) -> int:
    """Return where the document goes on after its last item, so that its end stays well-formed."""
    end = len(body)
    for match in _ITEM_END.finditer(body, max(start, len(body) - 64 * 1024)):
        end = match.end()
    return end


def _cut_after(body: bytes, mark: bytes, limit: int) -> bytes:
    if body.count(mark) <= limit:
        return body
    return mark.join(body.split(mark, limit)[:limit])


def _has_too_many_categories(body: bytes) -> bool:
    if body.count(b"ategory") + body.count(b"subject") + body.count(b"eywords") > _MAX_CATEGORIES:
        edges = [0, *(match.start() for match in ITEM.finditer(body)), len(body)]
        categories = [match.start() for match in _CATEGORY.finditer(body)]
        if _most_between(edges, categories) > _MAX_CATEGORIES:
            return True
    return any(
        body.find(b"</", match.end(), match.end() + _MAX_KEYWORDS) < 0
        and len(body) - match.end() > _MAX_KEYWORDS
        for match in _KEYWORDS.finditer(body)
    )


def _most_between(edges: list[int], positions: list[int]) -> int:
    """Return the largest number of `positions` between two neighbours of `edges` (both sorted)."""
    most = count = edge = 0
    for position in positions:
        while edge + 1 < len(edges) and edges[edge + 1] <= position:
            edge, count = edge + 1, 0
        count += 1
        most = max(most, count)
    return most
