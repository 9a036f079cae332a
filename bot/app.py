"""Wiring: the only file that names concrete adapters. Heavy libraries load where they are used."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import bot
from bot.clock import SteadyClock, utc_now
from bot.config import database_url, resolve_secrets
from bot.errors import DatabaseMissing, NewsbotError, UsageError
from bot.models import Account, Channel, Platform

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence

    from bot.collect.http import HttpFetcher
    from bot.collect.http.pages import HttpPageFetcher
    from bot.config import Alerts, Config
    from bot.format.templates import Template
    from bot.models import AccountId, ChannelId, Feed, FeedId
    from bot.operate.alerts.watch import AlertWatch
    from bot.operate.metrics import Figures
    from bot.operate.online import AccountProbe, Finding
    from bot.operate.preview import Preview, Read
    from bot.pipeline import CollectPorts, Offload, Route
    from bot.ports import Publisher
    from bot.publish.telegram import TelegramAccount
    from bot.publish.x import XAccount
    from bot.runner.local import LocalRunner
    from bot.runner.parts import Chore, Parts
    from bot.store.clock import StoreClock
    from bot.store.engine import Store

    Secrets = Mapping[AccountId, Mapping[str, str]]
    Clients = Mapping[AccountId, TelegramAccount | XAccount]

_Result = TypeVar("_Result")
_SHORTEST_SECRET = 6  # hiding every "1" would leave no log to read
_CLOCK_READ = 60.0  # seconds between two looks at the clock of a database that is shared
_CPU_THREADS = 2  # feeds are parsed beside the loop; more threads only fight for the interpreter


def enabled_feeds(config: Config) -> dict[FeedId, Feed]:
    """Return the feeds to poll."""
    return {id_: feed for id_, feed in config.feeds.items() if feed.enabled}


def enabled_channels(config: Config) -> dict[ChannelId, Channel]:
    """Return the channels to post to."""
    return {id_: channel for id_, channel in config.channels.items() if channel.enabled}


def secrets_of(
    config: Config,
    channels: Iterable[Channel],
    environ: Mapping[str, str],
    *,
    also: Iterable[AccountId] = (),
) -> dict[AccountId, dict[str, str]]:
    """Resolve the secrets of `also` and the accounts of `channels`. Raises ConfigError."""
    named = (channel.account for channel in channels)
    used = dict.fromkeys(id_ for id_ in (*named, *also) if id_ is not None)
    return {
        id_: resolve_secrets(config.accounts[id_], base_dir=config.base_dir, environ=environ)
        for id_ in used
    }


def alert_account(config: Config) -> dict[AccountId, Account]:
    """Return the account that sends the alerts, by its id; empty where nobody wants them."""
    id_ = config.alerts.account if config.alerts else None
    return {id_: config.accounts[id_]} if id_ is not None else {}


def start_logging(
    config: Config, level: str, secrets: Mapping[AccountId, Mapping[str, str]]
) -> None:
    """Send logs to standard error, with nothing in them that is secret."""
    from bot.collect.addresses import secret_parts
    from bot.log import FORMATS
    from bot.log.output import configure, form_of

    hidden = [value for values in secrets.values() for value in values.values()]
    for feed in config.feeds.values():
        hidden += [*feed.headers.values(), *secret_parts(feed.url)]
    long_enough = [value for value in hidden if len(value) >= _SHORTEST_SECRET]
    wanted = os.environ.get("NEWSBOT_LOG_FORMAT", config.log.format).lower()
    if wanted not in FORMATS:
        text = f"unknown format {wanted!r} in $NEWSBOT_LOG_FORMAT: use one of {', '.join(FORMATS)}"
        raise UsageError(text)
    form, is_journal = form_of(wanted, sys.stderr, os.environ)
    configure(level, long_enough, config.timezone, form=form, is_journal=is_journal)


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


def is_running(config: Config, environ: Mapping[str, str]) -> bool | None:
    """Tell whether a newsbot runs on the database; None where that cannot be seen from here."""
    from bot.store.address import file_of, parse_address
    from bot.store.lock import holder_of

    url = database_url(config, environ)
    return None if file_of(parse_address(url)) is None else holder_of(url) is not None


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
async def store_for_test(
    config: Config, channel: Channel, environ: Mapping[str, str]
) -> AsyncIterator[Store]:
    """Yield the database, or one in memory before the first run: a test post makes none.

    Raises NewsbotError where the post costs money, which must be remembered.
    """
    from bot.store.engine import open_store

    async with existing_store(config, environ) as existing:
        if existing is not None:
            yield existing
            return
    if channel.account and config.accounts[channel.account].budget is not None:
        raise NewsbotError(
            f"channel {channel.id} costs money, and there is no database yet that remembers how "
            "much: `newsbot once` makes it"
        )
    store = open_store(":memory:", create=True)
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
    figures: Figures | None = None,
) -> AsyncIterator[LocalRunner]:
    """Yield a runner for everything that is enabled; `dry_run` shows posts instead of sending."""
    from bot.pipeline import CollectPorts
    from bot.runner.latest import latest_moment
    from bot.runner.local import LocalRunner
    from bot.runner.reloading import Reloader, Setup

    async with AsyncExitStack() as stack:
        collect = CollectPorts(
            fetcher=await stack.enter_async_context(_fetcher(config)),
            feeds=store.feeds,
            stories=store.stories,
            pages=await stack.enter_async_context(page_fetcher(config)),
            offload=stack.enter_context(_offloading()),
        )
        clock = await store.clock(SteadyClock(since=await latest_moment(store, config.feeds)))
        wiring = Wiring(store, collect, clock, figures, stack)
        clients = wiring.connect(config, {} if dry_run else secrets)
        parts = wiring.wire(config, clients)
        setup = Setup(config=config, secrets=secrets, clients=clients, parts=parts)
        reloader = Reloader(setup, connect=wiring.connect, wire=wiring.wire)
        yield LocalRunner(parts, reloader=reloader)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Makes parts of configurations; what it connects is closed with `stack`."""

    store: Store
    collect: CollectPorts
    clock: StoreClock
    figures: Figures | None
    stack: AsyncExitStack

    def connect(self, config: Config, secrets: Secrets) -> Clients:
        """Return clients for the accounts whose `secrets` are given."""
        made = _account_clients(config, secrets)
        for client in made.values():
            self.stack.push_async_callback(client.close)
        return made

    def wire(self, config: Config, accounts: Clients) -> Parts:
        """Return everything that is enabled, on the accounts' clients."""
        from bot.runner.parts import Chore, Parts

        if self.figures is not None:
            self.figures.follow(config)
        channels = enabled_channels(config)
        keep_time = Chore(seconds=_CLOCK_READ, work=self.clock.read)
        return Parts(
            feeds=_routed(enabled_feeds(config), channels),
            routes={
                id_: _route(config, channel, _publisher(channel, accounts))
                for id_, channel in channels.items()
            },
            store=self.store,
            collect=self.collect,
            timezone=config.timezone,
            remember=config.remember,
            now=self.clock,
            chores=(keep_time, *_chores(config, self.store, accounts, self.figures)),
            observer=self.figures,
        )


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


