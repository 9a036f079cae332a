"""Wiring: the only file that names concrete adapters. Heavy libraries load where they are used."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import bot
from bot.clock import utc_now
from bot.config import database_url, resolve_secrets
from bot.errors import DatabaseMissing
from bot.models import Account, Channel, Platform

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

    from bot.collect.http import HttpFetcher
    from bot.config import Config
    from bot.format.templates import Template
    from bot.models import AccountId, ChannelId, Feed, FeedId
    from bot.operate.preview import Preview
    from bot.pipeline import Offload, Route
    from bot.ports import Publisher
    from bot.publish.telegram import TelegramAccount
    from bot.publish.x import XAccount
    from bot.runner.local import LocalRunner
    from bot.store.engine import Store

_Result = TypeVar("_Result")
_SHORTEST_SECRET = 6  # hiding every "1" would leave no log to read
_CPU_THREADS = 2  # feeds are parsed beside the loop; more threads only fight for the interpreter


def enabled_feeds(config: Config) -> dict[FeedId, Feed]:
    """Return the feeds to poll."""
    return {id_: feed for id_, feed in config.feeds.items() if feed.enabled}


def enabled_channels(config: Config) -> dict[ChannelId, Channel]:
    """Return the channels to post to."""
    return {id_: channel for id_, channel in config.channels.items() if channel.enabled}


def secrets_of(
    config: Config, channels: Iterable[Channel], environ: Mapping[str, str]
) -> dict[AccountId, dict[str, str]]:
    """Resolve the secrets of the accounts that `channels` use. Raises ConfigError."""
    used = {channel.account: None for channel in channels if channel.account is not None}
    return {
        id_: resolve_secrets(config.accounts[id_], base_dir=config.base_dir, environ=environ)
        for id_ in used
    }


def start_logging(
    config: Config, level: str, secrets: Mapping[AccountId, Mapping[str, str]]
) -> None:
    """Send logs to standard error, with nothing in them that is secret."""
    from bot.collect.addresses import secret_parts
    from bot.log import configure

    hidden = [value for values in secrets.values() for value in values.values()]
    for feed in config.feeds.values():
        hidden += [*feed.headers.values(), *secret_parts(feed.url)]
    long_enough = [value for value in hidden if len(value) >= _SHORTEST_SECRET]
    configure(level, long_enough, config.timezone)


@asynccontextmanager
async def owned_store(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Store]:
    """Yield the database, made if need be, with its instance lock. Raises InstanceLocked."""
    from bot.store.engine import open_store
    from bot.store.lock import instance_lock

    url = database_url(config, environ)
    with instance_lock(url):
        store = open_store(url, create=True)
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def existing_store(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Store | None]:
    """Yield the database beside whoever runs on it, None where there is none yet."""
    from bot.store.engine import open_store

    try:
        store = open_store(database_url(config, environ), create=False)
    except DatabaseMissing:
        yield None
        return
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def copied_store(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Store]:
    """Yield a copy in memory of the database, empty where there is none, to try things out on."""
    from bot.store.engine import open_store

    async with existing_store(config, environ) as original:
        copy = await original.copy_to_memory() if original else open_store(":memory:", create=True)
        try:
            yield copy
        finally:
            await copy.close()


@asynccontextmanager
async def wired_runner(
    config: Config,
    store: Store,
    secrets: Mapping[AccountId, Mapping[str, str]],
    *,
    dry_run: bool = False,
) -> AsyncIterator[LocalRunner]:
    """Yield a runner for everything that is enabled; `dry_run` shows posts instead of sending."""
    from bot.pipeline import CollectPorts
    from bot.runner.local import LocalRunner
    from bot.runner.parts import Parts

    async with AsyncExitStack() as stack:
        offload = stack.enter_context(_offloading())
        fetcher = await stack.enter_async_context(_fetcher(config))
        channels = enabled_channels(config)
        accounts = {} if dry_run else _account_clients(config, secrets)
        for client in accounts.values():
            stack.push_async_callback(client.close)
        parts = Parts(
            feeds=_routed(enabled_feeds(config), channels),
            routes={
                id_: _route(config, channel, _publisher(channel, accounts))
                for id_, channel in channels.items()
            },
            store=store,
            collect=CollectPorts(
                fetcher=fetcher, feeds=store.feeds, stories=store.stories, offload=offload
            ),
            timezone=config.timezone,
            remember=config.remember,
            now=utc_now,
        )
        yield LocalRunner(parts)


@asynccontextmanager
async def wired_route(
    config: Config, channel: Channel, secrets: Mapping[AccountId, Mapping[str, str]]
) -> AsyncIterator[Route]:
    """Yield the route to one channel, with its account's client."""
    accounts = _account_clients(config, secrets)
    try:
        yield _route(config, channel, _publisher(channel, accounts))
    finally:
        for client in accounts.values():
            await client.close()


