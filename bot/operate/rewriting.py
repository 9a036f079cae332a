"""New content for a file of the operator's that is still as it was read."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot.atomic import replacing
from bot.errors import NewsbotError
from bot.wording import marked, told

if TYPE_CHECKING:
    from io import FileIO

_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_NO_RENAME = _FORBIDDEN | {errno.EBUSY, errno.EROFS}
"""A file that is itself a mount cannot be replaced (EBUSY, rename(2)); its folder may be read-only
while the file is not."""


class NotWritable(NewsbotError):
    """The file cannot be written by this process."""


def replace_file(path: Path, old: bytes | None, new: bytes) -> None:
    """Put `new` in the place of `old`, None where there is no file yet; a link stays one.

    Owner and mode stay. Raises NewsbotError if the file is not `old`, and NotWritable.
    """
    target = Path(os.path.realpath(path))
    try:
        if old is None:
            target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with replacing(target) as file:
                file.write(new)
                _require(target, old, _content(target, is_new=old is None))
        except OSError as error:
            if old is None or error.errno not in _NO_RENAME:
                raise
            _overwrite(target, old, new)
    except OSError as error:
        hint = marked("; try it with sudo") if error.errno in _FORBIDDEN else ""
        raise NotWritable(
            told("cannot write {target}: {why}", target=target, why=error.strerror) + hint
        ) from error


def _content(target: Path, *, is_new: bool) -> bytes | None:
    return None if is_new and not target.exists() else target.read_bytes()


def _overwrite(target: Path, old: bytes, new: bytes) -> None:
    """Write into the file itself, which a container mounts; put `old` back where that fails.

    A service that reads it meanwhile refuses a file that is cut, and reads it again when it is
    whole.
    """
    with target.open("r+b", buffering=0) as file:
        _require(target, old, file.read())
        try:
            _write_whole(file, new)
        except OSError:
            _write_whole(file, old)
            raise


def _write_whole(file: FileIO, content: bytes) -> None:
    file.seek(0)
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) or 0 :]
    file.truncate(len(content))
    os.fsync(file.fileno())


def _require(target: Path, old: bytes | None, found: bytes | None) -> None:
    if found != old:
        raise NewsbotError(
            told("{target} was changed by somebody else; run the command again", target=target)
        )
