"""Wires the service: a configuration becomes an assembly and its runner."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.app.adapters import (
    account_clients,
    feed_fetcher,
    hub_client,
    lack_in,
    page_fetcher,
    picture_fetcher,
    terminal,
    with_account,
)
from bot.app.answering import answering
from bot.app.desk import desk_service
from bot.app.enabled import (
    alert_chat,
    enabled_channels,
    enabled_feeds,
    routed,
    routing_of,
    template_of,
)
from bot.app.long_lived import pass_over_long_lived
from bot.app.pushes import Pushes
from bot.clock import SteadyClock
from bot.config.fingerprint import fingerprint
from bot.offload import FairTurns, child_processes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.app.adapters import Clients, Secrets
    from bot.app.answering import Answers
    from bot.config import Config
    from bot.models.settings import Channel
    from bot.operate.alerts.alerter import Alerter
    from bot.operate.state.metrics import Figures
    from bot.pipeline.judging import CollectPorts
    from bot.pipeline.route import Route
    from bot.ports import PictureSource
    from bot.runner.assembly import Assembly, Chore
    from bot.runner.local import LocalRunner
    from bot.runner.reload.reloading import Reloader
    from bot.runner.service import ServiceRunner
    from bot.runner.work.counting import Counting
    from bot.store.db.clock import StoreClock
    from bot.store.engine import Store

_CLOCK_READ = 60.0  # seconds between two looks at the clock of a database that is shared


@asynccontextmanager
async def wired_runner(
    config: Config, store: Store, secrets: Secrets, *, dry_run: bool = False
) -> AsyncIterator[LocalRunner]:
    """Yield a runner for everything that is enabled; `dry_run` shows posts instead of sending."""
    from bot.runner.local import LocalRunner

    async with _wired(config, store, secrets, dry_run=dry_run) as (assembly, reloader):
        yield LocalRunner(assembly, reloader=reloader)


@asynccontextmanager
async def wired_service(
    config: Config, store: Store, secrets: Secrets, environ: Mapping[str, str]
) -> AsyncIterator[ServiceRunner]:
    """Yield the service, which answers over HTTP as the configuration wants.

    `environ` is where the secrets of that come from. On a database that other machines may share
    it is a node.
    """
    from bot.runner.local import LocalRunner

    async with _wired(config, store, secrets, serve=environ) as (assembly, reloader):
        if not store.database.is_shared:
            yield LocalRunner(assembly, reloader=reloader)
            return
        # procrastinate costs 0.2 seconds to load, which one machine with SQLite never needs.
        from bot.runner.nodes.runner import NodeRunner, Place
        from bot.store.db.postgres import connection_arguments

        place = Place(
            database=store.database.name,
            address=connection_arguments(store.database.engine),
            roles=config.nodes.roles,
            concurrency=config.nodes.concurrency,
        )
        yield NodeRunner(assembly, place, reloader=reloader)


@asynccontextmanager
async def _wired(
    config: Config,
    store: Store,
    secrets: Secrets,
    *,
    dry_run: bool = False,
    serve: Mapping[str, str] | None = None,
) -> AsyncIterator[tuple[Assembly, Reloader[Any]]]:
    """Yield what a runner runs, and what wires it anew."""
    from bot.app.descriptors import polls_at_once
    from bot.pipeline.judging import CollectPorts
    from bot.publish.pictures.source import CheckedPictures
    from bot.runner.reload.reloading import Reloader, Setup
    from bot.runner.work.counting import Counting

    async with AsyncExitStack() as stack:
        offload = await stack.enter_async_context(child_processes())
        collect = CollectPorts(
            fetcher=await stack.enter_async_context(feed_fetcher(config)),
            feeds=store.feeds,
            stories=store.stories,
            events=store.events,
            pages=await stack.enter_async_context(page_fetcher(config)),
            offload=offload,
            offload_for=FairTurns(offload).of,
        )
        fetcher = await stack.enter_async_context(picture_fetcher(config))
        pictures = await stack.enter_async_context(CheckedPictures(fetcher, collect.offload))
        latest = await store.desk.latest_moment(list(config.feeds))
        clock = await store.clock(SteadyClock(since=latest))
        hubs = await stack.enter_async_context(hub_client(config))
        began = clock.wall()
        answers = await stack.enter_async_context(
            answering(config, store, clock, serve, began=began)
        )
        pushes = Pushes(hubs, answers.mailbox, config.web)
        most = polls_at_once()
        counting = Counting(store, clock)
        lasts = serve is not None
        wiring = Wiring(
            store, collect, pictures, clock, answers, stack, most, began, pushes, counting, lasts
        )
        clients = wiring.connect(config, {} if dry_run else secrets)
        assembly = wiring.wire(config, clients)
        setup = Setup(config=config, secrets=secrets, clients=clients, assembly=assembly)
        yield assembly, Reloader(setup, connect=wiring.connect, wire=wiring.wire)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Makes assemblies of configurations; its connections are closed with `stack`.

    A service `lasts`, a turn or a dry run does not.
    """

    store: Store
    collect: CollectPorts
    pictures: PictureSource
    clock: StoreClock
    answers: Answers
    stack: AsyncExitStack
    polls_at_once: int
    began: datetime
    pushes: Pushes
    counting: Counting
    lasts: bool

    @property
    def is_node(self) -> bool:
        """Whether others are told with which configuration this machine works."""
        return self.lasts and self.store.database.is_shared

    def connect(self, config: Config, secrets: Secrets) -> Clients:
        """Return clients for the accounts whose `secrets` are given."""
        made = account_clients(config, secrets)
        for client in made.values():
            self.stack.push_async_callback(client.close)
        return made

    def wire(self, config: Config, accounts: Clients) -> Assembly:
        """Return everything that is enabled, on the accounts' clients."""
        from bot.runner.assembly import Assembly, Chore
        from bot.runner.work.counting import ROUND

        channels = enabled_channels(config)
        keep_time = Chore(seconds=_CLOCK_READ, work=self.clock.read)
        count = Chore(seconds=ROUND, work=partial(self.counting.write, config.channels))
        alerter = _alerter(config, self.store, accounts, self.clock.wall, self.began)
        # On a dry run nothing is sent, so nothing is fetched for it.
        pictures = self.pictures if accounts else None
        feeds = routed(enabled_feeds(config), channels)
        subscribing = self.pushes.chore(self.store, feeds, self.clock)
        routes = {
            id_: route_to(config, channel, accounts, pictures=pictures)
            for id_, channel in channels.items()
        }
        self.answers.follow(config, routes)
        if self.lasts:
            pass_over_long_lived()
        figures = self.answers.figures
        return Assembly(
            feeds=feeds,
            routes=routes,
            desk=desk_service(
                config,
                self.store,
                accounts,
                routes=routes,
                feeds=feeds,
                now=self.clock,
                began=self.began,
            ),
            places={id_: channel.place for id_, channel in config.channels.items()},
            routing=routing_of(config),
            store=self.store,
            collect=self.collect,
            timezone=config.timezone,
            remember=config.remember,
            explain_for=config.explain_for,
            now=self.clock,
            wall=self.clock.wall,
            chores=(keep_time, subscribing, count, *_chores(alerter, figures)),
            mailbox=self.pushes.mailbox,
            last_word=alerter.last_word if alerter else None,
            observers=(self.counting, *((figures,) if figures else ())),
            polls_at_once=self.polls_at_once,
            mark=fingerprint(config) if self.is_node else "",
            saved_at=_saved_at(config) if self.is_node else None,
        )


