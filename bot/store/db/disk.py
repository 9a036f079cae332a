"""The room that the database has left to grow."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.models.alerts import Disk

if TYPE_CHECKING:
    from pathlib import Path


def disk_of(file: Path | None) -> Disk | None:
    """Return the disk of the database's file; None in memory, on a server or where nobody knows.

    Without a free inode no file can be made, so that no byte is free either (statvfs(3)).
    """
    if file is None:
        return None
    folder = file.absolute().parent
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    has_inodes = not found.f_files or found.f_favail > 0
    return Disk(folder=str(folder), free=found.f_bavail * found.f_frsize if has_inodes else 0)
