"""Killed between any two steps from the subscription to the push: all is told, and once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.config import Listen
from bot.models.feeds import FetchedFeed, Validators
from bot.operate.web.application import ListedSite
from bot.operate.web.callbacks import Callbacks
from bot.operate.web.serving import Desk, serving
from bot.pipeline.collect import collect_feed
from bot.pipeline.judging import CollectPorts
from bot.runner.work.mailbox import Mailbox
from bot.runner.work.subscribing import Subscriber
from tests.kept import next_process
from tests.mortal import Killed, Life, Mortal
from tests.pipeline.test_collect import NOW, NoPages, Web, at_once, item, rss
from tests.pipeline.test_pushed import DAILY, TOPIC, with_hub
from tests.standins.hub import PUBLIC, HubServer
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from bot.models.subscriptions import HubRefused, Subscription
    from bot.store.engine import Store
    from tests.kept import KeptStores

FEED = replace(DAILY, allow_hosts=("127.0.0.1",))
PUSHED = rss(item(2)).encode()


class DirectHub:
    """Asks the hub of the test in this process; it verifies at once. Implements `Hubs`."""

    def __init__(self, hub: HubServer) -> None:
        self.hub = hub

    async def ask(self, one: Subscription, _allowed: object) -> HubRefused | None:
        form = {"hub.mode": one.mode, "hub.topic": one.topic, "hub.callback": one.callback}
        form |= {"hub.secret": one.secret} if one.secret else {}
        await self.hub.verify(form)
        return None


class Process:
    """One run of the service on a database, as long as `life` lasts."""

    def __init__(self, store: Store, hub: HubServer, life: Life, now: datetime) -> None:
        self.store = store
        self.hub = hub
        self.now = now
        self.life = life
        self.is_dead = False
        self.mailbox = Mailbox(time=self.seconds)
        self.web = Web()
        self.subscriptions = Mortal(store.subscriptions, life)
        self.feeds = Mortal(store.feeds, life)
        self.subscriber = Subscriber(
            self.subscriptions,
            DirectHub(hub),
            {FEED.id: FEED},
            base=f"{PUBLIC}/websub/",
            now=lambda: self.now,
        )
        self.ports = CollectPorts(
            fetcher=self.web,
            feeds=self.feeds,
            stories=store.stories,
            pages=NoPages(),
            offload=at_once,
        )

    def seconds(self) -> float:
        return self.now.timestamp()

    @asynccontextmanager
    async def reached(self, port: int) -> AsyncIterator[None]:
        callbacks = Callbacks(self.subscriptions, self.mailbox.put, lambda: self.now)
        routes = {
            ("GET", "/websub/{token}"): self.mortal(callbacks.verify),
            ("POST", "/websub/{token}"): self.mortal(callbacks.push),
        }
        site = ListedSite(table="web", listen=Listen(host="127.0.0.1", port=port), routes=routes)
        desk = Desk(book=self.store.alerts, now=lambda: self.now)
        async with serving([site], desk):
            yield

    def mortal(self, handler):
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Killed:
                self.is_dead = True
                assert request.transport is not None
                request.transport.abort()
                raise asyncio.CancelledError from None

        return handle

    def lives(self) -> None:
        if self.is_dead:
            raise Killed

    async def subscribe(self) -> None:
        try:
            await self.subscriber.round()
        except (aiohttp.ClientError, OSError) as error:
            raise Killed from error
        self.lives()

    async def push(self) -> bool:
        """Let the hub push the news; tell whether somebody took it."""
        try:
            answers = await self.hub.push(TOPIC, PUSHED)
        except (aiohttp.ClientError, OSError) as error:
            raise Killed from error
        self.lives()
        return 202 in answers

    async def work(self, document: str) -> None:
        """Read what was pushed, or poll where that is due."""
        self.web.answer = FetchedFeed(
            url=FEED.url,
            body=document.encode(),
            validators=Validators(poll_hash=document.encode()[-16:].ljust(16)),
        )
        is_pinged = bool(self.mailbox.due())
        states = await self.feeds.claim_due_feeds([FEED.id], self.now, limit=1, force=is_pinged)
        for state in states:
            has_mail, pushed = self.mailbox.take(FEED.id)
            told = replace(state, is_pinged=has_mail)
            await collect_feed(FEED, told, self.now, self.ports, pushed=pushed)


async def live(store: Store, hub: HubServer, port: int, life: Life, scene: SimpleNamespace) -> None:
    """Run the service from where the scene stands until its end, or its own."""
    process = Process(await next_process(store), hub, life, scene.now)
    try:
        async with process.reached(port):
            while not scene.is_over:
                # The feed itself shows the news much later: only the push tells it in time.
                is_late = process.now >= NOW + timedelta(hours=2)
                document = with_hub(*([item(2)] if is_late else []), item(1))
                await process.work(document)
                await process.subscribe()
                scene.is_pushed = scene.is_pushed or await process.push()
                await process.work(document)
                # By then the net was cast, however rarely the feed is polled.
                is_over = process.now >= NOW + timedelta(hours=10)
                scene.is_over = scene.is_pushed and is_over and hub.held != {}
                process.now += timedelta(hours=2)
    finally:
        scene.now = process.now + timedelta(minutes=1)


@pytest.mark.long
@pytest.mark.parametrize(
    ("again", "stride"),
    [(False, 2), (True, 5), pytest.param(False, 1, marks=pytest.mark.soak)],
    ids=["killed once", "killed twice", "killed once, at each step"],
)
async def test_all_is_told_once_whenever_the_service_dies(
    kept_stores: KeptStores, again: bool, stride: int
) -> None:
    ends_at, was_killed = 0, True
    while was_killed:
        was_killed = await _dies_at(await kept_stores.emptied(), ends_at, again=again)
        ends_at += stride
    assert ends_at > 20


async def _dies_at(store: Store, ends_at: int, *, again: bool) -> bool:
    port, was_killed = free_port(), False
    scene = SimpleNamespace(now=NOW, is_pushed=False, is_over=False)
    async with HubServer() as hub:
        hub.reach = (PUBLIC, f"http://127.0.0.1:{port}")
        lives = [Life(ends_at), *([Life(ends_at // 2)] if again else []), Life(None)]
        for life in lives:
            try:
                await live(store, hub, port, life, scene)
            except Killed:
                was_killed = was_killed or life is lives[0]
        assert len(hub.held) == 1
    rows = await store.desk.deliveries(limit=0)
    (status,) = await store.subscriptions.statuses([FEED.id])
    assert sorted(row.title for row in rows) == [f"Tin công nghệ rất mới số {n}" for n in (1, 2)]
    assert status.expires is not None
    return was_killed
