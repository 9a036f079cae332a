"""The contract of `ports.Fetcher`, over HTTP against a stand-in server and over local files."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp.abc import ResolveResult

from bot.collect.http import FetchLimits, HttpFetcher
from bot.models.basics import FeedId
from bot.models.feeds import FetchedFeed, FetchFailed, NotModified, Validators
from bot.models.settings import Feed
from tests.standins.feeds import FeedServer, Reply, Trouble, redirect, trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.models.feeds import FetchOutcome
    from bot.ports import Fetcher

RSS = "<rss version='2.0'><channel><title>Tin công nghệ</title></channel></rss>".encode()
LIMITS = FetchLimits(connect=2, read=2, total=5, max_bytes=100_000, max_redirects=5)
NOTHING = Validators()


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    async with HttpFetcher(contact="https://example.org/bot", version="1.2", limits=LIMITS) as it:
        yield it


def to_this_machine(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """Answer as the name server of somebody who turns every name to this machine."""
    found = {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET}
    return [ResolveResult(**found, proto=0, flags=socket.AI_NUMERICHOST)]


@pytest.fixture
async def rebound() -> AsyncIterator[HttpFetcher]:
    async with HttpFetcher(
        contact=None, version="1.2", limits=LIMITS, look_up=to_this_machine
    ) as it:
        yield it


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # names of tests must not depend on the time


def a_feed(url: str, **settings: object) -> Feed:
    return replace(Feed(id=FeedId("f"), url=url), **settings)


def a_file(path: Path) -> Feed:
    return Feed(id=FeedId("f"), url=str(path), is_local=True)


def code(outcome: FetchOutcome) -> str:
    assert isinstance(outcome, FetchFailed), outcome
    assert "\n" not in outcome.reason.text
    return outcome.reason.code


def body(outcome: FetchOutcome) -> bytes:
    assert isinstance(outcome, FetchedFeed), outcome
    return outcome.body


# --- what every fetcher does --------------------------------------------------------------------


@pytest.fixture(params=["http", "file"])
def source(request, server, tmp_path):
    """Return a function that puts a body behind a feed and returns the feed."""

    def offer(content: bytes) -> Feed:
        if request.param == "http":
            return a_feed(server.serve("/feed", Reply(content)))
        path = tmp_path / "feed.xml"
        path.write_bytes(content)
        return a_file(path)

    return offer


async def test_a_body_seen_before_is_not_modified(source, fetcher: Fetcher) -> None:
    feed = source(RSS)
    first = await fetcher.fetch(feed, NOTHING)
    assert body(first) == RSS
    outcome = await fetcher.fetch(feed, Validators(poll_hash=first.validators.poll_hash))
    assert isinstance(outcome, NotModified)
    assert outcome.validators.poll_hash == first.validators.poll_hash


async def test_a_changed_body_is_brought(source, fetcher: Fetcher) -> None:
    first = await fetcher.fetch(source(b"old"), NOTHING)
    outcome = await fetcher.fetch(source(RSS), first.validators)
    assert body(outcome) == RSS


async def test_a_new_channel_needs_the_whole_feed(source, fetcher: Fetcher) -> None:
    feed = replace(source(RSS), channels=("tin", "x"))
    first = await fetcher.fetch(feed, NOTHING)
    turned = replace(feed, channels=("x", "tin"))
    assert isinstance(await fetcher.fetch(turned, first.validators), NotModified)
    more = replace(feed, channels=("tin", "x", "terminal"))
    assert body(await fetcher.fetch(more, first.validators)) == RSS


async def test_a_feed_that_moved_is_asked_without_the_old_validators(server, fetcher) -> None:
    """A server whose file is older than the other one's would say that nothing changed."""
    old = a_feed(server.serve("/old", Reply(RSS, etag='"1"')))
    first = await fetcher.fetch(old, NOTHING)
    moved = a_feed(server.serve("/new", Reply(b"<new/>", etag='"1"')))
    assert body(await fetcher.fetch(moved, first.validators)) == b"<new/>"
    assert "If-None-Match" not in server.requests[1].headers


