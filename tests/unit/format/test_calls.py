"""Text of a feed mentions nobody, commands no bot and links nothing; what only looks so stays."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.format.calls import unlinked, unspoken
from bot.format.limits import has_address, x_length
from bot.models.stories import Article, Headline
from tests.counters import commands_of, links_of, mentions_of, without_addresses

CALLS = [
    "@here",
    "@name nói",
    "Chào @name!",
    "(@name)",
    "@@name",
    "!@name",
    "＠name",
    "đ@name",
    "新闻@name",
    "😀@name",
    "RT@name",
    "xem rt@name",
    "“@name”",
    "a\u200d@name",
]
COMMANDS = ["/start", "gõ /start nhé", "/ban@bot", "(/start)", "：/start", "/start@bot @name"]
LOOKALIKES = [
    "C# 14",
    "#MeToo",
    "$TAG tăng giá",
    "viết cho toa.soan@bao.vn ngay",
    "and/or",
    "24/7",
    "50/50",
    "/r/python",
    "họp @ 9h",
    "@",
    "/",
    "Mỹ/Anh",
    "3 m/s",
    "</b>",
]


@pytest.mark.parametrize("text", CALLS)
def test_a_mention_is_broken_on_both_platforms(text: str) -> None:
    assert mentions_of(text)
    for broken in (unspoken(text), unlinked(text)):
        assert mentions_of(broken) == []
        assert broken.replace("\u2060", "") == text


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_broken_on_telegram(text: str) -> None:
    assert commands_of(text)
    broken = unspoken(text)
    assert (commands_of(broken), mentions_of(broken)) == ([], [])
    assert broken.replace("\u2060", "") == text


@pytest.mark.parametrize("text", LOOKALIKES)
def test_text_that_only_looks_like_a_call_stays(text: str) -> None:
    assert (unspoken(text), unlinked(text)) == (text, text)


@pytest.mark.parametrize(
    "address",
    ["https://medium.com/@name/tin-1", "http://a.vn/x/@here?y", "https://a.b-c.vn:8080/@a.b"],
)
def test_an_address_keeps_the_signs_of_its_path_on_telegram(address: str) -> None:
    for text in (address, f"xem {address} nhé", f"xem ({address})", f"({address})"):
        assert unspoken(text) == text
        assert mentions_of(without_addresses(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "http://@here",
        "http://x/@here",
        "xhttps://a.vn/@here",
        "http://a.vn/x)@here",
        # TDLib, fix_url: a label ends in no hyphen and is no longer than 63 signs, ...
        "https://a-.com/@here",
        "https://a.b-.vn/@here",
        f"https://{'a' * 64}.com/@here",
        f"https://a.{'a' * 64}/@here",
        "https://teiegram.org/@here",
        # ... match_urls: a port that is none ends the address before its path, and what stands
        # before the scheme without a space may take it over.
        "https://a.vn:99999/@here",
        "https://a.vn:0/@here",
        "https://a.vn:٣/@here",
        "x.http://a.vn/@here",
        "v1.2/http://a.vn/@here",
        "v1.2/(http://a.vn/@here",
    ],
)
def test_something_that_is_no_address_hides_no_mention(text: str) -> None:
    assert mentions_of(without_addresses(text))
    assert "@\u2060here" in unspoken(text)


ADDRESSES = [
    "node.io",
    "عربexample.com",
    "שלוםexample.com/x",
    "。example.com",
    "中文。example.com",
    "http://שexample.com/",
    'http://".com',
    "PGS.Trần",
    "foo.music",
    "http://foo.unknown/x",
    "a@béc.com",
    "a.com.b@x.vn",
    "xn--a.xn--p1ai",
    "abc.中国",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.com",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_by_either_reading_is_seen_counted_and_broken(text: str) -> None:
    assert has_address(text)
    assert x_length(text) >= (len(text) if "unknown" in text else 23)
    broken = unlinked(text)
    assert not has_address(broken)
    assert links_of(broken) == []
    assert broken.replace("\u2060", "") == text


def test_breaking_twice_is_breaking_once() -> None:
    for text in (*CALLS, *COMMANDS, *LOOKALIKES, *ADDRESSES):
        assert unlinked(unlinked(text)) == unlinked(text)
        assert unspoken(unspoken(text)) == unspoken(text)


EVIL = "@name /start node.io"


@pytest.mark.parametrize("platform", ["telegram", "x"])
def test_no_part_of_a_post_calls_anybody(platform: str, desk: Any) -> None:
    article = Article(
        title=f"Tin {EVIL}",
        paragraphs=(f"Câu đầu {EVIL} kể hết mọi chuyện quan trọng.",),
        source=EVIL,
        categories=(EVIL,),
        language=EVIL,
        image="https://a.vn/1.jpg",
        link="https://a.vn/1",
    )
    source = "{{ title }}\n{{ lead }}\n{{ source }}\n{{ language }}\n{{ hashtags | join(' ') }}"
    for post in (
        desk.post(article, platform),
        desk.post(article, platform, template=source),
        desk.post(article, platform, without=frozenset({"markup"})),
    ):
        assert mentions_of(post.text) == mentions_of(post.alt) == []
        assert platform == "x" or commands_of(post.text) == []
        assert post.text.count("name") >= 2


@pytest.mark.parametrize("platform", ["telegram", "x"])
def test_no_headline_of_a_digest_calls_anybody(platform: str, desk: Any) -> None:
    headlines = tuple(Headline(title=f"{n} {EVIL}", link=None) for n in range(5))
    post = desk.post(Article(title="t", headlines=headlines), platform)
    assert mentions_of(post.text) == []
    assert platform == "x" or commands_of(post.text) == []
    assert post.length <= post.limit


def test_a_word_that_cutting_makes_an_address_of_is_broken(desk: Any) -> None:
    for fill in range(200, 280):
        post = desk.post(Article(title="x" * fill + " " + "foo.comfort" * 30), "x", link="always")
        assert links_of(post.text) == []
        assert post.length <= 280


@pytest.mark.parametrize("part", ["@", "/", "rt@", "/a", "http://a.", "a.com", ".com", "a@b.", "."])
def test_breaking_takes_linear_time(part: str) -> None:
    text = (part * 60_000)[:60_000]
    start = time.thread_time()
    unspoken(text)
    unlinked(text)
    assert time.thread_time() - start < 3
