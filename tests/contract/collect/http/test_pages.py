"""The contract of `ports.PageFetcher`, over HTTP against a stand-in server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.collect.http import FetchLimits
from bot.collect.http.pages import HttpPageFetcher
from bot.models.basics import FeedId
from bot.models.feeds import FetchedPage, FetchFailed
from bot.models.settings import Feed
from tests.standins.feeds import FeedServer, Reply, redirect, trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.ports import PageFetcher

HTML = "<title>Bài</title><p>Đất Việt".encode()
LIMITS = FetchLimits(connect=2, read=1, total=2, max_bytes=50_000, max_redirects=3, per_host=2)
FEED = Feed(id=FeedId("f"), url="http://127.0.0.1/feed", allow_hosts=("127.0.0.1",))


def page(body: bytes = HTML, **settings: object) -> Reply:
    return replace(Reply(body, content_type="text/html; charset=utf-8"), **settings)


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


@pytest.fixture
async def pages() -> AsyncIterator[HttpPageFetcher]:
    async with HttpPageFetcher(
        contact="https://example.org/bot", version="1.2", limits=LIMITS
    ) as fetcher:
        yield fetcher


async def outcome(pages: PageFetcher, link: str, feed: Feed = FEED) -> str:
    """Return what came of one page: its body, or the code of the failure."""
    (found,) = await pages.fetch_pages(feed, [link])
    if isinstance(found, FetchedPage):
        return found.body.decode()
    assert isinstance(found, FetchFailed)
    assert "\n" not in found.reason.text
    return found.reason.code


async def test_brings_each_page_in_the_order_of_the_links(server, pages: PageFetcher) -> None:
    links = [server.serve(f"/{count}", page(b"%d" % count)) for count in range(9)]
    found = await pages.fetch_pages(FEED, [*links, "nowhere"])
    assert [each.body for each in found[:9]] == [b"%d" % count for count in range(9)]
    assert found[0].url == links[0]
    assert found[0].content_type.startswith("text/html")
    assert isinstance(found[9], FetchFailed)
    assert await pages.fetch_pages(FEED, []) == []


async def test_says_who_asks_and_nothing_of_the_feed(server, pages: PageFetcher) -> None:
    link = server.serve("/a", page())
    feed = replace(FEED, url=server.url("/feed"), headers={"X-Key": "secret"})
    assert await outcome(pages, link.replace("//", "//user:word@"), feed) == HTML.decode()
    headers = server.requests[0].headers
    assert headers["User-Agent"] == "newsbot/1.2 (+https://example.org/bot)"
    assert not {"X-Key", "Authorization", "Cookie", "Referer"} & set(headers)


async def test_private_addresses_are_refused_even_the_feeds_own(server, pages) -> None:
    link = server.serve("/a", page())
    feed = replace(FEED, url=server.url("/feed"), allow_hosts=())
    assert await outcome(pages, link, feed) == "private_address"
    assert await outcome(pages, link.replace("127.0.0.1", "localhost"), feed) == "private_address"
    assert server.requests == []


@pytest.mark.parametrize(
    "address",
    ["http://[::1]:{port}/a", "http://localhost:{port}/a", "http://2130706433:{port}/a",
     "http://[::ffff:127.0.0.1]:{port}/a", "http://169.254.169.254/latest/meta-data"],
)  # fmt: skip
async def test_redirects_into_private_networks_are_refused(server, pages, address: str) -> None:
    port = server.base.rpartition(":")[2].strip("/")
    link = server.serve("/out", redirect(address.format(port=port)))
    assert await outcome(pages, link) in {"private_address", "dns", "bad_address"}
    assert len(server.requests) == 1


async def test_redirects_are_followed_but_not_for_ever(server, pages: PageFetcher) -> None:
    server.serve("/new", page())
    assert await outcome(pages, server.serve("/old", redirect("/new", 301))) == HTML.decode()
    assert await outcome(pages, server.serve("/loop", redirect("/loop"))) == "redirect_loop"
    assert await outcome(pages, server.serve("/x", redirect("ftp://a.vn/"))) == "bad_redirect"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (page(status=404), "http_404"),
        (page(status=403), "http_403"),
        (page(b"x" * 60_000), "too_large"),
        (page(b"x" * 500_000, encoding="gzip"), "too_large"),
        (replace(page(b"%PDF"), content_type="application/pdf"), "not_html"),
        (replace(page(b"GIF"), content_type="image/gif"), "not_html"),
        (trouble("hold_headers"), "read_timeout"),
        (trouble("bad_http"), "bad_response"),
    ],
)
async def test_a_failure_has_its_reason(
    server, pages: PageFetcher, reply: Reply, code: str
) -> None:
    assert await outcome(pages, server.serve("/a", reply)) == code


@pytest.mark.parametrize(
    "link", ["", "mailto:a@b.vn", "javascript:alert(1)", "http://", "http://[x"]
)
async def test_an_address_must_be_of_the_web(pages: PageFetcher, link: str) -> None:
    assert await outcome(pages, link) == "bad_address" or link == "http://[x"


async def test_all_pages_together_have_a_deadline(server) -> None:
    links = [server.serve(f"/{count}", trouble("hold_headers")) for count in range(8)]
    fast = server.serve("/fast", page())
    async with HttpPageFetcher(contact=None, version="1", limits=LIMITS, deadline=0.3) as pages:
        found = await pages.fetch_pages(FEED, [fast, *links])
    assert isinstance(found[0], FetchedPage)
    assert [each.reason.code for each in found[1:]] == ["timeout"] * 8


async def test_cancelling_passes_through(server, pages: PageFetcher) -> None:
    link = server.serve("/a", trouble("hold_headers"))
    task = asyncio.create_task(pages.fetch_pages(FEED, [link]))
    await server.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
