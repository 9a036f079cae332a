"""A line of time as SVG (pure): hours that are closed, fixed times, and posts to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.operate.state.coming import Hours

_WIDTH, _HEIGHT = 720, 64
_LEFT, _RIGHT = 8, 8
_TOP, _BASE = 8, 44
_EVERY: Final = 3  # hours between two labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What is drawn; `title` says the same in a sentence."""

    title: str
    hours: Hours
    closed: Sequence[tuple[datetime, datetime]]
    fixed: Sequence[tuple[datetime, str]]
    posts: Sequence[tuple[datetime, str]]

    def svg(self) -> Markup:
        """Return the drawing."""
        body = Markup("").join([*self._closed(), *self._scale(), *self._fixed(), *self._posts()])
        return Markup(
            '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" class="plot line">{}</svg>'
        ).format(_WIDTH, _HEIGHT, self.title, body)

    def _closed(self) -> Iterator[Markup]:
        for start, end in self.closed:
            x, y = self._x(start), self._x(end)
            yield Markup(
                '<rect class="closed" x="{:.1f}" y="{}" width="{:.1f}" height="{}">'
                "<title>{} – {}</title></rect>"
            ).format(x, _TOP, y - x, _BASE - _TOP, self._clock(start), self._clock(end))

    def _scale(self) -> Iterator[Markup]:
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            _LEFT, _WIDTH - _RIGHT, _BASE, _BASE
        )
        hour = self.hours.start.replace(minute=0, second=0, microsecond=0)
        while (hour := hour + timedelta(hours=1)) < self.hours.end:
            local = hour.astimezone(self.hours.zone)
            if local.hour % _EVERY == 0 and _LEFT + 20 < self._x(hour) < _WIDTH - 28:
                yield Markup('<text x="{:.1f}" y="{}" class="mid">{:%H:%M}</text>').format(
                    self._x(hour), _HEIGHT - 4, local
                )

    def _fixed(self) -> Iterator[Markup]:
        for moment, what in self.fixed:
            yield Markup(
                '<rect class="s1" x="{:.1f}" y="{}" width="3" height="{}">'
                "<title>{} {}</title></rect>"
            ).format(self._x(moment) - 1.5, _TOP, _BASE - _TOP, self._clock(moment), what)

    def _posts(self) -> Iterator[Markup]:
        for moment, what in self.posts:
            yield Markup(
                '<circle class="s0" cx="{:.1f}" cy="{}" r="5"><title>{} {}</title></circle>'
            ).format(self._x(moment), _BASE - 10, self._clock(moment), what)

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.hours.zone):%H:%M}"

    def _x(self, moment: datetime) -> float:
        share = (moment - self.hours.start) / (self.hours.end - self.hours.start)
        return _LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - _RIGHT)
