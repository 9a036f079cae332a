"""What the desk in the browser shows of channels and feeds at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.models.basics import ChannelId, DeliveryId, FeedId, Reason, StoryId
    from bot.models.stories import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about a story for a channel: a state of its delivery, or "skipped"."""

    story: StoryId
    channel: ChannelId
    feed: FeedId
    state: str
    title: str
    at: datetime
    reason: Reason | None = None

    @property
    def key(self) -> tuple[int, str, str, datetime]:
        """Two decisions with the same key are one."""
        return self.story, self.channel, self.state, self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPost:
    """The post that a channel got last: the text as it was sent, in the platform's markup."""

    id: DeliveryId
    story: StoryId
    channel: ChannelId
    title: str
    text: str
    sent_at: datetime
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestStory:
    """A story as the feed that began it told it; no `article` where no channel was to get it."""

    feed: FeedId
    title: str
    link: str | None
    published: datetime | None
    article: Article | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedShare:
    """What became of a feed's items among the latest stories of all feeds.

    `own` began a story, `merged` told one of another feed, `filtered` reached no channel because of
    a filter. `delay` is the mean from publication to when the feed showed it, None for undated.
    """

    own: int = 0
    merged: int = 0
    filtered: int = 0
    delay: timedelta | None = None

    @property
    def items(self) -> int:
        """Return how many items there were."""
        return self.own + self.merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """A delivery that waits; `held_by` tells what holds it, None where its turn will come."""

    id: DeliveryId
    story: StoryId
    channel: ChannelId
    feed: FeedId
    title: str
    due: datetime
    attempted_at: datetime | None = None
    wanted_at: datetime | None = None
    first_at: datetime | None = None
    held_by: str | None = None
    is_ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for a channel, oldest first, `total` in all, and what its pace goes by.

    That are the attempts which count, oldest first, and until when its platform wants silence.
    """

    rows: tuple[Upcoming, ...] = ()
    total: int = 0
    taken: tuple[datetime, ...] = ()
    silent_until: datetime | None = None
