"""Feeds, pages and pictures through proxies: what is asked, what is told, and what stays private."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from bot.collect.http import HttpFetcher
from bot.collect.http.pages import HttpPageFetcher
from bot.collect.http.pictures import HttpPictureFetcher
from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed, FetchedPage, FetchFailed, Validators
from bot.models.pictures import FetchedPicture
from bot.models.proxies import Proxies, Proxy
from bot.models.settings import Feed
from tests.contract.collect.http.test_fetcher import LIMITS, RSS, to_this_machine
from tests.standins.feeds import FeedServer, Reply, redirect
from tests.standins.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.abc import ResolveResult

SCHEMES = pytest.mark.parametrize("scheme", ["http", "socks5"])


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        running.serve("/rss", Reply(RSS))
        yield running


def unknown(host: str, _port: int, _family: socket.AddressFamily) -> list[ResolveResult]:
    raise OSError(socket.EAI_NONAME, "not known here")


def through(scheme: str, port: int, **login: str) -> Proxies:
    proxy = Proxy(scheme=scheme, host="127.0.0.1", port=port, source="$HTTP_PROXY", **login)
    return Proxies(by_scheme={"http": proxy, "https": proxy})


async def poll(proxies: Proxies, url: str, look_up=unknown, **settings: object):
    feed = Feed(id=FeedId("f"), url=url, **settings)
    async with HttpFetcher(
        contact=None, version="1", limits=LIMITS, look_up=look_up, proxies=proxies
    ) as fetcher:
        return await fetcher.fetch(feed, Validators())


@SCHEMES
async def test_a_feed_comes_through_the_proxy(server, scheme: str) -> None:
    async with ProxyServer(server.base) as proxy:
        outcome = await poll(through(scheme, proxy.port), "http://feeds.example/rss")
    assert isinstance(outcome, FetchedFeed), outcome
    assert outcome.body == RSS
    assert proxy.asked == [f"feeds.example{'' if scheme == 'http' else ':80'}"]


@SCHEMES
async def test_a_proxy_that_wants_a_login_gets_it(server, scheme: str) -> None:
    async with ProxyServer(server.base, login="me:b@d") as proxy:
        known = through(scheme, proxy.port, user="me", password="b@d")
        assert isinstance(await poll(known, "http://feeds.example/rss"), FetchedFeed)


@SCHEMES
@pytest.mark.parametrize("fault", ["login", "refuses", "away"])
async def test_a_fault_of_the_proxy_is_told_as_its_own(server, scheme: str, fault: str) -> None:
    options = {"login": "a:b"} if fault == "login" else {"refuses": fault == "refuses"}
    async with ProxyServer(server.base, **options) as proxy:
        port = proxy.port
        if fault == "away":
            proxy.close()
        outcome = await poll(through(scheme, port), "https://feeds.example/rss")
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason.code == "proxy"
    assert f"the proxy {scheme}://127.0.0.1:{port} ($HTTP_PROXY)" in outcome.reason.text


@SCHEMES
@pytest.mark.parametrize(
    ("to", "look_up"),
    [
        ("http://169.254.169.254/secret", unknown),
        ("http://nas.lan/secret", unknown),
        ("http://intranet/secret", unknown),
        ("http://rebound.example/secret", to_this_machine),
    ],
)
async def test_no_redirect_leads_through_a_proxy_to_a_private_address(
    server, scheme: str, to: str, look_up
) -> None:
    server.serve("/rss", redirect(to))

    def look(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        return (unknown if host == "feeds.example" else look_up)(host, port, family)

    async with ProxyServer(server.base) as proxy:
        outcome = await poll(through(scheme, proxy.port), "http://feeds.example/rss", look)
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason.code == "private_address"
    assert len(proxy.asked) == 1


async def test_the_operator_may_allow_a_private_host_behind_the_proxy(server) -> None:
    async with ProxyServer(server.base) as proxy:
        outcome = await poll(
            through("http", proxy.port), "http://nas.lan/rss", allow_hosts=("nas.lan",)
        )
    assert isinstance(outcome, FetchedFeed)


@SCHEMES
async def test_pages_and_pictures_come_through_the_proxy(server, scheme: str) -> None:
    server.serve("/page", Reply(b"<html>", content_type="text/html"))
    server.serve("/picture", Reply(b"\xff\xd8", content_type="image/jpeg"))
    feed = Feed(id=FeedId("f"), url="http://feeds.example/rss")
    async with ProxyServer(server.base) as proxy:
        known = through(scheme, proxy.port)
        async with HttpPageFetcher(contact=None, version="1", proxies=known) as pages:
            (page,) = await pages.fetch_pages(feed, ["http://no-such-name.invalid/page"])
        async with HttpPictureFetcher(contact=None, version="1", proxies=known) as pictures:
            picture = await pictures.fetch_picture("http://no-such-name.invalid/picture", ())
    assert isinstance(page, FetchedPage), page
    assert isinstance(picture, FetchedPicture), picture
