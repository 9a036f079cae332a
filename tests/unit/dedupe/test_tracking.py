"""Parameters that only say where a click came from go; those that name the page stay."""

from __future__ import annotations

import pytest

from bot.dedupe.tracking import _providers
from bot.dedupe.urls import canonical_link, clean_link


@pytest.mark.parametrize(
    ("link", "clean"),
    [
        ("https://nyt.example/a.html?partner=rss&emc=rss", "https://nyt.example/a.html"),
        (
            "https://www.nytimes.com/a.html?emc=edit_th_1&smid=tw-share",
            "https://www.nytimes.com/a.html",
        ),
        ("https://a.example/10.1101/2026.11.v1?rss=1", "https://a.example/10.1101/2026.11.v1"),
        ("https://a.example/x?rss", "https://a.example/x"),
        ("https://a.example/x?_location=rss&id=4", "https://a.example/x?id=4"),
        ("https://a.example/x#publisher=newsstand", "https://a.example/x"),
        ("https://a.example/x#tk.rss_all", "https://a.example/x"),
        ("https://a.example/x#ref=rss", "https://a.example/x"),
        ("https://a.example/x#Echobox=1732780000", "https://a.example/x"),
        ("https://a.example/x?__hstc=1.2&_gl=1*abc&id=7", "https://a.example/x?id=7"),
        (
            "https://news.google.com/rss/articles/CBMi?oc=5",
            "https://news.google.com/rss/articles/CBMi",
        ),
        ("https://medium.com/p/x?source=rss-b4981c59ffa5------2", "https://medium.com/p/x"),
        ("https://x.com/a/status/1?s=20&t=abc", "https://x.com/a/status/1"),
    ],
)
def test_tracking_goes(link: str, clean: str) -> None:
    assert clean_link(link) == clean
    assert canonical_link(link) == canonical_link(clean)


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/x?rss=42",
        "https://a.example/?publisher=7&id=1",
        "https://a.example/search?q=rss",
        "https://a.example/x?partner=42",
        "https://a.example/x?oc=5",
        "https://a.example/x#chapter-publisher",
        "https://a.example/x?s=20&t=26",
        "https://x.com.vn/?s=20&t=26",
        "https://a.example/x?id=1&page=2",
        "https://a.example/x?ref=42",
        "https://a.example/#!/rss=1/2",
    ],
)
def test_parameters_that_name_the_page_stay(link: str) -> None:
    assert clean_link(link) == link


@pytest.mark.parametrize("provider", _providers(), ids=lambda each: each.rules["urlPattern"])
def test_an_entrys_word_is_part_of_the_hosts_that_it_is_about(provider) -> None:
    assert provider.word in provider.rules["urlPattern"]
    assert "(" not in provider.word
    assert provider.names.fullmatch("") is None
