"""A delivery is drawn as its channel's layout says, but for words that a person wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.format.rich import is_rich
from bot.format.templates import compile_template
from bot.models.basics import ChannelId, DeliveryId, FeedId, Platform, Reason
from bot.models.outbox import Delivery
from bot.models.pictures import (
    Clip,
    Fetchable,
    FurtherPicture,
    OutOfReach,
    Picture,
    Unfit,
    Uploadable,
)
from bot.models.settings import Channel, TemplateText
from bot.models.stories import Article
from bot.pipeline.drawing import drawn
from tests.pipeline.kit import NOW, FakePictures

if TYPE_CHECKING:
    from bot.models.posts import Post

TEMPLATE = TemplateText(name="t", source="<b>{{ title }}</b>")
CHANNEL = Channel(
    id=ChannelId("tin"), platform=Platform.TELEGRAM, template=TEMPLATE, chat="@tin", layout="rich"
)
DELIVERY = Delivery(
    id=DeliveryId(1),
    channel=CHANNEL.id,
    feed=FeedId("f"),
    article=Article(title="Tin", link="https://example.vn/1"),
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("changes", "is_article"),
    [({}, True), ({"hand_text": "Lời của tôi"}, False), ({"without": frozenset({"rich"})}, False)],
)
async def test_a_rich_message_gives_way(changes: dict[str, Any], is_article: bool) -> None:
    template = compile_template(TEMPLATE, Platform.TELEGRAM)
    route: Any = SimpleNamespace(channel=CHANNEL, template_for=lambda _: template, pictures=None)
    post = await drawn(replace(DELIVERY, **changes), route, None)
    assert is_rich(post.text) is is_article
    assert post.limit == (32_768 if is_article else 4_096)
    if "hand_text" in changes:
        assert post.text == "Lời của tôi"


FIRST, SECOND, THIRD, FOURTH = (f"https://example.vn/{n}.jpg" for n in (1, 2, 3, 4))
WHY = Reason(code="why", text="for a reason")


def a_picture(shade: int) -> Picture:
    return Picture(data=b"jpeg", type="image/jpeg", width=640, height=360, sketch=bytes([shade]))


async def album(pictures: FakePictures | None, channel: Channel, **changes: Any) -> Post:
    article = Article(
        title="Tin",
        link="https://example.vn/1",
        image=FIRST,
        pictures=tuple(FurtherPicture(url=url) for url in (SECOND, THIRD, FOURTH)),
        clip=Clip(url="https://example.vn/1.mp4", kind="video"),
    )
    template = compile_template(TEMPLATE, Platform.TELEGRAM)
    route: Any = SimpleNamespace(
        channel=channel, template_for=lambda _: template, pictures=pictures
    )
    return await drawn(replace(DELIVERY, article=article, **changes), route, None)


ALBUM = replace(CHANNEL, layout="plain", images=3, share=("telegram",), language="vi")
BLACK, GREY, WHITE = (Fetchable(picture=a_picture(shade)) for shade in (0, 100, 255))
NEARLY_BLACK = Uploadable(picture=a_picture(16), reason=WHY)
UNFIT, OUT_OF_REACH = Unfit(reason=WHY), OutOfReach(reason=WHY)


@pytest.mark.parametrize(
    ("verdicts", "shown"),
    [
        ((BLACK, GREY, WHITE, WHITE), [FIRST, SECOND, THIRD]),
        ((BLACK, NEARLY_BLACK, GREY, WHITE), [FIRST, THIRD, FOURTH]),
        ((BLACK, UNFIT, OUT_OF_REACH, WHITE), [FIRST, FOURTH]),
        ((UNFIT, BLACK, NEARLY_BLACK, WHITE), [SECOND, FOURTH]),
        ((OUT_OF_REACH, BLACK, GREY, WHITE), [FIRST, SECOND, THIRD]),
        ((BLACK, NEARLY_BLACK, UNFIT, OUT_OF_REACH), [FIRST]),
        ((UNFIT, UNFIT, OUT_OF_REACH, UNFIT), []),
    ],
)
async def test_an_album_shows_each_picture_once(verdicts, shown: list[str]) -> None:
    found = dict(zip((FIRST, SECOND, THIRD, FOURTH), verdicts, strict=True))
    post = await album(FakePictures(UNFIT, found), ALBUM)
    assert [one.url for one in post.pictures] == shown
    assert bool(post.buttons) == (len(shown) < 2), "what is no album has buttons"
    assert ("Chia sẻ" in post.text) == (len(shown) >= 2)


async def test_an_album_of_which_one_can_be_uploaded_is_a_post_with_buttons() -> None:
    found = {FIRST: OUT_OF_REACH, SECOND: BLACK}
    post = await album(FakePictures(UNFIT, found), ALBUM, without=frozenset({"image_address"}))
    assert [one.url for one in post.pictures] == [SECOND]
    assert (bool(post.buttons), "Chia sẻ" in post.text) == (True, False)


async def test_each_picture_is_looked_at_once() -> None:
    pictures = FakePictures(BLACK)
    for channel in (ALBUM, replace(CHANNEL, video="auto")):  # no rich message plays films
        pictures.asked.clear()
        await album(pictures, channel)
        assert [url for url, _ in pictures.asked] == [FIRST, SECOND, THIRD, FOURTH]


async def test_pictures_that_are_not_shown_are_not_looked_at() -> None:
    pictures = FakePictures(BLACK)
    for changes in ({"image": "never"}, {"image": "never", "layout": "rich"}):
        await album(pictures, replace(ALBUM, **changes))
    await album(pictures, replace(ALBUM, platform=Platform.CONSOLE))
    assert pictures.asked == []
    await album(pictures, replace(ALBUM, images=1))
    assert [url for url, _ in pictures.asked] == [FIRST]


@pytest.mark.parametrize(
    ("verdicts", "shown"),
    [
        ((BLACK, GREY, BLACK, WHITE), [FIRST, SECOND, FOURTH]),
        ((BLACK, NEARLY_BLACK, OUT_OF_REACH, WHITE), [FIRST, FOURTH]),
        ((NEARLY_BLACK, BLACK, GREY, BLACK), [SECOND, THIRD]),
        ((OUT_OF_REACH, GREY, WHITE, UNFIT), [FIRST, SECOND, THIRD]),
        ((NEARLY_BLACK, UNFIT, OUT_OF_REACH, UNFIT), []),
    ],
)
async def test_a_rich_message_shows_each_picture_once_by_its_address(verdicts, shown) -> None:
    found = dict(zip((FIRST, SECOND, THIRD, FOURTH), verdicts, strict=True))
    post = await album(FakePictures(UNFIT, found), CHANNEL)
    assert re.findall('<img src="(.*?)"/>', post.text) == shown
    assert post.image == next(iter(shown), None)


async def test_a_film_that_cannot_be_played_leaves_its_album() -> None:
    pictures = FakePictures(BLACK, {THIRD: GREY, FOURTH: WHITE}, no_clip=WHY)
    post = await album(pictures, replace(ALBUM, video="auto"))
    assert (post.clip, pictures.asked[0]) == (None, ("https://example.vn/1.mp4", ()))
    assert [one.url for one in post.pictures] == [FIRST, THIRD, FOURTH]


@pytest.mark.parametrize(
    ("words", "pictures", "has_links", "has_buttons"),
    [
        ("Lời của tôi", 3, True, False),
        ("chữ " * 254 + "hết.", 3, False, False),  # no room for the links
        ("chữ " * 256 + "hết.", 0, False, True),  # no room under pictures
    ],
)
async def test_words_of_a_person_stand_under_an_album(
    words: str, pictures: int, *, has_links: bool, has_buttons: bool
) -> None:
    post = await album(None, ALBUM, hand_text=words)
    assert len(post.pictures) == pictures
    assert post.text.startswith(words)
    assert ("Chia sẻ" in post.text, bool(post.buttons)) == (has_links, has_buttons)
    assert post.limit is not None
    assert post.length <= 4096
