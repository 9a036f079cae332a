"""Commands that run the bot."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from bot.cli.options import STOPPED, Settings, run_async, show, surroundings, with_settings
from bot.errors import NewsbotError, UsageError
from bot.models.nodes import ROLES
from bot.operate.say import say

if TYPE_CHECKING:
    from pathlib import Path

    from bot.cli.options import Secrets
    from bot.config import Config
    from bot.models.alerts import Note
    from bot.models.nodes import Role
    from bot.store.engine import Store


@click.command()
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    help="Only poll feeds, or only send posts, on this machine of several on one PostgreSQL "
    "[default: roles of [nodes] in the file].",
)
@with_settings
def run(settings: Settings, roles: tuple[Role, ...]) -> None:
    """Poll and post until stopped (SIGINT or SIGTERM)."""
    settings.begin_log()
    # Ctrl-C ends it well also while it still starts, before its runner listens to signals.
    with suppress(KeyboardInterrupt):
        run_async(_run(settings, roles))


async def _run(settings: Settings, roles: tuple[Role, ...]) -> None:
    from bot.app.running import wired_service
    from bot.app.stores import owned_store
    from bot.runner.sd_notify import Notifier

    config = _with_roles(settings.load(), roles)
    secrets = _secrets(settings, config)
    environ = surroundings(config.path)
    async with (
        owned_store(config, environ) as store,
        wired_service(config, store, secrets, environ) as runner,
    ):
        notifier = Notifier.from_environ(os.environ, os.getpid())
        read = partial(_read_again, settings, config.path, roles)
        await runner.run(read=read, notifier=notifier)


def _with_roles(config: Config, roles: tuple[Role, ...]) -> Config:
    """Return the configuration with the roles that the command line names. Raises UsageError."""
    if not roles:
        return config
    if not _is_shared(config):
        raise UsageError(
            "--role is for machines that share a PostgreSQL: on SQLite one does everything"
        )
    return replace(config, nodes=replace(config.nodes, roles=tuple(dict.fromkeys(roles))))


def _is_shared(config: Config) -> bool:
    """Tell whether other machines may use the database, too."""
    from bot.app.stores import file_of_database

    return file_of_database(config, surroundings(config.path)) is None


def _secrets(settings: Settings, config: Config) -> Secrets:
    """Return the secrets that this machine needs: one that only polls needs none."""
    from bot.app.credentials import operators_accounts
    from bot.app.enabled import enabled_channels

    if _is_shared(config) and "deliver" not in config.nodes.roles:
        return settings.secrets(config, ())
    channels = enabled_channels(config).values()
    return settings.secrets(config, channels, also=operators_accounts(config))


def _read_again(settings: Settings, path: Path, roles: tuple[Role, ...]) -> tuple[Config, Secrets]:
    """Return the configuration as it is now, checked, and its secrets. Raises NewsbotError."""
    from bot.app.enabled import enabled_channels
    from bot.config import load_config
    from bot.operate.setup.check import check_templates

    config = _with_roles(load_config(path, environ=surroundings(path)), roles)
    check_templates(enabled_channels(config).values())
    return config, _secrets(settings, config)


@click.command("reload")
@click.option("--accept", is_flag=True, help="Take a file that lost a channel or most feeds, too.")
@with_settings
def reload_(settings: Settings, accept: bool) -> None:
    """Let the running service read the configuration again, as saving the file does.

    It refuses a file that lost a channel, or more than half of its feeds, at once: that is more
    often an accident. `--accept` takes such a file.
    """
    from bot.app.stores import presence
    from bot.cli.database import existing, with_store
    from bot.operate.setup.check import check_templates
    from bot.runner.reload.refusals import refusal_of

    config = settings.load()
    check_templates(config.channels.values())
    if presence(config, surroundings(config.path)).running is False:
        raise NewsbotError("newsbot is not running: it reads the configuration when it starts")

    async def refusal(store: Store | None) -> Note | None:
        return await refusal_of(existing(store, config).alerts, config.path)

    refused = with_store(config, refusal)
    if refused is not None and not accept:
        raise NewsbotError(f"{refused.text}: if that is meant, `newsbot reload --accept` takes it")
    _save_again(config.path)
    say(f"newsbot reads {config.path} within seconds; its log names each change", err=True)


def _save_again(path: Path) -> None:
    """Give the file the time of now, by which a running service notices a save."""
    try:
        os.utime(path)
    except OSError as error:
        raise NewsbotError(f"{path}: {error.strerror}; try it with sudo, or save it") from error


class Duration(click.ParamType[timedelta]):
    """A duration such as 30s, 5m or 2h; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the duration, or fail and show the expected form."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smh]?)", value)
        if found is None:
            self.fail(f"{value!r} is no duration: write 30s, 5m or 2h", param, ctx)
        unit = {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]
        return timedelta(seconds=int(found[1]) * unit)


@click.command()
@click.option(
    "--wait", type=Duration(), default="60s", show_default=True, help="How long posts may take."
)
@click.option(
    "--dry-run", is_flag=True, help="Print the posts instead of sending them; change nothing."
)
@with_settings
def once(settings: Settings, wait: timedelta, dry_run: bool) -> None:
    """Poll every feed now, send the posts that are due, and exit."""
    settings.begin_log()
    good = run_async(_once(settings, wait, dry_run=dry_run))
    if not good:
        raise click.exceptions.Exit(1)


async def _once(settings: Settings, wait: timedelta, *, dry_run: bool) -> bool:
    from bot.app.enabled import enabled_channels
    from bot.app.running import wired_runner
    from bot.app.stores import copied_store, owned_store

    config = settings.load()
    secrets = settings.secrets(config, () if dry_run else enabled_channels(config).values())
    environ = surroundings(config.path)
    opened = (
        copied_store(config, environ) if dry_run else owned_store(config, environ, by_turns=True)
    )
    async with opened as store, wired_runner(config, store, secrets, dry_run=dry_run) as runner:
        return await runner.once(wait)


@click.command()
@with_settings
def web(settings: Settings) -> None:
    """Tell where the desk in the browser is, and the way there from another machine."""
    from bot.app.stores import presence
    from bot.operate.setup.web_address import web_json, web_lines

    settings.found = STOPPED
    config = settings.load()
    found = web_json(config, presence(config, surroundings(config.path)))
    show(settings, found, lambda: say("\n".join(web_lines(found))))


COMMANDS = (once, run, reload_, web)
