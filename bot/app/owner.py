"""Root works on a database as the user whom it belongs to.

What root wrote beside it, the service could not write any more; and root must not follow a link
that another user may have put there.
"""

from __future__ import annotations

import os
import pwd
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def as_owner_of(database: Path | None, environ: Mapping[str, str]) -> Iterator[None]:
    """Be the owner of the file `database` while the block runs, where this process is root's.

    A file that is still to be made belongs to the owner of $STATE_DIRECTORY, where that is its
    folder. Anybody else's process, and a database on a server (None), stay as they are.
    """
    owner = _owner(database, environ)
    if owner is None or os.geteuid() != 0:
        yield
        return
    user, group = owner
    groups, own_group = os.getgroups(), os.getegid()
    os.setgroups(_groups_of(user, group))
    os.setresgid(group, group, own_group)
    os.setresuid(user, user, 0)  # the saved 0 is the way back
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(own_group, own_group, own_group)
        os.setgroups(groups)


def _owner(database: Path | None, environ: Mapping[str, str]) -> tuple[int, int] | None:
    """Return the user and group of the database, None where they are root's or not known."""
    if database is None:
        return None
    is_state = str(database.parent) == environ.get("STATE_DIRECTORY")
    for path in (database, database.parent) if is_state else (database,):
        try:
            found = path.stat()
        except OSError:
            continue
        return (found.st_uid, found.st_gid) if found.st_uid else None
    return None


def _groups_of(user: int, group: int) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return [group]
