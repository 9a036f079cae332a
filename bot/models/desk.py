"""The desk: stories that wait for a person's word, and what people there do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.basics import DeliveryState, Reason
    from bot.models.outbox import Delivery
    from bot.models.week import Reactions


class Ruling(StrEnum):
    """The answer to a person's decision."""

    DONE = "done"
    """It is as the person wants."""
    CHANGED = "changed"
    """What the person saw is not what would be posted any more: nothing was done."""
    OVER = "over"
    """It does not wait at the desk any more: nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a message at the desk shows: the version of the story, and how often it was written."""

    version: int
    edits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A delivery and the message at the desk that shows it; without one `message` is None.

    `shown` is what its buttons say, `old` are messages that showed it before, with buttons that
    work no more. `asked_at` is when it was shown first; it is shown again at `later_until`.
    `waits` tells whether it is still for the desk to decide.
    """

    delivery: Delivery
    state: DeliveryState
    waits: bool
    version: int
    edits: int
    title: str
    reason: Reason | None = None
    chat: str | None = None
    message: int | None = None
    old: tuple[int, ...] = ()
    shown: str | None = None
    shown_version: int = 0
    asked_at: datetime | None = None
    later_until: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    sent_at: datetime | None = None
    url: str | None = None

    @property
    def seen(self) -> Seen:
        """What a message that is sent now shows."""
        return Seen(version=self.version, edits=self.edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who uses a chat."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A chat; a private one has its person's id."""

    id: int
    type: str
    title: str
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A person tapped a button of ours, which says `data`, in `message` of `place`."""

    id: str
    by: Person
    place: Place
    message: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Markup of a text; `offset` and `length` count UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A person wrote `text`; `answers` is the message of ours that it is a reply to.

    `about` is what the first button of that message says.
    """

    by: Person
    place: Place
    message: int
    text: str
    entities: tuple[Entity, ...] = ()
    answers: int | None = None
    about: str | None = None
    is_changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Something that happened; `event` is None where it is nothing for the desk.

    `reactions` are the new ratings of a message, of the desk or of a channel.
    """

    id: int
    event: Tap | Words | None = None
    reactions: Reactions | None = None
    places: tuple[Place, ...] = field(default=())