async def test_gzip_bytes_are_unpacked_though_nobody_declared_them(source, fetcher) -> None:
    outcome = await fetcher.fetch(source(packed(RSS)), NOTHING)
    assert body(outcome) == RSS


@pytest.mark.parametrize("size", [LIMITS.max_bytes, LIMITS.max_bytes + 1])
async def test_a_feed_may_be_as_large_as_the_limit(source, fetcher: Fetcher, size: int) -> None:
    outcome = await fetcher.fetch(source(b"x" * size), NOTHING)
    if size > LIMITS.max_bytes:
        assert code(outcome) == "too_large"
    else:
        assert len(body(outcome)) == size


async def test_a_gzip_bomb_is_too_large(source, fetcher: Fetcher) -> None:
    assert code(await fetcher.fetch(source(packed(b"x" * 50_000_000)), NOTHING)) == "too_large"


@pytest.mark.parametrize(
    ("times", "expected"), [(900, "read"), (20_000, "refused"), (1 << 19, "refused")]
)
async def test_empty_gzip_members_end_soon(source, fetcher, times: int, expected: str) -> None:
    members = packed(b"") * times + packed(RSS)
    outcome = await fetcher.fetch(source(members), NOTHING)
    if expected == "read":
        assert body(outcome) == RSS
    else:
        assert code(outcome) in {"too_large", "broken_encoding"}


