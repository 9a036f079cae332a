"""The week as the desk is told of it: posts, ratings, feeds and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime, timedelta

    from bot.models.basics import AccountId, ChannelId, DeliveryId, FeedId

Part = Literal["text", "picture"]
"""What a summary is sent as: two messages, each sent once at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """How many reactions a message has in all, as the platform said `at` that moment.

    `chats` are the names of its chat: the number, and "@name" where it has one.
    """

    chats: tuple[str, ...]
    message: int
    count: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPost:
    """A post with its reactions."""

    delivery: DeliveryId
    channel: ChannelId
    title: str
    url: str | None
    reactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPost:
    """A post as it counts in a week.

    `delay` is from the story's publication to the post, `slowness` to when the feed showed it;
    both are None where the feed says no time.
    """

    channel: ChannelId
    feed: FeedId
    at: datetime
    delay: timedelta | None = None
    slowness: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRecord:
    """All that the store knows about a week."""

    sent: tuple[SentPost, ...]
    merged: int
    filtered: Mapping[ChannelId, int]
    failed: Mapping[ChannelId, int]
    unknown: Mapping[ChannelId, int]
    spent: Mapping[AccountId, int]
    best: tuple[RatedPost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What a summary tells of the days from `first` to `last`.

    `posts` counts by channel and day, first to last; channels without a post are there too.
    `slow`, `silent` and `failing` are feeds: by how much, since when, and why.
    """

    first: date
    last: date
    posts: Mapping[ChannelId, tuple[int, ...]]
    delay: timedelta | None
    merged: int
    filtered: Mapping[ChannelId, int]
    slow: Mapping[FeedId, timedelta]
    silent: Mapping[FeedId, datetime]
    failing: Mapping[FeedId, str]
    failed: Mapping[ChannelId, int]
    unknown: Mapping[ChannelId, int]
    spent: Mapping[AccountId, int]
    best: tuple[RatedPost, ...]
