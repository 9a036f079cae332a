"""Which picture a post shows, and its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.format.illustration import MOST_ALT_TEXT, alt_text, shown_image
from bot.format.render import render_post
from bot.format.templates import compile_template
from bot.models.basics import ChannelId, Platform
from bot.models.pictures import Clip, ClipKind, FurtherPicture
from bot.models.settings import Channel, TemplateText
from bot.models.stories import Article

IMAGE = "https://a.vn/1.jpg"
ARTICLE = Article(title="Con chip mới", link="https://a.vn/tin", image=IMAGE)
TEMPLATE = TemplateText(name="t", source="{{ title }}\n{{ link or '' }}\n{{ image or '' }}")


def a_channel(platform: Platform, **settings: Any) -> Channel:
    return Channel(id=ChannelId("c"), platform=platform, template=TEMPLATE, **settings)


@pytest.mark.parametrize(
    ("platform", "settings", "without", "has_link", "image"),
    [
        (Platform.TELEGRAM, {}, (), True, IMAGE),
        (Platform.TELEGRAM, {}, ("image_address",), True, IMAGE),
        (Platform.TELEGRAM, {}, ("image",), True, None),
        (Platform.TELEGRAM, {"image": "never"}, (), True, None),
        (Platform.X, {}, (), False, IMAGE),
        (Platform.X, {}, (), True, None),
        (Platform.X, {}, ("image",), False, None),
        (Platform.X, {"image": "never"}, (), False, None),
        (Platform.CONSOLE, {"image": "never"}, ("image",), True, IMAGE),
    ],
)
def test_shown_image(platform, settings, without, has_link, image) -> None:
    channel = a_channel(platform, **settings)
    assert shown_image(ARTICLE, channel, frozenset(without), has_link=has_link) == image


@pytest.mark.parametrize(("kind", "image"), [("video", IMAGE), ("audio", None)])
def test_a_film_has_a_poster_and_a_recording_no_room_for_one(
    kind: ClipKind, image: str | None
) -> None:
    clip = Clip(url="https://a.vn/tap", kind=kind)
    channel = a_channel(Platform.TELEGRAM, video="auto", audio="auto", images=4)
    template = compile_template(TEMPLATE, Platform.TELEGRAM)
    post = render_post(replace(ARTICLE, clip=clip), channel, template)
    assert (post.clip, post.image, post.album) == (clip, image, ())


def test_the_first_picture_comes_no_second_time_in_its_album() -> None:
    """A page's picture may become the first one after it was among the others."""
    further = FurtherPicture(url="https://a.vn/2.jpg")
    article = replace(ARTICLE, pictures=(FurtherPicture(url=IMAGE), further))
    template = compile_template(TEMPLATE, Platform.TELEGRAM)
    post = render_post(article, a_channel(Platform.TELEGRAM, images=4), template)
    assert [one.url for one in post.pictures] == [IMAGE, further.url]


@pytest.mark.parametrize(
    ("link", "image"), [("always", None), ("never", IMAGE)], ids=["card", "picture"]
)
def test_a_post_on_x_shows_the_card_or_the_picture(link: Any, image: str | None) -> None:
    channel = a_channel(Platform.X, link=link)
    post = render_post(ARTICLE, channel, compile_template(TEMPLATE, Platform.X))
    assert (post.image, post.has_link) == (image, image is None)
    assert post.alt == ("Con chip mới" if image else "")
    assert "1.jpg" not in post.text, "an address in the text would cost what a link costs"


def test_an_article_without_link_shows_its_picture_on_x() -> None:
    channel = a_channel(Platform.X)
    article = replace(ARTICLE, link=None)
    post = render_post(article, channel, compile_template(TEMPLATE, Platform.X))
    assert (post.image, post.picture) == (IMAGE, None)


def test_words_end_at_a_word() -> None:
    words = alt_text(Article(title="chữ " * 400))
    assert MOST_ALT_TEXT - 10 < len(words) <= MOST_ALT_TEXT
    assert words.endswith("chữ…")
    assert alt_text(ARTICLE) == "Con chip mới"
