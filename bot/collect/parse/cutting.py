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

_ITEMS: Final = re.compile(r'"items"\s*:\s*\[')
_SPACE: Final = re.compile(r"\s*")
_COMMA: Final = re.compile(r"\s*,\s*")
_END: Final = re.compile(r"\s*\]")
_NAMES: Final = frozenset({"item", "entry"})
# feedparser resolves addresses by it, in the rest of the document, too.
_BASE: Final = b"xml:base"
# Of UTF-16 and of the 7-bit encoding of Japan, which Python may take for UTF-8.
_OTHER_CODES: Final = (b"\0", b"\x1b")


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


def cut_of(body: bytes, content_type: str) -> Cut | None:
    """Return where the items of `body` stand, None where that is not certain. Raises nothing."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if any(sign in body for sign in _OTHER_CODES) or not is_stated_utf8(body, content_type):
        return None
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    found = _json_spans(body) if start == b"{" else _xml_spans(body)
    if found is None:
        return None
    spans, around = found
    if not 0 < len(spans) <= MAX_ITEMS:
        return None
    marks = tuple(blake2b(body[first:end], digest_size=8).digest() for first, end in spans)
    between = b"," if start == b"{" else b""
    return Cut(body=body, spans=tuple(spans), marks=marks, around=around, between=between)


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


def _xml_spans(body: bytes) -> tuple[list[tuple[int, int]], str] | None:
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


def _json_spans(body: bytes) -> tuple[list[tuple[int, int]], str] | None:
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
