"""Which database ran here last: noticed are one that is gone, and a copy that is put in its place.

Each run counts up the database's `user_version`, and FILE.last beside it says the same number. A
copy has another one (`backup.COPY`, or that of an earlier run), so it is recognised: it does not
know the posts since it was made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from bot.atomic import replacing
from bot.errors import DatabaseLost, StoreError
from bot.store.db.backup import COPY, add_backup, backups_of
from bot.store.db.faults import WAY_BACK
from bot.store.db.guard import fault_in
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.store.db.database import Database


def check_before_use(file: Path) -> None:
    """Raise StoreError where the database at `file` must not be used.

    It is gone, though there was one, or damaged; or it has a second name, under which another
    newsbot would not see its log and post again what stands there.
    """
    if file.exists() and file.stat().st_size:
        if file.stat().st_nlink > 1:
            here, own = quote(str(file)), quote(f"{file}.own")
            raise StoreError(
                told(
                    "database {file} has another name, too (a hard link), and may have only one: "
                    "`cp -p {here} {own} && mv {own} {here}` gives it a file of its own",
                    file=file,
                    here=here,
                    own=own,
                )
            )
        # Where none ever ran, opening names the fault of the file better.
        if was_here(file) and (fault := fault_in(file)):
            raise DatabaseLost(
                told(
                    "database {file} is damaged ({why}): {also}",
                    file=file,
                    why=fault,
                    also=WAY_BACK,
                )
            )
    elif was_here(file):
        fault = marked("is empty") if file.exists() else marked("is gone")
        raise DatabaseLost(
            told(
                "database {file} {why}, but there was one, and an empty one would "
                "post old news again: {also}; `newsbot state new` begins with an "
                "empty one all the same",
                file=file,
                why=fault,
                also=WAY_BACK,
            )
        )


def was_here(file: Path) -> bool:
    """Tell whether newsbot ever ran on a database at `file`."""
    return _note(file).exists() or bool(backups_of(file))


def begin(
    database: Database, file: Path, hold_back: Callable[[Connection], None], *, anew: bool
) -> bool:
    """Note that a newsbot runs on `database` now; return whether that is a copy put back.

    In a copy, `hold_back` is called in the same transaction. A database that is made `anew` is
    none, whatever ran here before. Raises StoreError.
    """
    known = _read(file)
    with database.read() as tx:
        number = int(tx.exec_driver_sql("PRAGMA user_version").scalar_one())
    is_copy = not anew and (number == COPY or (known is not None and number not in known))
    following = max(0, number, *(known or ())) + 1
    # Should the machine stop here, a copy is one again at the next start, and nothing else is.
    _write(file, following) if is_copy else _write(file, number, following)
    with database.write() as tx:
        if is_copy:
            hold_back(tx)
        tx.exec_driver_sql(f"PRAGMA user_version = {following}")
    _write(file, following)
    return is_copy


def end(database: Database, file: Path, now: datetime) -> None:
    """Note the end of a run: copies that were made during it are older than the database now.

    Any file in the place of a database that is lost counts as a copy. Of one that was
    deleted or replaced the open one is saved as its newest backup, if it is whole.
    """
    with suppress(StoreError):
        if database.lost is None:
            begin(database, file, lambda _: None, anew=True)
            return
        _write(file)
        add_backup(database, file, now)


def _note(file: Path) -> Path:
    return Path(f"{file}.last")


def _read(file: Path) -> frozenset[int] | None:
    """Return the numbers that the database may have, None where nothing was noted."""
    try:
        return frozenset(int(word) for word in _note(file).read_text(encoding="ascii").split())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return frozenset()


def _write(file: Path, *numbers: int) -> None:
    try:
        with replacing(_note(file), mode=0o600) as note:
            note.write(" ".join(map(str, numbers)).encode("ascii") + b"\n")
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise StoreError(
            told("{note} cannot be written ({why}); free some space", note=_note(file), why=reason)
        ) from error
