"""Finds the items of a document by their bytes, so that only those not seen before are parsed.

feedparser takes a third of a millisecond an item, expat a hundredth of that. Whatever cannot be cut
with certainty (not well-formed, not UTF-8, a doctype, xml:base, nested items) is not cut at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from bot.collect.parse.bounds import MAX_ITEMS, MAX_TAGS
from bot.collect.parse.charset import is_stated_utf8

if TYPE_CHECKING:
    from collections.abc import Collection

    _Spans = tuple[list[tuple[int, int]], str]
    _Hole = tuple[tuple[int, int], bytes]

_ITEMS: Final = re.compile(r'"items"\s*:\s*\[')
_SPACE: Final = re.compile(r"\s*")
_COMMA: Final = re.compile(r"\s*,\s*")
_END: Final = re.compile(r"\s*\]")
_NAMES: Final = frozenset({"item", "entry"})
# feedparser resolves addresses by it, in the rest of the document, too.
_BASE: Final = b"xml:base"
# Of UTF-16 and of the 7-bit encoding of Japan, which Python may take for UTF-8.
_OTHER_CODES: Final = (b"\0", b"\x1b")
_ITEM_START: Final = re.compile(rb"<(item|entry)[\s>]")
_FEWEST_BYTES: Final = 3  # of a tag
_EMPTY: Final = b"<item></item>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A document, the places of its items in it, and 8 bytes for each that tell it from others.

    `around` says what stands around the items and may give them another meaning: the names and
    attributes of the elements that they are in.
    """

    body: bytes
    spans: tuple[tuple[int, int], ...]
    marks: tuple[bytes, ...]
    around: str = ""
    between: bytes = b""

    def keep(self, wanted: Collection[int]) -> bytes:
        """Return the document with the `wanted` items only, by their numbers."""
        kept, at = [], 0
        for number, (start, end) in enumerate(self.spans):
            if number in wanted:
                continue
            kept.append(self.body[at:start])
            at = end
        if not self.between:
            return b"".join((*kept, self.body[at:]))
        start, end = self.spans[0][0], self.spans[-1][1]
        items = (self.body[slice(*self.spans[number])] for number in sorted(wanted))
        return self.body[:start] + self.between.join(items) + self.body[end:]


def cut_of(body: bytes, content_type: str, known: Collection[bytes] = ()) -> Cut | None:
    """Return where the items of `body` stand, None where that is not certain. Raises nothing.

    Items with `known` marks, of a document that was cut, are found faster.
    """
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start != b"{" and known and (found := _cut_by_known(body, content_type, known)):
        return found
    if not _is_plain(body, content_type):
        return None
    if start == b"{":
        return _cut(body, _json_spans(body), between=b",")
    return _cut(body, _xml_spans(body))


