"""The text of the article below the lead: what follows, in whole sentences, never the lead again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.collect.page import read_page
from bot.errors import TemplateError
from bot.format.article import write_article
from bot.format.body import is_short, read_on, whole_sentences
from bot.format.choosing import lead_of
from bot.format.image import further_images
from bot.format.pages import lacks_without_page, wants_page, with_page
from bot.models.basics import FeedId
from bot.models.feeds import FetchedPage, Image, Item, ParsedFeed
from bot.models.pictures import FurtherPicture
from bot.models.settings import Channel, Feed
from bot.models.stories import Article, Passage
from bot.store.tables.records import article_from_json, article_to_json
from tests.standins.telegram_html import parse_html

FEED = Feed(id=FeedId("f"), url="https://example.vn/rss", body=2_500)
LEAD = (
    "Hãng phần mềm Sao Khuê ra bản vá cho lỗ hổng nghiêm trọng. "
    "Hơn 1,2 triệu máy ở trường học phải cập nhật ngay."
)
SECOND = "Lỗ hổng nằm trong bộ đọc tệp ảnh và cho phép chạy mã lạ. Nó được báo từ tháng ba năm nay."
THIRD = "Theo kỹ sư Lan Anh, chưa thấy ai lợi dụng nó. Bản vá được tải về tự động khi mở máy."
CONTENT = f"<p>{LEAD}</p><h2>Lỗ hổng ở đâu</h2><p>{SECOND}</p><ul><li>{THIRD}</li></ul><h2>Hết</h2>"
EXPANDABLE = {"more": "expandable"}


def written(feed: Feed = FEED, **fields: Any) -> Article:
    item = Item(id="1", title="Sao Khuê vá lỗ hổng trong trình duyệt", **fields)
    return write_article(item, feed, ParsedFeed(title="Báo"), link="https://example.vn/tin/1.html")


def quotation(text: str) -> str:
    """Return what stands in the quotation that opens on a tap, as Telegram reads it."""
    shown, entities = parse_html(text)
    units = shown.encode("utf-16-le")
    found = [each for each in entities if each["type"] == "expandable_blockquote"]
    if not found:
        return ""
    (one,) = found
    return units[one["offset"] * 2 : (one["offset"] + one["length"]) * 2].decode("utf-16-le")


def test_the_body_is_kept_only_where_a_post_may_show_it() -> None:
    item = {"content": CONTENT, "images": (Image(url="https://example.vn/hai.jpg", width=800),)}
    assert written(replace(FEED, body=0), **item).body == ()
    found = written(**item).body
    assert found == (
        Passage("text", LEAD),
        Passage("heading", "Lỗ hổng ở đâu"),
        Passage("text", SECOND),
        Passage("item", THIRD),
    )
    assert [one.kind for one in written(replace(FEED, body=100), **item).body] == ["text"]


def test_a_post_goes_on_below_its_lead(desk) -> None:
    article = written(content=CONTENT)
    lead = lead_of(article).text
    post = desk.post(article, "telegram", **EXPANDABLE)
    rest = SECOND.partition(". ")[2]
    assert quotation(post.text) == f"{rest}\n• {THIRD}"
    assert post.text.count(lead) == 1
    plain = desk.post(article, "telegram")
    assert "blockquote" not in plain.text
    assert post.length == plain.length + len(f"\n{rest}\n• {THIRD}")


@pytest.mark.parametrize("platform", ["x", "console"])
def test_other_platforms_have_no_such_quotation(desk, platform: str) -> None:
    article = written(content=CONTENT)
    assert desk.post(article, platform).text == desk.post(replace(article, body=()), platform).text


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (LEAD, f"{SECOND}\n• {THIRD}"),
        # The lead is the summary's, in other words than the article's own.
        (
            "Ngay bây giờ hơn 1,2 triệu máy ở trường học phải cập nhật: Sao Khuê vá lỗi nặng.",
            SECOND,
        ),
        # It was cut inside a sentence: that is not begun once more.
        (LEAD[:70] + "…", f"{SECOND}\n• {THIRD}"),
    ],
)
def test_nothing_of_the_lead_is_said_again(summary: str, expected: str) -> None:
    body = [Passage("text", LEAD), Passage("text", SECOND), Passage("item", THIRD)]
    assert read_on(body, summary, 900).startswith(expected)
    assert "phải cập nhật ngay" not in read_on(body, summary, 900)


def test_it_begins_behind_the_last_sentence_of_the_lead() -> None:
    body = [Passage("text", f"{SECOND} {LEAD} {THIRD}")]
    assert read_on(body, LEAD, 900) == THIRD


@pytest.mark.parametrize("most", [900, 160, 120, 90])
def test_it_is_cut_at_the_end_of_a_sentence(most: int) -> None:
    body = [Passage("text", LEAD), Passage("text", SECOND), Passage("item", THIRD)]
    shown = read_on(body, LEAD, most)
    assert len(shown) <= most
    assert shown == "" or shown.endswith(".")
    assert f"{SECOND}\n• {THIRD}".startswith(shown)


def test_too_little_is_not_worth_a_tap() -> None:
    assert read_on([Passage("text", f"{LEAD} Hết rồi.")], LEAD, 900) == ""


@pytest.mark.parametrize("repeated", [1, 3])
def test_signs_that_are_words_weigh_as_much_as_they_say(repeated: int) -> None:
    """A Chinese sign takes as long to read as two letters, here and in the rest of a post."""
    body = [Passage("text", "新芯片的速度是上一代的两倍。" * repeated)]
    assert read_on(body, "公司周一发布了新产品。", 900) == ("" if repeated == 1 else body[0].text)


def test_text_without_any_end_is_left_out_and_not_torn() -> None:
    assert whole_sentences("x" * 2_000, 900, len) == ""


@pytest.mark.parametrize("image", [None, "https://example.vn/1.jpg"])
def test_a_caption_holds_a_shorter_quotation(desk, image: str | None) -> None:
    many = tuple(
        Passage("text", f"Câu số {n} kể thêm một điều mà chưa ai trong bài này nói tới.")
        for n in range(40)
    )
    article = replace(written(content=CONTENT), body=many, image=image)
    post = desk.post(article, "telegram", **EXPANDABLE)
    shown = quotation(post.text)
    assert shown.endswith(".")
    assert post.length <= (post.limit or 0) == (1_024 if image else 4_096)
    assert post.text.count("Hơn 1,2 triệu máy") == 1  # the lead is whole
    assert 0 <= 900 - len(shown) < 70 if image is None else 0 <= 1_024 - post.length < 70


def test_nothing_that_a_feed_sends_breaks_the_quotation(desk) -> None:
    nasty = "Viết </blockquote><b> & @ai /lenh vào đây là một câu dài vừa đủ cho người đọc. "
    article = replace(written(content=CONTENT), body=(Passage("text", nasty * 3 + "Hết câu."),))
    shown = quotation(desk.post(article, "telegram", **EXPANDABLE).text)
    assert "</blockquote><b> & @\u2060ai /\u2060lenh" in shown


def test_the_page_says_what_the_feed_does_not() -> None:
    item = Item(id="1", title="Sao Khuê vá lỗ hổng trong trình duyệt", summary=LEAD)
    article = written(summary=LEAD)
    assert is_short(article.body)
    assert wants_page(article, item, FEED)
    assert "body" in lacks_without_page(article, FEED)
    markup = f"""<html><head><title>{item.title}</title>
        <meta property="og:description" content="{LEAD}"></head><body><article>
        <h1>{item.title}</h1><p>{LEAD}</p><p>{SECOND}</p><p>{THIRD}</p></article></body></html>"""
    fetched = FetchedPage(url="https://example.vn/tin/1.html", body=markup.encode())
    page = read_page(fetched, fetched.url)
    whole = with_page(article, page, item, FEED)
    first, rest = SECOND.split(". ")
    assert lead_of(whole).text == f"{LEAD} {first}."
    assert read_on(whole.body, lead_of(whole).text, 900) == f"{rest}\n{THIRD}"
    assert with_page(article, page, item, replace(FEED, body=0)).body == article.body


def test_the_store_keeps_it_as_it_is() -> None:
    article = replace(
        written(content=CONTENT), pictures=(FurtherPicture(url="https://example.vn/2.jpg"),)
    )
    stored = json.loads(json.dumps(article_to_json(article)))
    assert article_from_json(stored) == article
    stored["pictures"] = ["https://example.vn/2.jpg"]  # as it was written before
    assert article_from_json(stored) == article
    del stored["body"], stored["pictures"]  # as it was written before
    assert article_from_json(stored).body == ()


def test_a_channel_says_how_much_its_feeds_must_keep() -> None:
    bodies = {
        (more, layout): Channel(
            id="c", platform="telegram", template=None, more=more, layout=layout
        ).body
        for more in ("off", "expandable")
        for layout in ("plain", "rich")
    }
    assert bodies["off", "plain"] == 0 < bodies["expandable", "plain"] < bodies["off", "rich"]


@pytest.mark.parametrize(
    ("first", "others", "kept"),
    [
        # The sizes of one picture, as sites name them.
        ("a/chip-moi-2026.jpg?w=800", ["b/chip-moi-2026.jpg", "s/Chip-moi-2026-300x200.jpg"], []),
        ("a/chip-moi-2026.jpg", ["cdn/chip-moi-2026.jpg.webp", "chip-moi-2026-scaled.jpg"], []),
        ("u/photo.jpg", ["u/photo-1024x600.jpg", "u/photo@2x.jpg", "u/photo.jpg?w=900&h=5"], []),
        ("up/w_800,h_450/v1/1.jpg", ["up/w_900/v1/1.jpg", "up/w_900/v2/1.jpg"], [1]),
        ("rf/image_1024w/4/Sports/20127.jpg", ["rf/image_606w/4/Sports/20127.jpg"], []),
        # Galleries whose pictures are called alike.
        ("g/1/image.jpg", ["g/2/image.jpg", "g/3/image.jpg"], [0, 1]),
        ("t/57975d3284/1590/?format=1000w", ["t/57975c70eb/1400/?format=1000w"], [0]),
        ("a/IMG_0001.jpg", ["b/IMG_0001.jpg", "a/IMG_0002.jpg"], [0, 1]),
        ("show?id=1&w=900", ["show?id=2&w=900", "show?id=1&w=800"], [0]),
        ("galaxy-s24-ultra-black.jpg", ["galaxy-s25-ultra-black.jpg"], [0]),
        ("chip-moi-1.jpg", ["logo.png"] + [f"chip-moi-{n}.jpg" for n in range(2, 10)], range(1, 7)),
    ],
)
def test_further_pictures_are_others_than_the_first(first, others, kept) -> None:
    urls = [f"https://example.vn/{path}" for path in (first, *others)]
    found = further_images([Image(url=url) for url in urls], urls[0], title="Tin")
    assert [one.url for one in found] == [urls[1 + place] for place in kept]


@pytest.mark.parametrize(
    "other",
    [
        Image(url="https://example.vn/xem-truoc.jpg", width=900, source="thumbnail"),
        Image(url="https://example.vn/logo-sao-viet.jpg"),  # it may be shown where no other is
        Image(url="https://example.vn/nho-150x150.jpg"),
        Image(url="/no/address.jpg"),
    ],
    ids=["preview", "maybe a logo", "small", "no address"],
)
def test_what_is_shown_only_for_want_of_a_better_one_is_no_further_picture(other: Image) -> None:
    first, further = (Image(url=f"https://example.vn/chip-moi-{n}.jpg", width=900) for n in (1, 2))
    found = further_images([first, other, further], first.url, title="Tin")
    assert [one.url for one in found] == [further.url]


def test_without_markup_nothing_folds_so_that_the_post_ends_with_its_lead(desk) -> None:
    article = written(content=CONTENT)
    plain = desk.post(article, "telegram", without=frozenset({"markup"}), **EXPANDABLE)
    short = desk.post(article, "telegram", without=frozenset({"markup"}))
    assert plain.text == short.text
    assert quotation(desk.post(article, "telegram", **EXPANDABLE).text)


def test_a_quotation_in_a_quotation_is_a_mistake_of_the_template(desk) -> None:
    source = "<blockquote>{{ title }}<blockquote expandable>{{ more }}</blockquote></blockquote>"
    with pytest.raises(TemplateError, match="has a <blockquote> in another one"):
        desk.post(written(content=CONTENT), "telegram", template=source)