async def test_broken_gzip_is_told(source, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(source(packed(RSS * 50)[:-30]), NOTHING)
    assert code(outcome) == "broken_encoding"


# --- files --------------------------------------------------------------------------------------


async def test_a_file_has_a_file_address(tmp_path, fetcher: Fetcher) -> None:
    path = tmp_path / "tin mới.xml"
    path.write_bytes(RSS)
    outcome = await fetcher.fetch(a_file(path), NOTHING)
    assert isinstance(outcome, FetchedFeed)
    assert outcome.url == path.as_uri()


async def test_a_missing_file(tmp_path, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(a_file(tmp_path / "none.xml"), NOTHING)
    assert code(outcome) == "file_missing"
    assert str(tmp_path / "none.xml") in outcome.reason.text


@pytest.mark.parametrize("kind", ["folder", "pipe", "below a file", "NUL"])
async def test_an_unreadable_file_is_a_failure(tmp_path, fetcher: Fetcher, kind: str) -> None:
    path = tmp_path / "thing"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "below a file":
        path.write_bytes(b"")
        path = path / "feed.xml"
    else:
        path = tmp_path / "a\0b"
    assert code(await fetcher.fetch(a_file(path), NOTHING)) == "file_unreadable"


# --- HTTP: asking -------------------------------------------------------------------------------


async def test_says_who_asks_and_keeps_no_cookies(server, fetcher: Fetcher) -> None:
    feed = a_feed(server.serve("/feed", Reply(RSS, headers={"Set-Cookie": "id=1"})))
    for _ in range(2):
        await fetcher.fetch(feed, NOTHING)
    headers = server.requests[1].headers
    assert headers["User-Agent"] == "newsbot/1.2 (+https://example.org/bot)"
    assert headers["Accept-Encoding"] == "gzip, deflate, br"
    assert "Cookie" not in headers
    assert "Referer" not in headers
    assert "If-None-Match" not in headers


async def test_without_contact_the_user_agent_is_short(server) -> None:
    async with HttpFetcher(contact=None, version="1.2") as fetcher:
        await fetcher.fetch(a_feed(server.serve("/feed", Reply(RSS))), NOTHING)
    assert server.requests[0].headers["User-Agent"] == "newsbot/1.2"


async def test_validators_go_back_exactly_as_they_came(server, fetcher: Fetcher) -> None:
    date = "Mon, 03 Nov 2025 10:00:00 GMT"
    feed = a_feed(server.serve("/feed", Reply(RSS, etag='W/"a b--gzip"', last_modified=date)))
    first = await fetcher.fetch(feed, NOTHING)
    assert isinstance(first, FetchedFeed)
    second = await fetcher.fetch(feed, first.validators)
    assert isinstance(second, NotModified)
    assert second.validators == first.validators
    assert server.requests[1].headers["If-None-Match"] == 'W/"a b--gzip"'
    assert server.requests[1].headers["If-Modified-Since"] == date


async def test_a_304_may_bring_new_validators(server, fetcher: Fetcher) -> None:
    feed = a_feed(server.serve("/feed", Reply(RSS, etag='"1"')))
    known = (await fetcher.fetch(feed, NOTHING)).validators
    new = Reply(status=304, headers={"ETag": '"2"', "Cache-Control": "max-age=600"})
    server.serve("/feed", new)
    outcome = await fetcher.fetch(feed, known)
    assert isinstance(outcome, NotModified)
    assert outcome.validators == replace(known, etag='"2"')
    assert outcome.max_age == timedelta(minutes=10)


async def test_a_304_that_nobody_asked_for_is_a_failure(server, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", Reply(status=304))), NOTHING)
    assert code(outcome) == "http_304"


async def test_an_unchanged_body_brings_the_new_validators(server, fetcher: Fetcher) -> None:
    feed = a_feed(server.serve("/feed", Reply(RSS, etag='"2"')))
    known = (await fetcher.fetch(feed, NOTHING)).validators
    outcome = await fetcher.fetch(feed, replace(known, etag='"1"'))
    assert isinstance(outcome, NotModified)
    assert outcome.validators == known


async def test_the_feeds_headers_and_password_are_sent(server, fetcher: Fetcher) -> None:
    url = server.serve("/feed", Reply(RSS)).replace("http://", "http://me:p%40ss@")
    outcome = await fetcher.fetch(a_feed(url, headers={"X-Key": "k", "user-agent": "own"}), NOTHING)
    headers = server.requests[0].headers
    assert headers["Authorization"] == "Basic bWU6cEBzcw=="
    assert headers["X-Key"] == "k"
    assert headers.getall("User-Agent") == ["own"]
    assert isinstance(outcome, FetchedFeed)
    assert "me:" not in outcome.url


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_compressed_bodies(server, fetcher: Fetcher, encoding) -> None:
    feed = a_feed(server.serve("/feed", Reply(RSS, encoding=encoding)))
    assert body(await fetcher.fetch(feed, NOTHING)) == RSS


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_compressed_bombs(server, fetcher: Fetcher, encoding) -> None:
    feed = a_feed(server.serve("/feed", Reply(b"x" * 20_000_000, encoding=encoding)))
    assert code(await fetcher.fetch(feed, NOTHING)) == "too_large"


@pytest.mark.parametrize(
    ("declared", "sent", "expected"),
    [
        ("gzip", RSS, RSS),  # declared, but plain
        ("utf-8", RSS, RSS),  # no coding at all
        ("identity", packed(RSS), RSS),
        ("gzip, gzip", packed(packed(RSS)), RSS),
        ("gzip", packed(RSS) + packed(RSS), RSS + RSS),
        ("gzip", packed(RSS) + b"\0\0\0", RSS),
        ("gzip", b"", b""),
        ("gzip", b"\x00\x01\x02" * 50, None),
        ("br", b"\x00\x01\x02" * 50, None),
        ("br", b"\x8b\x02\x80ab", None),
        ("zstd", b"\x28\xb5\x2f\xfd", None),
        ("gzip,gzip,gzip,gzip", packed(RSS), None),
    ],
)
async def test_declared_codings_are_checked(server, fetcher, declared, sent, expected) -> None:
    reply = Reply(sent, headers={"Content-Encoding": declared})
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", reply)), NOTHING)
    if expected is None:
        assert code(outcome) == "broken_encoding"
    else:
        assert body(outcome) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Cache-Control": "public, max-age=3600"}, 3600),
        ({"Cache-Control": "max-age=3600", "Age": "600"}, 3000),
        ({"Cache-Control": "s-maxage=99"}, None),
        ({"Cache-Control": "no-cache, max-age=3600"}, None),
        (
            {"Expires": "Mon, 03 Nov 2025 11:00:00 GMT", "Date": "Mon, 03 Nov 2025 10:00:00 GMT"},
            3600,
        ),
        ({"Expires": "0"}, None),
        ({"Cache-Control": "max-age=999999999999"}, 366 * 86400),
    ],
)
async def test_how_long_an_answer_is_fresh(server, fetcher: Fetcher, headers, expected) -> None:
    outcome = await fetcher.fetch(
        a_feed(server.serve("/feed", Reply(RSS, headers=headers))), NOTHING
    )
    assert isinstance(outcome, FetchedFeed)
    assert outcome.max_age == (None if expected is None else timedelta(seconds=expected))


async def test_content_type_and_address_are_kept(server, fetcher: Fetcher) -> None:
    reply = Reply(RSS, content_type="text/xml; charset=iso-8859-1")
    outcome = await fetcher.fetch(a_feed(server.serve("/feed?a=1&b", reply)), NOTHING)
    server.serve("/feed", reply)
    outcome = await fetcher.fetch(a_feed(server.url("/feed?a=1&b")), NOTHING)
    assert isinstance(outcome, FetchedFeed)
    assert outcome.content_type == "text/xml; charset=iso-8859-1"
    assert outcome.url == server.url("/feed?a=1&b")


# --- HTTP: refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected", "text"),
    [
        (404, "http_404", "404 Not Found: no feed is there: look for its new address"),
        (403, "http_403", "403 Forbidden: the server refuses newsbot: name yourself (`contact`)"),
        (410, "gone", "410 Gone"),
        (429, "http_429", "429 Too Many Requests"),
        (500, "http_500", "500 Internal Server Error"),
        (503, "http_503", "503 Service Unavailable"),
        (529, "http_529", "HTTP status 529"),
        (300, "http_300", "300 Multiple Choices"),
    ],
)
async def test_statuses(server, fetcher: Fetcher, status, expected, text) -> None:
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", Reply(b"sorry", status))), NOTHING)
    assert code(outcome) == expected
    assert outcome.reason.text.startswith(text)


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected", "text"),
    [
        (403, {"cf-mitigated": "challenge"}, b"<html>", "challenge", "ask the site to let feed"),
        (200, {}, b"<html><title>Just a moment...</title>", "challenge", "ask the site to let"),
        (401, {}, b"", "login", "the server wants a login; write it into the address"),
    ],
)
async def test_a_challenge_and_a_login_say_what_to_do(
    server, fetcher: Fetcher, status, headers, body, expected, text
) -> None:
    reply = Reply(body, status, headers=headers, content_type="text/html")
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", reply)), NOTHING)
    assert code(outcome) == expected
    assert text in outcome.reason.text


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "120"}, 120),
        (
            {
                "Retry-After": "Mon, 03 Nov 2025 10:05:00 GMT",
                "Date": "Mon, 03 Nov 2025 10:00:00 GMT",
            },
            300,
        ),
        (
            {
                "Retry-After": "Mon, 03 Nov 2025 09:00:00 GMT",
                "Date": "Mon, 03 Nov 2025 10:00:00 GMT",
            },
            0,
        ),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
