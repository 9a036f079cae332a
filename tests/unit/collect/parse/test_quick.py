"""feedparser driven directly reads what `feedparser.parse` reads."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse.quick import parse_quickly
from bot.collect.parse.repair import prepared

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
FILES = sorted(path for name in ("feeds", "odd") for path in (CORPUS / name).glob("*"))
HEADERS = {"content-type": "application/xml; charset=utf-8", "content-location": ""}

RSS = """<?xml version="1.0" encoding="iso-8859-1"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="vi"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:m="http://search.yahoo.com/mrss/">
<channel><title>Tin &amp; bài</title><link>http://a.example/</link>
<item><title>Một</title><guid isPermaLink="false">1</guid><dc:creator>An</dc:creator>%s
<pubDate>Sat, 28 Nov 2026 10:00:00 GMT</pubDate><category domain="x">AI</category>
<content:encoded><![CDATA[<p>Một <b>hai</b>
ba</p>]]></content:encoded><m:thumbnail url="http://a.example/1.jpg" width="3"/></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="text">A</title>
<entry><title type="html">&lt;b&gt;One&lt;/b&gt; &amp;amp; two</title><id>urn:1</id>
<link rel="alternate" href="http://a.example/1"/><updated>2026-11-28T10:00:00Z</updated>%s
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One &amp; <i>two</i></p></div>
</content><author><name>Anna</name></author></entry></feed>"""
PIECES = (
    "",
    "<summary>&lt;p&gt;a &#233; \n b&lt;/p&gt;</summary>",
    '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>',
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>',
    '<x:y xmlns:x="http://x.example/">1</x:y>',
    '<title xmlns="http://purl.org/rss/1.0/">other</title>',
    '<description type="text/html" mode="escaped">&lt;i&gt;x&lt;/i&gt;</description>',
    '<content type="application/octet-stream" mode="base64">eA==</content>',
    "<title>\x93Tựa\x94 của Windows</title>",
    "<description>\u201cMột\u201d \x96 hai</description>",
    "<!-- a comment --><?and an instruction?>",
    '<enclosure url="http://a.example/a.mp3" type="audio/mpeg" length="1"/><unknown a="1"/>',
)


def whole(body: bytes) -> dict[str, Any]:
    told = feedparser.parse(
        io.BytesIO(body), response_headers=HEADERS, sanitize_html=False, resolve_relative_uris=False
    )
    return {name: told[name] for name in ("feed", "entries", "version")}


@pytest.mark.parametrize("document", [RSS, ATOM])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=4))
@settings(max_examples=60, deadline=None)
def test_both_ways_read_the_same(document: str, pieces: list[str]) -> None:
    body = (document % "".join(pieces)).encode()
    assert parse_quickly(body) == whole(body)


@pytest.mark.parametrize("document", [RSS, ATOM])
def test_texts_are_plain_strings(document: str) -> None:
    read = parse_quickly((document % "<summary>“Một”</summary>").encode())
    assert read is not None
    texts = [text for text in read["entries"][0].values() if isinstance(text, str)]
    assert "“Một”" in texts
    assert {type(text) for text in texts} == {str}


@pytest.mark.corpus
@pytest.mark.skipif(not FILES, reason="the shared corpus of real feeds is not there")
def test_both_ways_read_the_same_of_real_feeds() -> None:
    bodies = [prepared(path.read_bytes()) for path in FILES if path.stat().st_size < 200_000]
    read = [(body, parse_quickly(body)) for body in bodies if b"xml:base" not in body]
    compared = [(quick, whole(body)) for body, quick in read if quick is not None]
    assert len(compared) > len(read) / 2
    assert all(quick == other for quick, other in compared)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss><rss/>",
        b"<rss><channel></rss>",
        b"<rss>&nbsp;</rss>",
        "<rss>é</rss>".encode("latin-1"),
        b"",
    ],
)
def test_what_needs_care_is_left_to_feedparser(body: bytes) -> None:
    assert parse_quickly(body) is None
