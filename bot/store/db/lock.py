"""The instance lock: one newsbot at a time runs on a SQLite database."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import InstanceLocked, StoreError, is_out_of_files
from bot.models.alerts import Presence
from bot.store.db.address import file_of, parse_address
from bot.wording import FEW_FILES, marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# `presence_of` holds the lock for microseconds: that must keep no service from starting.
_TRIES, _PAUSE = 5, 0.02
_SERVICE, _TURN = b"run", b"once"


@contextmanager
def instance_lock(url: str, *, by_turns: bool = False) -> Iterator[None]:
    """Hold the lock of the database at `url`; in memory and on a server there is none.

    On a server several newsbots may run: leases on their work keep them apart. The file says
    whether its holder is one of many short runs (`by_turns`), also when it is over.

    The operating system releases it however the process ends. Raises InstanceLocked, and
    StoreError where the lock file cannot be written.
    """
    path = file_of(parse_address(url))
    if path is None:
        yield
        return
    kind = _TURN if by_turns else _SERVICE
    descriptor = _locked(path, kind)
    try:
        yield
    finally:
        # The file stays: removing it could take a lock away that another process just got.
        with suppress(OSError):
            _write(descriptor, b"- " + kind)
        os.close(descriptor)


def _locked(database: Path, kind: bytes) -> int:
    lock = Path(f"{database}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except FileNotFoundError as error:
        raise _unwritable(
            lock, error, told("create the directory {folder}", folder=lock.parent)
        ) from error
    except OSError as error:
        raise _unwritable(lock, error, marked("let this user write the directory")) from error
    if not _is_taken(descriptor):
        holder = os.read(descriptor, 20).decode("ascii", "replace").partition(" ")[0].strip()
        os.close(descriptor)
        raise InstanceLocked(
            told(
                "another newsbot (process {holder}) is running on {database}; stop "
                "it, or give this one its own database",
                holder=holder or "unknown",
                database=database,
            )
        )
    try:
        _write(descriptor, b"%d %s" % (os.getpid(), kind))
    except OSError as error:
        os.close(descriptor)
        raise _unwritable(lock, error, marked("free some space on the disk")) from error
    return descriptor


def _unwritable(lock: Path, error: OSError, remedy: str) -> StoreError:
    if is_out_of_files(error):
        return StoreError(told("{lock} cannot be written: {why}", lock=lock, why=FEW_FILES))
    return StoreError(
        told("{lock} cannot be written ({why}); {also}", lock=lock, why=error.strerror, also=remedy)
    )


def presence_of(url: str) -> Presence:
    """Tell whether a newsbot runs on the database at `url`, by the lock itself.

    The number in the file proves nothing: the system gives it to another process later, and in a
    container every newsbot has the same one (man 7 pid_namespaces).
    """
    path = file_of(parse_address(url))
    if path is None:
        return Presence(running=None)
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDONLY)
    except FileNotFoundError:
        return Presence(running=False)
    except OSError:
        return Presence(running=None)
    try:
        return _presence(descriptor)
    finally:
        os.close(descriptor)


def _presence(descriptor: int) -> Presence:
    is_free = _try(descriptor, fcntl.LOCK_SH)
    written = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    words = os.read(descriptor, 40).split()
    return Presence(
        running=not is_free, since=None if is_free else written, by_turns=words[1:] == [_TURN]
    )


def _is_taken(descriptor: int, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Take the lock if it is free; one that is only looked at is free in a moment."""
    for _ in range(_TRIES):
        if _try(descriptor, fcntl.LOCK_EX):
            return True
        sleep(_PAUSE)
    return False


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(descriptor: int, words: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, words + b"\n", 0)
