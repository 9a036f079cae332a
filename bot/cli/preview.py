"""The command that shows posts before the readers see them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from bot.cli.options import Settings, common_options, pass_settings
from bot.errors import NewsbotError
from bot.models import ChannelId, FeedId

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models import Channel, Feed


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


COMMANDS = (preview,)
