"""The instance lock: one newsbot at a time runs on a SQLite database."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import FEW_FILES, InstanceLocked, StoreError, is_out_of_files
from bot.store.db.address import file_of, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def instance_lock(url: str) -> Iterator[None]:
    """Hold the lock of the database at `url`; in memory and on a server there is none.

    On a server several newsbots may run: leases on their work keep them apart.

    The operating system releases it however the process ends. Raises InstanceLocked, and
    StoreError where the lock file cannot be written.
    """
    path = file_of(parse_address(url))
    if path is None:
        yield
        return
    descriptor = _locked(path)
    try:
        yield
    finally:
        # The file stays: removing it could take a lock away that another process just got.
        os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _locked(database: Path) -> int:
    lock = Path(f"{database}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError as error:
        raise _unwritable(lock, error, f"create the directory {lock.parent}") from error
    except OSError as error:
        raise _unwritable(lock, error, "let this user write the directory") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise InstanceLocked(
            f"another newsbot (process {holder}) is running on {database}; "
            "stop it, or give this one its own database"
        ) from error
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
    except OSError as error:
        os.close(descriptor)
        raise _unwritable(lock, error, "free some space on the disk") from error
    return descriptor


def _unwritable(lock: Path, error: OSError, remedy: str) -> StoreError:
    if is_out_of_files(error):
        return StoreError(f"{lock} cannot be written: {FEW_FILES}")
    return StoreError(f"{lock} cannot be written ({error.strerror}); {remedy}")


def holder_of(url: str) -> int | None:
    """Return the process that runs on the database at `url`, None where nobody is known to.

    The lock itself is not tried: that could keep a service that starts right now from running.
    """
    path = file_of(parse_address(url))
    if path is None:
        return None
    try:
        process = int(Path(f"{path}.lock").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return process if _lives(process) else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:  # it does, as another user
        return True
    except (OSError, OverflowError):
        return False
    return True
