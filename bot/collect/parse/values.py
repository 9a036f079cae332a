"""Values out of hostile documents: of the right type, of bearable size, fit to be stored."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from bot.collect.parse.bounds import MAX_FIELD

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")  # NUL and half characters: no valid UTF-8
_MAX_CATEGORIES: Final = 50
_MAX_CATEGORY: Final = 200
_MAX_ID: Final = 2000
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


def text_of(value: object) -> str:
    """Return `value` if it is text, bounded and without unstorable characters, else ""."""
    if not isinstance(value, str):
        return ""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value[:MAX_FIELD])


def language_of(value: object) -> str | None:
    """Return a language tag such as "vi" or "en-US", None if `value` is none (RFC 5646)."""
    tag = text_of(value).strip()
    return tag.replace("_", "-") if _LANGUAGE.fullmatch(tag) else None


def categories_of(values: Iterable[object]) -> tuple[str, ...]:
    """Return the texts among `values` without blanks and repetitions, in order."""
    found: dict[str, None] = {}
    for value in values:
        name = " ".join(text_of(value)[:_MAX_CATEGORY].split())
        if name and len(found) < _MAX_CATEGORIES:
            found.setdefault(name)
    return tuple(found)


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
