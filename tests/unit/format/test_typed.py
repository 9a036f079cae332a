"""What a person typed becomes HTML that Telegram takes, whatever the entities say, and a post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.format.telegram_markup import check_markup
from bot.format.typed import typed_html, typed_text, with_hand_text
from bot.models.basics import Platform
from bot.models.desk import Entity
from bot.models.pictures import Clip, FurtherPicture
from bot.models.stories import Article
from tests.standins.telegram_html import parse_html

if TYPE_CHECKING:
    from bot.models.posts import Post

CASES = {
    "plain": ("a < b & c", [], "a &lt; b &amp; c"),
    "bold": ("Tin hay", [("bold", 0, 3)], "<b>Tin</b> hay"),
    "after an emoji, which counts two": ("🎉 Tin", [("italic", 3, 3)], "🎉 <i>Tin</i>"),
    "one in another": (
        "Tin rất hay",
        [("bold", 0, 11), ("italic", 4, 3)],
        "<b>Tin <i>rất</i> hay</b>",
    ),
    "one over the end of another": (
        "một hai ba",
        [("bold", 0, 7), ("italic", 4, 6)],
        "<b>một <i>hai</i></b> ba",
    ),
    "nothing stands in code": ("a b", [("code", 0, 3), ("bold", 0, 1)], "<code>a b</code>"),
    "a link": (
        "đây",
        [("text_link", 0, 3, "https://a.vn/?x=1&y=2")],
        '<a href="https://a.vn/?x=1&amp;y=2">đây</a>',
    ),
    "no link to anything else": ("đây", [("text_link", 0, 3, "javascript:alert(1)")], "đây"),
    "a quote in an address": (
        "đây",
        [("text_link", 0, 3, 'https://a.vn/"><b>')],
        '<a href="https://a.vn/%22%3E%3Cb%3E">đây</a>',
    ),
    "a mention is text": ("@an chào", [("mention", 0, 3)], "@an chào"),
    "a long quote": (
        "x",
        [("expandable_blockquote", 0, 1)],
        "<blockquote expandable>x</blockquote>",
    ),
    "beyond the end": ("ab", [("bold", 1, 9)], "ab"),
    "before the start": ("ab", [("bold", -1, 2)], "ab"),
    "inside an emoji": ("🎉a", [("bold", 1, 2)], "<b>a</b>"),
    "what turns text around": ("a\u202eb\x00", [("bold", 0, 3)], "<b>ab</b>"),
}


def entities(given: list[tuple[object, ...]]) -> list[Entity]:
    return [
        Entity(**dict(zip(("type", "offset", "length", "url"), one, strict=False))) for one in given
    ]


@pytest.mark.parametrize("name", CASES)
def test_markup_as_typed(name: str) -> None:
    text, marks, wanted = CASES[name]
    assert typed_html(text, entities(marks)) == wanted


def test_a_platform_without_markup_gets_the_text() -> None:
    assert typed_text(" a <b> \u200b") == "a <b>"


KINDS = ["bold", "italic", "code", "pre", "text_link", "spoiler", "mention", "blockquote", "odd"]
MARKS = st.builds(
    Entity,
    type=st.sampled_from(KINDS),
    offset=st.integers(-2, 12),
    length=st.integers(-1, 12),
    url=st.sampled_from([None, "https://a.vn", "tg://x", '"']),
)


@given(st.text(max_size=10), st.lists(MARKS, max_size=6))
def test_telegram_takes_whatever_was_typed(text: str, marks: list[Entity]) -> None:
    markup = typed_html(text, marks)
    check_markup(markup, "typed")
    parse_html(markup)


ARTICLE = Article(
    title="Con chip mới",
    link="https://a.vn/tin",
    image="https://a.vn/1.jpg",
    pictures=(FurtherPicture(url="https://a.vn/2.jpg"),),
    clip=Clip(url="https://a.vn/phim.mp4", kind="video"),
)


def by_hand(desk: Any, platform: Platform, text: str, **keys: Any) -> Post:
    post = desk.post(ARTICLE, platform, **keys)
    channel = desk.channel(platform, **keys)
    return with_hand_text(post, text, ARTICLE, channel, without=frozenset())


def test_pictures_that_come_with_words_without_a_link_are_described(desk: Any) -> None:
    post = by_hand(desk, Platform.X, "Lời của tôi", link="always", images=4)
    assert [one.alt for one in post.pictures] == ["Con chip mới", "Con chip mới (2/2)"]


def test_words_with_a_link_show_no_picture_on_x(desk: Any) -> None:
    post = by_hand(desk, Platform.X, "Lời của tôi https://b.vn/1", link="always", images=4)
    assert (post.pictures, post.alt) == ((), "")


@pytest.mark.parametrize(("length", "is_linked"), [(100, True), (1000, False)])
def test_links_below_an_album_are_left_out_where_the_words_need_their_room(
    desk: Any, length: int, is_linked: bool
) -> None:
    post = by_hand(desk, Platform.TELEGRAM, "x" * length, images=4)
    assert (len(post.pictures), post.buttons) == (2, ())
    assert ("Chia sẻ:" in post.text) is is_linked
    assert post.limit is not None
    assert post.length <= post.limit


def test_words_too_long_for_a_caption_are_a_message(desk: Any) -> None:
    post = by_hand(desk, Platform.TELEGRAM, "chữ " * 300, video="auto")
    assert (post.is_caption, post.limit) == (False, 4096)
