"""Notices that files were saved, by looking at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_Mark = dict["Path", tuple[int, int, int] | None]


class FileWatch:
    """The files that `paths` names at each look; a folder stands for all files in it."""

    def __init__(self, paths: Callable[[], Iterable[Path]]) -> None:
        self._paths = paths
        self._known = self._seen = _marks(paths())

    def has_changed(self) -> bool:
        """Tell, once for each change, whether the files differ from those known before.

        A change counts when two looks in a row see the same: what is half written when one comes
        is mostly whole at the next.
        """
        before, self._seen = self._seen, _marks(self._paths())
        if self._seen == self._known or self._seen != before:
            return False
        self._known = self._seen
        return True

    def accept(self) -> None:
        """Take what is there now as known, without a change."""
        self._known = self._seen = _marks(self._paths())


def _marks(paths: Iterable[Path]) -> _Mark:
    return {file: _mark(file) for path in paths for file in _files(path)}


def _files(path: Path) -> Iterable[Path]:
    try:
        return sorted(path.rglob("*")) if path.is_dir() else [path]
    except OSError:
        return [path]


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
