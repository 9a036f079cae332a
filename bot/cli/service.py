"""`newsbot service`: a systemd service, made and taken away step by step."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.group import Commands
from bot.cli.options import Settings, common_options, with_settings
from bot.operate.say import say, say_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.settings import Account
    from bot.operate.setup.steps import Step


@click.group(cls=Commands)
@common_options
def service() -> None:
    """Run newsbot as a systemd service."""


def _places(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where the service is, and whether to ask."""
    for option in (
        click.option("--yes", is_flag=True, help="Do it without asking."),
        click.option(
            "--prefix",
            type=click.Path(path_type=Path),
            default="/opt/newsbot",
            show_default=True,
            help="Where newsbot is, or will be installed.",
        ),
        click.option(
            "--unit-dir",
            type=click.Path(path_type=Path),
            default="/etc/systemd/system",
            show_default=True,
            help="Where systemd looks for units.",
        ),
        click.option(
            "--root",
            type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
            help="Write below this folder instead, and only show the commands.",
        ),
    ):
        command = option(command)
    return command


@service.command()
@_places
@with_settings
def install(settings: Settings, yes: bool, prefix: Path, unit_dir: Path, root: Path | None) -> None:
    """Show the steps to a service, or to its upgrade, then take them.

    The configuration is kept. Where the new version does not come up, the former one runs again.
    """
    from bot.operate.setup.installer import check_root, plan, remarks
    from bot.operate.setup.steps import Places, run_command
    from bot.operate.setup.upgrade import take

    places = Places(prefix=prefix, unit_dir=unit_dir, root=root)
    check_root(places)
    config, used = _for_service(settings)
    found = plan(config, used, places)
    if _is_wanted((*found.prepare, *found.steps), yes=yes):
        take(found, places, run_command if root is None else None)
        say("installed" if root is None else f"installed below {root}; no command was run")
        for line in remarks(config, used, places):
            say(line, err=True)


def _is_wanted(steps: Iterable[Step], *, yes: bool) -> bool:
    """Show the steps, and ask whether to take them."""
    for step in steps:
        say_whole(step.shown())
    if yes or (sys.stdin.isatty() and click.confirm("do this now?")):
        return True
    say("nothing was done; --yes does it", err=True)
    return False


@service.command()
@_places
@click.option("--purge", is_flag=True, help="Delete database, copies and credentials, too.")
def remove(yes: bool, prefix: Path, unit_dir: Path, root: Path | None, purge: bool) -> None:
    """Show the steps that take the service away, then take them; its data stays.

    The configuration stays in any case; with --purge the database, its copies and the credentials
    go: a later newsbot would know nothing of what was posted.
    """
    from bot.operate.setup.installer import check_root
    from bot.operate.setup.removal import removal
    from bot.operate.setup.steps import Places, apply, run_command

    places = Places(prefix=prefix, unit_dir=unit_dir, root=root)
    check_root(places)
    steps, stays = removal(places, purge=purge)
    if _is_wanted(steps, yes=yes):
        for step in steps:
            apply(step, places, run_command if root is None else None)
        for path in stays:
            say(f"kept {path}", err=True)


def _for_service(settings: Settings) -> tuple[Config, dict[AccountId, Account]]:
    """Return the configuration as the service will see it, and the accounts that it will use."""
    from bot.app.credentials import operators_accounts
    from bot.app.enabled import enabled_channels
    from bot.config import find_config, load_config
    from bot.operate.setup.installer import STATE

    path = find_config(settings.config, os.environ, Path.cwd())
    config = load_config(path, environ={"STATE_DIRECTORY": str(STATE)})
    names = (channel.account for channel in enabled_channels(config).values())
    used = {id_: config.accounts[id_] for id_ in names if id_ is not None}
    return config, used | operators_accounts(config)


COMMANDS = (service,)
