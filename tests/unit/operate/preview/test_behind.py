"""The facts behind a previewed post: its price, why it has no picture, what its page gave."""

from __future__ import annotations

from typing import Any

import pytest

from bot.format.templates import compile_template
from bot.models.basics import AccountId, FeedId, Platform, Reason
from bot.models.feeds import Image, Page, ParsedFeed
from bot.models.pictures import Clip, Fetchable, OutOfReach, Picture, Unfit, Uploadable, Verdict
from bot.models.settings import Account, Channel, Feed, Prices
from bot.operate.preview.looked_at import changes_posts, wanted_media
from bot.operate.preview.preview_json import preview_json
from bot.operate.preview.previews import Preview, Stage, render_previews
from bot.operate.preview.terminal import preview_text

from .kit import NOW, channel, item, previews

PHOTO = Image(url="https://example.vn/anh.jpg", source="media")
PRICED = Account(
    id=AccountId("tôi"),
    platform=Platform.X,
    api_url="https://api.x.example",
    secrets={},
    prices=Prices(post=15_000, post_with_link=200_000, read=1_000, alt_text=5_000),
)


def shown(one: Channel, *, looks: dict[str, Verdict] | None = None, **parts: Any) -> Preview:
    feed = Feed(id=FeedId("báo"), url="https://example.vn/rss", channels=(one.id,), first_run=1)
    stage = Stage(
        channels={one.id: one},
        templates={one.id: compile_template(one.template, one.platform)},
        now=NOW,
        accounts={PRICED.id: PRICED},
        looks=looks or {},
    )
    read = ParsedFeed(title="Báo", items=(item(**parts),))
    (found,) = render_previews(feed, read, stage, limit=0)
    return found


@pytest.mark.parametrize(
    ("settings", "images", "price"),
    [
        ({"account": "tôi"}, (), 200_000),
        ({"account": "tôi", "link": "never"}, (), 15_000),
        ({"account": "tôi", "link": "never"}, (PHOTO,), 20_000),
        ({}, (), None),
    ],
)
def test_the_price_is_the_one_that_the_service_reserves(
    settings: dict[str, Any], images: tuple[Image, ...], price: int | None
) -> None:
    assert shown(channel("x", **settings), images=images).behind.price == price


def image(url: str, **size: int) -> tuple[Image, ...]:
    return (Image(url=url, source="content", **size),)


@pytest.mark.parametrize(
    ("settings", "images", "reason"),
    [
        ({}, (PHOTO,), ""),
        ({}, (), "neither the feed nor the page names one"),
        ({"image": "never"}, (PHOTO,), 'image = "never" of channel to-telegram'),
        ({}, image("https://e.vn/a.jpg", width=20, height=20), "its stated size is too small"),
        ({}, image("https://e.vn/logo.png"), "its name is that of a logo"),
        ({}, image("http://localhost/anh-tin.jpg"), "its address is no public web address"),
        ({}, image("https://secure.gravatar.com/anh-tin-moi.jpg"), "secure.gravatar.com serves"),
        (
            {},
            (*image("https://e.vn/placeholder.png"), *image("https://e.vn/x.svg")),
            "it is no still picture that platforms show (none of 2 fits)",
        ),
    ],
)
def test_a_post_without_a_picture_says_why(
    settings: dict[str, Any], images: tuple[Image, ...], reason: str
) -> None:
    found = shown(channel("telegram", **settings), images=images)
    assert found.post is not None
    assert (found.post.image is None) == bool(reason)
    assert found.behind.no_picture.startswith(reason)
    assert bool(found.behind.no_picture) == bool(reason)


def test_x_shows_a_card_in_place_of_a_picture_and_a_terminal_none() -> None:
    assert shown(channel("x"), images=(PHOTO,)).behind.no_picture == (
        "X shows the card of the link instead"
    )
    assert shown(channel("console")).behind.no_picture == ""


DAMAGED = Unfit(reason=Reason(code="broken", text="the picture is damaged or incomplete"))


def test_a_picture_that_was_looked_at_and_refused_leaves_the_post_with_the_reason() -> None:
    first = shown(channel("telegram"), images=(PHOTO,))
    assert wanted_media([first]) == {PHOTO.url: first.feed}
    then = shown(channel("telegram"), images=(PHOTO,), looks={PHOTO.url: DAMAGED})
    assert then.post is not None
    assert (then.post.image, then.post.limit) == (None, 4096)
    assert then.behind.no_picture == "the picture is damaged or incomplete"
    assert "no picture: the picture is damaged or incomplete" in preview_text(then)


def seen(shade: int) -> Fetchable:
    picture = Picture(data=b"", type="image/jpeg", width=640, height=360, sketch=bytes([shade]))
    return Fetchable(picture=picture)


GALLERY = [f"https://e.vn/anh/{number}.jpg" for number in range(5)]


