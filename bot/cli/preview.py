"""The command that shows posts before the readers see them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.completion import complete_channel, complete_feed
from bot.cli.options import Settings, run_async, show, surroundings, with_settings
from bot.counted import counted
from bot.errors import NewsbotError, UsageError
from bot.operate.say import say, say_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.models.settings import Channel, Feed
    from bot.operate.preview.page import Page
    from bot.operate.preview.previews import Preview, Read
    from bot.operate.preview.remembered import Remembered
    from bot.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """The command's own options."""

    feed: str | None
    channel: str | None
    limit: int
    html: Path | None
    serve: bool
    port: int | None
    images: bool


@click.command()
@click.option("--feed", metavar="ID", shell_complete=complete_feed, help="Only this feed.")
@click.option(
    "--channel",
    metavar="ID",
    shell_complete=complete_channel,
    help="Only this channel, enabled or not.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Newest items of each feed; 0: all.",
)
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page to look at."
)
@click.option(
    "--serve", is_flag=True, help="Serve that page here and renew it whenever a file is saved."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Where to serve it [default: 8377, or a free one].",
)
@click.option(
    "--images", is_flag=True, help="Look at the pictures as the service does; pages load them."
)
@with_settings
def preview(settings: Settings, /, **options: object) -> None:
    """Fetch the feeds and show the posts as they would look; sends nothing."""
    request = _Request(**options)  # type: ignore[arg-type]  # click has checked them
    _check(request, settings)
    if request.serve:
        run_async(_serve(settings, request))
    else:
        _show(settings, request)


def _check(request: _Request, settings: Settings) -> None:
    kinds = {"--html": request.html, "--serve": request.serve, "--json": settings.json}
    given = [name for name, value in kinds.items() if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} cannot be used together; choose one")
    if request.port is not None and not request.serve:
        raise UsageError("--port belongs to --serve")


async def _serve(settings: Settings, request: _Request) -> None:
    from bot.app.previewing import look_at, read_feeds, read_pages, recall_all
    from bot.clock import utc_now
    from bot.operate.preview.live import LivePage, Scene, Sources
    from bot.operate.preview.server import serve

    def load() -> Scene:
        config = settings.load()
        return Scene(config=config, wanted=_wanted(config, request.feed, request.channel))

    async def recall(scene: Scene, reads: Sequence[Read]) -> Sequence[Remembered]:
        environ = surroundings(scene.config.path)
        return await recall_all(scene.config, scene.wanted, reads, environ, note=lambda _: None)

    page = LivePage(
        sources=Sources(
            load=load, fetch=read_feeds, pages=read_pages, now=utc_now, recall=recall, look=look_at
        ),
        limit=request.limit,
        images=request.images,
    )
    await serve(page, request.port, _announce)


def _announce(address: str) -> None:
    say(f"preview at {address} (renewed when a file is saved; Ctrl-C ends it)", err=True)


def _show(settings: Settings, request: _Request) -> None:
    from bot.app.previewing import previews
    from bot.clock import utc_now
    from bot.operate.preview.html_file import check_target
    from bot.operate.preview.page import Page
    from bot.operate.preview.preview_json import preview_json

    settings.found = []
    if request.html is not None:
        check_target(request.html)
    config = settings.load()
    wanted = _wanted(config, request.feed, request.channel)
    environ = surroundings(config.path)
    parts = run_async(
        previews(config, wanted, environ, limit=request.limit, images=request.images, note=_note)
    )
    found = [one for part in parts for one in part]
    if request.html is not None and found:
        _write(
            found,
            request.html,
            Page(now=utc_now(), images=request.images, timezone=config.timezone),
        )
    else:
        show(
            settings,
            [preview_json(one) for one in found],
            lambda: print_previews(found, settings.words),
        )
    if not found:
        raise NewsbotError("nothing to show: no feed is routed to the channel, or it has no items")
    if any(one.decision == "error" for one in found):
        raise click.exceptions.Exit(1)


def _note(text: str) -> None:
    say(f"note: {text}", err=True)


def _write(found: Sequence[Preview], path: Path, page: Page) -> None:
    from bot.operate.preview.html_file import write_page
    from bot.operate.preview.page import render_page

    write_page(path, render_page(found, page))
    posts, skipped, errors = (_count(found, name) for name in ("post", "skip", "error"))
    counts = f"{counted(posts, 'post')}, {skipped} skipped, {counted(errors, 'error')}"
    say(f"wrote {path}: {counts}", err=True)


def _count(found: Sequence[Preview], decision: str) -> int:
    return sum(one.decision == decision for one in found)


def print_previews(found: Sequence[Preview], words: Wording) -> None:
    """Print posts as they will look."""
    from rich.console import Console

    from bot.operate.preview.terminal import preview_text, print_preview

    console = Console(highlight=False)
    for one in found:
        if console.is_terminal:
            print_preview(one, console, words)
        else:
            say_whole(f"{preview_text(one, words)}\n")


def _wanted(
    config: Config, feed: str | None, channel: str | None
) -> list[tuple[Feed, list[Channel]]]:
    """Return the feeds to show, each with its channels or those that were asked for."""
    from bot.app.enabled import enabled_channels, enabled_feeds
    from bot.models.basics import ChannelId, FeedId
    from bot.operate.names import known

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
