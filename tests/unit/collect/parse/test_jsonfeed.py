from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse import parse_feed
from bot.models.feeds import FetchedFeed, FetchFailed, Image, Item, ParsedFeed
from bot.models.pictures import Clip

VERSION = "https://jsonfeed.org/version/1.1"


def parsed(document: Any) -> ParsedFeed:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    result = parse_feed(FetchedFeed(url="https://example.org/news/feed.json", body=body))
    assert isinstance(result, ParsedFeed), result
    return result


def item(entry: dict[str, Any]) -> Item:
    (only,) = parsed({"version": VERSION, "items": [entry]}).items
    return only


def test_a_whole_feed() -> None:
    feed = parsed(
        {
            "version": VERSION,
            "title": "Tin",
            "home_page_url": "/",
            "language": "vi",
            "items": [
                {
                    "id": 7,
                    "url": "/tin/7",
                    "title": "Một",
                    "summary": "Tóm tắt",
                    "content_html": '<p>Toàn văn<img src="/c.png"></p>',
                    "date_published": "2025-11-03T17:00:00+07:00",
                    "date_modified": "2025-11-03T18:00:00+07:00",
                    "tags": ["AI", "AI", 3, " Chip "],
                    "image": "https://a.example/i.jpg",
                    "banner_image": "https://a.example/b.jpg",
                    "attachments": [
                        {"url": "https://a.example/a.png", "mime_type": "image/png"},
                        {
                            "url": "https://a.example/a.mp3",
                            "mime_type": "audio/mpeg",
                            "duration_in_seconds": 61.7,
                        },
                    ],
                    "language": "en",
                    "comments_url": "https://example.org/c/7",
                }
            ],
        }
    )
    assert (feed.title, feed.link, feed.language) == ("Tin", "https://example.org/", "vi")
    assert feed.warning is None
    assert feed.items == (
        Item(
            id="7",
            link="https://example.org/tin/7",
            title="Một",
            summary="Tóm tắt",
            content='<p>Toàn văn<img src="/c.png"></p>',
            published=datetime(2025, 11, 3, 10, tzinfo=UTC),
            updated=datetime(2025, 11, 3, 11, tzinfo=UTC),
            categories=("AI", "Chip"),
            images=(
                Image(url="https://a.example/i.jpg", source="media"),
                Image(url="https://a.example/b.jpg", source="media"),
                Image(url="https://a.example/a.png", source="enclosure"),
                Image(url="https://example.org/c.png", source="content"),
            ),
            comments="https://example.org/c/7",
            language="en",
            clips=(Clip(url="https://a.example/a.mp3", kind="audio", seconds=61),),
        ),
    )


def test_external_address_where_there_is_no_own() -> None:
    assert item({"external_url": "https://a.example/"}).link == "https://a.example/"
    both = item({"url": "https://o.example/", "external_url": "https://a.example/"})
    assert both.link == "https://o.example/"


def test_plain_text_serves_as_content() -> None:
    assert item({"id": "1", "content_text": "Toàn văn"}).content == "Toàn văn"


@pytest.mark.parametrize("wrong", [None, 7, True, [], {}, [[]], {"a": 1}, "\ud800"])
@pytest.mark.parametrize(
    "name",
    [
        "id",
        "url",
        "title",
        "summary",
        "content_html",
        "date_published",
        "tags",
        "image",
        "attachments",
    ],
)
def test_wrong_types_cost_only_themselves(name: str, wrong: object) -> None:
    made = item({"id": "1", "title": "Một", "url": "https://a.example/", name: wrong})
    assert name == "title" or made.title == "Một"
    assert repr(made).encode()


def test_entries_that_are_no_objects_are_passed_over() -> None:
    assert len(parsed({"version": VERSION, "items": [1, {"id": "1"}, None]}).items) == 1


def test_a_feed_without_version_is_known_by_its_items() -> None:
    assert len(parsed({"items": [{"id": "1"}]}).items) == 1


@pytest.mark.parametrize("end", [-1, -2, -20])
def test_a_truncated_feed_keeps_its_whole_items(end: int) -> None:
    whole = json.dumps({"version": VERSION, "items": [{"id": "1"}, {"id": "2", "title": "x" * 30}]})
    feed = parsed(whole[:end].encode())
    assert feed.items[0].id == "1"
    assert feed.warning is not None
    assert feed.warning.code == "truncated"


def test_broken_utf8_is_repaired() -> None:
    feed = parsed(b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\xff"}]}')
    assert feed.items[0].id == "\N{REPLACEMENT CHARACTER}"
    assert feed.warning is not None
    assert feed.warning.code == "wrong_charset"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_byte_order_mark(encoding: str) -> None:
    text = json.dumps({"version": VERSION, "items": [{"id": "Một"}]}, ensure_ascii=False)
    assert parsed(text.encode(encoding)).items[0].id == "Một"


def test_too_many_items() -> None:
    feed = parsed({"version": VERSION, "items": [{"id": str(n)} for n in range(2001)]})
    assert len(feed.items) == 2000
    assert feed.warning is not None
    assert feed.warning.code == "too_many_items"


@pytest.mark.parametrize(
    "body", [b'{"items":' + b"[" * 100_000, b'{"a":' * 100_000, b'{"n":' + b"9" * 9999 + b"}"]
)
def test_deep_and_huge_values(body: bytes) -> None:
    result = parse_feed(FetchedFeed(url="https://example.org/", body=body))
    assert isinstance(result, FetchFailed)


_names = st.sampled_from(
    ["id", "url", "title", "items", "tags", "image", "attachments", "mime_type", "date_published"]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(_json, max_size=5))
@settings(deadline=None, max_examples=150)
def test_any_json_is_read(items: list[Any]) -> None:
    feed = parsed({"version": VERSION, "items": items})
    assert len(feed.items) == sum(isinstance(one, dict) for one in items)
    assert repr(feed).encode()


@pytest.mark.parametrize(
    ("stated", "author"),
    [
        ({"authors": [{"name": "Ada"}, {"url": "/an"}, {"name": "An"}]}, "Ada, An"),
        ({"author": {"name": "Ada"}}, "Ada"),
        ({"authors": "Ada"}, ""),
        ({"author": [{"name": 5}]}, ""),
    ],
)
def test_authors(stated: dict[str, Any], author: str) -> None:
    assert item({"id": "1", "title": "a", **stated}).author == author
