"""`newsbot state check`, `backup`, `restore` and `new`: looking after the database itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.atomic import replacing
from bot.clock import utc_now
from bot.config import database_url
from bot.errors import DatabaseMissing, NewsbotError, StoreError, UsageError
from bot.operate.say import say
from bot.store.db.address import file_of, name_of, parse_address
from bot.store.db.backup import backups_of
from bot.store.db.guard import fault_in
from bot.store.db.lock import instance_lock
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store


async def check_json(config: Config, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the faults of the database: {"database", "well", "faults": [TEXT]}.

    Raises DatabaseMissing where there is none.
    """
    url = database_url(config, environ)
    try:
        store = open_store(url, create=False)
    except DatabaseMissing:
        raise
    except StoreError as error:
        faults = [str(error)]
    else:
        try:
            faults = await store.faults(utc_now())
        finally:
            await store.close()
    return {"database": name_of(parse_address(url)), "well": not faults, "faults": faults}


def print_check(found: dict[str, Any]) -> None:
    """Print the document of `check_json` for people."""
    if found["well"]:
        say(f"database {found['database']} is well")
    for fault in found["faults"]:
        say(fault)


async def back_up(store: Store, target: Path | None, now: datetime) -> Path:
    """Copy the database to `target`, else among its backups; return where. Raises NewsbotError."""
    if store.database.is_shared:
        raise NewsbotError("PostgreSQL makes copies itself: `pg_dump --format=custom -f FILE`")
    made = await store.back_up(now, target)
    if made is None:
        raise NewsbotError("a database in memory cannot be copied")
    return made


def restore(
    config: Config, environ: Mapping[str, str], copy: Path | None
) -> tuple[Path, Path | None]:
    """Put `copy`, else the newest whole backup, in the database's place.

    Return it, and where the database went that was there before. Raises NewsbotError.
    """
    file = _file_of(config, environ)
    with instance_lock(database_url(config, environ)):
        chosen = _whole_copy(file, copy)
        try:
            with chosen.open("rb") as source, replacing(file, mode=0o600) as fresh:
                shutil.copyfileobj(source, fresh)
                # Last, so that a full disk leaves everything as it was.
                aside = _move_aside(file)
        except OSError as error:
            raise _unwritable(file, error) from error
    return chosen, aside


def refuse_content(config: Config, environ: Mapping[str, str]) -> None:
    """Raise NewsbotError where there is a database with anything in it."""
    file = _file_of(config, environ)
    if file.exists() and file.stat().st_size:
        raise NewsbotError(f"database {file} exists: move it away first, if you do without it")


def _file_of(config: Config, environ: Mapping[str, str]) -> Path:
    file = file_of(parse_address(database_url(config, environ)))
    if file is None:
        raise NewsbotError("this is for SQLite; on PostgreSQL use pg_restore, createdb and dropdb")
    return file


def _whole_copy(file: Path, copy: Path | None) -> Path:
    if copy is not None:
        if not copy.is_file():
            raise UsageError(f"there is no file {copy}")
        if file.exists() and copy.samefile(file):
            raise UsageError(f"{copy} is the database itself: name a copy of it")
        if fault := fault_in(copy):
            raise NewsbotError(f"{copy} is no whole copy ({fault}); name another one")
        return copy
    whole = next((one for one in backups_of(file) if fault_in(one) is None), None)
    if whole is None:
        raise NewsbotError(
            f"there is no whole copy in {file.parent / 'backups'}: name the file of one"
        )
    return whole


def _move_aside(file: Path) -> Path | None:
    """Rename what there is of the former database, its log included."""
    aside = Path(f"{file}.lost-{utc_now():%Y-%m-%dT%H-%M-%SZ}")
    for part in ("", "-wal", "-shm"):
        try:
            Path(f"{file}{part}").rename(f"{aside}{part}")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unwritable(file, error) from error
    return aside if aside.exists() else None


def _unwritable(file: Path, error: OSError) -> NewsbotError:
    return NewsbotError(f"{file} cannot be written: {os.strerror(error.errno or 0)}")
