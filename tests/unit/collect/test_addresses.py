from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.addresses import absolute_address, base_address, public_url, secret_parts

BASE = "https://example.org/news/feed.xml"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("https://a.example/x?", "https://a.example/x?"),
        ("/x", "https://example.org/x"),
        ("x?y", "https://example.org/news/x?y"),
        ("//b.example/x", "https://b.example/x"),
        (" \n https://a.example/ti\nn tức \t", "https://a.example/tin%20tức"),
        ("https://a.example/<b>", "https://a.example/%3Cb%3E"),
        ("HTTPS://A.example/", "HTTPS://A.example/"),
        ("https://me:pw@a.example:8080/x?y=a@b", "https://a.example:8080/x?y=a@b"),
        ("//me:pw@b.example/x", "https://b.example/x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("urn:uuid:1", None),
        ("mailto:a@b.example", None),
        ("http://", None),
        ("http:///x", None),
        ("http://[::1", None),
        ("http://a.example:99999/", None),
        ("", None),
        (None, None),
        (7, None),
        ("https://a.example/" + "x" * 5000, None),
        ("https://a.example/\ud800", "https://a.example/%3F"),
    ],
)
def test_web_address(raw: object, expected: str | None) -> None:
    assert absolute_address(raw, BASE) == expected


@pytest.mark.parametrize("raw", ["x", "/x", "//x.example"])
def test_without_base_only_whole_addresses_count(raw: str) -> None:
    assert absolute_address(raw) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:pw@example.org:8080/a/b?key=1#c", "https://example.org:8080/a/b"),
        ("file:///home/me/feed.xml", ""),
        ("nonsense", ""),
    ],
)
def test_base_address(url: str, expected: str) -> None:
    assert base_address(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/rss?page=2&tag=ai", "https://example.org/rss?page=2&tag=ai"),
        ("https://me:pw@example.org:81/rss", "https://example.org:81/rss"),
        ("https://example.org/rss?api_key=s&n=1", "https://example.org/rss?api_key=***&n=1"),
        ("https://example.org/rss?u=3f2a9b1c8d7e6f5a4b3c", "https://example.org/rss?u=***"),
        ("https://example.org/rss?TOKEN=s#frag", "https://example.org/rss?TOKEN=***"),
        (f"https://example.org/?n={'7' * 31_000}", f"https://example.org/?n={'7' * 31_000}"),
        (
            "https://example.org/private/0123456789abcdef0123456789abcdef/rss",
            "https://example.org/private/***/rss",
        ),
        (
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCBR8a60bB28hp2BmDPdntcQ",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCBR8a60bB28hp2BmDPdntcQ",
        ),
        ("/srv/feeds/tin.xml", "/srv/feeds/tin.xml"),
        ("http://[::1/?key=s", "***"),
        ("http://", "***"),
    ],
)
def test_public_url(url: str, expected: str) -> None:
    assert public_url(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/rss?page=2", ()),
        ("/srv/feeds/tin.xml", ()),
        (
            "https://me:p%40ss@example.org/?key=a%2Bb",
            ("me:p%40ss", "p%40ss", "a%2Bb", "me:p@ss", "p@ss", "a+b"),
        ),
    ],
)
def test_secret_parts(url: str, expected: tuple[str, ...]) -> None:
    assert secret_parts(url) == expected


@given(st.text(), st.sampled_from(["", BASE, "https://"]))
@settings(deadline=None, max_examples=200)
def test_nothing_raises_and_all_can_be_stored(text: str, base: str) -> None:
    for made in (
        absolute_address(base + text),
        absolute_address(text, base),
        public_url("https://" + text),
    ):
        assert made is None or made.encode()
    secret_parts("https://" + text)