@asynccontextmanager
async def wired_route(
    config: Config, channel: Channel, secrets: Secrets, *, with_pictures: bool = False
) -> AsyncIterator[Route]:
    """Yield the route to one channel, with its account's client."""
    async with AsyncExitStack() as stack:
        accounts = account_clients(config, secrets)
        for client in accounts.values():
            stack.push_async_callback(client.close)
        pictures = None
        if with_pictures:
            from bot.publish.pictures.source import CheckedPictures

            fetcher = await stack.enter_async_context(picture_fetcher(config))
            offload = await stack.enter_async_context(child_processes())
            pictures = await stack.enter_async_context(CheckedPictures(fetcher, offload))
        yield route_to(config, channel, accounts, pictures=pictures)


def route_to(
    config: Config, channel: Channel, accounts: Clients, *, pictures: PictureSource | None = None
) -> Route:
    """Return the route to a channel on the accounts' clients. Raises TemplateError.

    Without its account's client, as on a dry run, posts are only shown.
    """
    from bot.pipeline.route import Route

    client = accounts.get(channel.account) if channel.account else None
    route = Route(
        channel=channel,
        account=config.accounts[channel.account] if channel.account else None,
        template=template_of(channel),
        publisher=client.publisher(channel) if client else terminal(config),
        timezone=config.timezone,
        pictures=pictures,
    )
    return with_account(route, client) if client else route


def _saved_at(config: Config) -> datetime | None:
    try:
        return datetime.fromtimestamp(config.path.stat().st_mtime, UTC)
    except OSError:
        return None


def _chores(alerter: Alerter | None, figures: Figures | None) -> tuple[Chore, ...]:
    """Return the chores of the service, beside polling and delivering."""
    from bot.operate.alerts.sender import ROUND
    from bot.runner.assembly import Chore

    alerting = (Chore(seconds=ROUND, work=alerter.round),) if alerter else ()
    return (*alerting, Chore(seconds=1, work=figures.tick)) if figures else alerting


def _alerter(
    config: Config, store: Store, accounts: Clients, wall: Callable[[], datetime], began: datetime
) -> Alerter | None:
    client = accounts.get(config.alerts.account) if config.alerts else None
    if config.alerts is None or client is None:
        return None
    from bot.operate.alerts.alerter import Alerter

    chat = alert_chat(config.alerts)
    return Alerter(
        config, store, client.publisher(chat), wall, began=began, ask=partial(lack_in, client, chat)
    )
