"""Ids of feeds and channels: each may be used once in its section."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath


def ids_of(section: str, document: Document) -> set[str]:
    """Return the ids that a section gives, those of entries with mistakes included."""
    entries = document.data.get(section)
    tables = (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    return {entry["id"] for entry in tables if isinstance(entry.get("id"), str)}


def paths_of(section: str, document: Document) -> dict[str, KeyPath]:
    """Return the path of each entry by its id; of entries with the same id, that of the first."""
    found: dict[str, KeyPath] = {}
    for index, entry in enumerate(document.data.get(section, [])):
        found.setdefault(str(entry.get("id", "")), (section, index))
    return found


class UsedIds:
    """The ids of one section so far."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._paths: dict[str, KeyPath] = {}

    def take(self, name: str, path: KeyPath) -> None:
        """Note a mistake where an entry before `path` has the same id."""
        first = self._paths.setdefault(name, path)
        if name and first != path:
            line = self._document.line_of((*first, "id"))
            text = f"is the id of another entry, in line {line}; every id must differ"
            self._document.problem((*path, "id"), text)
