"""Notices that files were saved, by their time, size and inode."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Mark = tuple[int, int, int] | None
"""Time, size and inode of a file, None where there is none."""
_Marks = dict["Path", Mark]


class FileWatch:
    """Watches the files that `paths` names at each check; a folder stands for all files in it."""

    def __init__(self, paths: Callable[[], Iterable[Path]]) -> None:
        self._paths = paths
        self._known = self._seen = _marks(paths())

    def has_changed(self) -> bool:
        """Tell, once for each change, whether the files differ from those known before.

        A change counts when two checks in a row find the same: a file that was half written at the
        first one is mostly whole at the second.
        """
        before, self._seen = self._seen, _marks(self._paths())
        if self._seen == self._known or self._seen != before:
            return False
        self._known = self._seen
        return True

    def accept(self) -> None:
        """Take the files as they are now for known, without a change."""
        self._known = self._seen = _marks(self._paths())


def _marks(paths: Iterable[Path]) -> _Marks:
    return {file: mark_of(file) for path in paths for file in _files(path)}


def _files(path: Path) -> Iterable[Path]:
    try:
        return sorted(path.rglob("*")) if path.is_dir() else [path]
    except OSError:
        return [path]


def mark_of(path: Path) -> Mark:
    """Return by what a save of the file at `path` is noticed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
