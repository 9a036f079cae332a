"""Commands that run the bot, and those that help to set it up."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.options import Settings, common_options, pass_settings
from bot.errors import NewsbotError
from bot.models import ChannelId, FeedId

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models import Channel, Feed


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".")
@common_options
def init(directory: Path) -> None:
    """Write a commented newsbot.toml, templates and a sample into DIRECTORY; never overwrites."""
    from bot.operate.init import write_project

    for path, written in write_project(directory):
        click.echo(f"{'wrote' if written else 'kept '} {path}", err=True)
    click.echo("next: edit newsbot.toml, then `newsbot check` and `newsbot preview`", err=True)


@click.command()
@common_options
@pass_settings
def check(settings: Settings) -> None:
    """Validate configuration, secrets and templates; sends nothing."""
    from bot.app import enabled_channels, enabled_feeds
    from bot.operate.check import check_accounts, check_templates
    from bot.operate.show import json_text

    config = settings.load()
    check_templates(config.channels.values())
    warnings = [*config.warnings, *check_accounts(config, os.environ)]
    feeds, channels = enabled_feeds(config), enabled_channels(config)
    later = [f"{config.path}:{line}: {key}" for key, line in config.later]
    if settings.json:
        click.echo(
            json_text(
                {
                    "config": str(config.path),
                    "feeds": len(feeds),
                    "channels": len(channels),
                    "warnings": warnings,
                    "later": [key for key, _ in config.later],
                }
            )
        )
        return
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    for line in later:
        click.echo(f"{line} is accepted; its function comes in a later release", err=True)
    click.echo(f"{config.path} is good: {len(feeds)} feeds, {len(channels)} channels enabled")
    for channel in channels.values():
        leading = sum(channel.id in feed.channels for feed in feeds.values())
        click.echo(f"  {channel.id} ({channel.platform}): {leading} feeds")


@click.command()
@click.option("--feed", metavar="ID", help="Only this feed.")
@click.option("--channel", metavar="ID", help="Only this channel, enabled or not.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Newest items of each feed; 0: all.",
)
@common_options
@pass_settings
def preview(settings: Settings, feed: str | None, channel: str | None, limit: int) -> None:
    """Fetch the feeds and show the posts as they would look; sends nothing."""
    from bot.app import previews
    from bot.operate.preview import preview_json, preview_text
    from bot.operate.show import json_text

    config = settings.load()
    wanted = _wanted(config, feed, channel)
    found = [one for part in asyncio.run(previews(config, wanted, limit=limit)) for one in part]
    if settings.json:
        click.echo(json_text([preview_json(one) for one in found]))
    else:
        for one in found:
            click.echo(preview_text(one) + "\n")
    if not found:
        raise NewsbotError("nothing to show: no feed leads to such a channel, or it has no items")
    if any(one.decision == "error" for one in found):
        raise click.exceptions.Exit(1)


def _wanted(
    config: Config, feed: str | None, channel: str | None
) -> list[tuple[Feed, list[Channel]]]:
    """Return the feeds to show, each with the channels that it leads to or that were asked for."""
    from bot.app import enabled_channels, enabled_feeds
    from bot.operate.outbox import known

    feeds = list(enabled_feeds(config).values())
    if feed is not None:
        feeds = [config.feeds[FeedId(known("feed", feed, config.feeds))]]
    channels = list(enabled_channels(config).values())
    if channel is not None:
        channels = [config.channels[ChannelId(known("channel", channel, config.channels))]]
    both = feed is not None and channel is not None
    pairs = [(one, [c for c in channels if both or c.id in one.channels]) for one in feeds]
    return [(one, shown) for one, shown in pairs if shown]


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


COMMANDS = (init, check, preview, once, run, post)
