"""Whether a page is the article's, and what it adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.page import read_page
from bot.format.article import write_article
from bot.format.pages import is_page_of, wants_page, with_page
from bot.models.basics import FeedId
from bot.models.feeds import FetchedPage, Image, Item, Page, ParsedFeed
from bot.models.settings import Feed

if TYPE_CHECKING:
    from bot.models.stories import Article

LINK = "https://example.vn/tin/1.html"
FEED = Feed(id=FeedId("f"), url="https://example.vn/rss")
TITLE = "Bản vá khẩn cấp cho trình duyệt Sao Khuê"
TEXT = "Hãng phần mềm Sao Khuê phát hành bản vá cho lỗ hổng nghiêm trọng trong trình duyệt."
MORE = "Hơn 1,2 triệu máy ở trường học phải cập nhật trước cuối tuần này, theo báo cáo của hãng."


def written(item: Item) -> Article:
    return write_article(item, FEED, ParsedFeed(title="Báo Số Thử"), link=LINK)


def is_own(markup: str, **fields: Any) -> bool:
    item = Item(id="1", **{"title": TITLE, **fields})
    page = read_page(FetchedPage(url=LINK, body=markup.encode()), LINK)
    return is_page_of(page, written(item), item)


@pytest.mark.parametrize(
    "markup",
    [
        "<title>Your choice</title><h1>Your privacy choices</h1><p>We and our 842 partners store cookies.</p>",
        "<title>Attention Required!</title><h1>Sorry, you have been blocked</h1>",
        "<title>Just a moment...</title><p>Verify that you are human.</p>",
        "<title>Đăng nhập - Báo Số Thử</title><p>Mời bạn đăng nhập để đọc tiếp bài viết này.</p>",
        "<title>Không tìm thấy trang</title><p>Trang bạn tìm không còn nữa.</p>",
        f"<title>404</title><h1>Không tìm thấy trang</h1><ul><li><a href=/x>{TITLE}</a></li></ul>",
        "<title>Báo Số Thử</title><h1>Bản tin mới cho bạn</h1>",
        "<title>Phòng thí nghiệm vi mạch thứ hai mở ở Thủ Đức</title><p>Chuyện khác hẳn.</p>",
        "",
    ],
)  # fmt: skip
def test_a_page_without_the_headline_and_the_text_is_not_the_articles(markup: str) -> None:
    assert not is_own(markup)
    assert not is_own(markup, summary=TEXT)


@pytest.mark.parametrize(
    "markup",
    [
        f"<title>{TITLE} | Báo Số Thử</title>",
        f"<meta property='og:title' content='{TITLE}'><p>x</p>",
        "<h1>BẢN VÁ KHẨN CẤP CHO TRÌNH DUYỆT SAO KHUÊ</h1>",
        "<title>Sao Khuê ra bản vá khẩn cấp cho trình duyệt</title>",
        f"<title>Bảo mật</title><h2>{TITLE}</h2>",
        f"<title>Bảo mật</title><form><p>{TEXT} Còn nữa.</p></form>",
        f"<meta name='description' content='{TEXT}'>",
    ],
)
def test_a_page_with_the_headline_or_the_text_is(markup: str) -> None:
    assert is_own(markup, summary=TEXT)


@pytest.mark.parametrize(
    ("title", "heading", "is_found"),
    [
        ("Chrome 150", "Chrome 150 is out", True),
        ("Chrome 150", "Chrome 149 is out", False),
        ("新型电池在岘港亮相", "新型电池在岘港亮相 - 科技日报", True),
        ("新型电池在岘港亮相", "请登录后继续阅读", False),
        ("ソニーが新型カメラを発表", "ソニー、新型カメラを発表 | ニュース", True),
    ],
)
def test_headlines_that_are_short_or_without_spaces(
    title: str, heading: str, *, is_found: bool
) -> None:
    assert is_own(f"<title>{heading}</title>", title=title) is is_found


def test_an_item_without_a_title_is_known_by_its_text_alone() -> None:
    assert is_own(f"<title>x</title><p>{TEXT}</p>", title="", summary=TEXT)
    assert not is_own("<title>Báo Số Thử</title>", title="")


def test_another_page_adds_neither_lead_nor_picture() -> None:
    item = Item(id="1", title=TITLE)
    image = Image(url="https://a.vn/wall.jpg", width=1200, source="page")
    wall = Page(description=TEXT.replace("Sao", "Kim"), image=image, headings=("Đăng nhập",))
    assert with_page(written(item), wall, item, FEED) == written(item)


@pytest.mark.parametrize(
    ("image", "is_wanted"),
    [
        (Image(url="https://a.vn/t.jpg", width=320, source="thumbnail"), True),
        (Image(url="https://a.vn/100x80/t.jpg", source="media"), True),
        (Image(url="https://a.vn/t_d200.jpg", source="enclosure"), True),
        (Image(url="https://a.vn/thumb/t.jpg", source="media"), True),
        (Image(url="https://a.vn/t.jpg", width=640), False),
        (Image(url="https://a.vn/t.jpg"), False),
        (Image(url="https://a.vn/thumbs-up-for-rust.jpg"), False),
        (Image(url="https://a.vn/100x80/t.jpg", width=1280), False),
    ],
)
def test_a_small_picture_lets_the_pages_win(image: Image, *, is_wanted: bool) -> None:
    item = Item(id="1", title=TITLE, summary=f"{TEXT} {MORE}", images=(image,))
    article = written(item)
    assert wants_page(article, item, FEED) is is_wanted
    large = Image(url="https://a.vn/p.jpg", source="page")
    found = with_page(article, Page(image=large, headings=(TITLE,)), item, FEED)
    assert found.image == large.url


def test_a_lead_that_the_feed_cut_off_is_completed_from_the_page() -> None:
    item = Item(id="1", title=TITLE, summary=f"{TEXT} Người dùng được khuyên cập nhật trư...")
    end = "Người dùng được khuyên cập nhật trước cuối tuần, theo “Báo Số Thử”."
    page = Page(text=f"Mở đầu.\n\n{TEXT} {end} Còn nữa.", headings=(TITLE,))

    article = with_page(written(item), page, item, FEED)

    assert article.paragraphs == (f"{TEXT} {end}",)
    assert article.origins == ("completed",)


def test_a_short_lead_is_followed_by_what_else_the_page_says() -> None:
    item = Item(id="1", title=TITLE, summary=TEXT)
    more = "Bản vá của Sao Khuê đóng 3 lỗ hổng."
    page = Page(text=f"{TEXT} {more} Cập nhật có từ hôm nay trên mọi máy.", headings=(TITLE,))

    article = with_page(written(item), page, item, FEED)

    assert article.paragraphs == (TEXT, f"{more} Cập nhật có từ hôm nay trên mọi máy.")
    assert article.origins == ("summary", "page")
    assert article.testimony == (TEXT,)


def test_lines_of_the_page_are_paragraphs_and_its_headline_is_none() -> None:
    item = Item(id="1", title=TITLE, summary=TEXT)
    page = Page(text=f"Nóng: {TITLE}\n{MORE}\nBản vá tự tải về.", headings=(TITLE,))

    article = with_page(written(item), page, item, FEED)

    assert article.paragraphs == (TEXT, MORE, "Bản vá tự tải về.")


def test_a_text_is_not_completed_by_one_that_is_cut_off_at_the_same_place() -> None:
    item = Item(id="1", title=TITLE, summary=f"{TEXT} Người dùng được khuyên cập nhật trước...")
    stump = "Người dùng được khuyên cập nhật trước"
    page = Page(description=f"{stump}...", text=f"{TEXT} {stump} cuối tuần.", headings=(TITLE,))

    article = with_page(written(item), page, item, FEED)

    assert article.paragraphs == (f"{TEXT} {stump} cuối tuần.",)
