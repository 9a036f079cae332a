"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

# O_EXCL never follows a link and never opens a file of somebody else (open(2)).
_ONLY_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Yield a file beside `path` that takes its place, on the disk, when the block ends well.

    A link at `path` is replaced, not followed. Without `mode` the owner and the permissions of the
    replaced file stay; a first file may be written by its owner alone, whatever the umask is.
    Raises OSError.
    """
    fresh = path.with_name(f".newsbot-{secrets.token_hex(6)}.new")
    handle = os.open(fresh, _ONLY_NEW, 0o644 if mode is None else mode & 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            _set_rights(handle, path, mode)
            os.fsync(handle)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _set_rights(handle: int, path: Path, mode: int | None) -> None:
    if mode is not None:
        os.fchmod(handle, mode)
        return
    with suppress(FileNotFoundError):
        before = path.lstat()
        if stat.S_ISREG(before.st_mode):
            with suppress(PermissionError):  # only root may give files away
                os.fchown(handle, before.st_uid, before.st_gid)
            os.fchmod(handle, stat.S_IMODE(before.st_mode))
