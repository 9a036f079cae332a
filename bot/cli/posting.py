"""Commands with which the operator posts to a channel, and takes posts back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from bot.cli.completion import complete_channel
from bot.cli.database import existing
from bot.cli.options import MOST, Settings, run_async, show, surroundings, with_settings
from bot.counted import counted
from bot.errors import NewsbotError, UsageError
from bot.operate.say import fitted, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from bot.config import Config
    from bot.models.settings import Channel
    from bot.operate.posting.retract import Retraction
    from bot.pipeline.route import Route
    from bot.store.engine import Store

_channel = click.option("--channel", metavar="ID", required=True, shell_complete=complete_channel)


_yes = click.option("--yes", is_flag=True, help="Agree to the cost, on X, without being asked.")


@click.command()
@_channel
@_yes
@click.option("--test", is_flag=True, help="A short test message.")
@click.option(
    "--item", metavar="TEXT", help="A known item: its link, its id or words of its title."
)
@click.argument("more", nargs=-1, metavar="")
@with_settings
def post(
    settings: Settings, channel: str, test: bool, item: str | None, more: tuple[str, ...], yes: bool
) -> None:
    """Send one post to a channel now: a test message, or an item."""
    if test == (item is not None) or (more and item is None):
        raise click.UsageError("give either --test or --item TEXT")
    if item is not None:
        item = " ".join((item, *more))
    config, target = _target(settings, channel)
    work = (
        post_test(settings, config, target, yes=yes)
        if item is None
        else _post_item(settings, config, target, item, yes=yes)
    )
    say(run_async(work), err=True)


async def post_test(settings: Settings, config: Config, channel: Channel, *, yes: bool) -> str:
    """Send the test message, and return what to say of it. Raises NewsbotError."""
    from bot.app.stores import store_for_test
    from bot.clock import utc_now
    from bot.operate.posting.quote import most_for_post
    from bot.operate.posting.test_post import article_of_test, send_test

    async with _route(settings, config, channel) as route:
        _agree("a test post", most_for_post(article_of_test(route, utc_now()), route), yes=yes)
        async with store_for_test(config, channel, surroundings(config.path)) as store:
            return await send_test(route, store, await store.clock(utc_now))


async def _post_item(
    settings: Settings, config: Config, channel: Channel, text: str, *, yes: bool
) -> str:
    from bot.app.refetching import refetch_article
    from bot.app.stores import existing_store
    from bot.clock import utc_now
    from bot.operate.posting.item_post import Wanted, find_one, send_item
    from bot.operate.posting.quote import most_for_post

    async with (
        _route(settings, config, channel, with_pictures=True) as route,
        existing_store(config, surroundings(config.path)) as found,
    ):
        store = existing(found, config)
        trace = await find_one(store, text)
        article = await store.desk.article(trace.id) or await refetch_article(config, trace)
        _agree(f"a post of {article.title!r}", most_for_post(article, route), yes=yes)
        clock = await store.clock(utc_now)
        wanted = Wanted(story=trace.id, article=article, feed=config.feeds.get(trace.feed))
        return await send_item(wanted, route, store, clock)


@click.command()
@_channel
@_yes
@click.option(
    "--last",
    metavar="N",
    type=click.IntRange(1, MOST),
    required=True,
    help="How many, newest first.",
)
@with_settings
def retract(settings: Settings, channel: str, last: int, yes: bool) -> None:
    """Delete the last posts of a channel; their stories are not posted again."""
    settings.found = []
    config, target = _target(settings, channel)
    run_async(_retract(settings, config, target, last, yes=yes))


async def _retract(
    settings: Settings, config: Config, channel: Channel, last: int, *, yes: bool
) -> None:
    from bot.app.stores import existing_store
    from bot.operate.posting.quote import most_for_deleting
    from bot.operate.posting.retract import retraction_json, shortfall

    async with (
        _route(settings, config, channel) as route,
        existing_store(config, surroundings(config.path)) as found,
    ):
        store = existing(found, config)
        posts = len(await store.desk.sent_posts(channel.id, last))
        _agree(f"deleting {counted(posts, 'post')}", most_for_deleting(posts, route), yes=yes)
        done: list[Retraction] = []
        rows = settings.found = list[dict[str, Any]]()
        async for one in _retracted(settings, route, store, last):
            done.append(one)
            rows.append(retraction_json(one))
        short = shortfall(done, route)
    few = f"no more than {len(done)} stood in channel {channel.id}"
    show(settings, rows, lambda: say(few, err=True) if 0 < len(done) < last else None)
    if short is not None:
        raise NewsbotError(short)


async def _retracted(
    settings: Settings, route: Route, store: Store, last: int
) -> AsyncIterator[Retraction]:
    """Delete the posts, and name each at once: many take a while."""
    from bot.clock import utc_now
    from bot.operate.posting.retract import retract as retract_posts
    from bot.operate.posting.retract import retraction_line

    clock = await store.clock(utc_now)
    async for one in retract_posts(route, store, clock, last=last):
        if not settings.json:
            say(retraction_line(one), err=True)
        yield one


def _agree(deed: str, most: int, *, yes: bool) -> None:
    """Let the operator agree to the cost of `deed`: `most`, in micro-dollars; 0 asks nothing.

    Raises UsageError where nobody can be asked, and NewsbotError for a no.
    """
    from bot.operate.json_forms import dollars

    if yes or not most:
        return
    text = f"{deed} costs up to {dollars(most)} USD"
    if not sys.stdin.isatty():
        raise UsageError(f"{text}: say --yes to agree to that")
    if not click.confirm(fitted(f"{text}; go on?"), err=True):
        raise NewsbotError("nothing was done")


COMMANDS = (post, retract)


def _target(settings: Settings, name: str) -> tuple[Config, Channel]:
    from bot.models.basics import ChannelId
    from bot.operate.names import known

    config = settings.load()
    return config, config.channels[ChannelId(known("channel", name, config.channels))]


def _route(
    settings: Settings, config: Config, channel: Channel, *, with_pictures: bool = False
) -> AbstractAsyncContextManager[Route]:
    """Return the way to the channel, with its account's secrets; to be entered."""
    from bot.app.running import wired_route

    secrets = settings.secrets(config, [channel])
    return wired_route(config, channel, secrets, with_pictures=with_pictures)