async def test_retry_after(server, fetcher: Fetcher, status, headers, expected) -> None:
    reply = Reply(status=status, headers=headers)
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", reply)), NOTHING)
    assert code(outcome) == f"http_{status}"
    assert outcome.retry_after == (None if expected is None else timedelta(seconds=expected))


@pytest.mark.parametrize(
    ("kind", "limits", "expected"),
    [
        ("hold_headers", {"read": 0.05}, "read_timeout"),
        ("hold_body", {"read": 0.05}, "read_timeout"),
        ("trickle", {"total": 0.2}, "timeout"),
        ("hold_headers", {"total": 0.05}, "timeout"),
        ("endless", {}, "too_large"),
        ("reset", {}, "connection_lost"),
        ("reset_midway", {}, "connection_lost"),
        ("bad_http", {}, "bad_response"),
    ],
)
async def test_servers_in_trouble(server, kind, limits, expected) -> None:
    feed = a_feed(server.serve("/feed", trouble(kind)))
    async with HttpFetcher(contact=None, version="1", limits=replace(LIMITS, **limits)) as fetcher:
        assert code(await fetcher.fetch(feed, NOTHING)) == expected


async def test_a_port_where_nobody_listens(fetcher: Fetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = await fetcher.fetch(
            a_feed(f"http://127.0.0.1:{unused.getsockname()[1]}/"), NOTHING
        )
    assert code(outcome) == "refused"
    assert outcome.reason.text == "127.0.0.1 refuses connections"


async def test_a_listener_that_accepts_nothing(fetcher: Fetcher) -> None:
    """The queue of a listener that nobody reads fills up, then connections hang."""
    limits = replace(LIMITS, connect=0.1)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queued = [socket.socket() for _ in range(4)]
        for one in queued:
            one.setblocking(0)
            one.connect_ex(full.getsockname())
        async with HttpFetcher(contact=None, version="1", limits=limits) as impatient:
            url = f"http://127.0.0.1:{full.getsockname()[1]}/"
            outcome = await impatient.fetch(a_feed(url), NOTHING)
        for one in queued:
            one.close()
    assert code(outcome) == "connect_timeout"


async def test_no_tls_on_the_other_side(server, fetcher: Fetcher) -> None:
    url = server.serve("/feed", Reply(RSS)).replace("http://", "https://")
    assert code(await fetcher.fetch(a_feed(url), NOTHING)) == "tls"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://no-such-host.invalid/feed?token=geheim", "dns"),
        ("http://me:geheim@no-such-host.invalid/feed", "dns"),
        ("http://" + "a" * 70 + ".example/geheim0123456789012345678901234567", "dns"),
        ("ftp://me:geheim@example.org/feed", "bad_address"),
        ("http://[::1/?key=geheim", "bad_address"),
        ("http://", "bad_address"),
        ("http://127.0.0.1:99999/?key=geheim", "bad_address"),
    ],
)
async def test_addresses_that_lead_nowhere(fetcher: Fetcher, url: str, expected: str) -> None:
    outcome = await fetcher.fetch(a_feed(url), NOTHING)
    assert code(outcome) == expected
    assert "geheim" not in str(outcome)


