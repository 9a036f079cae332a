"""The picture of the summary: bars as high as posts are many, and a caption for its colours."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.models.basics import ChannelId
from bot.operate.summary.chart import caption_of, chart_of
from bot.wording import ENGLISH as EN
from bot.wording import wording
from tests.unit.operate.summary.kit import TIN, week

BLUE, ORANGE, GREY = (0x3B, 0x7D, 0xD8), (0xF0, 0x8A, 0x24), (0x9A, 0xA0, 0xA6)


def count(found: Image.Image, colour: tuple[int, int, int], day: int) -> int:
    """Return how high a colour is in the middle of a day's slot."""
    left = 40 + 132 * day + 30
    return sum(found.getpixel((left, y)) == colour for y in range(found.height))


def drawn(**posts: tuple[int, ...]) -> Image.Image:
    picture = chart_of(week(posts={ChannelId(name): days for name, days in posts.items()}))
    found = Image.open(BytesIO(picture.data)).convert("RGB")
    assert (found.width, found.height) == (picture.width, picture.height)
    assert picture.type == "image/png"
    return found


def test_bars_are_as_high_as_posts_are_many() -> None:
    found = drawn(tin=(0, 10, 20, 40, 0, 0, 40))
    heights = [count(found, BLUE, day) for day in range(7)]
    assert heights[0] == heights[4] == heights[5] == 0
    assert heights[3] == heights[6]
    assert heights[3] == pytest.approx(2 * heights[2], abs=3)
    assert heights[3] == pytest.approx(4 * heights[1], abs=4)


def test_channels_stand_upon_each_other_in_their_colours() -> None:
    found = drawn(tin=(6, 6, 6, 6, 6, 6, 6), xtin=(2, 2, 2, 2, 2, 2, 2))
    assert count(found, BLUE, 0) == pytest.approx(3 * count(found, ORANGE, 0), abs=4)


def test_more_channels_than_colours_share_the_last_one() -> None:
    posts = {f"c{number}": (9 - number,) * 7 for number in range(9)}
    found = drawn(**posts)
    # The five with the most have their own: 9 + 8 + 7 + 6 + 5; the others are 4 + 3 + 2 + 1.
    assert count(found, GREY, 3) * 9 == pytest.approx(count(found, BLUE, 3) * 10, abs=25)
    assert caption_of(week(posts=posts), EN).splitlines() == [
        "Posts by day, 16 Nov – 22 Nov",
        "🟦 c0",
        "🟧 c1",
        "🟩 c2",
        "🟥 c3",
        "🟪 c4",
        "⬜ others",
    ]


def test_the_caption_is_in_the_language_of_the_file() -> None:
    assert caption_of(week(), wording("vi")) == "Bài đăng theo ngày, 16/11 – 22/11\n🟦 tin"


@pytest.mark.parametrize("posts", [{}, {TIN: (0,) * 7}, {TIN: (10**12,) * 7}])
def test_any_week_can_be_drawn(posts: dict[ChannelId, tuple[int, ...]]) -> None:
    assert chart_of(week(posts=posts)).data.startswith(b"\x89PNG")
