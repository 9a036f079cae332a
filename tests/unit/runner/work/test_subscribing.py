"""Hubs are asked for the feeds of now, with a secret where nobody on the way can read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import FeedId, Reason
from bot.models.feeds import Poll, Validators
from bot.models.settings import Feed
from bot.models.subscriptions import Hub, HubRefused
from bot.runner.work.subscribing import Subscriber

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.models.subscriptions import Subscription
    from bot.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BASE = "https://bot.example.org/websub/"
F = FeedId("f")


@dataclass
class Hubs:
    """Remembers what it was asked. Implements `ports.Hubs`."""

    refuses: HubRefused | None = None
    asked: list[Subscription] = field(default_factory=list)
    allowed: list[Collection[str]] = field(default_factory=list)

    async def ask(self, one: Subscription, allow_hosts: Collection[str]) -> HubRefused | None:
        self.asked.append(one)
        self.allowed.append(allow_hosts)
        return self.refuses


def feed(**fields: object) -> Feed:
    values = {"id": F, "url": "https://a.vn/rss", "channels": ()}
    return Feed(**values | fields)


async def named(store: Store, hub: str) -> None:
    poll = Poll(
        feed=F,
        at=NOW,
        next_poll=NOW + timedelta(hours=5),
        validators=Validators(),
        hub=Hub(url=hub, topic="https://a.vn/feed"),
    )
    await store.feeds.finish_poll(poll, (), lambda _: [])


def subscriber(
    store: Store, hubs: Hubs, *feeds: Feed, base: str | None = BASE, now: datetime = NOW
) -> Subscriber:
    return Subscriber(
        store.subscriptions, hubs, {one.id: one for one in feeds}, base=base, now=lambda: now
    )


@pytest.mark.parametrize(
    ("hub", "has_secret"),
    [
        ("https://hub.example/", True),
        ("http://hub.example/", False),
        ("http://hub.lan/", True),  # the operator vouches for the network
    ],
)
async def test_a_secret_goes_only_over_a_safe_connection(
    store: Store, hub: str, has_secret: bool
) -> None:
    hubs = Hubs()
    await named(store, hub)
    await subscriber(store, hubs, feed(allow_hosts=("hub.lan",))).round()
    (one,) = hubs.asked
    assert (one.secret is not None) is has_secret
    assert one.callback == BASE + one.token
    assert len(one.token) >= 32
    assert hubs.allowed == [("hub.lan",)]


async def test_each_subscription_has_its_own_address_and_secret(store: Store) -> None:
    hubs = Hubs()
    for hub in ("https://hub.example/", "https://other.example/"):
        await named(store, hub)
        await subscriber(store, hubs, feed()).round()
    made = [one for one in hubs.asked if one.mode == "subscribe"]
    assert len({one.token for one in made}) == len({one.secret for one in made}) == 2


async def test_a_round_with_nothing_due_asks_nobody(store: Store) -> None:
    hubs = Hubs()
    await named(store, "https://hub.example/")
    one = subscriber(store, hubs, feed())
    for _ in range(3):
        await one.round()
    assert len(hubs.asked) == 1


async def test_a_refusal_is_kept(store: Store) -> None:
    hubs = Hubs(refuses=HubRefused(reason=Reason(code="http_403", text="403 Forbidden")))
    await named(store, "https://hub.example/")
    await subscriber(store, hubs, feed()).round()
    (status,) = await store.subscriptions.statuses([F])
    assert status.reason == hubs.refuses.reason


async def test_a_feed_that_left_the_file_is_left_at_its_hub(store: Store) -> None:
    hubs = Hubs()
    await named(store, "https://hub.example/")
    await subscriber(store, hubs, feed()).round()
    await subscriber(store, hubs).round()
    assert [one.mode for one in hubs.asked] == ["subscribe", "unsubscribe"]


async def test_without_a_public_address_nobody_is_asked_and_all_is_forgotten(store: Store) -> None:
    hubs = Hubs()
    await named(store, "https://hub.example/")
    await subscriber(store, hubs, feed()).round()
    await subscriber(store, hubs, feed(), base=None).round()
    assert len(hubs.asked) == 1
    assert await store.subscriptions.statuses([F]) == []
