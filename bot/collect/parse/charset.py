"""Which encoding a document is really in, whatever it and its server say."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

_UTF8: Final = "utf-8"
_XML_ENCODING: Final = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']"""
)
_XML_DECLARATION: Final = re.compile(rb"^\s*<\?xml[^>]{0,400}\?>")
_HTTP_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_WIDE: Final = (
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF16_LE,
    b"\0\0\xfe\xff",
    b"\0<",
    b"<\0",
    b"\0\0\0<",
)
_TEXT: Final = (
    *("utf-8", "ascii", "iso8859", "cp", "koi8", "gb", "hz", "big5", "euc", "shift", "iso2022"),
    *("mac", "ptcp", "tis", "kz1048", "johab"),
)
# Supersets that publishers mean when they name the subset (WHATWG Encoding Standard).
_SUPERSETS: Final = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body whose encoding is settled: `encoding` None leaves the choice to the body's marks."""

    body: bytes
    encoding: str | None = None
    repaired: bool = False


def settle_encoding(body: bytes, content_type: str) -> Document:
    """Return `body` in an encoding that fits it.

    A byte order mark wins, then the Content-Type's charset, then the XML declaration (RFC 7303
    section 3); but bytes that are valid UTF-8 and not plain ASCII are UTF-8 whatever is declared,
    since text of another encoding is that hardly ever by chance.
    """
    if body.startswith(_WIDE):
        return Document(body=body)
    body = body.removeprefix(codecs.BOM_UTF8)
    declared = _declared(body, content_type)
    if declared is None or _decodes(body, _UTF8):
        return _utf8_whatever_declared(body, declared)
    if declared != _UTF8 and _decodes(body, declared):
        return Document(body=body, encoding=declared)
    return _as_utf8(_best_guess(body, declared).encode(_UTF8), repaired=True)


def _utf8_whatever_declared(body: bytes, declared: str | None) -> Document:
    if declared is None:
        return _as_utf8(body.decode(_UTF8, "replace").encode(_UTF8), repaired=True)
    if body.isascii():  # also the 7-bit encodings of Japan, which only their name tells
        return Document(body=body, encoding=declared)
    return _as_utf8(body, repaired=declared != _UTF8)


def _as_utf8(body: bytes, *, repaired: bool) -> Document:
    """Take the document's own declaration away where it is wrong."""
    if repaired:
        body = _XML_DECLARATION.sub(b'<?xml version="1.0" encoding="utf-8"?>', body, count=1)
    return Document(body=body, encoding=_UTF8, repaired=repaired)


def _declared(body: bytes, content_type: str) -> str | None:
    """Return Python's name of the declared encoding, UTF-8 by default, None if it is no use.

    A document that can be read so far is not in a wide encoding such as UTF-16, whatever it says.
    """
    http = _HTTP_CHARSET.search(content_type)
    xml = _XML_ENCODING.match(body)
    name = http[1] if http else xml[1].decode("ascii", "replace") if xml else _UTF8
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return _SUPERSETS.get(found, found) if found.startswith(_TEXT) else None


def _decodes(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeError:
        return False
    return True


def _best_guess(body: bytes, declared: str) -> str:
    """Read damaged bytes: as UTF-8 if more letters fit than not, so that one bad byte costs one."""
    text = body.decode(_UTF8, "replace")
    bad = text.count("\ufffd")
    good = sum(1 for char in text if char > "\x7f") - bad
    if good >= bad:
        return text
    single_byte = declared in {_UTF8, "ascii"}
    return body.decode("cp1252" if single_byte else declared, "replace")
