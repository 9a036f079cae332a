"""Telegram's HTML style, parsed as strictly as TDLib does (td/telegram/MessageEntity.cpp)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_PIECE = re.compile(r"<|&(#\d+|#x[0-9a-f]+|lt|gt|amp|quot);", re.IGNORECASE)
_END = re.compile(r"</([^\s>]*)\s*>")
_START = re.compile(r"<([^\s>]*)")
_ATTRIBUTE = re.compile(r"\s*([^\s=>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([a-zA-Z0-9.-]+)))?")


class CannotParseError(Exception):
    """The text after "can't parse entities: "."""


@dataclass
class _Open:
    name: str
    offset: int
    attributes: dict[str, str]


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return text and entities as the Bot API states them. Raises CannotParseError."""
    reader = _Reader(source)
    while piece := _PIECE.search(source, reader.at):
        reader.text += source[reader.at : piece.start()]
        reader.at = piece.start()
        if piece[1]:
            reader.text += html.unescape(piece[0])
            reader.at = piece.end()
        elif source.startswith("</", reader.at):
            reader.end_tag()
        else:
            reader.start_tag()
    reader.text += source[reader.at :]
    if reader.open:
        raise CannotParseError(
            f"Can't find end tag corresponding to start tag {reader.open[-1].name}"
        )
    return _trimmed(reader.text, reader.entities)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = ""
        self.open: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def start_tag(self) -> None:
        begin = self._byte_offset(self.at)
        found = _START.match(self.source, self.at)
        name = found[1].lower() if found else ""
        if name not in _TYPES:
            raise CannotParseError(f'Unsupported start tag "{name}" at byte offset {begin}')
        self.at += 1 + len(name)
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise CannotParseError(
                f'Tag "span" must have class "tg-spoiler" at byte offset {begin}'
            )
        # The documentation forbids it; TDLib drops one of them without a word.
        if name == "blockquote" and any(tag.name == name for tag in self.open):
            raise CannotParseError(f"Blockquotes can't be nested, at byte offset {begin}")
        self.open.append(_Open(name, utf16(self.text), attributes))

    def _attributes(self, name: str, begin: int) -> dict[str, str]:
        attributes = {}
        while not (end := re.compile(r"\s*>").match(self.source, self.at)):
            found = _ATTRIBUTE.match(self.source, self.at)
            if found is None:
                raise CannotParseError(f'Unclosed start tag "{name}" at byte offset {begin}')
            attributes[found[1].lower()] = found[2] or found[3] or found[4] or ""
            self.at = found.end()
        self.at = end.end()
        return attributes

    def end_tag(self) -> None:
        begin = self._byte_offset(self.at)
        if not self.open:
            raise CannotParseError(f"Unexpected end tag at byte offset {begin}")
        found = _END.match(self.source, self.at)
        if found is None:
            raise CannotParseError(f"Unclosed end tag at byte offset {begin}")
        tag = self.open.pop()
        if found[1].lower() not in {"", tag.name}:
            raise CannotParseError(
                f'Unmatched end tag at byte offset {begin}, expected "</{tag.name}>", '
                f'found "</{found[1].lower()}>"'
            )
        self.at = found.end()
        length = utf16(self.text) - tag.offset
        if length and (tag.name != "a" or tag.attributes.get("href")):
            self.entities.append(_entity(tag, length))

    def _byte_offset(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))


def _entity(tag: _Open, length: int) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": _TYPES[tag.name], "offset": tag.offset, "length": length}
    if tag.name == "a":
        entity["url"] = html.unescape(tag.attributes["href"])
    if tag.name == "tg-emoji":
        entity["custom_emoji_id"] = tag.attributes.get("emoji-id", "0")
    if tag.name == "blockquote" and "expandable" in tag.attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Cut white space off both ends, as TDLib does, and move the entities with it."""
    shift, trimmed = utf16(text) - utf16(text.lstrip()), text.strip()
    end = utf16(trimmed)
    kept = []
    for entity in sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])):
        begin = max(entity["offset"] - shift, 0)
        stop = min(entity["offset"] + entity["length"] - shift, end)
        if begin < stop:
            kept.append({**entity, "offset": begin, "length": stop - begin})
    return trimmed, kept


def utf16(text: str) -> int:
    """Return the UTF-16 code units of `text`: offsets and lengths of entities count them."""
    return len(text) + sum(char > "\uffff" for char in text)
