"""`newsbot feeds add`: from what an operator knows of a site to a feed in the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.completion import complete_channel
from bot.cli.options import STOPPED, Settings, run_async, show, surroundings, with_settings
from bot.errors import NewsbotError
from bot.operate.say import say

if TYPE_CHECKING:
    from bot.config import Config
    from bot.operate.feeds.configfile import ConfigFile
    from bot.operate.feeds.discovery import Found

_REFUSED = frozenset({"bad_address", "file_missing", "file_unreadable"})
"""Reasons for which a configuration is wrong, too: `--force` changes nothing about them."""

to_channels = click.option(
    "--channel",
    "channels",
    metavar="ID",
    multiple=True,
    shell_complete=complete_channel,
    help="Where its stories go, may be repeated [default: those of the file].",
)


@click.command("add")
@click.argument("url")
@click.option("--id", "name", metavar="ID", help="The id of the feed [default: from the host].")
@to_channels
@click.option("--first", is_flag=True, help="Where there are several feeds, add the first new one.")
@click.option("--force", is_flag=True, help="Write URL into the file as it is, and fetch nothing.")
@with_settings
def add(
    settings: Settings,
    url: str,
    *,
    name: str | None,
    channels: tuple[str, ...],
    first: bool,
    force: bool,
) -> None:
    """Add the feed at URL, the address of a feed or of a site that has one, or a local file.

    URL is fetched, and refused with the reason where there is no feed. Several feeds are shown with
    their newest headlines and rhythm, and none of them is added without --first.
    """
    from bot.operate.feeds.discovery import Found
    from bot.operate.feeds.feedlist import add_feed, require_new
    from bot.operate.feeds.offers import document

    file, cwd = config_file(settings), Path.cwd()
    require_new(file.config, url, name=name, channels=channels, cwd=cwd)
    found = Found() if force else _discovered(settings, file.config, url)
    address = url if force else _chosen(settings, file.config, found, is_first=first)
    if address is None:
        return
    is_file = address.startswith("/")
    id_ = add_feed(file, url if is_file else address, name=name, channels=channels, cwd=cwd)
    if settings.json:
        show(settings, document(found, file.config, id_), lambda: None)
    say(f"added {id_}; `newsbot preview --feed {id_}` shows its posts", err=True)


def _discovered(settings: Settings, config: Config, url: str) -> Found:
    """Return the feeds of `url`. Raises NewsbotError where there is none."""
    from bot.app.discovering import discovered
    from bot.operate.feeds.offers import document

    settings.found = STOPPED
    found = run_async(discovered(config, url, Path.cwd()))
    if found.reason is not None:
        if settings.json:
            show(settings, document(found, config, None), lambda: None)
        is_refused = found.reason.code in _REFUSED
        way = "" if is_refused else "; `--force` writes the address anyway"
        raise NewsbotError(f"{found.reason.text}{way}")
    return found


def _chosen(settings: Settings, config: Config, found: Found, *, is_first: bool) -> str | None:
    """Return the address to add; None where the feeds were listed as JSON.

    Raises NewsbotError where the operator has to choose.
    """
    from bot.operate.feeds.offers import about, choice, document, lines

    offer = choice(found, config, is_first=is_first)
    if offer is not None:
        say(f"found {offer.title or 'a feed'}: {about(offer, config.timezone)}", err=True)
        return offer.url
    if settings.json:
        show(settings, document(found, config, None), lambda: None)
        return None
    for line in lines(found, config):
        say(line)
    raise NewsbotError(
        "nothing was added: choose one of these and add its address, or add the first with --first"
    )


def config_file(settings: Settings) -> ConfigFile:
    """Return the configuration file, to be edited. Raises ConfigError and UsageError."""
    from bot.operate.feeds.configfile import ConfigFile

    settings.excerpts = True
    path = settings.path()
    return ConfigFile(path, surroundings(path))
