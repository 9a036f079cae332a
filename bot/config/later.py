"""Keys that are accepted and validated, and whose function comes in a later release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.document import Document
    from bot.config.positions import Path as KeyPath

_ANY = object()

LATER: Mapping[KeyPath, object] = {("dedupe", "same_story_window"): _ANY}
"""Key -> the value without effect yet, or any. A key whose function exists is taken out here."""


def later_keys(document: Document) -> tuple[tuple[str, int], ...]:
    """Return the keys of `LATER` that the file sets, with their lines, in the order of the file."""
    found = [
        (document.name_of(path), position.line)
        for path, position in document.positions.items()
        if _is_later(path, document)
    ]
    return tuple(sorted(found, key=lambda entry: entry[1]))


def _is_later(path: KeyPath, document: Document) -> bool:
    value = LATER.get(tuple("*" if isinstance(part, int) else part for part in path))
    return value is _ANY or (value is not None and value == document.value_of(path))
