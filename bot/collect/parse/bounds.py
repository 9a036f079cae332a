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
# feedparser compares every category of an item with all before it, and every attribute of a tag
# with all others: quadratic.
_MAX_CATEGORIES: Final = 2000
_MAX_ATTRIBUTES: Final = 1000

_PREFIX: Final = rb"(?:[^\s<>/:]+:)?"
ITEM: Final = re.compile(rb"<" + _PREFIX + rb"(?:item|entry)[\s>/]", re.IGNORECASE)
_ITEM_END: Final = re.compile(rb"</" + _PREFIX + rb"(?:item|entry)\s*>", re.IGNORECASE)
_CATEGORY: Final = re.compile(
    rb"<(/?)"
    + _PREFIX
    + rb"(?:(item|entry)(?=[\s>/])|(category|subject)\b|(keywords|tags|itunes_keywords)\b)",
    re.IGNORECASE,
)
_NAMES: Final = (b"ategory", b"subject", b"eywords", b"tags", b",", b"&")
_ATTRIBUTE: Final = re.compile(rb"""[\s"'/][^\s=<>"'/]+\s{0,9}=\s{0,9}["']""")
_SECTION: Final = re.compile(rb"<!(?:\[CDATA\[|--)")
_SECTION_ENDS: Final = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A document of bearable size; `cut` tells that the end of it was left out."""

    body: bytes
    cut: bool = False


def bound(body: bytes) -> Bounded | None:
    """Return `body` with at most `MAX_ITEMS` items and a bearable number of tags.

    None means that one item has so many categories, or one tag so many attributes, that reading
    them would take minutes.
    """
    starts = [match.start() for match in islice(ITEM.finditer(body), MAX_ITEMS + 1)]
    cut = len(starts) > MAX_ITEMS
    if cut:
        body = body[: starts[-1]] + body[_end_of_last_item(body, starts[-1]) :]
    shorter = _cut_after(
        _cut_after(_cut_after(body, b"<", MAX_TAGS), b"&", _MAX_REFERENCES), b"\n", _MAX_LINES
    )
    if _has_too_many_categories(shorter) or _has_too_many_attributes(shorter):
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


def _has_too_many_attributes(body: bytes) -> bool:
    return body.count(b"=") > _MAX_ATTRIBUTES and any(
        tag.count(b"=") > _MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(tag)) > _MAX_ATTRIBUTES
        for tag in body.split(b"<")
    )


def _has_too_many_categories(body: bytes) -> bool:
    if sum(map(body.count, _NAMES)) <= _MAX_CATEGORIES:
        return False
    return _most_categories(_without_sections(body)) > _MAX_CATEGORIES


def _most_categories(body: bytes) -> int:
    """Return how many categories and keywords the item with most of them has."""
    most = count = 0
    opened: int | None = None
    for found in _CATEGORY.finditer(body):
        is_end, item, category, keywords = (bool(part) for part in found.groups())
        if opened is not None and (item or keywords):
            count += _separators(body, opened, found.start())
            opened = None
        most = max(most, count)
        if item and not is_end:
            count = 0
        elif category and not is_end:
            count += 1
        elif keywords and not is_end:
            count, opened = count + 1, found.end()
    if opened is not None:
        count += _separators(body, opened, len(body))
    return max(most, count)


def _separators(body: bytes, start: int, end: int) -> int:
    return body.count(b",", start, end) + body.count(b"&", start, end)


def _without_sections(body: bytes) -> bytes:
    """Return `body` without comments, and with nothing in CDATA sections that looks like a tag."""
    kept, at = [], 0
    while start := _SECTION.search(body, at):
        end = body.find(_SECTION_ENDS[start[0]], start.end())
        if end < 0:
            break
        kept.append(body[at : start.start()])
        if start[0] != b"<!--":
            kept.append(body[start.end() : end].replace(b"<", b" "))
        at = end + len(b"-->")
    return b"".join((*kept, body[at:]))
