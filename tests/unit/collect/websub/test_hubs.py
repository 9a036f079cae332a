"""A feed's hub is found as WebSub says (section 4), and no hostile link harms."""

from __future__ import annotations

import pytest

from bot.collect.parse import parse_feed
from bot.collect.websub.hubs import hub_of, links_of_headers
from bot.models.feeds import FetchedFeed, ParsedFeed
from bot.models.subscriptions import Hub

URL = "https://a.vn/rss"
HUB, TOPIC = "https://hub.example/", "https://a.vn/feed"
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{}"
    "<entry><id>1</id><title>x</title><link rel='hub' href='https://evil.example/'/></entry></feed>"
)
RSS = (
    "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>t</title>{}"
    "<item><title>x</title></item></channel></rss>"
)
LINKS = f"<{{0}}link rel='hub' href='{HUB}'/><{{0}}link rel='self' href='{TOPIC}'/>"
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "items": [], '
    f'"feed_url": "{TOPIC}", "hubs": [{{"type": "rssCloud", "url": "https://cloud.example/"}}, '
    f'{{"type": "WebSub", "url": "{HUB}"}}]}}'
)


def found(body: str, links: tuple[tuple[str, str], ...] = (), url: str = URL) -> Hub:
    fetched = FetchedFeed(url=url, body=body.encode(), links=links)
    parsed = parse_feed(fetched)
    assert isinstance(parsed, ParsedFeed)
    return hub_of(fetched, parsed)


@pytest.mark.parametrize(
    "body",
    [ATOM.format(LINKS.format("")), RSS.format(LINKS.format("atom:")), JSON],
    ids=["atom", "rss", "json"],
)
def test_a_document_names_its_hub_and_itself(body: str) -> None:
    assert found(body) == Hub(url=HUB, topic=TOPIC)


def test_an_entrys_link_names_no_hub() -> None:
    assert found(ATOM.format("")) == Hub()


def test_links_of_the_headers_count_more_than_those_of_the_document() -> None:
    links = links_of_headers(['<https://other.example/>; rel="hub", </own>; rel=self'])
    body = ATOM.format(LINKS.format(""))
    assert found(body, links) == Hub(url="https://other.example/", topic="https://a.vn/own")


def test_without_a_link_to_itself_a_feed_is_known_by_its_address() -> None:
    assert found(ATOM.format(f"<link rel='hub' href='{HUB}'/>")) == Hub(url=HUB, topic=URL)


def test_a_hub_with_a_safe_connection_is_preferred() -> None:
    hubs = f"<link rel='hub' href='http://plain.example/'/><link rel='hub' href='{HUB}'/>"
    assert found(ATOM.format(hubs)).url == HUB


@pytest.mark.parametrize(
    "links",
    [
        "<link rel='hub' href='javascript:alert(1)'/>",
        "<link rel='hub' href='ftp://hub.example/'/>",
        f"<link rel='hub' href='https://hub.example/{'a' * 3000}'/>",
        "<link rel='hub' href='https://hub.example/?token=abcdefgh12345678'/>",
    ],
)
def test_an_address_that_is_no_hub_is_none(links: str) -> None:
    assert found(ATOM.format(links)) == Hub()


def test_a_feed_whose_address_holds_a_key_is_told_to_no_hub() -> None:
    body = ATOM.format(f"<link rel='hub' href='{HUB}'/>")
    assert found(body, url="https://a.vn/rss?key=abcdefgh12345678") == Hub()


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<https://h/>; rel="hub"', [("hub", "https://h/")]),
        ("<https://h/>;rel=hub", [("hub", "https://h/")]),
        ('<https://h/>; title="a, b; rel=self"; rel="HUB self"', [("hub", "https://h/"), ("self", "https://h/")]),
        ("<https://h/>; rel=next, <https://s/> ; REL = self", [("self", "https://s/")]),
        ('<https://h/>; rel="hub"; rel="self"', [("hub", "https://h/")]),
        ("https://h/; rel=hub", []),
        ("<https://h/>", []),
        ("", []),
        ("<" * 5000, []),
        (("<a>" + "; a=b" * 3000) * 20, []),
    ],
)  # fmt: skip
def test_link_headers_are_read_as_rfc_8288_says(header: str, links: list[tuple[str, str]]) -> None:
    assert list(links_of_headers([header])) == links