async def test_the_missing_host_is_named(fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(a_feed("http://no-such-host.invalid/feed"), NOTHING)
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason.text == "cannot find host no-such-host.invalid"


async def test_a_redirect_to_a_missing_host_is_no_missing_network(server, fetcher: Fetcher) -> None:
    """The feed's own server was asked, so this must not be tried again as soon as `dns` is."""
    url = server.serve("/feed", redirect("http://no-such-host.invalid/feed?key=geheim"))
    outcome = await fetcher.fetch(a_feed(url), NOTHING)
    assert code(outcome) == "bad_redirect"
    assert outcome.reason.text == (
        "127.0.0.1 redirects to another host: cannot find host no-such-host.invalid"
    )


@pytest.mark.parametrize("headers", [{"X": "a\r\nHost: evil"}, {"X": "\ud800"}])
async def test_headers_that_cannot_be_sent(server, fetcher: Fetcher, headers) -> None:
    feed = a_feed(server.serve("/feed", Reply(RSS)), headers=headers)
    outcome = await fetcher.fetch(feed, NOTHING)
    if not isinstance(outcome, FetchedFeed):
        assert code(outcome) == "bad_request"
    for request in server.requests:
        assert request.headers["Host"].startswith("127.0.0.1")


# --- HTTP: redirects ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(server, fetcher: Fetcher, status: int) -> None:
    server.serve("/new/feed", Reply(RSS))
    feed = a_feed(server.serve("/old", redirect("new/feed#top", status)))
    outcome = await fetcher.fetch(feed, NOTHING)
    assert body(outcome) == RSS
    assert outcome.url == server.url("/new/feed")


async def test_redirects_end(server, fetcher: Fetcher) -> None:
    for step in range(7):
        server.serve(f"/{step}", redirect(f"/{step + 1}"))
    server.serve("/7", Reply(RSS))
    assert isinstance(await fetcher.fetch(a_feed(server.url("/2")), NOTHING), FetchedFeed)
    outcome = await fetcher.fetch(a_feed(server.url("/1?key=geheim")), NOTHING)
    assert code(outcome) == "redirect_loop"
    assert "geheim" not in outcome.reason.text


async def test_a_circle_ends_at_once(server, fetcher: Fetcher) -> None:
    server.serve("/b", redirect("/a"))
    outcome = await fetcher.fetch(a_feed(server.serve("/a", redirect("/b"))), NOTHING)
    assert code(outcome) == "redirect_loop"
    assert [request.path for request in server.requests] == ["/a", "/b"]


async def test_a_server_gets_its_cookie_back_for_one_poll(server, fetcher: Fetcher) -> None:
    gate = Reply(status=302, headers={"Location": "/feed", "Set-Cookie": "gate=1; Path=/"})
    feed = a_feed(server.serve("/feed", gate, Reply(RSS)), headers={"Cookie": "mine=2"})
    assert body(await fetcher.fetch(feed, NOTHING)) == RSS
    await fetcher.fetch(feed, NOTHING)
    cookies = [request.headers["Cookie"] for request in server.requests]
    assert cookies == ["mine=2", "gate=1; mine=2", "mine=2"]


async def test_a_cookie_goes_to_its_own_host_only(server, fetcher: Fetcher) -> None:
    async with FeedServer() as other:
        other.serve("/feed", Reply(RSS))
        to = other.url("/feed").replace("127.0.0.1", "localhost")
        gate = Reply(status=302, headers={"Location": to, "Set-Cookie": "gate=1"})
        feed = a_feed(server.serve("/feed", gate), allow_hosts=("localhost",))
        assert body(await fetcher.fetch(feed, NOTHING)) == RSS
        assert "Cookie" not in other.requests[0].headers


async def test_a_new_cookie_each_time_is_a_circle_too(server, fetcher: Fetcher) -> None:
    gates = [
        Reply(status=302, headers={"Location": "/feed", "Set-Cookie": f"n={n}"}) for n in range(9)
    ]
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", *gates)), NOTHING)
    assert code(outcome) == "redirect_loop"
    assert len(server.requests) == LIMITS.max_redirects + 1


async def test_lines_that_are_no_header_are_passed_over(server, fetcher: Fetcher) -> None:
    odd = Reply(RSS, trouble=Trouble(kind="odd_header"))
    assert body(await fetcher.fetch(a_feed(server.serve("/feed", odd)), NOTHING)) == RSS


@pytest.mark.parametrize(
    "location", ["", "javascript:alert(1)", "file:///etc/passwd", "gopher://x/", "http://[::1"]
)
async def test_redirects_must_lead_to_a_web_address(server, fetcher: Fetcher, location) -> None:
    outcome = await fetcher.fetch(a_feed(server.serve("/feed", redirect(location))), NOTHING)
    assert code(outcome) == "bad_redirect"


async def test_secrets_stay_with_their_own_server(server, fetcher: Fetcher) -> None:
    async with FeedServer() as other:
        other.serve("/feed", Reply(RSS))
        url = server.serve("/feed", redirect(other.url("/feed"))).replace("//", "//me:pw@")
        feed = a_feed(url, headers={"X-Key": "k", "Authorization": "Bearer k"})
        first = await fetcher.fetch(feed, NOTHING)
        known = replace(first.validators, etag='"1"')
        other.serve("/feed", Reply(b"<new/>"))
        assert body(await fetcher.fetch(feed, known)) == b"<new/>"
        headers = other.requests[1].headers
    assert "X-Key" not in headers
    assert "Authorization" not in headers
    assert headers["If-None-Match"] == '"1"'


async def test_secrets_go_along_on_the_same_server(server, fetcher: Fetcher) -> None:
    server.serve("/new", Reply(RSS))
    feed = a_feed(server.serve("/feed", redirect("/new")), headers={"X-Key": "k"})
    await fetcher.fetch(feed, NOTHING)
    assert server.requests[1].headers["X-Key"] == "k"


def private(port: int) -> list[str]:
    return [
        f"http://{host}:{port}/secret"
        for host in (
            "localhost",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "169.254.169.254",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[fe80::1]",
            "[fd00::1]",
            "[fec0::1]",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "[2002:7f00:1::]",
            "[2001:0:0:0:0:0:80ff:fffe]",
        )
    ]


@pytest.mark.parametrize("number", range(len(private(1))))
async def test_redirects_into_private_networks_are_refused(server, fetcher, number: int) -> None:
    port = int(server.base.rpartition(":")[2])
    server.serve("/secret", Reply(b"private"))
    feed = a_feed(server.serve("/feed", redirect(private(port)[number])))
    # Short forms such as 127.1 are no valid addresses to begin with.
    assert code(await fetcher.fetch(feed, NOTHING)) in {"private_address", "bad_address"}
    assert [request.path for request in server.requests] == ["/feed"]


async def test_the_operator_may_allow_a_private_host(server, fetcher: Fetcher) -> None:
    target = server.serve("/private", Reply(RSS)).replace("127.0.0.1", "localhost")
    feed = a_feed(server.serve("/feed", redirect(target)), allow_hosts=("LOCALHOST",))
    assert body(await fetcher.fetch(feed, NOTHING)) == RSS


async def test_a_connection_for_one_feed_does_not_serve_another(server, fetcher: Fetcher) -> None:
    target = server.serve("/private", Reply(RSS)).replace("127.0.0.1", "localhost")
    assert body(await fetcher.fetch(a_feed(target), NOTHING)) == RSS
    other = a_feed(server.serve("/feed", redirect(target)))
    assert code(await fetcher.fetch(other, NOTHING)) == "private_address"


async def test_a_public_name_does_not_lead_to_a_private_address(server, rebound) -> None:
    url = server.serve("/secret", Reply(b"private")).replace("127.0.0.1", "feeds.example")
    assert code(await rebound.fetch(a_feed(url), NOTHING)) == "private_address"
    assert server.requests == []


@pytest.mark.parametrize("host", ["localhost", "nas", "NAS.lan", "feeds.home.arpa", "a.internal"])
async def test_a_name_of_a_private_network_leads_there(server, rebound, host: str) -> None:
    url = server.serve("/feed", Reply(RSS)).replace("127.0.0.1", host)
    assert body(await rebound.fetch(a_feed(url), NOTHING)) == RSS


async def test_the_operator_may_allow_the_private_address_of_a_feed(server, rebound) -> None:
    url = server.serve("/feed", Reply(RSS)).replace("127.0.0.1", "feeds.example")
    feed = a_feed(url, allow_hosts=("feeds.example",))
    assert body(await rebound.fetch(feed, NOTHING)) == RSS


# --- cancelling ---------------------------------------------------------------------------------


async def test_cancelling_passes_through(server, fetcher: Fetcher) -> None:
    feed = a_feed(server.serve("/feed", trouble("hold_headers")))
    poll = asyncio.create_task(fetcher.fetch(feed, NOTHING))
    await server.asked.wait()
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