def _is_plain(body: bytes, content_type: str) -> bool:
    """Tell whether `body` is UTF-8, and nothing says otherwise."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(sign in body for sign in _OTHER_CODES) and is_stated_utf8(body, content_type)


def _cut(body: bytes, found: _Spans | None, *, between: bytes = b"") -> Cut | None:
    if found is None:
        return None
    spans, around = found
    if not 0 < len(spans) <= MAX_ITEMS:
        return None
    marks = tuple(_mark_of(body[first:end]) for first, end in spans)
    return Cut(body=body, spans=tuple(spans), marks=marks, around=around, between=between)


def _mark_of(item: bytes) -> bytes:
    return blake2b(item, digest_size=8).digest()


def _cut_by_known(body: bytes, content_type: str, known: Collection[bytes]) -> Cut | None:
    """Cut `body` with an empty item in the place of each that is known; None where that fails.

    An item that is plain and whole by itself, as all known ones are, is an item wherever expat
    takes an empty one for an item: it is not in a comment, a CDATA section or another item.
    """
    if len(body) > _FEWEST_BYTES * MAX_TAGS:
        return None
    short, holes = _emptied(body, known)
    found = _xml_spans(short) if holes and _is_plain(short, content_type) else None
    if found is None:
        return None
    places: dict[tuple[int, int], bytes] = {}
    ahead, filled = 0, 0
    for first, end in found[0]:
        hole = holes.get(first) if end - first == len(_EMPTY) else None
        if hole is None:
            place = first + ahead, end + ahead
            places[place] = _mark_of(body[slice(*place)])
        else:
            places[hole[0]] = hole[1]
            filled += 1
            ahead = hole[0][1] - end
    if filled != len(holes) or len(places) > MAX_ITEMS:
        return None
    return Cut(body=body, spans=tuple(places), marks=tuple(places.values()), around=found[1])


def _emptied(body: bytes, known: Collection[bytes]) -> tuple[bytes, dict[int, _Hole]]:
    """Return `body` with its known items emptied; and by where those begin what stood there."""
    parts: list[bytes] = []
    holes: dict[int, _Hole] = {}
    at = size = hashed = 0
    start = _ITEM_START.search(body)
    # Of beginnings that share an end, a hostile document may have thousands.
    while start and hashed <= 2 * len(body):
        first, closing = start.start(), b"</" + start[1] + b">"
        end = body.find(closing, first) + len(closing)
        if end < first:
            break
        hashed += end - first
        mark, after = _mark_of(body[first:end]), first + 1
        if mark in known:
            size += first - at
            holes[size] = (first, end), mark
            parts += body[at:first], _EMPTY
            size += len(_EMPTY)
            at = after = end
        start = _ITEM_START.search(body, after)
    return b"".join((*parts, body[at:])), holes


class _Skim:
    """Notes where the items begin and end; `is_plain` as long as that is certain."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._open: list[str] = []
        self._inside = 0
        self._start = 0
        self._names: set[str] = set()
        self.spans: list[tuple[int, int]] = []
        self.around: set[str] = set()
        self.is_plain = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if self._inside:
            self._inside += 1
            self._names.add(name)
        elif name in _NAMES and self._open:
            self._inside, self._start = 1, self._parser.CurrentByteIndex
            self.around.add(" ".join(self._open))
        else:
            self.is_plain = self.is_plain and (name in _NAMES or not _is_item(name))
            self._open.append(f"{name}{sorted(attributes.items())}")

    def _end(self, name: str) -> None:
        if not self._inside:
            self._open.pop()
            return
        self._inside -= 1
        if not self._inside:
            end = self._parser.CurrentByteIndex
            self.spans.append((self._start, end + len(f"</{name}>")))

    def _refuse(self, *_: object) -> None:
        raise ValueError

    @property
    def is_certain(self) -> bool:
        return self.is_plain and len(self.around) == 1 and not any(map(_is_item, self._names))


def _is_item(name: str) -> bool:
    return name.rpartition(":")[2].lower() in _NAMES


def _xml_spans(body: bytes) -> _Spans | None:
    if _BASE in body or body.count(b"<") > MAX_TAGS:
        return None
    parser = expat.ParserCreate()
    parser.buffer_text = True
    skim = _Skim(parser)
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the signature of the library
    except (expat.ExpatError, ValueError):
        return None
    if not skim.is_certain or not all(_is_whole(body, span) for span in skim.spans):
        return None
    return skim.spans, next(iter(skim.around))


def _is_whole(body: bytes, span: tuple[int, int]) -> bool:
    """Tell whether an item begins and ends with its tags: "<item/>" and "</item >" do not."""
    start, end = span
    name = b"item" if body.startswith(b"<item", start) else b"entry"
    return body.startswith(b"<" + name, start) and body.endswith(b"</" + name + b">", start, end)


def _json_spans(body: bytes) -> _Spans | None:
    """Return where the members of "items" stand: inside of a string its quotes would be escaped."""
    text = body.decode("utf-8")
    found = list(islice(_ITEMS.finditer(text), 2))
    if len(found) != 1:
        return None
    places = _members(text, found[0].end())
    return (_in_bytes(text, places), "") if places else None


def _members(text: str, start: int) -> list[tuple[int, int]] | None:
    """Return the places of the objects in the list that begins at `start`, which holds no other."""
    decoder, places = json.JSONDecoder(), []
    comma = _SPACE.match(text, start)
    while comma:
        place = comma.end()
        try:
            entry, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return None
        if not isinstance(entry, dict):
            return None
        places.append((place, end))
        comma = _COMMA.match(text, end)
    return places if _END.match(text, places[-1][1]) else None


def _in_bytes(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    at = reached = 0
    found = []
    for start, end in places:
        first = reached + len(text[at:start].encode())
        reached, at = first + len(text[start:end].encode()), end
        found.append((first, reached))
    return found
