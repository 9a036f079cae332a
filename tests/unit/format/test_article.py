"""Item -> article: title, lead, boilerplate, image, links, hashtags."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.format.article import write_article
from bot.format.boilerplate import is_boilerplate, without_frame
from bot.format.choosing import choose
from bot.format.hashtags import hashtags
from bot.format.image import best_image, is_small
from bot.format.links import ascii_address, web_address
from bot.format.phrases import phrases
from bot.models.basics import FeedId
from bot.models.feeds import Image, Item, ParsedFeed
from bot.models.settings import Feed
from bot.models.stories import Article

SENTENCE = "Các công ty công nghệ Trung Quốc tích trữ chip để tiếp tục cuộc đua AI toàn cầu."
SECOND = "Trong nhiệm kỳ của mình, ông Biden đưa ra các quy định hạn chế chip theo ba cấp độ."
TITLE = "Cách Trung Quốc đối phó với lệnh hạn chế chip của Mỹ"


@pytest.mark.parametrize(
    "line",
    [
        "Thu Thảo (Tổng hợp)", "Giới thiệu cho bạn bè", "gplus", "pinterest", "Bình luận",
        "Đăng bình luận", "Đánh giá:", "www.tincongnghe.net", "https://a.b/c", "By John Smith",
        "By Ada Lovelace and Alan Turing", "Theo VnExpress", "Theo Reuters, CNBC",
        "Nguồn: VnExpress", "(Theo Dân trí)", "Xem thêm: 5 mẹo hay trên iPhone", "Đọc tiếp",
        "The post Foo appeared first on Bar.", "Read more at The Verge.", "Ảnh: Reuters",
        "Một con chip của Nvidia. Ảnh: Reuters", "Photo: Getty Images", "May 22, 2025",
        "Thứ năm, 22/5/2025, 08:15 (GMT+7)", "3 comments", "Leave a comment", "Share this:",
        "* * *", "Chia sẻ Facebook", "12 bình luận", "Subscribe to our newsletter.",
        "Mời độc giả xem video", "Sponsored by SoundStack.", "Article URL: https://x.y", "Comments URL: https://x.y",
        "Points: 37", "Weiterlesen", "Lire la suite", "Читать далее", "阅读全文",
    ],
)  # fmt: skip
def test_boilerplate_is_recognised(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        SENTENCE,
        "Theo báo cáo mới của Gartner, thị trường chip tăng 20%.",
        "Theo báo cáo mới của hãng",
        "Source code for Windows leaked today, researchers said.",
        "Related Digital opens a data centre in Hà Nội today, says its CEO.",
        "Đánh giá iPhone 17: pin tốt, giá cao.",
        "Chia sẻ với báo chí, ông Huang nói lệnh cấm là thất bại.",
        "Share prices of Nvidia fell 5% on Monday.",
        "Video: YouTube tăng giá gói Premium tại Việt Nam từ tháng sau.",
        "Bài toán chip của Trung Quốc đã có lời giải.",
    ],
)
def test_news_is_not_boilerplate(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("(Dân trí) - Hôm nay trời đẹp.", "Hôm nay trời đẹp."),
        ("HÀ NỘI (TTXVN) - Hôm nay.", "Hôm nay."),
        ("SAN FRANCISCO, May 21 (Reuters) - Apple said.", "Apple said."),
        ("TTO - Hôm nay", "Hôm nay"),
        ("AI - công nghệ", "AI - công nghệ"),
        ("Text here. Read more »", "Text here."),
        ("Whole. […]", "Whole."),
        ("Text [...]", "Text…"),
        ("Cut off... Continue reading Foo →", "Cut off…"),
        ("See [docs](/a/b) now.", "See docs now."),
        ("He said more", "He said more"),
        ("I gave a talk about protocols with types (PATs) – it went well.", "I gave a talk about protocols with types (PATs) – it went well."),
        ("Washington, 3 de mayo (EFE) - Hoy.", "Hoy."),
        ("Sand is dear.[3][citation needed] It is.", "Sand is dear. It is."),
        ("An array[1]x stays, and [2] does.", "An array[1]x stays, and [2] does."),
        ("We make Unlayer (https://unlayer.example/a). It is new.", "We make Unlayer. It is new."),
        ("... historic photos of Hue", "historic photos of Hue"),
        ("Spring uỷ bản vá - 00:30:22.", "Spring uỷ bản vá."),
        ("(12:40) Phỏng vấn ở Huế", "Phỏng vấn ở Huế"),
        ("14:05 Huế mở cửa - 12:30", "14:05 Huế mở cửa - 12:30"),
        ("*Repo: example.org* This **great** one", "Repo: example.org This great one"),
        ("2 * 3 * 4, *args and **kwargs", "2 * 3 * 4, *args and **kwargs"),
        ("O_LIThe gene grows.C_LI", "The gene grows."),
        ("[…]", ""),
    ],
)  # fmt: skip
def test_frame_is_taken_off(line: str, text: str) -> None:
    assert without_frame(line) == text


def paragraphs(desk: Any, content: str, summary: str = "", title: str = TITLE) -> tuple[str, ...]:
    return desk.article(title=title, summary=summary, content=content).paragraphs


def test_the_longest_words_behind_a_cut_text_are_taken_off_a_line_of_any_length() -> None:
    words, told = max(phrases().read_more, key=len), "It tells this. " * 50
    assert without_frame(f"{told}… [{words}{' y' * 40}]{'→' * 9}") == told.strip()


@pytest.mark.parametrize(
    "before",
    [
        f"<h1>{TITLE}</h1>", f"<p>{TITLE}</p>", f"<p><b>{TITLE}.</b></p>",
        "<p>Cach Trung Quoc doi pho voi lenh han che chip cua My</p>",
        "<p>Cách Trung Quốc đối phó với lệnh hạn chế…</p>", "<p>Công nghệ</p>", "<pre>x = 1;</pre>",
        "<p>Cách Trung Quốc đối phó với các lệnh hạn chế chip của Mỹ</p>",
        "<p>Genre: drama Country: France Director: A. B. Duration: 93 min</p>",
        "<p>Ảnh: Reuters</p>", "<ul><li><a>Trang chủ</a></li><li><a>AI</a></li></ul>",
        f"{TITLE} - ", "<p>www.tincongnghe.net</p>", "<p>22/05/2025 08:15</p>",
    ],
)  # fmt: skip
def test_lead_begins_with_the_news(before: str, desk: Any) -> None:
    assert paragraphs(desk, f"{before}<p>{SENTENCE}</p>")[0] == SENTENCE


@pytest.mark.parametrize(
    "after",
    [
        "<p>Cac cong ty cong nghe Trung Quoc tich tru chip de tiep tuc cuoc dua AI toan cau.</p>",
        f"<p>{SENTENCE}</p>", f"<p>{TITLE}<br>www.tincongnghe.net</p>",
        "<p>Giới thiệu cho bạn bè</p><ul><li>gplus</li><li>pinterest</li></ul>",
        "<h3>Bình luận</h3><p>Đăng bình luận</p><p>Đánh giá:</p>", "<p>Thu Thảo (Tổng hợp)</p>",
        "<p>The post Foo appeared first on Bar.</p>", "<p><a>Xem thêm: chip mới</a></p>",
    ],
)  # fmt: skip
def test_nothing_that_is_no_news_follows(after: str, desk: Any) -> None:
    assert paragraphs(desk, f"<p>{SENTENCE}</p>{after}") == (SENTENCE,)


def test_sample_page_alone_gives_the_same_lead(desk: Any) -> None:
    page = (Path(__file__).parent / "posts" / "sample.json").read_text(encoding="utf-8")
    content = json.loads(page)["item"]["content"]
    found = paragraphs(desk, content)
    assert found[0].startswith("Các công ty công nghệ Trung Quốc tích trữ chip, tăng hiệu quả")
    assert len(found) <= 12
    assert sum(map(len, found)) <= 4_000
    assert not any(word in " ".join(found) for word in ("gplus", "Bình luận", "Cach Trung"))


def test_summary_leads_if_it_tells_something(desk: Any) -> None:
    summary = f"{SENTENCE} {SENTENCE.replace('chip', 'pin')}"
    assert paragraphs(desk, f"<p>{SECOND}</p>", summary=summary) == (summary,)


def test_a_summary_that_says_little_is_followed_by_the_content(desk: Any) -> None:
    article = desk.article(
        summary=SENTENCE, content=f"<p>{SENTENCE}</p><p>{SECOND}</p>", title=TITLE
    )
    assert article.paragraphs == (SENTENCE, SECOND)
    assert article.origins == ("summary", "content")
    assert article.testimony == (SENTENCE,)  # by which it is recognised, as before


def test_a_summary_that_is_cut_off_is_completed_from_the_content(desk: Any) -> None:
    content = f"<p>Mở đầu.</p><p>{SECOND}</p>"
    article = desk.article(summary=f"{SENTENCE} {SECOND[:50]}…", content=content, title=TITLE)
    assert (article.paragraphs, article.origins) == ((f"{SENTENCE} {SECOND}",), ("completed",))


def test_a_summary_that_only_asks_gives_way_to_the_content(desk: Any) -> None:
    asks = "Vì sao các công ty Trung Quốc tích trữ nhiều chip đến thế trong năm nay?"
    assert paragraphs(desk, f"<p>{SECOND}</p>", summary=asks) == (SECOND,)


@pytest.mark.parametrize(
    "summary", ["", "Comments", "<a>Đọc tiếp</a>", TITLE, SECOND[:40] + " […]"]
)
def test_content_leads_if_the_summary_tells_nothing(summary: str, desk: Any) -> None:
    assert paragraphs(desk, f"<p>{SECOND}</p>", summary=summary) == (SECOND,)


def test_lead_takes_the_next_paragraph_when_the_first_is_short() -> None:
    long = f"{SECOND} {SENTENCE}"
    assert choose(("Ngắn thôi.", long, SENTENCE), 450).text == f"Ngắn thôi. {long}"
    assert choose((SENTENCE, "Không có dấu chấm"), 450).text == SENTENCE
    assert len(choose((SENTENCE * 20,), 450).text) <= 450


def test_lead_does_not_end_in_a_fragment() -> None:
    assert choose((f"{SENTENCE} Và rồi…",), 450).text == SENTENCE
    announced = "Danh sách các thiết bị được cập nhật trong đợt này gồm có"
    assert choose((f"{announced}:",), 450).text == f"{announced}…"
    assert choose(("Danh sách gồm có:",), 450).text == ""  # of a list that is not shown
    assert choose((), 450).text == ""


def test_title_that_is_the_texts_beginning_cut_off_is_not_said_again(desk: Any) -> None:
    found = paragraphs(desk, f"<p>{SENTENCE} {SECOND}</p>", title=SENTENCE[:40] + "...")
    assert found == (f"…{SENTENCE[40:].lstrip()} {SECOND}",)


def test_a_text_that_begins_with_its_title_and_is_cut_off_stays(desk: Any) -> None:
    title = "Hue opens a laboratory for engineers"
    text = f"{title} and others. {SENTENCE} {SECOND} And it is…"
    assert paragraphs(desk, f"<p>{text}</p>", title=title) == (f"{SENTENCE} {SECOND} And it is…",)
    assert paragraphs(desk, f"<p>{title[:30]}…</p>", title=title) == ()
    cut = f"{title[:30]}…"
    assert paragraphs(desk, f"<p>{text}</p>", title=cut)[0].startswith("…")


def test_notes_between_a_short_summary_and_its_text_are_left_out(desk: Any) -> None:
    summary = "Hue opens a laboratory for engineers of chips."
    note = "Sponsored lines of somebody else come before all that is told, whatever it says."
    more = "The laboratory has room for 200 people, most of them from Da Nang and from Vinh."
    content = f"<p>{note}</p><p>{more}</p>"
    assert paragraphs(desk, content, summary=summary, title="Tin") == (summary, more)
    assert paragraphs(desk, f"<p>{note}</p>", summary=summary, title="Tin") == (summary,)


def test_google_news_repeats_title_and_source(desk: Any) -> None:
    text = f"<a>{TITLE}</a>&nbsp;&nbsp;<font>VnExpress</font><strong><a>View Full Coverage on Google News</a></strong>"
    assert paragraphs(desk, "", summary=text, title=f"{TITLE} - VnExpress") == ()


def test_item_without_title_is_named_by_its_first_sentence(desk: Any) -> None:
    article = desk.article(summary=f"{SENTENCE} {SECOND}")
    assert (article.title, article.paragraphs) == (SENTENCE, (SECOND,))
    long = desk.article(summary="dài " * 100)
    assert len(long.title) <= 140
    assert long.title.endswith("…")
    assert long.paragraphs[0].startswith("…")


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ({}, "Báo Mới"),
        ({"title": "<p>"}, "Báo Mới"),
        ({"title": "Tin hay - Báo Mới"}, "Tin hay"),
        ({"title": "Tin hay | BÁO MỚI"}, "Tin hay"),
        ({"title": "Báo Mới"}, "Báo Mới"),
        ({"title": "None"}, "None"),
        ({"title": "World › Năm người mất tích"}, "Năm người mất tích"),
        ({"title": "[11.08.2018 - 18:47 Uhr] Traktorbergung"}, "Traktorbergung"),
        ({"title": "[2026-11-29] Bản vá"}, "Bản vá"),
        ({"title": "[11.08.2018]"}, "[11.08.2018]"),
        ({"title": "Máy mới & phông chữ:"}, "Máy mới & phông chữ"),
        ({"title": ":"}, ":"),
        ({"title": "[Báo Mới] Năm người"}, "Năm người"),
        ({"title": "[Video] Năm người"}, "[Video] Năm người"),
        ({"title": "[来自异次元] Cryptomator", "feed_title": "异次元软件世界"}, "Cryptomator"),
        ({"title": "Cài đặt: Tệp › Mở › Tải về"}, "Cài đặt: Tệp › Mở › Tải về"),
        ({"title": "x " * 400}, None),
        ({"title": "\u200d"}, "Báo Mới"),
        ({"title": "\u200d", "summary": "\u200c"}, "Báo Mới"),
    ],
)
def test_title(item: dict[str, str], title: str | None, desk: Any) -> None:
    found = desk.article(**item).title
    assert found == title or (title is None and 0 < len(found) <= 300)


def test_item_with_nothing_at_all_still_has_a_title() -> None:
    feed = Feed(id=FeedId("f"), url="https://example.org")
    article = write_article(Item(id="1"), feed, ParsedFeed(), link=None)
    assert (article.title, article.link, article.source) == ("…", None, "")


@pytest.mark.parametrize(
    ("name", "feed_title", "source"),
    [
        ("Tên riêng", "Khác", "Tên riêng"),
        (None, "Thế giới - VnExpress RSS", "Thế giới - VnExpress"),
        (None, "A &amp;amp; B", "A & B"),
        (None, "x" * 500, "x" * 59 + "…"),
        (None, "RSS", "RSS"),
    ],
)
def test_source(name: str | None, feed_title: str, source: str) -> None:
    feed = Feed(id=FeedId("f"), url="https://example.org", name=name)
    item = Item(id="1", title="t")
    article = write_article(item, feed, ParsedFeed(title=feed_title), link=None)
    assert article.source == source


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("https://a.vn/x?b=1&c=%20#d", "https://a.vn/x?b=1&c=%20#d"),
        ("https://báo.vn/đường", "https://báo.vn/đường"),
        (' https://a.vn/"<x> y ', "https://a.vn/%22%3Cx%3E%20y"),
        ("https://a.vn/\u202e\x1b", "https://a.vn/%E2%80%AE%1B"),
        ("javascript:alert(1)", None), ("data:text/html,x", None), ("urn:uuid:1", None),
        ("//a.vn/x", None), ("http://", None), ("http://[::1", None), ("", None), (None, None),
        ("https://a.vn/" + "x" * 3_000, None),
    ],
)  # fmt: skip
def test_web_address(raw: str | None, address: str | None) -> None:
    assert web_address(raw) == address


@pytest.mark.parametrize(
    ("url", "ascii_form"),
    [
        ("https://báo.vn/đường?x=(1)", "https://xn--bo-mia.vn/%C4%91%C6%B0%E1%BB%9Dng?x=%281%29"),
        ("https://a.vn/x.", "https://a.vn/x%2E"),
        ("https://a.vn/x_(y)!", "https://a.vn/x_%28y%29%21"),
        ("https://a.vn", "https://a.vn"),
        ("https://a..b/x", "https://a..b/x"),
    ],
)
def test_ascii_address(url: str, ascii_form: str) -> None:
    assert ascii_address(url) == ascii_form


def image(
    url: str, width: int | None = None, height: int | None = None, source: Any = "content"
) -> Image:
    return Image(url=url, width=width, height=height, source=source)


@pytest.mark.parametrize(
    ("images", "best"),
    [
        ([], None),
        ([image("https://a.vn/1.jpg")], "https://a.vn/1.jpg"),
        ([image("https://a.vn/1.jpg?s=AbC%2F=&t=1")], "https://a.vn/1.jpg?s=AbC%2F=&t=1"),
        ([image("https://a.vn/s.jpg", 1200, 800), image("https://a.vn/m.jpg", source="media")], "https://a.vn/m.jpg"),
        ([image("https://a.vn/s.jpg", 1200), image("https://a.vn/m.jpg", 180, source="media")], "https://a.vn/s.jpg"),
        ([image("https://a.vn/s.jpg"), image("https://a.vn/t.jpg", source="thumbnail")], "https://a.vn/s.jpg"),
        ([image("https://a.vn/t.jpg", 320, 180, "thumbnail")], "https://a.vn/t.jpg"),
        ([image("https://a.vn/t.jpg", 240, 135, "thumbnail")], None),
        ([image("https://a.vn/1.jpg", 400), image("https://a.vn/2.jpg", 900)], "https://a.vn/2.jpg"),
        ([image("https://a.vn/1.jpg", 180), image("https://a.vn/1.jpg", 1200, source="media")], "https://a.vn/1.jpg"),
        ([image("https://a.vn/site-logo.png")], None),
        ([image("https://a.vn/new-google-logo.png", 1200, 800)], "https://a.vn/new-google-logo.png"),
        ([image("https://a.vn/1.jpg", 1, 1)], None),
        ([image("https://a.vn/1.jpg", 60, 60)], None),
        ([image("https://a.vn/1.jpg", 9000, 2000)], "https://a.vn/1.jpg"),
        ([image("https://a.vn/1.jpg", 3000, 120)], None),
        ([image("https://secure.gravatar.com/a/1.jpg")], None),
        ([image("http://feeds.feedburner.com/~r/x/~4/abc")], None),
        ([image("http://rss.slashdot.org/~a/x?i=1")], None),
        ([image("https://s.w.org/images/core/emoji/72x72/1f600.png")], None),
        ([image("https://a.vn/pixel.gif"), image("https://a.vn/ads/1.jpg")], None),
        ([image("https://a.vn/x.svg"), image("https://a.vn/x.mp4")], None),
        ([image("https://a.vn/x.avif")], "https://a.vn/x.avif"),
        ([image("https://a.vn/chip-1200x630.jpg")], "https://a.vn/chip-1200x630.jpg"),
        ([image("https://a.vn/chip.png?x=1&width=640&sig=a%2Fb")], "https://a.vn/chip.png?x=1&width=640&sig=a%2Fb"),
        ([image("https://a.vn/t.jpg", 180, 135, "thumbnail")], None),
        ([image("data:image/png;base64,x"), image("javascript:x")], None),
        ([image("/x.jpg"), image("http://localhost/x.jpg")], None),
    ],
)  # fmt: skip
def test_best_image(images: list[Image], best: str | None) -> None:
    assert best_image(images) == best


@pytest.mark.parametrize(
    "small",
    ["https://a.vn/chip_180x108.jpg", "https://a.vn/chip.png?w=150", "https://a.vn/100x80/chip.jpg",
     "https://a.vn/chip_d200.jpg", "https://a.vn/2006/12/23c3_135x122_23c3.jpg"],
)  # fmt: skip
def test_a_size_in_the_address_is_only_a_hint(small: str) -> None:
    other = image("https://a.vn/anh.jpg")
    assert best_image([image(small)]) == small
    assert best_image([image(small), other]) == other.url
    assert is_small(image(small))
    assert not is_small(image(small, 1200))
    assert not is_small(other)


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://a.vn/pixel-8a-camera-review.jpg", "Đánh giá máy ảnh"),
        ("https://a.vn/pixel-8a.jpg", "Pixel 8a giảm giá"),
        ("https://a.vn/google-logo.png", "Google đổi nhận diện"),
        ("https://a.vn/Uhlandstrasse_9_mit_Logo_tcm17-143498.jpeg", "Software AG verfehlt Erwartungen"),
        ("https://a.vn/ios-11-ipad-iphone-large.3x2.jpg", "iOS 11.2 is here"),
        ("https://a.vn/bai_16x9_992.jpg", "Bài"),
        ("https://a.vn/images/ad5453f1-3ccc/tap-58.jpg", "Tập 58"),
        ("https://a.vn/ads_cd2013/keyvisual_100px.jpg", "Connection"),
        ("https://a.vn/logo/fosdem-logo.png", "FOSDEM talk about NixOS"),
        ("https://a.vn/sections/2026/11/pin.jpg", "Pin thể rắn"),
    ],
)  # fmt: skip
def test_a_suspect_word_in_the_name_of_a_storys_own_picture(url: str, title: str) -> None:
    assert best_image([image(url)], title=title) == url
    assert best_image([image(url), image("https://a.vn/x.jpg", source="content")], title=title)


@pytest.mark.parametrize(
    "url",
    ["https://a.vn/pixel.gif", "https://a.vn/tracking/npr-rss-pixel.png?story=1", "https://a.vn/logo.png",
     "https://a.vn/icons/cong-nghe-moi.png", "https://a.vn/topics/security_64.png",
     "https://a.vn/wp-includes/images/smilies/icon_wink.gif", "https://a.vn/img/flattr-badge-large.png",
     "https://a.vn/i/site_logo_white.png", "https://a.vn/plugins/latex/cache/tex_8ce4b16b.gif",
     "https://a.vn/sections/tech.png", "https://a.vn/vote_badges/15.png"],
)  # fmt: skip
def test_icons_of_sections_and_trackers_are_no_pictures(url: str) -> None:
    assert best_image([image(url)], title="Bản vá khẩn cấp cho trình duyệt Sao Khuê") is None


@pytest.mark.parametrize(
    ("categories", "tags"),
    [
        (("Công nghệ AI", "Bán dẫn"), ("#CôngNghệAI", "#BánDẫn")),
        (("Uncategorized", "Tin tức", "News", "General", "Chưa phân loại", "AI"), ("#AI",)),
        (("AI", "ai", "Bán dẫn", "ban dan"), ("#AI", "#BánDẫn")),
        (("AI, chip; Nvidia",), ("#AI", "#Chip", "#Nvidia")),
        (("iphone", "iOS 19", "macbook"), ("#iPhone", "#iOS19", "#MacBook")),
        (("5G", "2025", "3.5"), ("#5G",)),
        (("C++", "C#", ".NET", "AT&T", "Node.js"), ("#ATT", "#NodeJs")),
        (("http://schemas.google.com/blogger/2008/kind#post",), ()),
        (("x" * 31, "y" * 30), ("#Y" + "y" * 29,)),
        (("ข่าว", "समाचार", "新闻", "科技"), ("#科技",)),
        (("#Đã_có", "Editor’s Picks"), ("#Đã_có",)),
        (("", " ", "!!!", "\ud800"), ()),
        (("s-01062023-tin", "CES 2026"), ("#CES2026",)),
    ],
)
def test_hashtags(categories: tuple[str, ...], tags: tuple[str, ...], desk: Any) -> None:
    channel = desk.channels["telegram"]
    assert hashtags(Article(title="t", categories=categories), channel) == tags


@pytest.mark.parametrize(
    ("settings", "tags"),
    [
        ({"hashtags_map": {"ai": "TríTuệNhânTạo"}}, ("#TríTuệNhânTạo", "#BánDẫn", "#iPhone")),
        ({"hashtags_map": {"tin TUC": "ThờiSự"}}, ("#ThờiSự", "#AI", "#BánDẫn")),
        ({"hashtags_map": {"AI": "Bán dẫn"}}, ("#BánDẫn", "#iPhone")),
        ({"hashtags_allowed": ("BánDẫn", "iphone")}, ("#BánDẫn", "#iPhone")),
        ({"hashtags_allowed": ("TríTuệ",), "hashtags_map": {"AI": "trí tuệ"}}, ("#TríTuệ",)),
        ({"hashtags_allowed": ("Khác",)}, ()),
    ],
)
def test_the_channel_maps_and_allows_hashtags(
    settings: dict[str, Any], tags: tuple[str, ...], desk: Any
) -> None:
    article = Article(title="t", categories=("Tin tức", "AI", "Bán dẫn", "iphone"))
    assert hashtags(article, replace(desk.channels["telegram"], **settings)) == tags


@pytest.mark.parametrize(
    ("title", "tags"),
    [
        ("iPhone 18 dùng chip của NVIDIA", ("#iPhone", "#Nvidia", "#AI")),
        ("Nvidia’s rival, “Galaxy S27”", ("#Nvidia", "#GalaxyS27", "#AI")),
        ("Trí tuệ nhân tạo hoà nhập", ("#TríTuệNhânTạo", "#AI")),
        ("Nvidian và iPhones, Galaxy S270, tri tue nhan tao", ("#AI",)),
        ("英伟达发布新芯片", ("#英伟达", "#AI")),
        ("AI của Nvidia", ("#Nvidia", "#AI")),
        ("iPhone Air ra mắt", ("#iPhoneAir", "#AI")),
        ("iPhone Air mỏng hơn iPhone cũ", ("#iPhoneAir", "#iPhone", "#AI")),
    ],
)
def test_names_that_the_channel_lists_become_hashtags_where_a_title_has_them(
    title: str, tags: tuple[str, ...], desk: Any
) -> None:
    names = ("Nvidia", "iPhone", "iPhone Air", "Galaxy S27", "trí tuệ nhân tạo", "英伟达")
    channel = replace(desk.channels["telegram"], hashtags_from_title=names)
    assert hashtags(Article(title=title, categories=("AI",)), channel) == tags


def test_hashtags_that_the_operator_gives_a_feed_are_always_allowed(desk: Any) -> None:
    article = Article(title="t", categories=("AI",), hashtags=("CôngNghệ",))
    channel = replace(desk.channels["telegram"], hashtags_allowed=("Chip",))
    assert hashtags(article, channel) == ("#CôngNghệ",)


def test_the_operators_hashtags_come_first_and_the_maximum_holds(desk: Any) -> None:
    article = Article(title="t", categories=("AI", "Chip"), hashtags=("CôngNghệ", "tin AI"))
    channel = desk.channels["telegram"]
    assert hashtags(article, channel) == ("#CôngNghệ", "#TinAI", "#AI")
    assert hashtags(article, replace(channel, hashtags_max=0)) == ()
