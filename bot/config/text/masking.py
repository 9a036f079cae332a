"""Masks for a line of the file, so that no message shows a secret, even a misplaced one.

Only values of keys that are known to be harmless are shown, so that a token behind a mistyped key
or in a line that is not TOML stays hidden.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from bot.collect.addresses import secret_parts
from bot.config.schema.tables import TABLES
from bot.config.secret_shapes import looks_secret
from bot.models.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.config.text.positions import Path, Scan, Span

_ADDRESSES = frozenset({"url", "api_url", "contact", "database", "proxy"})
_SECRET_WORDS = re.compile(r"token|secret|key|pass|pwd|auth|cookie|headers", re.IGNORECASE)
_KINDS_OF_SECRETS = frozenset({"env", "file", "credential"})
_NAME_OF_SECRET = re.compile(r"[\w./ ~-]+")
_IN_ADDRESSES_WITH_SECRETS = re.compile(r"[@?#]")
_SHORTEST_SECRET = 6
_HEADER = re.compile(r"\s*\[+[\w.\s\"'-]*\]*\s*")
_KEY_VALUE = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=(?P<value>[^=#]*)")
_WORD = re.compile(r"[^\s,{}\[\]\"']+")
_LONG_WORD = re.compile(rf"[^\s=,{{}}\[\]\"'#]{{{_SHORTEST_SECRET},}}")


def hidden_of_line(found: Scan, line: Span) -> Iterator[tuple[int, int]]:
    """Yield the pieces to hide in a line of a scanned document, by offsets in the line."""
    yield from _secret_words(found.text[line.start : line.end])
    for path, span in found.values_in(line):
        text = found.text[span.start : span.end]
        if text[0] not in "[{" and not _is_harmless(path, text.strip("\"'")):
            quotes = text[0] in "\"'"
            yield max(0, span.start + quotes - line.start), span.end - quotes - line.start


def hidden_of_text(line: str) -> Iterator[tuple[int, int]]:
    """Yield the pieces to hide in a line that is not TOML."""
    yield from _secret_words(line)
    if _HEADER.fullmatch(line):
        return
    match = _KEY_VALUE.match(line)
    if (
        match
        and match.end() == len(line)
        and _is_harmless((match[1],), match["value"].strip(" \"'"))
    ):
        return
    start = match.start("value") if match else 0
    for word in _LONG_WORD.finditer(line, start):
        if word[0].rstrip(":") not in _keys():
            yield word.span()


def _secret_words(line: str) -> Iterator[tuple[int, int]]:
    """Yield the words that look secret wherever they stand: in keys, headers and comments, too."""
    return (word.span() for word in _WORD.finditer(line) if looks_secret(word[0]))


def _is_harmless(path: Path, value: str) -> bool:
    names = [part for part in path if isinstance(part, str)]
    key = names[-1]
    if key in _KINDS_OF_SECRETS:
        return bool(_NAME_OF_SECRET.fullmatch(value))
    if any(name in _secret_keys() for name in names):
        return False
    if key in _ADDRESSES:
        return not _IN_ADDRESSES_WITH_SECRETS.search(value) and not secret_parts(value)
    return len(value) < _SHORTEST_SECRET or _is_known(key)


def _is_known(key: str) -> bool:
    """Tell whether `key` is a key of the file that names no secret, or seems to be meant as one."""
    known = _keys() - _secret_keys() - _ADDRESSES
    if key in known:
        return True
    near: Sequence[str] = get_close_matches(key.casefold(), _keys(), n=1)
    return not _SECRET_WORDS.search(key) and any(name in known for name in near)


@cache
def _keys() -> frozenset[str]:
    return frozenset(name for model in TABLES.values() for name in model.model_fields)


@cache
def _secret_keys() -> frozenset[str]:
    """Return the keys that name secrets, where one might be written out by mistake."""
    named = {
        name
        for model in TABLES.values()
        for name, field in model.model_fields.items()
        if field.annotation == SecretRef | None and name != "database"
    }
    return frozenset({*named, "headers"})