async def read_feeds(config: Config, feeds: Sequence[Feed]) -> list[Read]:
    """Return what each feed holds, or why it cannot be read; all are fetched side by side."""
    from bot.operate.preview import read_feed

    with _offloading() as offload:
        async with _fetcher(config) as fetcher:
            reads = (read_feed(feed, fetcher=fetcher, offload=offload) for feed in feeds)
            return await asyncio.gather(*reads)


async def online_findings(
    config: Config,
    secrets: Mapping[AccountId, Mapping[str, str]],
    progress: Callable[[int, int], None],
) -> list[Finding]:
    """Ask all accounts of `secrets` and read all enabled feeds; sends nothing."""
    from bot.operate.online import check_account, check_feeds
    from bot.operate.preview import Stage, read_feed

    channels = enabled_channels(config)
    stage = Stage(
        channels=channels,
        templates={id_: template_of(channel) for id_, channel in channels.items()},
        now=utc_now(),
    )
    found: list[Finding] = []
    for id_, client in _account_clients(config, secrets).items():
        own = [channel for channel in channels.values() if channel.account == id_]
        if config.alerts and config.alerts.account == id_:
            own.append(alert_chat(config.alerts))
        try:
            found += await check_account(id_, _probe(client, own), own)
        finally:
            await client.close()
    with _offloading() as offload:
        async with _fetcher(config) as fetcher:
            found += await check_feeds(
                list(_routed(enabled_feeds(config), channels).values()),
                stage,
                read=partial(read_feed, fetcher=fetcher, offload=offload),
                timezone=config.timezone,
                progress=progress,
            )
    return found


def _probe(client: TelegramAccount | XAccount, channels: Sequence[Channel]) -> AccountProbe:
    from bot.operate.probes import TelegramProbe, XProbe
    from bot.publish.telegram import TelegramAccount

    if isinstance(client, TelegramAccount):
        return TelegramProbe(client, channels[0])
    return XProbe(client)


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


def page_fetcher(config: Config) -> HttpPageFetcher:
    """Return what reads the pages of articles; to be entered with `async with`."""
    from bot.collect.http.pages import HttpPageFetcher

    return HttpPageFetcher(contact=config.contact, version=bot.__version__)


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


def _chores(
    config: Config,
    store: Store,
    accounts: Mapping[AccountId, TelegramAccount | XAccount],
    figures: Figures | None,
) -> tuple[Chore, ...]:
    """Return what the service does beside polling and delivering."""
    from bot.operate.alerts.watch import ROUND
    from bot.runner.parts import Chore

    watch = _alert_watch(config, store, accounts)
    alerting = (Chore(seconds=ROUND, work=watch.round),) if watch else ()
    return (*alerting, Chore(seconds=1, work=figures.tick)) if figures else alerting


def _alert_watch(
    config: Config, store: Store, accounts: Mapping[AccountId, TelegramAccount | XAccount]
) -> AlertWatch | None:
    client = accounts.get(config.alerts.account) if config.alerts else None
    if config.alerts is None or client is None:
        return None
    from bot.operate.alerts.watch import AlertWatch

    return AlertWatch(config, store, client.publisher(alert_chat(config.alerts)), utc_now)


def alert_chat(alerts: Alerts) -> Channel:
    """Return the chat of the alerts as a channel that is only ever sent finished text."""
    from bot.models import ChannelId, TemplateText

    return Channel(
        id=ChannelId("[alerts]"),
        platform=Platform.TELEGRAM,
        template=TemplateText(name="", source=""),
        account=alerts.account,
        chat=alerts.chat,
    )


@asynccontextmanager
async def observed(config: Config, store: Store) -> AsyncIterator[Figures | None]:
    """Yield the figures that [metrics] gives out meanwhile, None without it.

    Raises NewsbotError where the port is taken.
    """
    if config.metrics is None:
        yield None
        return
    from bot.operate.metrics import Figures, serving

    figures = Figures(config, store, utc_now)
    async with serving(figures, config.metrics):
        yield figures


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
