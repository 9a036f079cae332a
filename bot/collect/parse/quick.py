"""feedparser's own parser without the layers around it: the same records in two thirds of the time.

`feedparser.parse` finds out encodings and mends documents, which is done before it here, and goes
through `xml.sax`, which hands over an escaped text sign by sign.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat
from xml.sax.xmlreader import AttributesNSImpl

from feedparser.api import StrictFeedParser
from feedparser.util import FeedParserDict

if TYPE_CHECKING:
    from collections.abc import Sequence

# It gives elements of these names attributes that they do not have.
_DECORATED: Final = ("math", "svg")
_DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY")
_WINDOWS_SIGN: Final = re.compile("[\x80-\x9f]")


def parse_quickly(body: bytes) -> dict[str, Any] | None:
    """Return what feedparser reads in `body`; None where it is not plain and well-formed UTF-8.

    Raises as feedparser does, which trips over its own records on some documents.
    """
    if any(sign in body for sign in _DECLARATIONS):
        return None
    handler = _Handler("", None, "utf-8")
    try:
        body.decode("utf-8")
        handler.driver().Parse(body, True)  # noqa: FBT003 - the signature of the library
    except (UnicodeDecodeError, expat.ExpatError):
        return None
    return {"feed": handler.feeddata, "entries": handler.entries, "version": handler.version}


class _Params(FeedParserDict):  # type: ignore[misc] # the library is not typed
    """The properties of a text, which are strings under names that need no translation."""

    get = dict.get

    def __deepcopy__(self, _: object) -> _Params:
        return _Params(self)


class _Unchanged(str):
    """A text without signs that stand for others: looking each one up takes long."""

    __slots__ = ()

    def translate(self, _: object, /) -> str:
        return str(self)


class _Handler(StrictFeedParser):  # type: ignore[misc] # as above
    """Feeds feedparser's parser from expat, and remembers what it calls elements."""

    def __init__(self, base: str, language: str | None, encoding: str) -> None:
        super().__init__(base, language, encoding)
        self.resolve_relative_uris = self.sanitize_html = False
        self.contentparams = _Params()
        self._begun: dict[str, str] = {}
        self._ended: dict[str, str] = {}
        self._tag = ""

    def driver(self) -> expat.XMLParserType:
        """Return what is to be given the document."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.handle_data
        parser.StartNamespaceDeclHandler = self.startPrefixMapping
        return parser

    def startPrefixMapping(self, prefix: str | None, uri: str | None) -> None:  # noqa: N802 - theirs
        super().startPrefixMapping(prefix, uri)
        self._begun.clear()
        self._ended.clear()

    @staticmethod
    def decode_entities(_: str, data: str) -> str:
        """Return `data`; what feedparser does next is to translate the signs of Windows in it."""
        return data if data.isascii() or _WINDOWS_SIGN.search(data) else _Unchanged(data)

    def push_content(self, *stated: Any) -> None:
        super().push_content(*stated)
        self.contentparams = _Params(self.contentparams)

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        self._tag = tag
        super().unknown_starttag(tag, attrs)

    def unknown_endtag(self, tag: str) -> None:
        self._tag = tag
        super().unknown_endtag(tag)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        tag = None if attributes or self.decls else self._begun.get(name)
        if tag is not None:
            StrictFeedParser.unknown_starttag(self, tag, [])
            return
        stated = [(_pair(name.split()), name.split(), value) for name, value in attributes.items()]
        values = {pair: value for pair, _, value in stated}
        names = {pair: _qualified(parts) for pair, parts, _ in stated}
        parts = name.split()
        is_plain = not self.decls and parts[len(parts) > 1].lower() not in _DECORATED
        self.startElementNS(_pair(parts), None, AttributesNSImpl(values, names))
        if is_plain:
            self._begun[name] = self._tag

    def _end(self, name: str) -> None:
        tag = self._ended.get(name)
        if tag is None:
            self.endElementNS(_pair(name.split()), None)
            self._ended[name] = self._tag
        else:
            StrictFeedParser.unknown_endtag(self, tag)


def _pair(parts: Sequence[str]) -> tuple[str | None, str]:
    """Return namespace and name of "namespace name prefix", as expat tells them."""
    return (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _qualified(parts: Sequence[str]) -> str:
    return f"{parts[2]}:{parts[1]}" if len(parts) > 2 else parts[-1]  # noqa: PLR2004 - see above
