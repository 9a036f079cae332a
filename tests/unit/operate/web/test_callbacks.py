"""A hub that follows the text is answered as the text says; all others get nothing."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.config import Listen
from bot.errors import StoreError
from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed, Poll, Validators
from bot.models.subscriptions import Hub, Subscription
from bot.operate.web.application import ListedSite
from bot.operate.web.callbacks import Callbacks
from bot.operate.web.serving import Desk, serving
from tests.standins.hub import PUBLIC, HubServer
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
F = FeedId("f")
TOPIC = "https://a.vn/feed"
BODY = b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>"
SECRET = "s3cret"


class World:
    """The callbacks on a port, a hub that knows the way there, and what was delivered."""

    def __init__(self, store: Store, hub: HubServer, here: str) -> None:
        self.store = store
        self.hub = hub
        self.here = here
        self.delivered: list[tuple[FeedId, FetchedFeed | None]] = []
        self.now = NOW

    def deliver(self, feed: FeedId, document: FetchedFeed | None) -> None:
        self.delivered.append((feed, document))

    async def ask(self, *, secret: str | None = SECRET) -> Subscription:
        """Note that the hub is asked; return the subscription."""
        hub = Hub(url=f"{self.hub.base}/", topic=TOPIC)
        poll = Poll(feed=F, at=NOW, next_poll=NOW, validators=Validators(), hub=hub)
        await self.store.feeds.finish_poll(poll, (), lambda _: [])

        def make(feed: FeedId, hub: Hub) -> Subscription:
            return Subscription(
                token="token",
                feed=feed,
                hub=hub.url,
                topic=hub.topic,
                callback=f"{PUBLIC}/websub/token",
                secret=secret,
            )

        await self.store.subscriptions.reconcile([F], PUBLIC, make, NOW)
        (one,) = await self.store.subscriptions.claim_due(NOW, limit=1)
        return one

    async def subscribe(self, *, secret: str | None = SECRET) -> Subscription:
        one = await self.ask(secret=secret)
        assert await self.hub.verify(form(one))
        return one

    async def reason(self) -> str:
        (status,) = await self.store.subscriptions.statuses([F])
        return status.reason.text if status.reason else ""


def form(one: Subscription, **changed: str) -> dict[str, str]:
    found = {"hub.mode": one.mode, "hub.topic": one.topic, "hub.callback": one.callback}
    found |= {"hub.secret": one.secret} if one.secret else {}
    return found | {f"hub.{name}": value for name, value in changed.items()}


@asynccontextmanager
async def served(
    store: Store, *, body_within: float = 30, max_bytes: int = 1000
) -> AsyncIterator[World]:
    port = free_port()
    async with HubServer() as hub:
        world = World(store, hub, f"http://127.0.0.1:{port}")
        hub.reach = (PUBLIC, world.here)
        callbacks = Callbacks(
            store.subscriptions, world.deliver, lambda: world.now, body_within=body_within
        )
        site = ListedSite(
            table="web",
            listen=Listen(host="127.0.0.1", port=port),
            routes={
                ("GET", "/websub/{token}"): callbacks.verify,
                ("POST", "/websub/{token}"): callbacks.push,
            },
            max_bytes=max_bytes,
        )
        async with serving([site], Desk(book=store.alerts, now=lambda: NOW)):
            yield world


async def test_a_verification_is_answered_for_what_was_asked_alone(store: Store) -> None:
    async with served(store) as world:
        one = await world.ask()
        wrong = [
            form(one, topic="https://b.vn/feed"),
            form(one, mode="unsubscribe"),
            form(one, mode="publish"),
            form(one, callback=f"{PUBLIC}/websub/guessed"),
        ]
        assert [await world.hub.verify(each) for each in wrong] == [False] * 4
        assert (await store.subscriptions.statuses([F]))[0].expires is None
        assert await world.hub.verify(form(one))
        (status,) = await store.subscriptions.statuses([F])
        assert status.expires == NOW + timedelta(days=10)


async def test_without_a_challenge_nothing_is_verified(store: Store) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.ask()
        asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.lease_seconds": "60"}
        async with web.get(f"{world.here}/websub/token", params=asked) as answer:
            assert answer.status == 404
        assert (await store.subscriptions.statuses([F]))[0].expires is None


async def test_a_challenge_is_repeated_as_text_and_not_as_a_page(store: Store) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.ask()
        page = "<script>alert(1)</script>"
        asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": page}
        async with web.get(f"{world.here}/websub/token", params=asked) as answer:
            assert (answer.status, await answer.text()) == (200, page)
            assert answer.content_type == "text/plain"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_a_signed_push_is_delivered(store: Store, method: str) -> None:
    async with served(store) as world:
        await world.subscribe()
        assert await world.hub.push(TOPIC, BODY, method=method) == [202]
        ((feed, document),) = world.delivered
        assert feed == F
        assert document is not None
        assert (document.url, document.body, document.is_part) == (TOPIC, BODY, True)
        assert (await store.subscriptions.statuses([F]))[0].pushed_at == NOW


@pytest.mark.parametrize("signature", ["sha256=00", "md5=00", "none"])
async def test_a_push_that_is_not_rightly_signed_is_taken_and_ignored(
    store: Store, signature: str
) -> None:
    async with served(store) as world:
        await world.subscribe()
        assert await world.hub.push(TOPIC, BODY, signature=signature) == [202]
        assert world.delivered == []
        assert await world.reason() == "a push was ignored: its signature is wrong"
        assert (await store.subscriptions.statuses([F]))[0].pushed_at is None


async def test_an_unsigned_push_is_ignored_where_there_is_a_secret(store: Store) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.subscribe()
        async with web.post(f"{world.here}/websub/token", data=BODY) as answer:
            assert answer.status == 202
        assert world.delivered == []
        assert await world.reason() == "a push was ignored: it is not signed"


async def test_without_a_secret_a_push_only_says_that_there_is_news(store: Store) -> None:
    async with served(store) as world:
        await world.subscribe(secret=None)
        assert await world.hub.push(TOPIC, BODY) == [202]
        assert world.delivered == [(F, None)]


async def test_a_push_before_the_verification_is_ignored(store: Store) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.ask(secret=None)
        async with web.post(f"{world.here}/websub/token", data=BODY) as answer:
            assert answer.status == 202
        assert world.delivered == []


@pytest.mark.parametrize("body", [b"", b" \n"])
async def test_an_empty_push_only_says_that_there_is_news(store: Store, body: bytes) -> None:
    async with served(store) as world:
        await world.subscribe()
        assert await world.hub.push(TOPIC, body) == [202]
        assert world.delivered == [(F, None)]


async def test_a_push_about_another_topic_is_not_read_as_the_feed(store: Store) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.subscribe()
        other = "https://b.vn/feed"
        world.hub.held[other, f"{PUBLIC}/websub/token"] = next(iter(world.hub.held.values()))
        assert await world.hub.push(other, BODY) == [202]
        assert world.delivered == [(F, None)]
        assert not web.closed


async def test_who_is_not_subscribed_any_more_says_so(store: Store) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.subscribe()
        async with web.post(f"{world.here}/websub/guessed", data=BODY) as answer:
            assert answer.status == 410
        await store.subscriptions.reconcile([], PUBLIC, lambda *_: None, NOW)
        assert await world.hub.push(TOPIC, BODY) == [410]
        assert world.hub.held == {}
        assert world.delivered == []


async def test_the_end_of_a_subscription_is_verified(store: Store) -> None:
    async with served(store) as world:
        await world.subscribe()
        await store.subscriptions.reconcile([], PUBLIC, lambda *_: None, NOW)
        (leaving,) = await store.subscriptions.claim_due(NOW, limit=1)
        assert await world.hub.verify(form(leaving))
        assert world.hub.held == {}
        assert not await world.hub.verify(form(leaving, mode="subscribe"))


async def test_a_denial_is_told_in_the_hubs_words_made_harmless(store: Store) -> None:
    async with served(store) as world:
        one = await world.subscribe()
        said = "too many\x1b[31m\nsubscriptions" + "x" * 500
        assert await world.hub.deny(TOPIC, one.callback, said) == 200
        text = await world.reason()
        assert text.startswith("the hub denies the subscription: too many [31m subscriptionsx")
        assert len(text) < 300
        assert await world.hub.deny("https://b.vn/", one.callback, "no") == 404


async def test_a_body_that_is_too_large_is_refused(store: Store) -> None:
    async with served(store, max_bytes=100) as world:
        await world.subscribe()
        assert await world.hub.push(TOPIC, b"x" * 5000) == [413]
        assert world.delivered == []


async def test_a_body_that_does_not_come_is_not_waited_for(store: Store) -> None:
    async with served(store, body_within=0.05) as world:
        await world.subscribe()
        reader, writer = await asyncio.open_connection(*world.here[7:].split(":"))
        writer.write(b"POST /websub/token HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
        assert (await reader.readline()).split()[1] == b"408"
        writer.close()
        assert world.delivered == []


async def test_a_database_that_takes_nothing_lets_the_hub_try_again(store: Store) -> None:
    async with served(store) as world:
        await world.subscribe()

        async def push(*_: object) -> None:
            raise StoreError("the disk is full")

        store.subscriptions.push, was = push, store.subscriptions.push
        assert await world.hub.push(TOPIC, BODY) == [503]
        store.subscriptions.push = was
        assert world.delivered == []


@pytest.mark.parametrize(
    "said",
    [
        b"POST /websub/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"POST /websub/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n01234",
        b"POST /websub/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ],
    ids=["cut off", "no gzip", "no chunks", "no version", "TLS"],
)
async def test_nothing_that_strangers_send_fills_the_log(
    store: Store, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    async with served(store) as world:
        await world.subscribe()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(world.here.split(":")[2]))
        writer.write(said)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert [one for one in caplog.records if one.levelname in {"WARNING", "ERROR"}] == []


async def test_a_fault_of_the_program_in_an_answer_is_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(store) as world, aiohttp.ClientSession() as web:
        await world.subscribe()
        world.delivered = None  # type: ignore[assignment]
        signed = {
            "X-Hub-Signature": f"sha256={hmac.new(SECRET.encode(), BODY, 'sha256').hexdigest()}"
        }
        async with web.post(f"{world.here}/websub/token", data=BODY, headers=signed) as answer:
            assert answer.status == 500
    assert [one.levelname for one in caplog.records if one.name == "aiohttp.server"] == ["ERROR"]
