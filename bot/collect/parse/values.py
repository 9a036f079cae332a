"""Values out of hostile documents: of the right type, of bearable size, fit to be stored."""

from __future__ import annotations

import re
from hashlib import blake2b
from html import unescape
from typing import TYPE_CHECKING, Final

from bot.collect.parse.bounds import MAX_FIELD

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")  # NUL and half characters: no valid UTF-8
_MAX_CATEGORIES: Final = 50
_MAX_CATEGORY: Final = 200
_MAX_AUTHORS: Final = 500
_MAX_ID: Final = 2000
_SECTION: Final = "<![CDATA["
_SECTION_END: Final = "]]>"
_ESCAPED_SECTION: Final = re.compile(r"\s*&lt;!\[CDATA\[")
_EMPTY_LINES: Final = re.compile(r"\n[ \t\r]*\n\s*")
_BARE_AMPERSAND: Final = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z]\w{1,30};)")
_MEANT: Final = {
    **dict.fromkeys(("vn", "vie"), "vi"),
    **dict.fromkeys(("jp", "jpn"), "ja"),
    **dict.fromkeys(("cn", "zho", "chi"), "zh"),
    **dict.fromkeys(("kr", "kor"), "ko"),
    **dict.fromkeys(("cz", "ces", "cze"), "cs"),
    **dict.fromkeys(("ua", "ukr"), "uk"),
    **dict.fromkeys(("gr", "ell", "gre"), "el"),
    **dict.fromkeys(("deu", "ger"), "de"),
    **dict.fromkeys(("fra", "fre"), "fr"),
    **dict.fromkeys(("nld", "dut"), "nl"),
    "eng": "en",
    "ita": "it",
    "spa": "es",
    "por": "pt",
    "rus": "ru",
    "pol": "pl",
    "tur": "tr",
}
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


def text_of(value: object) -> str:
    """Return `value` if it is text, bounded and without unstorable characters, else "".

    The marks of a CDATA section that was escaped are no part of the text.
    """
    if not isinstance(value, str):
        return ""
    text = _storable(value[:MAX_FIELD])
    if _ESCAPED_SECTION.match(text):
        text = unescape(text)
    section = text.strip()
    if section.startswith(_SECTION) and section.endswith(_SECTION_END):
        return section.removeprefix(_SECTION).removesuffix(_SECTION_END).strip()
    return text


def _storable(text: str) -> str:
    try:
        text.encode()  # tells that there is no half character in a sixth of the time
    except UnicodeEncodeError:
        is_storable = False
    else:
        is_storable = "\0" not in text
    return text if is_storable else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def html_of(value: object) -> str:
    """Return text that is HTML; sections in the middle of it are opened too."""
    html = text_of(value)
    return html.replace(_SECTION, "").replace(_SECTION_END, "") if _SECTION in html else html


def html_of_text(value: object) -> str:
    """Return the HTML that shows `value`, which is text: "<i>" in it stays to be read.

    References to characters are left, since many feeds escape text twice.
    """
    text = text_of(value)
    if "<" not in text and not ("&" in text and "\n" in text):
        return text
    html = _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return _EMPTY_LINES.sub("<br><br>", html)


def language_of(value: object) -> str | None:
    """Return a language tag such as "vi" or "en-US", None if `value` is none (RFC 5646).

    Three letters (ISO 639-2) become two, and a country's code that feeds write for its language
    becomes that language's: "vn" is Vietnamese.
    """
    tag = text_of(value).strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        return None
    first, dash, rest = tag.partition("-")
    return _MEANT.get(first.lower(), first) + dash + rest


def categories_of(values: Iterable[object]) -> tuple[str, ...]:
    """Return the texts among `values` without blanks and repetitions, in order."""
    found: dict[str, None] = {}
    for value in values:
        name = " ".join(text_of(value)[:_MAX_CATEGORY].split())
        if name and len(found) < _MAX_CATEGORIES:
            found.setdefault(name)
    return tuple(found)


def author_of(names: Iterable[object]) -> str:
    """Return the names of an item's authors, divided by commas."""
    return ", ".join(categories_of(names))[:_MAX_AUTHORS]


def id_of(raw: object, link: str | None, *texts: str) -> str:
    """Return the feed's id, else the link, else a hash of the content.

    An id of unreasonable length is hashed too.
    """
    stated = text_of(raw).strip()
    if stated and len(stated) <= _MAX_ID:
        return stated
    if link and not stated:
        return link
    material = "\x00".join((stated, *texts)).encode("utf-8", "replace")
    return "hash:" + blake2b(material, digest_size=16).hexdigest()