async def previews(
    config: Config, wanted: Iterable[tuple[Feed, Iterable[Channel]]], *, limit: int
) -> list[list[Preview]]:
    """Return the previews of each feed in its channels; all feeds are fetched side by side."""
    from bot.operate.preview import Stage, preview_feed

    pairs = [(feed, list(channels)) for feed, channels in wanted]
    templates = {channel.id: template_of(channel) for _, channels in pairs for channel in channels}
    now = utc_now()
    with _offloading() as offload:
        async with _fetcher(config) as fetcher:
            return await asyncio.gather(
                *(
                    preview_feed(
                        feed,
                        Stage(
                            channels={channel.id: channel for channel in channels},
                            templates=templates,
                            now=now,
                        ),
                        limit=limit,
                        fetcher=fetcher,
                        offload=offload,
                    )
                    for feed, channels in pairs
                )
            )


def template_of(channel: Channel) -> Template:
    """Compile the channel's template. Raises TemplateError."""
    from bot.format.templates import compile_template

    return compile_template(channel.template, channel.platform)


def _routed(
    feeds: Mapping[FeedId, Feed], channels: Mapping[ChannelId, Channel]
) -> dict[FeedId, Feed]:
    """Leave out the channels that are not enabled: enabling one later is its first run."""
    from dataclasses import replace

    return {
        id_: replace(feed, channels=tuple(name for name in feed.channels if name in channels))
        for id_, feed in feeds.items()
    }


def _route(config: Config, channel: Channel, publisher: Publisher) -> Route:
    from bot.pipeline import Route

    return Route(
        channel=channel,
        account=config.accounts[channel.account] if channel.account else None,
        template=template_of(channel),
        publisher=publisher,
        timezone=config.timezone,
    )


def _fetcher(config: Config) -> HttpFetcher:
    from bot.collect.http import HttpFetcher

    return HttpFetcher(contact=config.contact, version=bot.__version__)


def _account_clients(
    config: Config, secrets: Mapping[AccountId, Mapping[str, str]]
) -> dict[AccountId, TelegramAccount | XAccount]:
    return {id_: _client(config.accounts[id_], values) for id_, values in secrets.items()}


def _client(account: Account, secrets: Mapping[str, str]) -> TelegramAccount | XAccount:
    if account.platform is Platform.TELEGRAM:
        from bot.publish.telegram import TelegramAccount

        return TelegramAccount(secrets["token"], account.api_url)
    from bot.publish.x import XAccount

    return XAccount(
        api_key=secrets["api_key"],
        api_secret=secrets["api_secret"],
        access_token=secrets["access_token"],
        access_token_secret=secrets["access_token_secret"],
        api_url=account.api_url,
    )


def _publisher(
    channel: Channel, accounts: Mapping[AccountId, TelegramAccount | XAccount]
) -> Publisher:
    """Return the channel's publisher; without a client (on a dry run) posts are only shown."""
    client = accounts.get(channel.account) if channel.account else None
    if client is not None:
        return client.publisher(channel)
    from bot.publish.console import ConsolePublisher

    return ConsolePublisher(sys.stdout)


@contextmanager
def _offloading() -> Iterator[Offload]:
    """Yield what runs pure work beside the event loop."""
    with ThreadPoolExecutor(_CPU_THREADS, thread_name_prefix="newsbot-cpu") as pool:

        async def offload(work: Callable[[], _Result]) -> _Result:
            return await asyncio.get_running_loop().run_in_executor(pool, work)

        yield offload
