"""Telegram and X through proxies: what arrives, and what a proxy's fault means for a post."""

from __future__ import annotations

import gc
import re
import warnings
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from bot.errors import Unreachable
from bot.models.basics import Platform
from bot.models.proxies import Proxy
from bot.publish.telegram.account import TelegramAccount
from bot.publish.x.account import XAccount
from tests.contract.publisher_kit import a_channel, a_post
from tests.standins.proxies import ProxyServer
from tests.standins.telegram import CHANNEL, TOKEN, TelegramServer
from tests.standins.x import XServer
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models.posts import Receipt


@pytest.fixture(autouse=True)
def _left_open() -> Iterator[None]:
    """Collect the sockets that httpcore leaves open where a proxy refuses the connection."""
    gc.freeze()  # nothing else is looked through
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


SCHEMES = pytest.mark.parametrize("scheme", ["http", "socks5"])
PLATFORMS = pytest.mark.parametrize("platform", [Platform.TELEGRAM, Platform.X])
FAULTS = {"login": "", "refuses": "", "away": "does not answer"}
ADDRESS = "http://api.example"
SERVERS = {Platform.TELEGRAM: TelegramServer, Platform.X: XServer}


async def publish(platform: Platform, proxy: Proxy, address: str) -> Receipt:
    if platform is Platform.TELEGRAM:
        account = TelegramAccount(TOKEN, address, gap=0, proxy=proxy)
    else:
        account = XAccount(**asdict(Keys()), api_url=address, proxy=proxy)
    try:
        channel = a_channel(platform, chat=CHANNEL)
        return await account.publisher(channel).publish(a_post("Xin chào", platform=platform))
    finally:
        await account.close()


@SCHEMES
@PLATFORMS
async def test_a_post_goes_through_the_proxy(scheme: str, platform: Platform) -> None:
    async with SERVERS[platform]() as server, ProxyServer(server.base, login="a:b") as proxy:
        way = Proxy(scheme=scheme, host="127.0.0.1", port=proxy.port, user="a", password="b")
        await publish(platform, way, ADDRESS)
        assert len(server.posts()) == 1
    assert {place.removesuffix(":80") for place in proxy.asked} == {"api.example"}


@SCHEMES
@PLATFORMS
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_proxy_that_makes_no_connection_has_sent_nothing(
    scheme: str, platform: Platform, fault: str
) -> None:
    options = {"login": "a:b"} if fault == "login" else {"refuses": fault == "refuses"}
    async with ProxyServer("http://127.0.0.1:9", **options) as proxy:
        way = Proxy(scheme=scheme, host="127.0.0.1", port=proxy.port, user="a", password="s3cret")
        if fault == "away":
            proxy.close()
        with pytest.raises(Unreachable, match=rf"\({re.escape(way.words)} {FAULTS[fault]}") as told:
            await publish(platform, way, "https://api.example")
        assert "s3cret" not in str(told.value)
