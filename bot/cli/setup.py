"""Commands that help to set the bot up."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.cli.options import Settings, common_options, pass_settings


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


COMMANDS = (init, check)
