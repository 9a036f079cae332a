"""The posts of a week as a picture (pure).

The font that Pillow brings has no letters with marks, so it holds numbers only; the caption names
the colours.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from bot.models.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PIL.ImageDraw import ImageDraw

    from bot.models.basics import ChannelId
    from bot.models.week import Week
    from bot.wording import Wording

_WIDTH, _HEIGHT = 1000, 560
_LEFT, _TOP, _BASE = 40, 60, 490
_SLOT, _BAR = 132, 88
_NUMBERS = 30
_INK, _PAPER = "#222222", "#ffffff"
# The colours of the squares in the caption, and the last for all other channels.
_COLOURS = ("#3b7dd8", "#f08a24", "#43a047", "#d9363e", "#8e4ec6", "#9aa0a6")
_SQUARES = ("🟦", "🟧", "🟩", "🟥", "🟪", "⬜")


def chart_of(week: Week) -> Picture:
    """Draw a bar for each day, as high as its posts are many."""
    # Only a summary needs it, once a week: 60 ms of every start.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    image = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.font = ImageFont.load_default(_NUMBERS)
    layers = list(_layers(week.posts).values())
    totals = [sum(day) for day in zip(*layers, strict=True)]
    most = max([1, *totals])
    for day, total in enumerate(totals):
        _bar(draw, day, [layer[day] for layer in layers], most)
        _number(draw, day, total, most)
    _days(draw, week)
    data = BytesIO()
    image.save(data, "PNG", optimize=True)
    return Picture(data=data.getvalue(), type="image/png", width=_WIDTH, height=_HEIGHT)


def caption_of(week: Week, words: Wording) -> str:
    """Return what stands below the picture, without markup: the days, and what colours mean."""
    first, last = words.day(week.first), words.day(week.last)
    title = words.phrase("Posts by day, {first} – {last}", first=first, last=last)
    names = (name or words.phrase("others") for name in _layers(week.posts))
    return "\n".join([title, *map(" ".join, zip(_SQUARES, names, strict=False))])


def _layers(posts: Mapping[ChannelId, Sequence[int]]) -> dict[str, Sequence[int]]:
    """Return the posts of the channels with the most, and those of all others as one, called ""."""
    ranked = sorted(posts, key=lambda name: (-sum(posts[name]), name))
    own = len(_COLOURS) if len(ranked) <= len(_COLOURS) else len(_COLOURS) - 1
    layers: dict[str, Sequence[int]] = {name: posts[name] for name in ranked[:own]}
    if rest := ranked[own:]:
        layers[""] = [sum(day) for day in zip(*(posts[name] for name in rest), strict=True)]
    return layers


def _bar(draw: ImageDraw, day: int, parts: Sequence[int], most: int) -> None:
    left = _middle(day) - _BAR // 2
    for colour, bottom, top in _heights(parts, most):
        draw.rectangle((left, top, left + _BAR, bottom), fill=colour)


def _heights(parts: Sequence[int], most: int) -> Iterator[tuple[str, int, int]]:
    told = 0
    for colour, posts in zip(_COLOURS, parts, strict=False):
        bottom, top = _level(told, most), _level(told + posts, most)
        told += posts
        if top < bottom:
            yield colour, bottom - 1, top  # both ends are drawn


def _level(posts: int, most: int) -> int:
    return _BASE - (_BASE - _TOP) * posts // most


def _number(draw: ImageDraw, day: int, total: int, most: int) -> None:
    place = (_middle(day), _level(total, most) - 8)
    draw.text(place, str(total), fill=_INK, anchor="ms")


def _days(draw: ImageDraw, week: Week) -> None:
    draw.line((_LEFT, _BASE, _WIDTH - _LEFT, _BASE), fill=_INK, width=2)
    first = week.first.toordinal()
    for day in range(week.last.toordinal() - first + 1):
        date = week.first.fromordinal(first + day)
        place = (_middle(day), _BASE + 44)
        draw.text(place, f"{date.day}/{date.month}", fill=_INK, anchor="ms")


def _middle(day: int) -> int:
    return _LEFT + _SLOT * day + _SLOT // 2
