"""Finds the encoding of a document, whose own claim and server may be wrong."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_UTF8: Final = "utf-8"
_XML_ENCODING: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"'<>]{1,40})""")
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_HTTP_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^"';,]{1,40})""", re.IGNORECASE)
_LANGUAGE: Final = re.compile(
    rb"""(?:<(?:dc:)?language>|xml:lang\s*=\s*["'])\s*([a-z]{2})""", re.IGNORECASE
)
_HEAD: Final = 64 * 1024
# By a byte order mark, else by the zero bytes around "<" (XML 1.0 appendix F). Longest first.
_WIDE: Final = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"\0\0\0<": "utf-32-be",
    b"<\0\0\0": "utf-32-le",
    b"\0<": "utf-16-be",
    b"<\0": "utf-16-le",
}
_CODE_PAGE: Final = re.compile(r"(?:x|ms|win|windows|cp|ibm|ansi|microsoft|codepage)*(\d{3,5})")
_UNUSED: Final = frozenset({"replacement", "x-user-defined", "utf-16le", "utf-16be"})
_ASCII: Final = frozenset({"ascii", "usascii", "iso646us"})  # no claim where other bytes stand
# The encodings in use before UTF-8, by language; the first is the browsers' choice (HTML Standard,
# "determining the character encoding", table of locales).
_LEGACY: Final = {
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256",)),
    **dict.fromkeys(("be", "bg", "mk", "sr", "uk"), ("cp1251", "koi8_u", "cp866", "iso8859_5")),
    **dict.fromkeys(("ba", "ky", "kk", "tt", "ru"), ("cp1251", "koi8_r", "cp866", "iso8859_5")),
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), ("cp1250", "iso8859_2")),
    **dict.fromkeys(("et", "lt", "lv"), ("cp1257",)),
    **dict.fromkeys(("ku", "tr", "az"), ("cp1254",)),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "th": ("cp874",),
    "vi": ("cp1258",),
    "zh": ("gb18030", "big5hkscs"),
}
_ANY: Final = (
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "iso2022_jp", "gb18030", "big5hkscs", "euc_kr"),
)
_LATIN: Final = frozenset({"cp1252", "cp1250"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body in UTF-8, and whether its encoding was another than the one declared."""

    body: bytes
    repaired: bool = False


def encoding_named(label: str) -> str | None:
    """Return Python's name of the encoding that `label` means; None if no browser knows it.

    The labels are those of the WHATWG Encoding Standard, in the spellings of feeds, too ("cp-1251",
    "win-1251", "Latin 2"). No other codec of Python is reached: punycode takes quadratic time.
    """
    squashed = _squashed(label)
    page = _CODE_PAGE.fullmatch(squashed)
    return _labels().get(page[1] if page else squashed)


@cache
def _labels() -> dict[str, str]:
    import webencodings  # noqa: PLC0415  # only where a feed is not in UTF-8

    found = {"65001": _UTF8, "936": "gb18030", "949": "cp949", "950": "big5hkscs", "932": "cp932"}
    for label, name in webencodings.LABELS.items():
        if name not in _UNUSED and _squashed(label) not in _ASCII:
            # GBK's superset, as the standard decodes it.
            codec = "gb18030" if name == "gbk" else webencodings.lookup(label).codec_info.name
            page = _CODE_PAGE.fullmatch(_squashed(label))
            found[_squashed(label)] = found[page[1] if page else _squashed(label)] = codec
    return found


def _squashed(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower())


def is_stated_utf8(body: bytes, content_type: str) -> bool:
    """Tell whether server and document name UTF-8 and nothing else, or no encoding."""
    return all(encoding == _UTF8 for encoding in _declared(body, content_type))


def settle_encoding(body: bytes, content_type: str) -> Document:
    """Return `body` in UTF-8.

    A byte order mark wins, then the Content-Type's charset, then the XML declaration (RFC 7303
    section 3); but bytes that are valid UTF-8 and not plain ASCII are UTF-8 against any
    declaration, since text of another encoding is that hardly ever by chance. Where no
    declaration fits, the encoding is guessed.
    """
    wide = next((_WIDE[mark] for mark in _WIDE if body.startswith(mark)), None)
    if wide is not None:
        return _document(body.decode(wide, "replace"))
    body = body.removeprefix(codecs.BOM_UTF8)
    declared = list(_declared(body, content_type))
    text = _decoded(body, _UTF8)
    if text is not None and b"\x1b" not in body:  # the 7-bit encoding of Japan is known by its name
        return _document(text, repaired=declared[0] != _UTF8 and not body.isascii())
    for encoding in filter(None, declared):
        text = _decoded(body, encoding)
        if text is not None:
            return _document(text, repaired=encoding != declared[0])
    return _document(_best_guess(body, declared), repaired=True)


def _document(text: str, *, repaired: bool = False) -> Document:
    text = _XML_DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1)
    return Document(body=text.encode(_UTF8, "replace"), repaired=repaired)


def _declared(body: bytes, content_type: str) -> Iterator[str | None]:
    """Yield the encodings that are declared, UTF-8 by default; None for one that is unknown."""
    http, xml = _HTTP_CHARSET.search(content_type), _XML_ENCODING.match(body)
    if http:
        yield encoding_named(http[1])
    if xml:
        yield encoding_named(xml[1].decode("ascii", "replace"))
    if not http and not xml:
        yield _UTF8


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except UnicodeError:
        return None


def _best_guess(body: bytes, declared: Sequence[str | None]) -> str:
    """Read damaged bytes so that one bad byte costs one letter, others by their language."""
    for encoding in (_UTF8, *filter(None, declared)):
        text = body.decode(encoding, "replace")
        bad = text.count("\N{REPLACEMENT CHARACTER}")
        if sum(1 for char in text if char > "\x7f") >= 2 * bad:
            return text
    stated = _LANGUAGE.search(body, 0, _HEAD)
    usual = _LEGACY.get(stated[1].decode().lower(), ()) if stated else ()
    return _guessed(body, usual or _ANY)


def _guessed(body: bytes, among: Sequence[str]) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  # rarely needed, slow to load

    matches = [
        match for match in from_bytes(body, cp_isolation=list(among)) if _is_text(str(match))
    ]
    best = matches[0].encoding if matches else among[0]
    found = among[0] if best in _LATIN else best
    texts = (_decoded(body, encoding) for encoding in (found, *among, "latin-1"))
    return next(text for text in texts if text is not None)


def _is_text(text: str) -> bool:
    """Tell whether most letters are small, or of a script without capitals."""
    letters = [char for char in text if char > "\x7f" and char.isalpha()]
    return 2 * sum(map(str.isupper, letters)) <= len(letters)
