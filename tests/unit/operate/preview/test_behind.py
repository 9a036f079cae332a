"""The facts behind a previewed post: its price, why it has no picture, what its page gave."""

from __future__ import annotations

from typing import Any

import pytest

from bot.format.templates import compile_template
from bot.models.basics import AccountId, FeedId, Platform, Reason
from bot.models.feeds import Image, Page, ParsedFeed
from bot.models.settings import Account, Channel, Feed, Prices
from bot.operate.preview.preview_json import preview_json
from bot.operate.preview.previews import Preview, Stage, render_previews, wanted_pictures
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


def shown(one: Channel, *, refused: dict[str, Reason] | None = None, **parts: Any) -> Preview:
    feed = Feed(id=FeedId("báo"), url="https://example.vn/rss", channels=(one.id,), first_run=1)
    stage = Stage(
        channels={one.id: one},
        templates={one.id: compile_template(one.template, one.platform)},
        now=NOW,
        accounts={PRICED.id: PRICED},
        refused=refused or {},
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


def test_a_picture_that_was_looked_at_and_refused_leaves_the_post_with_the_reason() -> None:
    first = shown(channel("telegram"), images=(PHOTO,))
    assert wanted_pictures([first]) == {PHOTO.url: first.feed}
    refused = {PHOTO.url: Reason(code="broken", text="the picture is damaged or incomplete")}
    then = shown(channel("telegram"), images=(PHOTO,), refused=refused)
    assert then.post is not None
    assert (then.post.image, then.post.limit) == (None, 4096)
    assert then.behind.no_picture == "the picture is damaged or incomplete"
    assert "no picture: the picture is damaged or incomplete" in preview_text(then)


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


def test_a_picture_that_other_items_show_too_says_so() -> None:
    same = [item(f"Tin số {n}", id=str(n), images=(PHOTO,)) for n in range(8)]
    for one in previews(*same, channels=(channel("telegram"),)):
        assert one.post is not None
        assert one.post.image is None
        assert one.behind.no_picture == "other items show it, too"
