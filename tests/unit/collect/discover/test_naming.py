"""An error about a web page in place of a feed names the feed that the page links to."""

from __future__ import annotations

import pytest

from bot.collect.discover.naming import feed_or_page
from bot.models.feeds import FetchedFeed, FetchFailed, ParsedFeed

URL = "https://a.vn/rss"
LINK = '<link rel="alternate" type="application/rss+xml" href="{}">'


@pytest.mark.parametrize(
    ("links", "named"),
    [
        (("/moi.rss", "/cu.rss"), "; the page names a feed: https://a.vn/moi.rss"),
        (("https://u:fake-password@b.vn/rss",), "; the page names a feed: https://b.vn/rss"),
        ((URL,), ""),
        ((), ""),
    ],
    ids=["first of two", "without the login", "itself", "none"],
)
def test_the_feed_of_a_page_is_named(links: tuple[str, ...], named: str) -> None:
    page = f"<html><head><title>Báo</title>{''.join(map(LINK.format, links))}</head></html>"
    found = feed_or_page(FetchedFeed(url=URL, body=page.encode()))
    assert isinstance(found, FetchFailed)
    told = f'the server sent a web page instead of a feed, titled "Báo"{named}'
    assert (found.reason.code, found.reason.text) == ("html_page", told)


def test_a_feed_is_read_as_before() -> None:
    body = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
    assert isinstance(feed_or_page(FetchedFeed(url=URL, body=body)), ParsedFeed)
    other = feed_or_page(FetchedFeed(url=URL, body=b"xin"))
    assert isinstance(other, FetchFailed)
    assert other.reason.code == "not_a_feed"
