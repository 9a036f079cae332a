"""Commands that look after the bot's memory: check, back up, restore, move to another database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bot
from bot.cli.database import at_home, existing
from bot.cli.group import Commands
from bot.cli.options import (
    STOPPED,
    Settings,
    common_options,
    run_async,
    show,
    surroundings,
    with_settings,
)
from bot.counted import counted
from bot.errors import NewsbotError
from bot.moments import local_time
from bot.operate.say import say

if TYPE_CHECKING:
    from bot.config import Config
    from bot.operate.state.transfer import Head


@click.group(cls=Commands)
@common_options
def state() -> None:
    """Check the bot's memory, back it up, and take it from one database to another."""


@state.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def export_(settings: Settings, file: Path) -> None:
    """Write everything that the bot remembers into a new FILE (packed if it ends in .gz)."""
    count = run_async(_export(settings.load(), file))
    say(f"{file} holds {counted(count, 'row')}; `newsbot state import {file}` reads it", err=True)


async def _export(config: Config, file: Path) -> int:
    from bot.app.stores import existing_store
    from bot.clock import utc_now
    from bot.operate.state.transfer import export_state

    async with existing_store(config, surroundings(config.path), as_root=True) as store:
        found = existing(store, config, "export")
        return await export_state(found, file, version=bot.__version__, now=utc_now())


@state.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def import_(settings: Settings, file: Path) -> None:
    """Fill an empty database from FILE; the database is made where there is none."""
    from bot.operate.state.transfer import read_head

    config, head = settings.load(), read_head(file)
    count = run_async(_import(config, file, head))
    say(f"imported {counted(count, 'row')} of {head.exported_at}", err=True)


async def _import(config: Config, file: Path, head: Head) -> int:
    from bot.app.stores import owned_store
    from bot.clock import utc_now
    from bot.operate.state.transfer import import_state

    async with owned_store(config, surroundings(config.path), anew=True) as store:
        return await import_state(store, file, head, now=utc_now())


@state.command("check")
@with_settings
def check_(settings: Settings) -> None:
    """Look for damage in the database, and for rows that contradict each other."""
    from bot.operate.state.upkeep import check_json, print_check

    settings.found = STOPPED
    config = settings.load()
    with at_home(config):
        found = run_async(check_json(config, surroundings(config.path)))
    show(settings, found, lambda: print_check(found))
    if not found["well"]:
        raise click.exceptions.Exit(1)


@state.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@with_settings
def backup_(settings: Settings, file: Path | None) -> None:
    """Copy the database, also while newsbot runs, to FILE or into backups/ beside it.

    The newest 7 copies in backups/ are kept; a service makes one a day.
    """
    if file is not None and file.exists():
        raise NewsbotError(f"{file} exists already; name another file, or remove that one")
    target = run_async(_backup(settings.load(), file))
    say(f"{target} is a copy; `newsbot state restore` puts it back", err=True)


async def _backup(config: Config, file: Path | None) -> Path:
    from bot.app.stores import existing_store
    from bot.clock import utc_now
    from bot.operate.state.upkeep import back_up

    # A copy among the backups belongs to the service; one to FILE goes where the caller may write.
    is_own = file is not None
    async with existing_store(config, surroundings(config.path), as_root=is_own) as store:
        return await back_up(existing(store, config, "back up"), file, utc_now())


@state.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@with_settings
def restore_(settings: Settings, file: Path | None) -> None:
    """Put a copy of the database back: FILE, or the newest in backups/.

    The database that is there is moved aside. Stories that the copy does not know to be posted are
    held back at the next start, until you look and release them.
    """
    from bot.operate.state.upkeep import restore

    config = settings.load()
    with at_home(config):
        copy, aside = restore(config, surroundings(config.path), file)
    moved = f"; the former database is now {aside}" if aside else ""
    say(f"{copy} is the database now{moved}", err=True)
    say(
        "at the next start its news is held back: look with `newsbot deliveries --state held`, "
        "then `newsbot feeds release ID` (or --drop) each feed",
        err=True,
    )


@state.command("new")
@with_settings
def new_(settings: Settings) -> None:
    """Begin with an empty database where the former one is gone.

    Every feed is new then: its newest items are posted again (`first_run`).
    """
    run_async(_new(settings.load()))
    say("there is an empty database now: every feed is new to it", err=True)


async def _new(config: Config) -> None:
    from bot.app.stores import owned_store
    from bot.operate.state.upkeep import refuse_content

    with at_home(config):
        refuse_content(config, surroundings(config.path))
    async with owned_store(config, surroundings(config.path), anew=True):
        pass


@state.command("rewind")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@with_settings
def rewind_(settings: Settings, yes: bool) -> None:
    """Bring times back that newsbot wrote while the clock was ahead.

    Set the clock right first, and stop newsbot. A copy of the database is made before.
    """
    run_async(_rewind(settings.load(), is_sure=yes))


async def _rewind(config: Config, *, is_sure: bool) -> None:
    from bot.app.stores import existing_store, owned_store
    from bot.clock import utc_now

    async with existing_store(config, surroundings(config.path)) as store:
        existing(store, config, "bring back")  # the lock would make a database
    feeds, now = list(config.feeds), utc_now()
    async with owned_store(config, surroundings(config.path)) as store:
        ahead = await store.desk.ahead_of_clock(feeds, now)
        if not ahead:
            say("no time in the database is still to come", err=True)
            return
        local = local_time(now, config.timezone)
        say(f"it is {local}, and the database remembers times {ahead} later", err=True)
        if not is_sure and not _is_confirmed():
            raise NewsbotError("nothing was changed; --yes does it")
        count = await store.rewind(feeds, now)
        say(f"{counted(count, 'row was', 'rows were')} brought back", err=True)


def _is_confirmed() -> bool:
    return sys.stdin.isatty() and click.confirm("is the clock right, so that they are wrong?")


COMMANDS = (state,)