@pytest.mark.parametrize(
    ("looks", "places", "price"),
    [
        ({}, [0, 1, 2], 30_000),
        ({0: DAMAGED}, [1, 2, 3], 30_000),
        ({0: seen(0), 1: seen(3), 2: seen(99)}, [0, 2, 3], 30_000),
        (
            {0: seen(0), 1: seen(3), 2: OutOfReach(reason=DAMAGED.reason), 3: DAMAGED},
            [0, 4],
            25_000,
        ),
        (dict.fromkeys(range(5), DAMAGED), [], 15_000),
    ],
)
def test_an_album_shows_and_costs_what_the_service_would_send(looks, places, price: int) -> None:
    one = channel("x", account="tôi", link="never", images=3)
    images = tuple(part for url in GALLERY for part in image(url))
    looks = {GALLERY[place]: look for place, look in looks.items()}
    found = shown(one, images=images, looks=looks)
    assert found.post is not None
    assert [picture.url for picture in found.post.pictures] == [GALLERY[at] for at in places]
    assert found.behind.price == price
    if not looks:
        assert list(wanted_media([found])) == GALLERY, "the others may take an unfit one's place"


def test_a_rich_message_shows_each_picture_once_by_its_address() -> None:
    one = channel("telegram", layout="rich")
    images = tuple(part for url in GALLERY for part in image(url))
    first = shown(one, images=images)
    assert list(wanted_media([first])) == GALLERY
    made_anew = Uploadable(picture=seen(0).picture, reason=DAMAGED.reason)
    looks = dict(zip(GALLERY, (made_anew, seen(0), seen(3), seen(99), DAMAGED), strict=True))
    assert changes_posts(looks)
    then = shown(one, images=images, looks=looks)
    assert then.post is not None
    assert preview_json(then)["images"] == [GALLERY[1], GALLERY[3]]
    assert f"image {GALLERY[1]}\n│ image {GALLERY[3]}\n" in preview_text(then)
    alone = shown(one, images=images[:1], looks=looks)
    assert alone.behind.no_picture == DAMAGED.reason.text


def test_a_film_that_nothing_plays_gives_way_to_the_picture() -> None:
    film = Clip(url="https://e.vn/phim.mp4", kind="video")
    told: dict[str, Any] = {"images": (PHOTO,), "clips": (film,)}
    one = channel("telegram", video="auto")
    first = shown(one, **told)
    assert wanted_media([first]) == dict.fromkeys([film, PHOTO.url], first.feed)
    assert (preview_json(first)["clip"], first.behind.no_clip) == (
        {"kind": "video", "url": film.url},
        "",
    )
    look = Unfit(reason=Reason(code="no_size", text="its server does not say how large it is"))
    then = shown(one, **told, looks={film.url: look})
    assert then.post is not None
    assert (then.post.clip, then.post.image) == (None, PHOTO.url)
    assert preview_json(then)["no_clip"] == "its server does not say how large it is"
    assert "no film or recording: its server does not say" in preview_text(then)


@pytest.mark.parametrize(
    ("looks", "changes"),
    [
        ({"a": seen(0), "b": seen(50)}, False),
        ({"a": seen(0), "b": seen(9)}, True),
        ({"a": seen(0), "b": DAMAGED}, True),
    ],
)
def test_only_looks_that_change_posts_make_a_page_anew(looks, *, changes: bool) -> None:
    assert changes_posts(looks) is changes


def test_what_the_articles_page_gave_is_named() -> None:
    link = "https://example.vn/tin.html?a=1&b=2"
    said = "Nhà máy ở Bắc Ninh sẽ tuyển 2.000 kỹ sư trong năm nay, theo thông báo của công ty."
    page = Page(description=said, image=PHOTO, headings=("Tin mới",))
    with_page, *_ = previews(item(), pages={link: page})
    assert with_page.behind.from_page == ("lead", "picture")
    assert preview_json(with_page)["from_page"] == ["lead", "picture"]
    assert "the lead comes from the article's page" in preview_text(with_page)
    without, *_ = previews(item(summary=said, images=(PHOTO,)))
    assert without.behind.from_page == ()
    # What the page adds behind a lead that is enough shows nowhere in it.
    enough = f"{said} " + "Lứa đầu tiên vào làm từ tháng ba, lương khởi điểm 25 triệu đồng. " * 4
    more = Page(description="Tỉnh Bắc Ninh có thêm ba khu công nghiệp trong năm 2026.")
    told, *_ = previews(item(summary=enough, images=(PHOTO,)), pages={link: more})
    assert told.behind.from_page == ()


def test_a_picture_that_other_items_show_too_says_so() -> None:
    same = [item(f"Tin số {n}", id=str(n), images=(PHOTO,)) for n in range(8)]
    for one in previews(*same, channels=(channel("telegram"),)):
        assert one.post is not None
        assert one.post.image is None
        assert one.behind.no_picture == "other items show it, too"
