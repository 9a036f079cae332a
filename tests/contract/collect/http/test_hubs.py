"""The contract of `ports.Hubs`, over HTTP against a hub that follows the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.collect.http.hubs import HttpHubs
from bot.models.basics import FeedId
from bot.models.subscriptions import HubRefused, Subscription
from tests.standins.faults import answer
from tests.standins.feeds import FeedServer, redirect
from tests.standins.hub import HubServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALLOWED = ("127.0.0.1",)


@pytest.fixture
async def hub() -> AsyncIterator[HubServer]:
    async with HubServer() as running:
        running.verifies = False
        yield running


@pytest.fixture
async def hubs() -> AsyncIterator[HttpHubs]:
    async with HttpHubs(contact="https://example.org/bot", version="1.2") as opened:
        yield opened


def wanted(url: str, **fields: object) -> Subscription:
    values = {
        "token": "token",
        "feed": FeedId("f"),
        "hub": url,
        "topic": "https://a.vn/feed?a=1&b=ê",
        "callback": "https://bot.example.org/websub/token",
        "secret": "s3cret",
    }
    return Subscription(**values | fields)


async def test_asks_as_the_text_says(hub: HubServer, hubs: HttpHubs) -> None:
    assert await hubs.ask(wanted(hub.base), ALLOWED) is None
    assert hub.forms == [
        {
            "hub.callback": "https://bot.example.org/websub/token",
            "hub.mode": "subscribe",
            "hub.topic": "https://a.vn/feed?a=1&b=ê",
            "hub.lease_seconds": "864000",
            "hub.secret": "s3cret",
        }
    ]
    assert hub.requests[0].headers["User-Agent"].startswith("newsbot/1.2")


async def test_asks_for_the_end_and_without_a_secret(hub: HubServer, hubs: HttpHubs) -> None:
    assert await hubs.ask(wanted(hub.base, is_leaving=True, secret=None), ALLOWED) is None
    assert hub.forms[0]["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in hub.forms[0]


async def test_a_refusal_is_told(hub: HubServer, hubs: HttpHubs) -> None:
    hub.faults.next(answer(429, headers={"Retry-After": "3600"}))
    refused = await hubs.ask(wanted(hub.base), ALLOWED)
    assert isinstance(refused, HubRefused)
    assert refused.reason.code == "http_429"
    assert refused.retry_after is not None


async def test_a_private_hub_is_asked_only_where_that_is_allowed(
    hub: HubServer, hubs: HttpHubs
) -> None:
    refused = await hubs.ask(wanted(hub.base), ())
    assert refused is not None
    assert refused.reason.code == "private_address"
    assert hub.forms == []


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_that_keeps_the_form_is_followed(
    hub: HubServer, hubs: HttpHubs, status: int
) -> None:
    async with FeedServer() as old:
        address = old.serve("/", redirect(hub.base, status))
        assert await hubs.ask(wanted(address), ALLOWED) is None
    assert hub.forms[0]["hub.mode"] == "subscribe"


async def test_another_redirect_is_a_refusal(hub: HubServer, hubs: HttpHubs) -> None:
    async with FeedServer() as old:
        refused = await hubs.ask(wanted(old.serve("/", redirect(hub.base, 302))), ALLOWED)
    assert refused is not None
    assert refused.reason.code == "http_302"
    assert hub.forms == []


@pytest.mark.parametrize("address", ["nonsense", "ftp://hub.example/", "https://[bad"])
async def test_an_address_that_is_none_is_a_refusal(hubs: HttpHubs, address: str) -> None:
    assert isinstance(await hubs.ask(wanted(address), ALLOWED), HubRefused)
