"""A feed that does what feeds do to their ids, links, titles, texts and dates, by a seed."""

from __future__ import annotations

import random  # noqa: TC003 - makes choices
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.feeds import Item

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_SYLLABLES = tuple(
    f"{first}{vowel}{last}"
    for first in ("b", "ch", "d", "đ", "g", "kh", "l", "m", "ng", "ph", "s", "t", "tr", "v", "x")
    for vowel in ("a", "ă", "e", "ê", "i", "o", "ô", "ơ", "u", "ư")
    for last in ("", "n", "ng", "c", "t")
)


@dataclass(slots=True)
class Event:
    """Something that happened: the truth, which the feed tells in its way."""

    number: int
    title: str
    text: str
    at: datetime
    slug: str
    corrections: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """How the feed writes ids, links and dates; `place` is that in the list."""

    id: Callable[[Event, int, int], str]
    link: Callable[[Event, int, int], str | None]


def _link(event: Event, _place: int, _poll: int) -> str:
    return f"https://a.vn/{event.number}/{event.slug}"


STYLES = (
    Style(lambda event, _place, _poll: f"g{event.number}", _link),
    Style(lambda event, _place, _poll: f"https://a.vn/?p={event.number}", _link),
    Style(lambda _event, place, _poll: str(place), _link),
    Style(lambda _event, _place, _poll: "N/A", _link),
    Style(lambda *_: "https://a.vn/moi", lambda *_: "https://a.vn/moi"),
    Style(lambda *_: "N/A", lambda *_: "https://a.vn/N/A"),
    Style(
        lambda event, _place, poll: f"https://a.vn/x?i={event.number}&v={poll}",
        lambda event, _place, poll: f"https://a.vn/x?i={event.number}&v={poll}",
    ),
    Style(lambda event, _place, poll: f"{event.number}-{poll}", _link),
    Style(lambda event, _place, _poll: f"g{event.number}", lambda *_: None),
)


# How the feed dates its entries: with their minute, not at all, by the day, anew with each
# correction, with the time of the poll.
DATES: dict[str, Callable[[Event, datetime], datetime | None]] = {
    "exact": lambda event, _: event.at,
    "none": lambda *_: None,
    "day": lambda event, _: event.at.replace(hour=0, minute=0, second=0, microsecond=0),
    "corrected": lambda event, _: event.at + timedelta(minutes=7 * event.corrections),
    "poll": lambda _, now: now,
}


@dataclass(slots=True)
class Feed:
    """One feed; `poll` brings what it shows, and which event each entry tells."""

    chance: random.Random
    now: datetime
    dates: str = "exact"
    style: Style = STYLES[0]
    polls: int = 0
    shown: list[Event] = field(default_factory=list)
    gone: list[Event] = field(default_factory=list)
    made: int = 0

    def poll(self) -> list[tuple[Item, Event]]:
        """Let some time go by, and return the entries, as the feed orders them."""
        self.now += timedelta(minutes=self.chance.choice((5, 15, 60, 240)))
        self.polls += 1
        for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
            self._happen()
        self._correct()
        self._lose_and_find()
        if self.chance.random() < 0.03:
            self.style = self.chance.choice(STYLES)
        events = list(self.shown)
        if self.chance.random() < 0.1:
            self.chance.shuffle(events)
        return [(self._item(event, place), event) for place, event in enumerate(events)]

    def _happen(self) -> None:
        self.made += 1
        event = Event(
            number=self.made,
            title=self._words(self.chance.randint(2, 12)).capitalize(),
            text=self._words(self.chance.randint(14, 60)).capitalize(),
            at=self.now - timedelta(seconds=self.chance.randint(1, 240)),
            slug=self._words(3).replace(" ", "-"),
        )
        self.shown.insert(0, event)

    def _correct(self) -> None:
        """Correct an entry as editors do: the headline with the slug, or the text, not all."""
        if not self.shown or self.chance.random() > 0.2:
            return
        event = self.chance.choice(self.shown)
        if self.chance.random() < 0.5:
            event.title = self._changed(event.title)
            event.slug = self._words(3).replace(" ", "-")
        else:
            event.text = self._changed(event.text)
        event.corrections += 1

    def _lose_and_find(self) -> None:
        while len(self.shown) > 12:
            self.gone.append(self.shown.pop())
        if self.shown and self.chance.random() < 0.05:
            self.gone.append(self.shown.pop(self.chance.randrange(len(self.shown))))
        if self.gone and self.chance.random() < 0.05:
            self.shown.append(self.gone.pop(self.chance.randrange(len(self.gone))))
        del self.gone[:-20]

    def _changed(self, text: str) -> str:
        words = text.split()
        words[self.chance.randrange(len(words))] = self.chance.choice(_SYLLABLES)
        return " ".join(words)

    def _words(self, count: int) -> str:
        return " ".join(self.chance.choices(_SYLLABLES, k=count))

    def _item(self, event: Event, place: int) -> Item:
        return Item(
            id=self.style.id(event, place, self.polls),
            link=self.style.link(event, place, self.polls),
            title=event.title,
            summary=event.text,
            published=DATES[self.dates](event, self.now),
        )
