"""`remove` and `cut_after` of a feed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.format.article import left_out_by_operator, write_article
from bot.format.pages import with_page
from bot.format.removal import Removal, check_removal, removals_of
from bot.models.basics import FeedId
from bot.models.feeds import Item, Page, ParsedFeed
from bot.models.settings import Feed

if TYPE_CHECKING:
    from bot.models.stories import Article

NEWS = "Nhóm kỹ sư ở Đà Nẵng vừa giới thiệu một bộ pin thể rắn cho xe đạp điện."
MORE = "Sản phẩm dự kiến bán ra vào tháng Ba năm sau với giá mười triệu đồng."


def feed(**keys: Any) -> Feed:
    return Feed(id=FeedId("f"), url="https://a.vn/rss", **keys)


def written(text: str, title: str = "Pin mới", **keys: Any) -> Article:
    item = Item(id="1", title=title, summary=text)
    return write_article(item, feed(**keys), ParsedFeed(), link="https://a.vn/1")


@pytest.mark.parametrize(
    ("keys", "text", "lead"),
    [
        ({"remove": ("(Dân trí)",)}, f"(dân  trí) {NEWS}", NEWS),
        ({"remove": ("cho  xe đạp điện", "/ở Đà \\w+/")}, NEWS, "Nhóm kỹ sư vừa giới thiệu một bộ pin thể rắn."),
        ({"remove": ("Quảng cáo nội dung:",)}, f"Quảng cáo nội dung: {NEWS}", NEWS),
        ({"remove": ("/^Tin \\d+: /",)}, f"Tin 12: {NEWS}", NEWS),
        ({"remove": (r"/\s*Mã tin: \w+\.?/",)}, f"{NEWS} Mã tin: a12.", NEWS),
        ({"cut_after": ("Theo dõi trang của báo",)}, f"{NEWS} Theo dõi trang của báo để biết thêm. {MORE}", NEWS),
        ({"cut_after": ("Bài khác",)}, f"<p>{NEWS}</p><p>BÀI KHÁC của báo:</p><p>{MORE}</p>", NEWS),
        # ... as it is where nothing of it stands there:
        ({"remove": ("(Dân trí)", "/^xyz$/"), "cut_after": ("Hết",)}, NEWS, NEWS),
        ({"remove": ("a.c",)}, f"{NEWS} abc là ba chữ cái đầu tiên của bảng.", f"{NEWS} abc là ba chữ cái đầu tiên của bảng."),
    ],
)  # fmt: skip
def test_phrases_of_the_operator_are_left_out(keys: dict[str, Any], text: str, lead: str) -> None:
    assert " ".join(written(text, **keys).paragraphs) == lead


def test_headlines_lose_it_too_but_never_all_of_it() -> None:
    assert written(NEWS, "[QC] Pin mới", remove=("[QC]",)).title == "Pin mới"
    assert written(NEWS, "Pin mới | Báo", remove=("/ \\| Báo$/",)).title == "Pin mới"
    assert written(NEWS, "Pin mới", remove=("/.*/",)).title == "Pin mới"
    assert written(NEWS, "Hết giờ: pin mới", cut_after=("Hết giờ",)).title == "Hết giờ: pin mới"


def test_pages_lose_it_too() -> None:
    item = Item(id="1", title="Pin mới")
    own = feed(remove=("Độc quyền:",))
    article = write_article(item, own, ParsedFeed(), link="https://a.vn/1")
    page = Page(description=f"Độc quyền: {NEWS}", headings=("Pin mới",))
    assert with_page(article, page, item, own).paragraphs == (NEWS,)


def test_parts_that_were_left_out_can_be_shown() -> None:
    item = Item(id="1", title="t", summary=f"(Dân trí) {NEWS} Bài khác: A.", content="<p>B</p>")
    own = feed(remove=("(Dân trí)", "/\\bpin\\b/"), cut_after=("Bài khác",))
    assert left_out_by_operator(item, own) == ("Bài khác: A.", "(Dân trí)", "pin")
    assert left_out_by_operator(item, feed()) == ()


@pytest.mark.parametrize("entry", ["/(a+)+b/", r"/(\w+\s?)+$/", "/(a|aa)+b/", "/(x+x+)+y/"])
def test_an_expression_that_takes_long_is_refused_and_bounded(entry: str) -> None:
    with pytest.raises(ValueError, match="takes too long"):
        check_removal(entry)
    text = "ax" * 20 + "a" * 4_000 + "x" * 4_000 + "!"
    removals = removals_of((entry,), ())
    start = time.thread_time()
    for _ in range(20):
        removals.title(text)
    assert time.thread_time() - start < 3


@pytest.mark.parametrize(
    "entry",
    ["(a+)+b", "/^Ảnh: .*$/", r"/\[\d+\]/", "/", "//", "/(?i)tin\\s+mới/", r"/https?:\/\/\S+/"],
)
def test_an_expression_that_is_not_slow_is_taken(entry: str) -> None:
    check_removal(entry)


def test_an_expression_that_is_none_says_where() -> None:
    with pytest.raises(ValueError, match="at character 4"):
        Removal("/a(b/")
