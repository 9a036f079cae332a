"""Addresses that people copy from well-known sites lead to the feeds there."""

from __future__ import annotations

import pytest

from bot.collect.discover.sites import advice_for, feed_of_youtube_page, feeds_of_site, with_scheme
from bot.models.feeds import FetchedPage

ID = "UCBJycsmduvYEL83R_U4JriQ"
VIDEOS = "https://www.youtube.com/feeds/videos.xml"


@pytest.mark.parametrize(
    ("address", "feeds"),
    [
        (f"https://www.youtube.com/channel/{ID}", [f"{VIDEOS}?channel_id={ID}"]),
        (f"https://m.youtube.com/channel/{ID}/videos", [f"{VIDEOS}?channel_id={ID}"]),
        ("https://youtube.com/user/mkbhd", [f"{VIDEOS}?user=mkbhd"]),
        ("https://www.youtube.com/playlist?list=PL1", [f"{VIDEOS}?playlist_id=PL1"]),
        ("https://www.youtube.com/watch?v=x&list=PL1", [f"{VIDEOS}?playlist_id=PL1"]),
        ("https://www.youtube.com/@mkbhd", []),
        ("https://github.com/lemon24/reader/releases", ["https://github.com/lemon24/reader/releases.atom"]),
        ("https://github.com/lemon24/reader/releases/tag/3.1", ["https://github.com/lemon24/reader/releases.atom"]),
        ("https://github.com/lemon24/reader/tags", ["https://github.com/lemon24/reader/tags.atom"]),
        ("https://github.com/a/b/commits/main", ["https://github.com/a/b/commits/main.atom"]),
        ("https://github.com/a/b.git", [f"https://github.com/a/b/{kind}.atom" for kind in ("releases", "tags", "commits")]),
        ("https://github.com/lemon24", ["https://github.com/lemon24.atom"]),
        ("https://github.com/a/b/releases.atom", []),
        ("https://www.reddit.com/r/vietnam/", ["https://www.reddit.com/r/vietnam/.rss"]),
        ("https://old.reddit.com/r/vietnam/new", ["https://www.reddit.com/r/vietnam/new/.rss"]),
        ("https://mastodon.social/@Gargron", ["https://mastodon.social/@Gargron.rss"]),
        ("https://mastodon.social/@Gargron/1234", ["https://mastodon.social/@Gargron.rss"]),
        ("https://mastodon.social/@tin@social.vn", ["https://social.vn/@tin.rss"]),
        ("https://mastodon.social/tags/vietnam", ["https://mastodon.social/tags/vietnam.rss"]),
        ("https://medium.com/@tin", ["https://medium.com/feed/@tin"]),
        ("https://bsky.app/profile/tin.bsky.social", ["https://bsky.app/profile/tin.bsky.social/rss"]),
        ("https://vnexpress.net/so-hoa", []),
        ("https://user:pw@social.vn/@tin", ["https://social.vn/@tin.rss"]),
        ("https://[broken/@tin", []),
    ],
)  # fmt: skip
def test_well_known_sites(address: str, feeds: list[str]) -> None:
    assert list(feeds_of_site(address)) == feeds


def test_a_page_of_youtube_tells_the_id_behind_a_name() -> None:
    page = f'<link rel="canonical" href="https://www.youtube.com/channel/{ID}">'.encode()
    named = FetchedPage(url="https://www.youtube.com/@mkbhd", body=page)
    assert feed_of_youtube_page(named) == f"{VIDEOS}?channel_id={ID}"
    assert feed_of_youtube_page(FetchedPage(url="https://a.vn/", body=page)) is None


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("vnexpress.net", ("https://vnexpress.net", "http://vnexpress.net")),
        ("http://vnexpress.net", ("http://vnexpress.net",)),
        ("@tin@social.vn", ("https://social.vn/@tin",)),
        ("feed://a.vn/rss", ("https://a.vn/rss", "http://a.vn/rss")),
        ("feed:http://a.vn/rss", ("http://a.vn/rss",)),
    ],
)
def test_a_bare_host_and_a_handle_are_addresses(text: str, addresses: tuple[str, ...]) -> None:
    assert with_scheme(text) == addresses


@pytest.mark.parametrize("address", ["https://t.me/s/tincongnghe", "https://t.me/tincongnghe/12"])
def test_telegram_has_no_feeds_but_bridges(address: str) -> None:
    assert "https://rsshub.app/telegram/channel/tincongnghe" in (advice_for(address) or "")
    assert advice_for("https://a.vn/tincongnghe") is None
