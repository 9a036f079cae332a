"""Root works on a database as the user whom it belongs to.

What root wrote beside it, the service could not write any more; and root must not follow a link
that another user may have put there.
"""

from __future__ import annotations

import os
import pwd
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class _Owner(NamedTuple):
    user: int
    group: int


@contextmanager
def as_owner_of(
    database: Path | None, environ: Mapping[str, str], *, program: Iterable[str] = sys.path
) -> Iterator[None]:
    """Be the owner of the file `database` while the block runs, where this process is root's.

    A file that is still to be made belongs to the owner of $STATE_DIRECTORY, where that is its
    folder. Anybody else's process, and a database on a server (None), stay as they are. Where the
    owner cannot read the folders of the `program`, as of a checkout in somebody's home, or root has
    lost the right to become another, root goes on, and its files beside the database become the
    owner's afterwards, where root may give them away.
    """
    owner = _owner_of(database, environ)
    if database is None or owner is None or os.geteuid() != 0:
        yield
    elif _can_read(owner, program):
        with _being(owner):
            yield
    else:
        try:
            yield
        finally:
            _give(database, owner)


def _owner_of(database: Path | None, environ: Mapping[str, str]) -> _Owner | None:
    """Return the user and group of the database, None where they are root's or not known."""
    if database is None:
        return None
    is_state = str(database.parent) == environ.get("STATE_DIRECTORY")
    for path in (database, database.parent) if is_state else (database,):
        try:
            found = path.stat()
        except OSError:
            continue
        return _Owner(found.st_uid, found.st_gid) if found.st_uid else None
    return None


@contextmanager
def _being(owner: _Owner) -> Iterator[None]:
    """Give up the rights of root while the block runs."""
    groups, own_group = os.getgroups(), os.getegid()
    try:
        os.setgroups(_groups_of(owner))
        os.setresgid(owner.group, owner.group, own_group)
        os.setresuid(owner.user, owner.user, 0)  # the saved 0 is the way back
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(own_group, own_group, own_group)
        os.setgroups(groups)


def _groups_of(owner: _Owner) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(owner.user).pw_name, owner.group)
    except KeyError:
        return [owner.group]


def _can_read(owner: _Owner, program: Iterable[str]) -> bool:
    """Tell whether what is imported later can still be.

    So not where root may become nobody else, as in a container that runs without capabilities.
    """
    folders = [path for path in program if Path(path).is_dir()]
    try:
        with _being(owner):
            return all(os.access(folder, os.R_OK | os.X_OK) for folder in folders)
    except PermissionError:
        return False


def _give(database: Path, owner: _Owner) -> None:
    """Give root's files that belong to the database to its owner; a link stays what it is."""
    copies = database.parent / "backups"
    with suppress(OSError):  # root without its rights made nothing where it may not look
        for path in (*database.parent.glob(f"{database.name}*"), copies, *copies.glob("*")):
            _give_one(path, owner)


def _give_one(path: Path, owner: _Owner) -> None:
    with suppress(OSError):
        if path.lstat().st_uid == 0:
            os.chown(path, *owner, follow_symlinks=False)
