"""Commands that take the bot's memory from one database to another, as one file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bot
from bot.cli.database import existing
from bot.cli.options import Settings, common_options, run_async, with_settings

if TYPE_CHECKING:
    from bot.config import Config
    from bot.operate.state.transfer import Head


@click.group()
@common_options
def state() -> None:
    """Take the bot's memory from one database to another."""


@state.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def export_(settings: Settings, file: Path) -> None:
    """Write everything that the bot remembers into a new FILE (packed if it ends in .gz)."""
    count = run_async(_export(settings.load(), file))
    click.echo(f"{file} holds {count} rows; `newsbot state import` reads it", err=True)


async def _export(config: Config, file: Path) -> int:
    from bot.app.stores import existing_store
    from bot.clock import utc_now
    from bot.operate.state.transfer import export_state

    async with existing_store(config, os.environ) as store:
        found = existing(store, "export")
        return await export_state(found, file, version=bot.__version__, now=utc_now())


@state.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def import_(settings: Settings, file: Path) -> None:
    """Fill an empty database from FILE; the database is made where there is none."""
    from bot.operate.state.transfer import read_head

    config, head = settings.load(), read_head(file)
    count = run_async(_import(config, file, head))
    click.echo(f"imported {count} rows, as they were at {head.exported_at}", err=True)


async def _import(config: Config, file: Path, head: Head) -> int:
    from bot.app.stores import owned_store
    from bot.clock import utc_now
    from bot.operate.state.transfer import import_state

    async with owned_store(config, os.environ) as store:
        return await import_state(store, file, head, now=utc_now())


COMMANDS = (state,)
