"""What several outlets report of one event: made by `dedupe/events`, kept by the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.models.basics import ChannelId, StoryId


class Likeness(StrEnum):
    """Whether two stories tell the same event."""

    SAME = "same"
    RELATED = "related"
    """They may; nothing is dropped for it."""
    OTHER = "other"
    APART = "apart"
    """The operator said that they are two, whatever they have in common."""


@dataclass(frozen=True, slots=True)
class Count:
    """In how many reports a word stood; how often with a capital within a sentence, and without."""

    reports: int = 0
    capital: int = 0
    small: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.reports + other.reports, self.capital + other.capital, self.small + other.small
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Another outlet's earlier story, and what a new one has in common with it.

    `score` is in log-odds, `why` names what decided. `channels` were told the earlier story, or are
    about to be.
    """

    story: StoryId
    likeness: Likeness
    score: float
    why: str
    title: str
    outlet: str
    channels: frozenset[ChannelId]

    @property
    def is_same(self) -> bool:
        """Whether both tell the same event."""
        return self.likeness is Likeness.SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is kept of a report, so that later ones can be compared with it.

    `telling` are its most telling words; `compared_to` is the newest story that it was compared
    with; `relations` are the stories that tell the same event, or may.
    """

    language: str
    telling: tuple[str, ...] = ()
    compared_to: StoryId
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Another outlet that reports the event of a post."""

    name: str
    link: str
