"""Commands that run the bot."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from bot.cli.options import Settings, common_options, pass_settings
from bot.models import ChannelId

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models import Channel


@click.command()
@common_options
@pass_settings
def run(settings: Settings) -> None:
    """Poll and post until stopped (SIGINT or SIGTERM)."""
    asyncio.run(_run(settings.load(), settings.level()))


async def _run(config: Config, level: str) -> None:
    from bot.app import enabled_channels, owned_store, secrets_of, start_logging, wired_runner

    secrets = secrets_of(config, enabled_channels(config).values(), os.environ)
    start_logging(config, level, secrets)
    async with (
        owned_store(config, os.environ) as store,
        wired_runner(config, store, secrets) as runner,
    ):
        await runner.run()


class Duration(click.ParamType[timedelta]):
    """A duration such as 30s, 5m or 2h; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the duration, or fail with what is expected."""
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
@click.option("--dry-run", is_flag=True, help="Print what would be posted; change nothing.")
@common_options
@pass_settings
def once(settings: Settings, wait: timedelta, dry_run: bool) -> None:
    """Poll every feed now, post what may go out, and exit."""
    good = asyncio.run(_once(settings.load(), settings.level(), wait, dry_run=dry_run))
    if not good:
        raise click.exceptions.Exit(1)


async def _once(config: Config, level: str, wait: timedelta, *, dry_run: bool) -> bool:
    from bot.app import (
        copied_store,
        enabled_channels,
        owned_store,
        secrets_of,
        start_logging,
        wired_runner,
    )

    secrets = {} if dry_run else secrets_of(config, enabled_channels(config).values(), os.environ)
    start_logging(config, level, secrets)
    opened = copied_store if dry_run else owned_store
    async with (
        opened(config, os.environ) as store,
        wired_runner(config, store, secrets, dry_run=dry_run) as runner,
    ):
        return await runner.once(wait)


@click.command()
@click.option("--channel", metavar="ID", required=True)
@click.option("--test", is_flag=True, required=True, help="A short test message.")
@common_options
@pass_settings
def post(settings: Settings, channel: str, test: bool) -> None:  # noqa: ARG001 - the only kind so far
    """Send one post to a channel now."""
    from bot.operate.outbox import known

    config = settings.load()
    target = config.channels[ChannelId(known("channel", channel, config.channels))]
    click.echo(asyncio.run(_post_test(config, settings.level(), target)), err=True)


async def _post_test(config: Config, level: str, channel: Channel) -> str:
    from bot.app import copied_store, existing_store, secrets_of, start_logging, wired_route
    from bot.clock import utc_now
    from bot.operate.testpost import send_test

    secrets = secrets_of(config, [channel], os.environ)
    start_logging(config, level, secrets)
    async with (
        existing_store(config, os.environ) as existing,
        copied_store(config, os.environ) as empty,
        wired_route(config, channel, secrets) as route,
    ):
        # Before the first run there is no database to remember the test in, and none is made.
        return await send_test(route, existing or empty, utc_now)


COMMANDS = (once, run, post)
