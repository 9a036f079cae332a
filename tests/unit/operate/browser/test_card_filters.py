"""Albums, films and recordings on the page of previews, as their platforms show them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.models.feeds import Image
from bot.models.pictures import Clip
from bot.operate.preview.page import Page, render_page
from tests.unit.operate.preview.kit import HOSTILE, NOW, Tags, channel, item, previews

TELEGRAM = channel("telegram", images=4, video="auto", audio="auto")
X = channel("x", images=4, link="never")


def page_of(count: int, *clips: Clip, one: Any = TELEGRAM) -> Tags:
    images = tuple(Image(url=f"https://e.vn/anh/{nth}.jpg") for nth in range(count))
    found = previews(item(images=images, clips=clips), channels=(one,))
    read = Tags(render_page(found, Page(now=NOW, images=True)))
    assert (read.faults, read.open) == ([], [])
    return read


@pytest.mark.parametrize("one", [TELEGRAM, X])
@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_an_album_stands_as_tiles_and_has_no_buttons(count: int, one: Any) -> None:
    read = page_of(count, one=one)
    shown = min(count, 4)
    assert len(read.named("div", **{"class": f"album of{shown}"})) == 1
    assert [tag["src"] for tag in read.named("img", **{"class": "picture tile"})] == [
        f"https://e.vn/anh/{nth}.jpg" for nth in range(shown)
    ]
    assert not read.named("ul", **{"class": "buttons"})


def test_one_picture_is_no_album() -> None:
    read = page_of(1)
    assert len(read.named("img", **{"class": "picture photo"})) == 1
    assert read.named("ul", **{"class": "buttons"})


@pytest.mark.parametrize(
    ("kind", "seconds", "length", "pictures"),
    [
        ("video", 125, "2:05", 1),
        ("video", None, "", 1),
        ("audio", 3723, "1:02:03", 0),
        ("audio", 59, "0:59", 0),
    ],
)
def test_a_film_has_its_poster_and_a_recording_its_title(
    kind: Any, seconds: int | None, length: str, pictures: int
) -> None:
    url = f"https://e.vn/tap.{kind}"
    read = page_of(3, Clip(url=url, kind=kind, seconds=seconds))
    (shown,) = read.named("div", **{"class": f"clip {kind}"})
    assert shown["title"] == url
    assert length in read.text("small")
    assert len(read.named("img")) == pictures
    assert not read.named("div", **{"class": "linkbox large"}), "what has a caption has no preview"
    assert read.named("ul", **{"class": "buttons"})


@pytest.mark.parametrize("kind", ["video", "audio"])
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_clip_becomes_markup(text: str, kind: Any) -> None:
    read = page_of(0, Clip(url=f"https://e.vn/{text}", kind=kind))
    assert len(read.named("script")) == len(read.named("style")) == 1
    assert not read.named("img")
    assert not [key for _, tag in read.tags for key in tag if key.startswith("on")]
