"""Commands that show and edit the list of feeds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.adding import add, config_file, to_channels
from bot.cli.completion import complete_feed
from bot.cli.database import existing, now_of, with_store
from bot.cli.group import Commands
from bot.cli.options import Settings, common_options, show, surroundings, with_settings
from bot.counted import counted
from bot.errors import NewsbotError, UsageError
from bot.operate.say import can_show, say, say_whole
from bot.visible import escaped_xml

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models.basics import FeedId
    from bot.store.engine import Store


@click.group(cls=Commands)
@common_options
def feeds() -> None:
    """Show the list of feeds, or edit it in the configuration file; comments are kept."""


@feeds.command("list")
@with_settings
def list_feeds(settings: Settings) -> None:
    """List the feeds in the order of the file."""
    from bot.operate.feeds.feedlist import feed_rows
    from bot.operate.tables import print_table

    settings.found = []
    rows = feed_rows(settings.load())
    cells = [
        (row["id"], "yes" if row["enabled"] else "no", ", ".join(row["channels"]), row["url"])
        for row in rows
    ]
    titles = ("FEED", "ENABLED", "CHANNELS", "ADDRESS")
    show(settings, rows, lambda: print_table(titles, cells, notes=titles[2:]))


@feeds.command("remove")
@click.argument("name", metavar="ID", shell_complete=complete_feed)
@with_settings
def remove(settings: Settings, name: str) -> None:
    """Remove a feed from the configuration file; what waits of it is not posted any more.

    The database keeps its stories, so that none is posted again should the feed come back.
    """
    from bot.models.basics import FeedId
    from bot.operate.feeds.feedlist import remove_feed

    file = config_file(settings)
    before = file.config
    remove_feed(file, name)
    say(f"removed {name}", err=True)
    if _is_refused(before, file.config):
        say(
            "a running newsbot takes a file that lost so much only when you say so: "
            "`newsbot reload --accept`",
            err=True,
        )
    if count := _drop_unrouted(file.config, FeedId(name))[FeedId(name)]:
        posts = counted(count, "delivery", "deliveries")
        say(f"{posts} of it waited, and will not be sent", err=True)


def _is_refused(before: Config, after: Config) -> bool:
    """Tell whether a service that runs with the file as it was goes on with that."""
    from bot.app.stores import presence
    from bot.runner.reload.cut import cut_of

    is_running = presence(after, surroundings(after.path)).running is not False
    return is_running and cut_of(before, after) is not None


def _drop_unrouted(config: Config, feed: FeedId) -> Counter[FeedId]:
    """Drop what waits of the feed that is gone; a running service does so as well."""
    from bot.app.enabled import routing_of

    only = {(feed, channel) for channel in config.channels}

    async def on(store: Store | None) -> Counter[FeedId]:
        if store is None:
            return Counter()
        return await store.desk.drop_unrouted(routing_of(config), await now_of(store), only=only)

    return with_store(config, on)


@feeds.command("adopt")
@click.argument("old")
@click.argument("new", shell_complete=complete_feed)
@with_settings
def adopt(settings: Settings, old: str, new: str) -> None:
    """Let feed NEW go on where OLD stopped: its stories, posts and pauses become those of NEW.

    Where the configuration file still says OLD, the id is changed there.
    """
    from bot.operate.feeds.feedlist import renaming

    file = config_file(settings)
    rename = renaming(file, old, new)
    # The store first: a service that reads the file before it has moved would begin a new feed.
    count = _adopt(file.config, old, new)
    if rename is not None:
        rename()
    elif count is None:
        raise UsageError(
            f"nothing is known of a feed {old}: it was adopted before, or never polled"
        )
    stories = counted(count or 0, "story", "stories")
    say(f"{new} goes on where {old} stopped; it has {stories} of it", err=True)


def _adopt(config: Config, old: str, new: str) -> int | None:
    from bot.models.basics import FeedId

    async def on(store: Store | None) -> int | None:
        if store is None:
            return None
        now = await now_of(store)
        return await store.desk.adopt(FeedId(old), FeedId(new), now)

    return with_store(config, on)


@feeds.command("stay")
@click.argument("name", metavar="ID", shell_complete=complete_feed)
@with_settings
def stay(settings: Settings, name: str) -> None:
    """Ask for a feed at its address in the file again, after its server said that it moved.

    A feed whose server redirects for good (301, 308) three times in a row is asked at the new
    address; this undoes that, until it has happened three times again.
    """
    from bot.collect.addresses import public_url

    config = settings.load()
    moved = _stay(config, name)
    if moved is None:
        raise NewsbotError(f"feed {name} is asked at its address in the file already")
    say(
        f"feed {name} is asked at its address in the file again, not at {public_url(moved)}",
        err=True,
    )


def _stay(config: Config, name: str) -> str | None:
    from bot.models.basics import FeedId
    from bot.operate.names import known

    feed = FeedId(known("feed", name, config.feeds))

    async def on(store: Store | None) -> str | None:
        found = existing(store, config)
        return await found.desk.stay(feed, await now_of(found))

    return with_store(config, on)


@feeds.command("release")
@click.argument("name", metavar="ID", shell_complete=complete_feed)
@click.option(
    "--drop", is_flag=True, help="Give up the stories that are held back: they will not be sent."
)
@with_settings
def release(settings: Settings, name: str, drop: bool) -> None:
    """Send the stories that are held back because a feed brought too many at once (`storm`).

    They are sent at the pace of the channels. A queue holds as many as two days of `max_per_day`
    can post; older ones share one post of headlines, or are dropped (`backlog`).
    """
    from bot.operate.feeds.releasing import release as release_feed
    from bot.operate.names import known

    config = settings.load()

    async def on(store: Store | None) -> str:
        if store is None:
            known("feed", name, config.feeds)
        found = existing(store, config)
        return await release_feed(name, found, config, await now_of(found), drop=drop)

    say(with_store(config, on), err=True)


@feeds.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@to_channels
@with_settings
def import_opml(settings: Settings, file: Path, channels: tuple[str, ...]) -> None:
    """Add the feeds of an OPML file, which feed readers write; known ones are skipped."""
    from bot.operate.feeds.feedlist import import_feeds
    from bot.operate.feeds.opml import read_opml

    outlines = read_opml(file)
    if not outlines:
        raise NewsbotError(f"{file} names no feed")
    done = import_feeds(config_file(settings), outlines, channels=channels)
    for address, why in done.skipped:
        say(f"skipped {address}: {why}", err=True)
    for id_, address in done.added:
        say(f"added {id_}: {_shown(address)}", err=True)
    say(f"{counted(len(done.added), 'feed')} added, {len(done.skipped)} skipped", err=True)


@feeds.command("export")
@with_settings
def export(settings: Settings) -> None:
    """Print the feeds as OPML, without passwords."""
    from bot.operate.feeds.opml import write_opml

    text, notes = write_opml(settings.load().feeds.values())
    say_whole(escaped_xml(text, is_ascii=not can_show(text)).rstrip("\n"))
    for note in notes:
        say(f"note: {note}", err=True)


def _shown(address: str) -> str:
    from bot.collect.addresses import public_url

    return public_url(address)


feeds.add_command(add)
COMMANDS = (feeds,)
