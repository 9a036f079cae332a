"""Inputs rebuilt from public bug reports of other feed readers, and neighbours of each kind.

The documents of `reports/` are whole feeds, named after what is odd about them.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from bot.collect.parse import parse_feed
from bot.format.blocks import read_blocks, read_title
from bot.models.feeds import FetchedFeed, FetchFailed, Item, ParsedFeed

REPORTS = Path(__file__).parent / "reports"
SITE = "https://baosothu.example.vn"
ELSEWHERE = "https://feeds.example.net/u/1.rss"
NAMESPACES = (
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def parsed(body: bytes | str, url: str = ELSEWHERE, language: str | None = None) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    feed = parse_feed(FetchedFeed(url=url, body=data), language)
    assert isinstance(feed, ParsedFeed), feed
    return feed


def report(name: str) -> dict[str, Item]:
    (path,) = REPORTS.glob(f"{name}.*")
    return {item.id: item for item in parsed(path.read_bytes()).items}


def rss(elements: str, channel: str = f"<link>{SITE}/</link>") -> Item:
    document = (
        f'<rss version="2.0" {NAMESPACES}><channel>{channel}<item>{elements}</item></channel></rss>'
    )
    (item,) = parsed(document).items
    return item


def atom(elements: str) -> Item:
    document = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>{elements}</entry></feed>'
    )
    (item,) = parsed(document).items
    return item


def shown(html: str) -> str:
    return "\n".join(block.text for block in read_blocks(html))


# --- the reports --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "item", "expected"),
    [
        (
            "ampersand-escaped-twice-in-picture",
            "a6",
            {"image": "https://cdn.example.vn/p.jpg?w=900&sig=cd"},
        ),
        (
            "atom-type-text-is-no-markup",
            "tag:x,1",
            {
                "title": "Dùng <br> hay <p> cho đúng?",
                "text": "Thẻ <video> giúp trang web phát phim mà không cần phần mềm thêm. "
                "Trình duyệt mới nào cũng hiểu thẻ này.",
            },
        ),
        ("bare-ampersands", "a0", {"link": f"{SITE}/xem?t=26&p=38"}),
        (
            "bare-ampersands",
            "a1",
            {
                "link": f"{SITE}/?do=rss&permalinks&copy=3&id=22",
                "title": "R&D và Q&A: AT&T thử pin rắn",
                "text": "Hãng AT&T vừa mở trung tâm R&D mới ở Huế, nơi có hai mươi kỹ sư làm việc. "
                "Trung tâm mở cửa từ tháng Ba.",
            },
        ),
        (
            "cdata-escaped",
            "cd1",
            {
                "text": "Một công ty viễn thông thử nghiệm trạm phát sóng chạy bằng điện mặt trời ở Cà Mau. "
                "Trạm phục vụ khoảng ba nghìn hộ dân."
            },
        ),
        ("dates-of-other-languages", "d1", {"published": "2026-10-04T18:55:00"}),
        ("dates-of-other-languages", "d2", {"published": "2025-12-01T09:00:00"}),
        ("dates-of-other-languages", "d3", {"published": "2026-11-28T13:00:00"}),
        ("dates-of-other-languages", "d4", {"published": "2026-06-26T22:04:03"}),
        ("dates-of-other-languages", "d5", {"published": "2021-04-18T00:00:00"}),
        ("day-first-with-am-pm-in-a-vietnamese-feed", "v1", {"published": "2026-11-05T01:30:00"}),
        ("day-first-with-am-pm-in-a-vietnamese-feed", "v2", {"published": "2026-11-28T13:30:00"}),
        ("encoding-named-cp-1251", "e1", {"title": "Новый аккумулятор для электровелосипеда"}),
        ("feedburner-original-link", "o1", {"link": f"{SITE}/bai/17.html"}),
        ("language-vn", "l1", {"language": "vi"}),
        (
            "link-is-the-home-page-guid-is-the-article",
            f"{SITE}/nhat-ky.txt#20261128a",
            {"link": f"{SITE}/nhat-ky.txt#20261128a"},
        ),
        ("link-without-scheme", "r2", {"link": "http://www.baosothu.example.vn/bai/18.html"}),
        ("podcast-without-link", "Tap-17", {"link": "https://audio.example.vn/17-pin.mp3"}),
        (
            "relative-links-of-a-feed-elsewhere",
            "r1",
            {"link": f"{SITE}/bai/pin-17.html", "image": f"{SITE}/anh/pin.jpg"},
        ),
    ],
)
def test_a_report_is_read_as_it_is_meant(name: str, item: str, expected: dict[str, str]) -> None:
    found = report(name)[item]
    values: dict[str, Any] = {
        "title": read_title(found.title),
        "text": shown(found.content or found.summary),
        "link": found.link,
        "image": found.images[0].url if found.images else None,
        "published": found.published and found.published.replace(tzinfo=None).isoformat(),
        "language": found.language,
    }
    assert {key: values[key] for key in expected} == expected


# --- text and HTML ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "title"),
    [
        ('<title type="text">Thẻ &lt;i&gt; là gì?</title>', "Thẻ <i> là gì?"),
        ('<title type="text">Thẻ &lt;i&gt;x&lt;/i&gt;</title>', "Thẻ <i>x</i>"),
        ('<title type="text/plain">1 &lt; 2</title>', "1 < 2"),
        ("<title>Dùng &lt;br&gt; hay &lt;p&gt;?</title>", "Dùng <br> hay <p>?"),
        ("<title type='text'><![CDATA[Thẻ <p> mới]]></title>", "Thẻ <p> mới"),
        # Right before:
        ('<title type="html">Một &lt;b&gt;ngày&lt;/b&gt; mới</title>', "Một ngày mới"),
        ('<title type="html">A &amp;amp; B</title>', "A & B"),
        ('<title type="text">A &amp;amp; B</title>', "A & B"),
        ("<title>Một &lt;b&gt;ngày&lt;/b&gt; mới</title>", "Một ngày mới"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Một <b>ngày</b></div></title>',
            "Một ngày",
        ),
    ],
)
def test_a_title_of_atom_says_whether_it_is_text(elements: str, title: str) -> None:
    assert read_title(atom(elements).title) == title


def test_a_text_of_atom_shows_no_pictures_and_html_does() -> None:
    picture = "&lt;img src='https://a.example/p.jpg'&gt; Chữ"
    assert atom(f"<summary type='text'>{picture}</summary>").images == ()
    assert len(atom(f"<summary type='html'>{picture}</summary>").images) == 1
    assert len(atom(f"<summary>{picture}</summary>").images) == 1


@pytest.mark.parametrize(
    ("entry", "title", "text"),
    [
        ({"title": "Thẻ <i> là gì?"}, "Thẻ <i> là gì?", ""),
        (
            {"content_text": "Viết <br> để\n\nxuống dòng & thôi"},
            "",
            "Viết <br> để\nxuống dòng & thôi",
        ),
        ({"summary": "Với <b>x</b>"}, "", "Với <b>x</b>"),
        ({"content_html": "Với <b>x</b>"}, "", "Với x"),
        ({"title": "R&amp;D", "content_text": "Q&A"}, "R&D", "Q&A"),
    ],
)
def test_texts_of_json_feed_are_text(entry: dict[str, str], title: str, text: str) -> None:
    (item,) = parsed(json.dumps({"items": [{"id": "1", **entry}]})).items
    assert (read_title(item.title), shown(item.content or item.summary)) == (title, text)


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("<p>Mở <b>đầu</b></p><![CDATA[<p>Thân <i>bài</i></p>]]>", "Mở đầu\nThân bài"),
        ("<![CDATA[<p>Thân bài</p>]]><p>Hết &amp; chào</p>", "Thân bài\nHết & chào"),
        ("&lt;![CDATA[&lt;p&gt;Thân bài&lt;/p&gt;]]&gt;", "Thân bài"),
        ("&lt;p&gt;Mở&lt;/p&gt;&lt;![CDATA[Thân]]&gt;", "Mở\nThân"),
        ("&amp;lt;![CDATA[Thân bài]]&amp;gt;", "Thân bài"),
        # Right before:
        ("<![CDATA[Dùng ]]&gt; để đóng]]>", "Dùng ]]> để đóng"),
        ("Mở &amp;amp; <![CDATA[<b>thân</b>]]>", "Mở & thân"),
        ("<![CDATA[<p>Một</p>]]><![CDATA[<p>Hai</p>]]>", "Một\nHai"),
        ("<p>Chỉ <b>thẻ</b></p>", "Chỉ thẻ"),
    ],
)
def test_sections_are_opened_wherever_they_stand(description: str, text: str) -> None:
    assert shown(rss(f"<description>{description}</description>").summary) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("R&D; Q&A", "R&D; Q&A"),
        ("A & B &amp; C &lt;3", "A & B & C <3"),
        ("&copy; 2026 & &nbsp;x &hellip;", "© 2026 & x …"),
        ("Tom&Jerry &#38; co &#x26; &eacute;t&eacute;", "Tom&Jerry & co & été"),
        ("<![CDATA[A & B]]> & C", "A & B & C"),
    ],
)
def test_a_bare_ampersand_changes_nothing_else(written: str, read: str) -> None:
    item = rss(f"<title>{written}</title><link>{SITE}/?a=1&copy=3&amp;reg=2</link>")
    assert read_title(item.title) == read
    assert item.link == f"{SITE}/?a=1&copy=3&reg=2"


def test_a_document_that_is_broken_elsewhere_keeps_its_ampersands() -> None:
    link = f"<link>{SITE}/?a=1&copy=3&amp;amp;reg=2&amp;x=1</link>"
    item = rss(f"<title>R&D, Q&amp;A</title>{link}", "<description>offen <br></description>")
    assert (read_title(item.title), item.link) == ("R&D, Q&A", f"{SITE}/?a=1&copy=3&reg=2&x=1")


def test_entities_that_the_document_declares_are_kept() -> None:
    head = '<!DOCTYPE rss [<!ENTITY site "Báo Số Thử">]>'
    (item,) = parsed(
        f"{head}<rss version='2.0'><channel><item><title>&site; & bạn</title></item></channel></rss>"
    ).items
    assert "site" in item.title
    assert "&amp;site" not in item.title


# --- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "link"),
    [
        ("<link>/a.html</link>", f"{SITE}/a.html"),
        ("<link>a.html</link>", f"{SITE}/a.html"),
        ("<link>//b.example/a</link>", "https://b.example/a"),
        ("<link>www.b.example/a?x=1</link>", "http://www.b.example/a?x=1"),
        ("<link>baosothu.example.vn/a</link>", f"{SITE}/a"),
        ("<link>www.html</link>", f"{SITE}/www.html"),
        ("<link>a.example.html</link>", f"{SITE}/a.example.html"),
        (f"<link>{SITE}/x?a=1&amp;amp;b=2</link>", f"{SITE}/x?a=1&b=2"),
        ("<link>https://me:secret@b.example/a</link>", "https://b.example/a"),
        ("<link>https://b.example/@me/a@2x</link>", "https://b.example/@me/a@2x"),
        ("<link>https:/b.example/a</link>", "https://b.example/a"),
        ("<link>http//b.example/a</link>", "http://b.example/a"),
        ("<link>&lt;![CDATA[https://b.example/a]]&gt;</link>", "https://b.example/a"),
        (f"<link>{SITE}</link><guid>{SITE}/1</guid>", f"{SITE}/1"),
        (f"<guid>{SITE}/1</guid><link>{SITE}/</link>", f"{SITE}/1"),
        (f"<link>https://b.example/</link><guid>{SITE}/1</guid>", f"{SITE}/1"),
        (f"<link>{SITE}/</link><guid isPermaLink='false'>{SITE}/1</guid>", f"{SITE}/"),
        (f"<link>{SITE}/</link><guid>1</guid>", f"{SITE}/"),
        (f"<link>{SITE}/2</link><guid>{SITE}/1</guid>", f"{SITE}/2"),
        (f"<link>{SITE}/#2</link><guid>{SITE}/1</guid>", f"{SITE}/#2"),
        (f"<link>{SITE}/2</link><feedburner:origLink>/3</feedburner:origLink>", f"{SITE}/3"),
        (f"<link>{SITE}/2</link><feedburner:origLink>x:3</feedburner:origLink>", f"{SITE}/2"),
        ("<enclosure url='/17.mp3' type='audio/mpeg'/>", f"{SITE}/17.mp3"),
        ("<enclosure url='/17.jpg' type='image/jpeg'/>", None),
        (f"<link>{SITE}/17</link><enclosure url='/17.mp3' type='audio/mpeg'/>", f"{SITE}/17"),
    ],
)
def test_the_link_is_the_articles(elements: str, link: str | None) -> None:
    assert rss(elements).link == link


def test_without_a_channels_link_the_feeds_address_resolves() -> None:
    assert rss("<link>a.html</link>", channel="").link == "https://feeds.example.net/u/a.html"
    relative = rss("<link>a.html</link>", channel="<link>/tin/</link>")
    assert relative.link == "https://feeds.example.net/tin/a.html"


def test_xml_base_counts_before_the_channels_link() -> None:
    document = (
        f"<rss version='2.0'><channel><link>{SITE}/</link>"
        "<item xml:base='https://b.example/x/'><link>1</link></item>"
        "<item><link>2</link></item></channel></rss>"
    )
    assert [item.link for item in parsed(document).items] == ["https://b.example/x/1", f"{SITE}/2"]


def test_a_base_element_in_the_text_resolves_its_pictures() -> None:
    html = "<![CDATA[<base href='https://b.example/bai/'><img src='p.jpg'>]]>"
    assert rss(f"<description>{html}</description>").images[0].url == "https://b.example/bai/p.jpg"
    plain = "<![CDATA[<img src='p.jpg'>]]>"
    assert rss(f"<description>{plain}</description>").images[0].url == f"{SITE}/p.jpg"


def test_links_of_json_feed() -> None:
    document = (
        '{"home_page_url": "https://b.example/", "items": ['
        '{"id": "1", "url": "/1"}, {"id": "https://b.example/2"}, '
        '{"id": "3", "attachments": [{"url": "/3.mp3", "mime_type": "audio/mpeg"}]}]}'
    )
    expected = ["https://b.example/1", "https://b.example/2", "https://b.example/3.mp3"]
    assert [item.link for item in parsed(document).items] == expected


# --- languages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "meant"),
    [
        ("vn", "vi"),
        ("VN", "vi"),
        ("vie", "vi"),
        ("vn-VN", "vi-VN"),
        ("vi", "vi"),
        ("vi_VN", "vi-VN"),
        ("en-us", "en-us"),
        ("jp", "ja"),
        ("deu", "de"),
        ("", None),
    ],
)
def test_a_language_is_the_one_that_is_meant(claimed: str, meant: str | None) -> None:
    assert rss("<title>x</title>", f"<language>{claimed}</language>").language == meant


def test_the_operators_language_counts_more_than_every_claim() -> None:
    document = (
        f"<rss version='2.0' {NAMESPACES}><channel><language>en-us</language>"
        "<item><pubDate>05/11/2026 08:30 AM</pubDate><dc:language>en</dc:language></item>"
        "</channel></rss>"
    )
    (claimed,), (stated,) = parsed(document).items, parsed(document, language="vi").items
    assert (claimed.language, claimed.published) == (
        "en",
        datetime.fromisoformat("2026-05-11T08:30Z"),
    )
    assert (stated.language, stated.published) == (
        "vi",
        datetime.fromisoformat("2026-11-05T01:30Z"),
    )


# --- documents in pages -------------------------------------------------------------------------

ITEMS = "".join(f"<item><title>Tin {n}</title><link>{SITE}/{n}</link></item>" for n in range(3))
FEED = f"<rss version='2.0'><channel><title>Báo</title>{ITEMS}</channel></rss>"
ENTRIES = "<entry><id>1</id><title>Một</title></entry><entry><id>2</id></entry>"
ATOM = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo</title>{ENTRIES}</feed>'


@pytest.mark.parametrize(
    "document",
    [
        f"<html><body>{FEED}</body></html>",
        f"<!DOCTYPE html>\n<html><head></head><body>{ATOM}</body></html>",
        f"<?xml version='1.0' encoding='utf-8'?><html><body>\n{ATOM}\n</body></html>",
        f"<html><body><div>{FEED}</div><script>1</script></body></html>",
        f"<html><body>{FEED}",
    ],
)
def test_a_feed_in_a_page_is_read_as_feedparser_reads_it(document: str) -> None:
    found = feedparser.parse(document.encode()).entries
    assert [item.title for item in parsed(document).items] == [
        one.get("title", "") for one in found
    ]


@pytest.mark.parametrize(
    "document",
    [
        "<html><body><pre>&lt;rss version='2.0'&gt;&lt;item/&gt;</pre></body></html>",
        "<html><!-- <rdf:RDF xmlns='http://x/'><Work/></rdf:RDF> --><body>x</body></html>",
        "<html><body><feed>x</feed></body></html>",
        "<html><body>Đọc <b>rss version='2.0'</b></body></html>",
    ],
)
def test_a_page_that_only_speaks_of_feeds_is_a_page(document: str) -> None:
    result = parse_feed(FetchedFeed(url=ELSEWHERE, body=document.encode()))
    assert isinstance(result, FetchFailed)
    assert result.reason.code == "html_page"
