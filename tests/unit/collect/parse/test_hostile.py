"""Whatever a server sends is read or refused, soon and without an exception."""

from __future__ import annotations

import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse import parse_feed
from bot.errors import TooCostly
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed
from bot.offload import Bounds, child_processes
from tests.standins.poison import DOCUMENTS, rss

HEAD = (
    b"<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'>"
    b"<channel><item><title>x</title>"
)
PIECES = [
    b"<rss>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'>",
    b"<channel>",
    b"<item>",
    b"</item>",
    b"<entry>",
    b"<guid>",
    b"</guid>",
    b"<link>",
    b"</link>",
    b"<link href='http://[x'/>",
    b"<links a='1'/>",
    b"<tags a='1'/>",
    b"<media_content a='1'/>",
    b"<title>",
    b"</title>",
    b"<title_detail a='1'/>",
    b"<content type='xhtml'>",
    b"<content mode='base64'>",
    b"<category/>",
    b"<category a='1'>x",
    b"<image>",
    b"<source url=''>",
    b"</source>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<!DOCTYPE x [",
    b"<!ENTITY a '&#1;'>",
    b"<?xml encoding='utf-16'?>",
    b"&",
    b"&#xd800;",
    b"&#99999999;",
    b"&a;",
    b"<",
    b">",
    b"'",
    b'"',
    b"\xff",
    b"\x00",
    b"http://[",
    b"<svg>",
    b"<enclosure url='x' type='image/x'/>",
    b"<published a='1'/>",
    b"9999-99-99T99:99:99Z",
    b"{",
    b'"items":[',
]


def parse(body: bytes, content_type: str = "") -> ParsedFeed | FetchFailed:
    url = "https://example.org/feed"
    return parse_feed(FetchedFeed(url=url, body=body, content_type=content_type))


@given(st.binary(max_size=400), st.text(max_size=40))
@settings(deadline=None, max_examples=150)
def test_random_bytes(body: bytes, content_type: str) -> None:
    assert isinstance(parse(body, content_type), ParsedFeed | FetchFailed)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(deadline=None, max_examples=300)
def test_random_markup(pieces: list[bytes]) -> None:
    result = parse(HEAD + b"".join(pieces))
    assert isinstance(result, ParsedFeed | FetchFailed)
    assert repr(result).encode()


@pytest.mark.parametrize(
    "body",
    [
        HEAD + b"<author>" + b"a" * 300_000 + b"</author>",
        HEAD + b"<description>" + b"&lt;img " * 60_000,
        HEAD + b"<description><![CDATA[" + b"<img src='x' " * 100_000 + b"]]>",
        HEAD + b"<media:keywords>" + b"".join(b"%d," % n for n in range(100_000)),
        HEAD + b"".join(b"<category>%d</category>" % n for n in range(50_000)),
        HEAD + b"<item><title>y</title></item>" * 200_000,
        HEAD + b"<!-- " * 500_000,
        HEAD + b"<![CDATA[ " * 500_000,
        HEAD + b'<a x="' * 10_000,
        HEAD + b"<pubDate>" + b"1 " * 100_000 + b"</pubDate>",
        b"<?xml " + b"encoding " * 300_000,
        b"<!DOCTYPE" + b" " * 1_000_000 + b"<rss>",
        b"<html>" + b"<title" * 300_000,
        b"{" + b'"items":[' * 200_000,
        b"{\0" * 300_001 + b"x",
        b"<?xml version='1.0'?>" + b"\n" * 120_000 + HEAD,
        b"<!DOCTYPE r [<!ENTITY a '" + b"x" * 9000 + b"'>]>" + HEAD + b"<b>&a;" * 50_000,
        b"<!DOCTYPE r [<!ENTITY a '" + b"x" * 900 + b"'>]>" + HEAD + b"<b>&a;" * 50_000,
        HEAD.decode().encode("utf-16") + ("<category>a</category>" * 50_000).encode("utf-16-le"),
        HEAD + b"& " * 400_000,
        HEAD + b"<description><![CDATA[a]]><b>" * 20_000,
    ],
    ids=range(21),
)
def test_worst_cases_end_soon(body: bytes) -> None:
    start = time.thread_time()
    parse(body)
    assert time.thread_time() - start < 10  # what is not bounded takes minutes


async def test_no_known_poison_costs_more_than_a_feed_may() -> None:
    bounds = Bounds(cpu=4, seconds=120, memory=512 * 1024 * 1024, children=1)
    costly = {}
    async with child_processes(bounds) as offload:
        for name, body in DOCUMENTS.items():
            document = FetchedFeed(url="https://a.vn/rss", body=body)
            try:
                found = await offload(partial(parse_feed, document))
            except TooCostly as error:
                costly[name] = str(error)
            else:
                assert isinstance(found, ParsedFeed | FetchFailed)
    assert costly == {}


@pytest.mark.parametrize(
    "inside",
    [
        "".join(f"<category>c{number}</category>" for number in range(1_900)),
        "<tags>a, b</tags><![CDATA[<tags>]]>" + "one, two &amp; three. " * 2_000,
        f"<description>{'1 = 1, a = b. ' * 2_000}</description>",
        "<img " + " ".join(f"a{number}='1'" for number in range(900)) + "/>",
    ],
    ids=["many categories", "commas beside keywords", "equals signs", "many attributes"],
)
def test_a_feed_that_only_looks_like_poison_is_read(inside: str) -> None:
    found = parse_feed(FetchedFeed(url="https://a.vn/rss", body=rss(inside)))
    assert isinstance(found, ParsedFeed)
    assert len(found.items) == 1
