"""Plots as SVG (pure): bars that stand on each other, or lines; a table says the same in numbers.

All colours are classes of the style sheet, which knows light and dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final, Literal

from markupsafe import Markup

from bot.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.wording import Wording

    Values = Sequence[float | None]

_WIDTH, _HEIGHT = 720, 200
# On the left is room for 100,000 in the letters that a telephone needs.
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 8, 12, 24
_LABELS: Final = 8
_STEPS: Final = (1, 2, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing that is shown; a value is None where there is nothing to say."""

    name: str
    values: Values
    is_guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What is drawn: `labels` name the slots of time, `limit` is a line not to be passed."""

    title: str
    kind: Literal["bars", "lines"]
    labels: Sequence[str]
    series: Sequence[Series]
    limit: float | None = None
    note: str = ""
    words: Wording = ENGLISH

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """Return the table: each slot with its numbers."""
        columns = [[number(one, self.words) for one in each.values] for each in self.series]
        return [(label, [col[slot] for col in columns]) for slot, label in enumerate(self.labels)]

    def svg(self) -> Markup:
        """Return the drawing."""
        # Bars count: half of one is nothing to be read at the scale.
        top = _round_up(max(self._most(), 2.0 if self.kind == "bars" else 0.0))
        scale = _scale(top, self.words)
        body = Markup("").join([*scale, *self._marks(top), *self._limit(top), *self._times()])
        return Markup(
            '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" class="plot">{}</svg>'
        ).format(_WIDTH, _HEIGHT, self.title, body)

    def _most(self) -> float:
        if self.kind == "bars":
            slots = zip(*(each.values for each in self.series), strict=True)
            values = [sum(one or 0 for one in slot) for slot in slots]
        else:
            values = [one for each in self.series for one in each.values if one is not None]
        return max([*values, self.limit or 0, 0])

    def _marks(self, top: float) -> Iterator[Markup]:
        yield from self._bars(top) if self.kind == "bars" else self._lines(top)

    def _bars(self, top: float) -> Iterator[Markup]:
        width = _inner() / max(len(self.labels), 1)
        for slot, label in enumerate(self.labels):
            base = 0.0
            for index, each in enumerate(self.series):
                value = each.values[slot] or 0
                if value:
                    above = _y(base + value, top)
                    yield Markup(
                        '<rect class="s{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
                        "<title>{}: {} {}</title></rect>"
                    ).format(
                        index,
                        _LEFT + slot * width + 1,
                        above,
                        max(width - 2, 1),
                        _y(base, top) - above,
                        label,
                        number(value, self.words),
                        each.name,
                    )
                base += value

    def _lines(self, top: float) -> Iterator[Markup]:
        for index, each in enumerate(self.series):
            look = f"s{index} guess" if each.is_guess else f"s{index}"
            points = [
                (self._x(slot), _y(value, top), value, self.labels[slot])
                for slot, value in enumerate(each.values)
                if value is not None
            ]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
            yield Markup('<polyline class="{}" points="{}"/>').format(look, path)
            for x, y, value, label in points:
                yield Markup(
                    '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}: {} {}</title>'
                    "</circle>"
                ).format(look, x, y, label, number(value, self.words), each.name)

    def _limit(self, top: float) -> Iterator[Markup]:
        if self.limit is not None:
            height = _y(self.limit, top)
            yield Markup('<line class="limit" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                _LEFT, _WIDTH - _RIGHT, height, height
            )

    def _times(self) -> Iterator[Markup]:
        step = max(ceil(len(self.labels) / _LABELS), 1)
        for slot in range(0, len(self.labels), step):
            yield Markup('<text x="{:.1f}" y="{}" class="mid">{}</text>').format(
                self._x(slot), _HEIGHT - 6, self.labels[slot]
            )

    def _x(self, slot: int) -> float:
        return _LEFT + (slot + 0.5) * _inner() / max(len(self.labels), 1)


def number(value: float | None, words: Wording) -> str:
    """Return a value as people read it, "–" where there is none."""
    if value is None:
        return "–"
    is_whole = value == int(value) or value >= 100  # noqa: PLR2004 - more digits say nothing then
    return words.number(round(value)) if is_whole else words.decimal(value)


def _inner() -> int:
    return _WIDTH - _LEFT - _RIGHT


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)


def _round_up(most: float) -> float:
    """Return the top of the scale: the next round number, 1 where there is nothing."""
    if most <= 0:
        return 1.0
    power = 10.0 ** floor(log10(most))
    return float(next(step * power for step in _STEPS if step * power >= most * 0.999))


def _scale(top: float, words: Wording) -> Iterator[Markup]:
    for value in (0.0, top / 2, top):
        height = _y(value, top)
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
            _LEFT, _WIDTH - _RIGHT, height, height
        )
        yield Markup('<text x="{}" y="{:.1f}" class="end">{}</text>').format(
            _LEFT - 6, height + 4, number(value, words)
        )
