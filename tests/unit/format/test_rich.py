"""Rich messages: the article in its post, within Telegram's limits whatever a feed sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.format.limits import plain_text, utf16_length
from bot.format.rich import is_rich, with_pictures_in
from bot.models.events import Outlet
from bot.models.pictures import FurtherPicture
from bot.models.stories import Article, Headline, Passage
from tests.standins.telegram_rich import DEEPEST, MOST_BLOCKS, MOST_MEDIA, MOST_TEXT, rich_blocks

LEAD = (
    "Hãng phần mềm Sao Khuê ra bản vá cho lỗ hổng nghiêm trọng. "
    "Hơn 1,2 triệu máy ở trường học phải cập nhật ngay."
)
IMAGE = "https://example.vn/1.jpg?a=1&b=2"
ARTICLE = Article(
    title="Sao Khuê vá lỗi & <b>",
    paragraphs=(LEAD,),
    link="https://example.vn/tin/1.html?a=1&b=2",
    source="Báo Mới",
    hashtags=("BảoMật",),
    image=IMAGE,
    pictures=tuple(FurtherPicture(url=f"https://example.vn/{n}.jpg") for n in (2, 3)),
    also_at=(Outlet(name="Báo Khác", link="https://example.org/x"),),
    body=(
        Passage("text", f"{LEAD} Lỗ hổng nằm trong bộ đọc tệp ảnh."),
        Passage("heading", "Cách cập nhật"),
        Passage("item", "Mở phần cài đặt"),
        Passage("item", "Chọn cập nhật"),
        Passage("code", "sao-khue --update\n  --now"),
    ),
)


def written(desk: Any, article: Article = ARTICLE, **changes: Any) -> str:
    post = desk.post(article, "telegram", layout="rich", also_at=True, **changes)
    assert is_rich(post.text)
    assert post.length == utf16_length(plain_text(post.text)) <= post.limit == MOST_TEXT
    rich_blocks(post.text)
    return post.text


def test_the_article_stands_in_the_post(desk) -> None:
    blocks, pictures = rich_blocks(written(desk))
    kinds = [block["type"] for block in blocks]
    assert kinds == [
        *("heading", "photo", "paragraph", "details"),
        *("paragraph", "paragraph", "footer"),
    ]
    title, photo, lead, details, also, hashtags, source = blocks
    assert title["text"]["text"] == "Sao Khuê vá lỗi & <b>"
    assert title["text"]["url"] == ARTICLE.link
    assert photo["photo"][0]["file_id"] == IMAGE
    assert lead["text"] == LEAD
    assert details["summary"] == "Đọc bài tại đây"
    assert [block["type"] for block in details["blocks"]] == [
        *("paragraph", "heading", "list", "pre", "collage")
    ]
    first, _, items, code, collage = details["blocks"]
    assert first["text"] == "Lỗ hổng nằm trong bộ đọc tệp ảnh."  # the lead is not said again
    assert len(items["items"]) == 2
    assert code["text"] == "sao-khue --update\n  --now"
    assert len(collage["blocks"]) == 2
    assert also["text"][1]["url"] == "https://example.org/x"
    assert (hashtags["text"], source["text"]) == ("#BảoMật", "Báo Mới")
    assert pictures == [IMAGE, *(one.url for one in ARTICLE.pictures)]


def test_buttons_are_those_of_any_post(desk) -> None:
    rich, plain = (desk.post(ARTICLE, "telegram", layout=name) for name in ("rich", "plain"))
    assert rich.buttons == plain.buttons != ()
    assert (
        desk.post(ARTICLE, "telegram", layout="rich", without=frozenset({"buttons"})).buttons == ()
    )


@pytest.mark.parametrize("without", ["rich", "rich image"])
def test_without_it_the_post_is_a_plain_one(desk, without: str) -> None:
    parts = frozenset(without.split())
    plain = desk.post(ARTICLE, "telegram", without=parts)
    assert desk.post(ARTICLE, "telegram", layout="rich", without=parts) == plain
    assert not is_rich(plain.text)


def test_a_digest_is_no_rich_message(desk) -> None:
    article = Article(title="x", headlines=(Headline(title="Một"), Headline(title="Hai")))
    assert not is_rich(desk.post(article, "telegram", layout="rich").text)


@pytest.mark.parametrize(
    "article",
    [
        Article(title="Chỉ có tít"),
        replace(ARTICLE, image=None),
        replace(ARTICLE, body=()),
        replace(ARTICLE, pictures=ARTICLE.pictures[:1], body=()),
        replace(ARTICLE, paragraphs=(), source="", link=None, hashtags=()),
    ],
)
def test_what_an_article_lacks_leaves_no_empty_block(desk, article: Article) -> None:
    written(desk, article)


@pytest.mark.parametrize(("count", "kind"), [(1, "photo"), (2, "collage")])
def test_pictures_without_a_text_stand_open_for_there_is_no_article_to_read(
    desk, count: int, kind: str
) -> None:
    article = replace(ARTICLE, body=(), pictures=ARTICLE.pictures[:count])
    blocks, pictures = rich_blocks(written(desk, article))
    assert [block["type"] for block in blocks[2:4]] == ["paragraph", kind]
    assert "details" not in {block["type"] for block in blocks}
    assert len(pictures) == 1 + count


def test_without_its_first_picture_it_shows_none(desk) -> None:
    assert "<img" not in written(desk, without=frozenset({"image"}))


@pytest.mark.parametrize(
    "passage",
    [
        Passage("text", "Một câu rất dài & <nhọn>. " * 40),
        Passage("item", "Một mục"),
        Passage("code", "x" * 400),
        Passage("heading", "@ai /lenh 😀" * 10),
    ],
)
def test_no_article_passes_the_limits(desk, passage: Passage) -> None:
    article = replace(ARTICLE, body=(passage,) * 120, hashtags=("Thẻ" * 20,) * 30)
    text = written(desk, article)
    blocks, pictures = rich_blocks(text)
    assert 0 < len(blocks) < MOST_BLOCKS
    assert len(pictures) < MOST_MEDIA


def test_a_correction_keeps_the_pictures_that_were_sent(desk) -> None:
    sent = written(desk, replace(ARTICLE, pictures=ARTICLE.pictures[1:]))
    assert with_pictures_in(ARTICLE, sent).pictures == ARTICLE.pictures[1:]
    # One that took the place of an unfit first picture stands there alone.
    second, third = ARTICLE.pictures[:2]
    moved = replace(ARTICLE, image=second.url)
    sent = written(desk, replace(moved, pictures=(third,)))
    assert with_pictures_in(moved, sent).pictures == (third,)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("<h3>x</h3>" + "<p>x</p>" * 500, "RICH_MESSAGE_BLOCKS_TOO_MANY"),
        (f"<p>{'x' * 32_769}</p>", "RICH_MESSAGE_TEXT_TOO_LONG"),
        ("<blockquote>" * 17 + "x" + "</blockquote>" * 17, "RICH_MESSAGE_DEPTH_INVALID"),
        ('<img src="https://a.vn/1.jpg"/>' * 51, "RICH_MESSAGE_MEDIA_TOO_MANY"),
        ("<p> </p>", "RICH_MESSAGE_CONTENT_REQUIRED"),
        ("<p>x<ul><li>y</li></ul></p>", "RICH_MESSAGE_CONTENT_REQUIRED"),
        ("<details><summary>x</summary></details>", "RICH_MESSAGE_CONTENT_REQUIRED"),
        ('<p><a href="/tin">x</a></p>', "RICH_MESSAGE_URL_INVALID"),
        ('<img src="file:///etc/passwd"/>', "wrong HTTP URL specified"),
        ("<p>x", "can't find end tag"),
        ("<p>x</b></p>", "unmatched end tag"),
        ("<script>x</script>", 'unsupported start tag "script"'),
        ("<p>&euro;</p>", "unsupported named entities"),
    ],
)
def test_the_stand_in_refuses_what_the_documentation_does(source: str, refusal: str) -> None:
    with pytest.raises(Exception, match=refusal):
        rich_blocks(source)
    rich_blocks("<blockquote>" * DEEPEST + "x" + "</blockquote>" * DEEPEST)
