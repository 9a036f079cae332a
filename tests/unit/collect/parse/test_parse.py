"""What becomes of single elements, documents that are no feeds, and damaged ones."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from bot.collect.parse import parse_feed
from bot.models.feeds import FetchedFeed, FetchFailed, Image, Item, ParsedFeed
from bot.models.pictures import Clip

URL = "https://example.org/news/feed.xml?key=geheim"
NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
HTML = "<!DOCTYPE html><html><head><title>Just a\n moment…</title></head><body>x</body></html>"


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # names of tests must not depend on the time


def outcome(body: bytes | str, url: str = URL) -> ParsedFeed | FetchFailed:
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return parse_feed(FetchedFeed(url=url, body=data))


def parsed(body: bytes | str, url: str = URL) -> ParsedFeed:
    result = outcome(body, url)
    assert isinstance(result, ParsedFeed), result
    return result


def rss(items: str, channel: str = "") -> str:
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}{items}</channel></rss>'


def item(elements: str) -> Item:
    (only,) = parsed(rss(f"<item>{elements}</item>")).items
    return only


def atom(elements: str) -> Item:
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{elements}</entry></feed>'
    (only,) = parsed(feed).items
    return only


# --- the feed -----------------------------------------------------------------------------------


def test_the_feed_itself() -> None:
    feed = parsed(
        rss("", "<title>Tin</title><language>vi-vn</language><link>/</link><ttl>30</ttl>")
    )
    said = (feed.title, feed.language, feed.link, feed.ttl, feed.items, feed.warning)
    assert said == ("Tin", "vi-vn", "https://example.org/", timedelta(minutes=30), (), None)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ("", None),
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>999999</ttl>", timedelta(days=365)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        (
            "<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
        ),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            timedelta(hours=1),
        ),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
    ],
)
def test_how_often_the_feed_wants_to_be_read(elements: str, expected: timedelta | None) -> None:
    assert parsed(rss("", elements)).ttl == expected


# --- identity and link --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "expected_id", "link"),
    [
        ("<guid>https://a.example/1</guid>", "https://a.example/1", "https://a.example/1"),
        ("<guid>1234</guid>", "1234", None),
        ("<guid>/1234</guid>", "/1234", "https://example.org/1234"),
        ("<guid>urn:x:1</guid>", "urn:x:1", None),
        ('<guid isPermaLink="false">https://a.example/1</guid>', "https://a.example/1", None),
        ("<guid>7</guid><link>https://a.example/1</link>", "7", "https://a.example/1"),
        ("<link>https://a.example/1</link><guid>7</guid>", "7", "https://a.example/1"),
        ("<link>https://a.example/?a=1&amp;b=2</link>",) + ("https://a.example/?a=1&b=2",) * 2,
        ("<link>/tin/1.html</link>", *("https://example.org/tin/1.html",) * 2),
        ("<link>javascript:alert(1)</link><guid>7</guid>", "7", None),
        ("<link></link><guid>https://a.example/1</guid>", *("https://a.example/1",) * 2),
    ],
)
def test_id_and_link(elements: str, expected_id: str, link: str | None) -> None:
    made = item(elements)
    assert (made.id, made.link) == (expected_id, link)


def test_without_id_and_link_the_content_is_the_identity() -> None:
    one, same, other = (item(f"<title>{text}</title>") for text in ("Một", "Một", "Hai"))
    assert one.id == same.id
    assert one.id.startswith("hash:")
    assert one.id != other.id


def test_an_endless_id_is_hashed() -> None:
    made = item(f"<guid>{'x' * 5000}</guid><link>https://a.example/</link>")
    assert made.id.startswith("hash:")


def test_an_empty_item_is_still_an_item() -> None:
    assert len(parsed(rss("<item/><item></item>")).items) == 2


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ('<link href="/a"/>', "https://example.org/a"),
        ('<link rel="self" href="/s"/><link rel="alternate" href="/a"/>', "https://example.org/a"),
        ('<link type="application/pdf" href="/a.pdf"/>', "https://example.org/a.pdf"),
        ('<link rel="enclosure" href="/e.mp3"/>', "https://example.org/e.mp3"),
        ('<link href="data:text/html,x"/>', None),
    ],
)
def test_links_of_atom(links: str, expected: str | None) -> None:
    made = atom(f"<id>urn:uuid:1</id>{links}")
    assert (made.id, made.link) == ("urn:uuid:1", expected)


def test_atoms_id_serves_as_link_if_it_is_one() -> None:
    assert atom("<id>https://a.example/1</id>").link == "https://a.example/1"


def test_xml_base_is_minded() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/">'
        '<entry><link href="1"/><content type="html" xml:base="pics/">&lt;img src="p.png"&gt;'
        '</content></entry><entry><link href="2"/></entry></feed>'
    )
    first, second = parsed(feed).items
    assert first.link == "https://b.example/x/1"
    assert second.link == "https://b.example/x/2"
    assert first.images[0].url == "https://b.example/x/pics/p.png"


def test_a_key_in_the_feeds_address_does_not_reach_links() -> None:
    for elements in ("<link>#top</link>", "<link>?</link>", "<link>.</link>"):
        assert "geheim" not in repr(item(elements))


# --- text ---------------------------------------------------------------------------------------


def test_text_stays_raw() -> None:
    made = item(
        "<title>A &amp;amp; B &lt;b&gt;C&lt;/b&gt;</title>"
        "<description><![CDATA[<p onclick='x'>Tóm tắt</p><script>1</script>]]></description>"
        "<content:encoded><![CDATA[<p>Toàn văn</p>]]></content:encoded>"
    )
    assert made.title in {"A &amp; B <b>C</b>", "A & B <b>C</b>"}
    assert made.summary == "<p onclick='x'>Tóm tắt</p><script>1</script>"
    assert made.content == "<p>Toàn văn</p>"


def test_content_alone_is_not_repeated_as_summary() -> None:
    made = item("<content:encoded>Toàn văn</content:encoded>")
    assert (made.summary, made.content) == ("", "Toàn văn")


@pytest.mark.parametrize("order", [1, -1])
def test_a_photos_caption_is_not_the_summary(order: int) -> None:
    caption = '<media:description type="plain">Ảnh: X</media:description>'
    media = f'<media:content url="https://a.example/p.jpg">{caption}</media:content>'
    elements = ["<description>Tóm tắt</description>", media][::order]
    made = item("".join(elements))
    assert (made.summary, made.content) == ("Tóm tắt", "")


def test_a_caption_is_better_than_nothing() -> None:
    assert item("<media:description>Video về X</media:description>").summary == "Video về X"


def test_unstorable_characters_are_replaced() -> None:
    made = item("<title>a&#xD800;b\x0bc</title>")
    assert made.title.encode()
    assert "\x0b" not in made.title


def test_a_field_is_bounded() -> None:
    assert len(item(f"<description>{'x' * 600_000}</description>").summary) == 500_000


# --- the rest of an item ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "published", "updated"),
    [
        ("<pubDate>Mon, 03 Nov 2025 17:00:00 ICT</pubDate>", 10, None),
        ("<dc:date>2025-11-03T10:00:00Z</dc:date>", 10, 10),
        ("<pubDate>rubbish</pubDate>", None, None),
        ("", None, None),
    ],
)
def test_times(elements: str, published: int | None, updated: int | None) -> None:
    def hour(value: int | None) -> datetime | None:
        return None if value is None else datetime(2025, 11, 3, value, tzinfo=UTC)

    made = item(elements)
    assert (made.published, made.updated) == (hour(published), hour(updated))


def test_the_feeds_language_gives_dates_without_zone_their_zone() -> None:
    feed = rss("<item><pubDate>03/11/2025 17:00</pubDate></item>", "<language>vi</language>")
    assert parsed(feed).items[0].published == datetime(2025, 11, 3, 10, tzinfo=UTC)


def test_categories_are_cleaned_of_repetitions() -> None:
    made = item(
        "<category> AI </category><category>Điện  thoại</category><category>AI</category>"
        "<category></category><dc:subject>Chip</dc:subject>"
    )
    assert made.categories == ("AI", "Điện thoại", "Chip")


def test_comments_page() -> None:
    assert item("<comments>/c/1#x</comments>").comments == "https://example.org/c/1#x"
    assert item("<comments>3</comments>").comments == "https://example.org/news/3"
    assert item("<comments>javascript:x</comments>").comments is None
    replies = '<link rel="replies" type="application/atom+xml" href="/r.atom"/>'
    assert atom(replies + '<link rel="replies" type="text/html" href="/r"/>').comments == (
        "https://example.org/r"
    )


def test_language_of_an_item() -> None:
    assert item("<title>x</title><dc:language>en_US</dc:language>").language == "en-US"
    assert item("<title>x</title>").language is None
    assert item("<title>x</title><dc:language>!?</dc:language>").language is None


def test_images_in_order_of_worth() -> None:
    made = item(
        "<description>&lt;img width='300' src='/d.png' height=\"200px\"&gt;"
        "&lt;img src='/d.png'&gt;</description>"
        '<media:thumbnail url="https://a.example/t.jpg" width="120" height="80"/>'
        '<media:content url="https://a.example/v.mp4" type="video/mp4"/>'
        '<media:content url="https://a.example/m.jpg" medium="image" width="1200" height="x"/>'
        '<enclosure url="/e.jpg" type="image/jpeg"/><enclosure url="/e.mp3" type="audio/mpeg"/>'
        '<itunes:image href="https://a.example/i.jpg"/>'
    )
    assert made.images == (
        Image(url="https://a.example/m.jpg", width=1200, source="media"),
        Image(url="https://example.org/e.jpg", source="enclosure"),
        Image(url="https://a.example/t.jpg", width=120, height=80, source="thumbnail"),
        Image(url="https://a.example/i.jpg", source="thumbnail"),
        Image(url="https://example.org/d.png", width=300, height=200, source="content"),
    )


def test_films_and_recordings_beside_pictures() -> None:
    made = item(
        '<media:content url="https://a.example/v.mp4" type="video/mp4" duration="61"/>'
        '<media:content url="https://a.example/m.jpg" medium="image"/>'
        '<enclosure url="/e.jpg" type="image/jpeg"/><enclosure url="/e.mp3" type="audio/mpeg"/>'
        "<itunes:duration>1:02:03</itunes:duration>"
    )
    assert made.clips == (
        Clip(url="https://a.example/v.mp4", kind="video", seconds=61),
        Clip(url="https://example.org/e.mp3", kind="audio", seconds=3723),
    )


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (
            '<img src="data:image/gif;base64,R0" data-src="/real.jpg">',
            "https://example.org/real.jpg",
        ),
        ('<img src="data:image/gif;base64,R0" data-srcset="/a-600.jpg 600w, /a-1200.jpg 1200w">', "https://example.org/a-1200.jpg"),
        ('<img src="/b-150x150.jpg" width=150 srcset="/b-600.jpg 600w,/b-1200.jpg 1200w">', "https://example.org/b-1200.jpg"),
        ('<img src="/c.jpg" srcset="/c-2.jpg 2x, /c-3.jpg 3x">', "https://example.org/c-3.jpg"),
        ('<img src="/d.gif" data-actualsrc="/d.jpg">', "https://example.org/d.jpg"),
        ('<img data-lazy-src="/e.jpg" src="/load.gif" data-lazy-srcset="/w_900,h_600/e.jpg 900w">', "https://example.org/w_900,h_600/e.jpg"),
        ('<picture><source type="image/avif" srcset="/f.avif 2000w"><source srcset="/f-1400.webp 1400w"><img src="/f.jpg"></picture>', "https://example.org/f-1400.webp"),
        ('<video><source src="/x.mp4"></video><img src="/g.jpg">', "https://example.org/g.jpg"),
        # ... but the own one where the list has none that is larger:
        ('<img src="/h.jpg" width="1200" srcset="/h-300.jpg 300w, /h-600.jpg 600w">', "https://example.org/h.jpg"),
        ('<img src="/i.jpg" srcset="/i-150.jpg 150w">', "https://example.org/i.jpg"),
        ('<img src="/j.jpg" srcset=",, ,">', "https://example.org/j.jpg"),
        ('<img src="/x.jpg?a=1&amp;b=2">', "https://example.org/x.jpg?a=1&b=2"),
        ("<IMG SRC=x.jpg>", "https://example.org/news/x.jpg"),
        ('<img alt="src=1" src="javascript:x">', None),
        ('<img src="">', None),
        ("<image src='/x.jpg'>", None),
        ("<img src='/x.jpg'", None),
        ('<img src="https://a.vn/1.jpg?w=9&copy=3&amp;reg=4">', "https://a.vn/1.jpg?w=9&copy=3&reg=4"),
    ],
)  # fmt: skip
def test_images_in_text(tag: str, expected: str | None) -> None:
    made = item(f"<description><![CDATA[{tag}]]></description>")
    assert [image.url for image in made.images] == ([expected] if expected else [])


# --- what is no feed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        (HTML, "html_page"),
        ("<?xml version='1.0'?>\n" + HTML, "html_page"),
        ("<!-- cached -->" + HTML.lower(), "html_page"),
        ("<html><body><p>rss", "html_page"),
        ("404 page not found", "not_a_feed"),
        ("<sitemapindex><sitemap/></sitemapindex>", "not_a_feed"),
        ("<?xml version='1.0'?><error/>", "not_a_feed"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_a_feed"),
        (b"\0" * 1000, "not_a_feed"),
        ('{"error": "no such feed"}', "not_a_feed"),
        ('{"items": 7}', "not_a_feed"),
        ("{", "not_a_feed"),
        ("[]", "not_a_feed"),
        (packed(b""), "empty"),
        (packed(b"<rss/>")[:-4], "broken_encoding"),
        (packed(b"x" * 20_000_000), "too_large"),
        (rss(f"<item>{'<category>a</category>' * 2001}</item>"), "too_complex"),
        (rss(f"<item><media:keywords>{'a,' * 6000}</media:keywords></item>"), "too_complex"),
    ],
)
def test_a_document_that_is_no_feed_is_refused(body: bytes | str, code: str) -> None:
    result = outcome(body)
    assert isinstance(result, FetchFailed)
    assert result.reason.code == code
    assert "\n" not in result.reason.text


def test_a_web_page_is_told_by_its_title() -> None:
    result = outcome(HTML)
    assert isinstance(result, FetchFailed)
    assert 'titled "Just a moment…"' in result.reason.text


def test_a_feed_without_items_is_a_feed() -> None:
    for body in (rss(""), "<rss version='2.0'/>", '<feed xmlns="http://www.w3.org/2005/Atom"/>'):
        assert parsed(body).items == ()


# --- damaged feeds ------------------------------------------------------------------------------

TWO = rss(
    "<item><guid>1</guid><title>Một</title></item><item><guid>2</guid><title>Hai</title></item>"
)


@pytest.mark.parametrize(
    ("body", "ids", "warning"),
    [
        (TWO, ["1", "2"], None),
        ("\n  " + TWO, ["1", "2"], None),
        ("<?xml version='1.0'?>\n\n\n" + TWO, ["1", "2"], None),
        ("\ufeff" + TWO, ["1", "2"], None),
        (packed(TWO.encode()), ["1", "2"], None),
        (TWO.removesuffix("</channel></rss>"), ["1", "2"], "truncated"),
        (TWO[: TWO.index("Hai")], ["1", "2"], "truncated"),
        (TWO[: TWO.index("<item><guid>2")] + "<item", ["1"], "truncated"),
        (TWO.replace("Hai", "Hai & ba"), ["1", "2"], "malformed"),
        (TWO.replace("Hai", "Hai&nbsp;ba"), ["1", "2"], "malformed"),
        (TWO.replace("Hai", "Hai\x0b"), ["1", "2"], "malformed"),
        (TWO.replace("Hai", "Hai&#xD83D;&#0;&#99999999;"), ["1", "2"], "malformed"),
        (TWO.replace("Hai", "<x:y>Hai</x:y>"), ["1", "2"], "malformed"),
        (TWO + "<!-- made by x --><script>1</script>", ["1", "2"], "malformed"),
        ("<br /><b>Warning</b>: x in <b>feed.php</b>" + TWO, ["1", "2"], "malformed"),
    ],
)
def test_damaged_feeds_are_read(body: bytes | str, ids: list[str], warning: str | None) -> None:
    feed = parsed(body)
    assert [one.id for one in feed.items] == ids
    assert (feed.warning.code if feed.warning else None) == warning


def test_too_many_items_are_cut() -> None:
    items = "".join(f"<item><guid>{n}</guid></item>" for n in range(2500))
    feed = parsed(rss(items))
    assert [one.id for one in feed.items] == [str(n) for n in range(2000)]
    assert feed.warning is not None
    assert feed.warning.code == "too_many_items"


def test_entities_do_not_explode_and_files_stay_closed() -> None:
    bomb = "".join(f'<!ENTITY a{n + 1} "&a{n};&a{n};">' for n in range(40))
    head = f'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a0 "lol">{bomb}]>'
    feed = parsed(head + rss("<item><title>&a40;&f;</title></item>"))
    assert len(feed.items[0].title) < 1000
    assert "root:" not in feed.items[0].title


def test_feedparser_tripping_over_itself_is_no_crash() -> None:
    outcome("<rss version='2.0'><channel><item><links a='1'/><link>x</link></item></channel></rss>")


@pytest.mark.parametrize(
    ("elements", "author"),
    [
        ("<author>an@example.org (Nguyễn An)</author>", "Nguyễn An"),
        ("<dc:creator>Ada</dc:creator><dc:creator>An</dc:creator>", "Ada, An"),
        ("<dc:creator><![CDATA[ Ada  Lovelace ]]></dc:creator>", "Ada Lovelace"),
        ("<title>a</title>", ""),
    ],
)
def test_authors_of_an_rss_item(elements: str, author: str) -> None:
    assert item(elements).author == author


@pytest.mark.parametrize("sign", ["ễ", "&amp;", "x\u0301"])
@pytest.mark.parametrize("before", range(5))
def test_an_author_as_long_as_an_article_costs_no_letter_of_the_feed(
    sign: str, before: int
) -> None:
    name = "a" * before + sign * 200
    feed = parsed(rss(f"<item><title>Đà Nẵng</title><author>{name}</author></item>"))
    (found,) = feed.items
    assert feed.warning is None
    assert found.title == "Đà Nẵng"
    assert found.author
    assert found.author.startswith("a" * before + sign.replace("&amp;", "&"))


def test_authors_of_an_atom_entry() -> None:
    both = "<author><name>Ada</name></author><author><name>An</name><email>a@b.c</email></author>"
    assert atom(f"<title>a</title>{both}").author == "Ada, An"
