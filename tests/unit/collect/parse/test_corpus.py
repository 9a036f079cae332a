"""Real feeds: every entry that feedparser finds becomes an item."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse import parse_feed
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
FILES = sorted(path for name in ("feeds", "odd") for path in (CORPUS / name).glob("*"))
PAGES = {"danmactough__notafeed.html", "j0k3r__bjori-404.html"}
URL = "https://example.org/news/feed"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES, reason="the shared corpus of real feeds is not there"),
]


def parse(body: bytes) -> ParsedFeed | FetchFailed:
    return parse_feed(FetchedFeed(url=URL, body=body))


def entries(body: bytes) -> int:
    if body.startswith(b"\x1f\x8b"):
        body = gzip.decompress(body)
    try:
        return len(json.loads(body)["items"])
    except ValueError:
        headers = {"content-type": "application/xml", "content-location": URL}
        return len(feedparser.parse(io.BytesIO(body), response_headers=headers).entries)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_entry_is_lost(path: Path) -> None:
    body = path.read_bytes()
    result = parse(body)
    if path.name in PAGES:
        assert isinstance(result, FetchFailed)
        assert result.reason.code == "html_page"
        return
    assert isinstance(result, ParsedFeed)
    assert len(result.items) == entries(body)
    assert all(item.id for item in result.items)
    assert repr(result).encode()


def test_vietnamese_survives() -> None:
    for path in (path for path in FILES if path.name.startswith("vnexpress")):
        result = parse(path.read_bytes())
        assert isinstance(result, ParsedFeed)
        assert "\N{REPLACEMENT CHARACTER}" not in repr(result)


SMALL = [path for path in FILES if path.stat().st_size < 20_000]


@given(
    st.sampled_from(SMALL or [Path()]),
    st.integers(0, 20_000),
    st.lists(st.tuples(st.integers(0, 20_000), st.binary(max_size=6)), max_size=4),
)
@settings(deadline=None, max_examples=100)
def test_cut_and_scratched_feeds_are_read_or_refused(path: Path, end: int, scratches) -> None:
    body = bytearray(path.read_bytes()[:end])
    for position, junk in scratches:
        body[position : position + len(junk)] = junk
    assert isinstance(parse(bytes(body)), ParsedFeed | FetchFailed)
