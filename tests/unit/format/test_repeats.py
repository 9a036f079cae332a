"""What stands in several items in a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.format.article import write_article
from bot.format.pages import wants_page, with_page
from bot.format.repeats import find_repeats
from bot.models.basics import FeedId
from bot.models.feeds import Image, Item, Page, ParsedFeed
from bot.models.settings import Feed

LINE = "Ủng hộ tòa soạn qua tài khoản ngân hàng để báo sống được."
FEED = Feed(id=FeedId("f"), url="https://example.vn/rss")


def news(number: int, extra: str = "", **fields: Any) -> Item:
    text = f"<p>Tin thứ {number} kể chuyện riêng của nó cho người đọc biết.</p>{extra}"
    return Item(id=str(number), title=f"Tin số {number}", content=text, **fields)


@pytest.mark.parametrize(
    ("extras", "is_found"),
    [
        ([f"<p>{LINE}</p>"] * 3, True),
        ([f"<p>Riêng tin này nói thêm. {LINE}</p>", f"<div>{LINE}</div>", LINE], True),
        (["", f"<p>{LINE}</p>", f"<p>{LINE.upper()}</p>", f"<p>{LINE}</p>"], True),
        ([f"<p>{LINE}</p>"] * 2, False),
        ([f"<p>{LINE}</p>", "", f"<p>{LINE}</p>", "", f"<p>{LINE}</p>"], False),
        (["<p>Hay!</p> Và khác một.", "<p>Vậy. Hay! Nhé hai.</p>", "<p>Hay! Ba ba.</p>"], False),
        (["<p>Đọc thêm: chip</p>"] * 3, False),  # recognised anyway, so nobody needs to be told
    ],
)
def test_a_line_of_three_items_in_a_row(extras: list[str], is_found: bool) -> None:
    found = find_repeats([news(number, extra) for number, extra in enumerate(extras)])
    assert [line.casefold() for line in found.lines.values()] == [LINE.casefold()] * is_found


def test_copies_of_one_article_are_no_repetition() -> None:
    assert not find_repeats([news(1, f"<p>{LINE}</p>")] * 5).lines


def test_repeated_lines_and_pictures_are_left_out_of_posts() -> None:
    logo, own = Image(url="https://a.vn/mark.jpg"), Image(url="https://a.vn/own.jpg")
    items = [news(number, f"<p>{LINE}</p>", images=(logo,)) for number in range(3)]
    items.append(news(3, f"<p>{LINE}</p>", images=(logo, own)))
    repeats = find_repeats(items)
    articles = [
        write_article(item, FEED, ParsedFeed(), link=None, repeats=repeats) for item in items
    ]
    assert [len(article.paragraphs) for article in articles] == [1] * 4
    assert not any(LINE in "".join(article.paragraphs) for article in articles)
    assert [article.image for article in articles] == [None, None, None, own.url]


GOOD = "Một câu tử tế kể hết chuyện quan trọng cho người đọc biết ngay."
LONG = f"{GOOD} Một câu nữa nói thêm ai đã làm việc đó, từ bao giờ, ở đâu,"
LONG += " với bao nhiêu tiền của ai, và vì sao họ phải làm như thế."


@pytest.mark.parametrize(
    ("fetch_page", "summary", "has_image", "wanted"),
    [
        ("auto", LONG, True, False),
        ("auto", LONG, False, True),
        ("auto", GOOD, True, True),  # one short sentence: the page says more
        ("auto", "Ngắn", True, True),
        ("auto", "Một câu bị cắt giữa chừng mà không ai biết nó kể chuyện gì […]", True, True),
        ("always", LONG, True, True),
        ("never", "", False, False),
    ],
)
def test_when_the_page_is_wanted(
    fetch_page: Any, summary: str, has_image: bool, wanted: bool
) -> None:
    images = (Image(url="https://a.vn/1.jpg"),) if has_image else ()
    item = Item(id="1", title="Tin", summary=summary, images=images)
    feed = Feed(id=FeedId("f"), url="https://a.vn/rss", fetch_page=fetch_page)
    article = write_article(item, feed, ParsedFeed(), link="https://a.vn/1")
    assert wants_page(article, item, feed) is wanted
    bare = write_article(item, feed, ParsedFeed(), link=None)
    assert not wants_page(bare, item, feed)


@pytest.mark.parametrize(
    ("summary", "page", "lead"),
    [
        (GOOD, Page(description=LINE), GOOD),
        ("Ngắn", Page(description=LINE), LINE),
        ("Ngắn", Page(description="Báo mới", text=f"By Ada Lovelace\n\n{LINE}"), LINE),
        ("Ngắn", Page(description="Rất ngắn"), "Ngắn"),
        ("", Page(description="Rất ngắn"), "Rất ngắn"),
        ("", Page(description="<b>x</b> & <script>alert(1)</script> kể chuyện dài."),
         "<b>x</b> & <script>alert(1)</script> kể chuyện dài."),
        ("", Page(), None),
    ],
)  # fmt: skip
def test_the_page_gives_a_lead_where_the_feed_has_none(
    summary: str, page: Page, lead: str | None
) -> None:
    item = Item(id="1", title="Tin", summary=summary)
    article = write_article(item, FEED, ParsedFeed(), link="https://a.vn/1")
    found = with_page(article, replace(page, headings=("Tin | Báo Mới",)), item, FEED)
    assert next(iter(found.paragraphs), None) == lead
    assert found.image is None


def test_the_pages_picture_comes_before_small_and_foreign_ones() -> None:
    small = Image(url="https://a.vn/s.jpg", width=320, source="thumbnail")
    large = Image(url="https://a.vn/l.jpg", width=1200, height=630, source="page")
    item = Item(id="1", title="Tin", images=(small,))
    article = write_article(item, FEED, ParsedFeed(), link="https://a.vn/1")
    assert with_page(article, Page(image=large, headings=("Tin",)), item, FEED).image == large.url
    logo = Image(url="https://a.vn/site-logo.png", source="page")
    assert with_page(article, Page(image=logo, headings=("Tin",)), item, FEED).image == small.url


def test_a_sentence_said_of_every_item_with_its_own_title_is_no_news() -> None:
    """As Vimeo does; a sentence about the story that names its title stays."""
    titles = ("Nida, Giáng sinh", "Bảo tàng mùa hè", "Gió Ignitis")
    said = 'This is "{}" by a studio, the home for high quality videos and those who love them.'
    own = "Gió Ignitis kể chuyện những cánh quạt ngoài khơi biển Baltic trong một phút rưỡi."
    items = [
        Item(id=title, title=title, summary=f"<p>{said.format(title)}</p>") for title in titles
    ]
    items.append(Item(id="4", title=titles[2], content=f"<p>{said.format(titles[2])} {own}</p>"))
    repeats = find_repeats(items[:3])
    articles = [
        write_article(item, FEED, ParsedFeed(), link=None, repeats=repeats) for item in items
    ]
    assert [article.paragraphs for article in articles] == [(), (), (), (own,)]
