"""The feeds that a page names are found, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.discover.links import MOST_LINKS, PageLinks, links_of_page
from bot.models.feeds import FetchedPage


def links(markup: str, url: str = "https://a.vn/tin/") -> PageLinks:
    page = f"<html><head><title>Báo A</title>{markup}</head><body></body></html>"
    return links_of_page(FetchedPage(url=url, body=page.encode(errors="replace")))


@pytest.mark.parametrize(
    ("element", "feed"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', "https://a.vn/rss"),
        ('<link rel="alternate" type="application/atom+xml; charset=utf-8" href="atom.xml">', "https://a.vn/tin/atom.xml"),
        ('<LINK REL="Alternate" TYPE="Application/RSS+XML" HREF="//b.vn/rss">', "https://b.vn/rss"),
        ('<link rel="feed" href="/f">', "https://a.vn/f"),
        ('<link rel="alternate" type="application/feed+json" href="/feed.json">', "https://a.vn/feed.json"),
        ('<link rel="alternate" type="application/json" href="/feed.json">', "https://a.vn/feed.json"),
        ('<base href="https://c.vn/x/"><link rel="alternate" type="text/xml" href="rss">', "https://c.vn/x/rss"),
    ],
)  # fmt: skip
def test_link_elements(element: str, feed: str) -> None:
    assert links(element).named == (feed,)


@pytest.mark.parametrize(
    "element",
    [
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=feed">',
        '<link rel="alternate" hreflang="en" href="/en/">',
        '<link rel="stylesheet" type="text/css" href="/feed.css">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml">',
    ],
)
def test_other_elements(element: str) -> None:
    assert links(element).named == ()


def test_feeds_of_comments_come_last_and_each_stands_once() -> None:
    element = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    feeds = [("Báo A » Comments Feed", "/comments/feed/"), ("Báo A", "/feed/"), ("Báo A", "/feed/")]
    markup = "".join(element.format(*feed) for feed in feeds)
    assert links(markup).named == ("https://a.vn/feed/", "https://a.vn/comments/feed/")
    many = "".join(element.format("", f"/{number}") for number in range(500))
    assert len(links(many).named) == MOST_LINKS


@pytest.mark.parametrize(
    ("href", "is_likely"),
    [
        ("/rss/tin-moi-nhat.rss", True), ("/rss/home", True), ("/feed/", True), ("https://feeds.a.vn/x", True), ("/?feed=rss2", True),
        ("/atom.xml", True), ("/index.xml", True), ("/feedback", False), ("/tin/rss-la-gi.html", False), ("/press", False), ("/sitemap.xml", False),
    ],
)  # fmt: skip
def test_links_that_look_like_feeds(href: str, *, is_likely: bool) -> None:
    found = links(f'</head><body><a href="{href}">RSS</a>')
    assert bool(found.likely) is is_likely
    assert found.title == "Báo A"


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_no_page_raises(body: bytes) -> None:
    assert links_of_page(FetchedPage(url="https://a.vn/", body=body)).url == "https://a.vn/"
