"""Notices that the files of an open database were deleted, replaced or damaged from outside.

SQLite itself goes on with a deleted file as if nothing had happened, and its later writes are gone
with the process (sqlite.org/howtocorrupt.html, sections 1 and 4).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from bot.errors import DatabaseLost
from bot.store.db.faults import WAY_BACK, translated
from bot.wording import marked, told

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = ("", "-wal", "-shm")
_SHARED_MEMORY = "-shm"  # changes without a write, and holds nothing that is not in the log


class _Stamp(NamedTuple):
    """Which file stands at a path, and when it was written last."""

    identity: tuple[int, int]
    written: tuple[int, int]


class FileGuard:
    """Watches the files of the database at `path`: three calls of stat(2) each time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = {part: f"{path}{part}" for part in _PARTS}
        self._known: dict[str, _Stamp] = {}

    def check(self) -> None:
        """Raise DatabaseLost where a file is gone or another one, or its content is damaged.

        Pages that others wrote since `note` are read through another connection: the open one
        would find them in its memory.
        """
        changed = False
        for part, before in self._known.items():
            now = self._stamp(part)
            if now is None:
                raise self._lost(part, marked("was deleted or moved away while newsbot ran"))
            if now.identity != before.identity:
                raise self._lost(part, marked("was replaced by another file while newsbot ran"))
            changed |= now.written != before.written and part != _SHARED_MEMORY
        if changed and (fault := fault_in(self._path)):
            raise DatabaseLost(
                told(
                    "database {path} is damaged ({why}): {also}",
                    path=self._path,
                    why=fault,
                    also=WAY_BACK,
                )
            )

    def note(self) -> None:
        """Remember the files as they are after a transaction of this process."""
        for part in _PARTS:
            stamp = self._stamp(part)
            before = self._known.get(part)
            # Another file in its place is for `check` to tell.
            if stamp and (before is None or before.identity == stamp.identity):
                self._known[part] = stamp

    def _stamp(self, part: str) -> _Stamp | None:
        try:
            # Six times a transaction, and a Path costs more than the call.
            found = os.stat(self._names[part])  # noqa: PTH116
        except OSError:
            return None
        return _Stamp((found.st_dev, found.st_ino), (found.st_size, found.st_mtime_ns))

    def _lost(self, part: str, fault: str) -> DatabaseLost:
        file = f"{self._path}{part}"
        return DatabaseLost(
            told("database {file} {why}: {also}", file=file, why=fault, also=WAY_BACK)
        )


def fault_in(path: Path) -> str | None:
    """Return the first fault of the database file at `path`, None where it is whole.

    Raises StoreError where nobody can look: on a full disk, or while another program keeps it.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    try:
        # SQLite would delete the log of an empty file, and call that well.
        if path.stat().st_size == 0:
            return "it is empty"
        with translated(str(path)), closing(sqlite3.connect(address, uri=True)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except DatabaseLost as error:
        return str(error.__cause__)
    except OSError as error:
        return str(error)
    return None if found == "ok" else " ".join(str(found).split())
