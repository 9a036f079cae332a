"""The store as the operator sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from bot.models.basics import ChannelId, DeliveryId, DeliveryState, FeedId, Reason, StoryId
    from bot.models.events import Likeness
    from bot.models.stories import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One entry of a feed as the store keeps it."""

    feed: FeedId
    id: str
    link: str | None
    title: str
    first_seen: datetime
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One row of the outbox. `cost` covers all its attempts, None where posting is free.

    `title` is the story's; `text` was (or may have been) sent, None before the first
    attempt. `approved_by` is who let it go at the desk. One that `tells` other stories is a
    digest. The operator asked for it at `wanted_at`.
    """

    id: DeliveryId
    story: StoryId
    channel: ChannelId
    feed: FeedId
    state: DeliveryState
    reason: Reason | None
    attempts: int
    due: datetime
    created_at: datetime
    sent_at: datetime | None
    remote_id: str | None
    url: str | None
    cost: int | None
    text: str | None
    items: tuple[ItemRow, ...] = ()
    title: str = ""
    approved_by: str | None = None
    attempted_at: datetime | None = None
    wanted_at: datetime | None = None
    tells: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPost:
    """A post that stands on its platform, as far as deleting it needs to be known."""

    id: DeliveryId
    title: str
    remote_id: str
    url: str | None
    chat: str | None
    further_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A delivery whose sender was killed while it was `sending`; it is `unknown` now."""

    id: DeliveryId
    channel: ChannelId
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """A feed that was polled or paused before; `reason` is the pause's or the last failure's.

    Since `storm_since` its news waits for the operator. `rhythm` is as in `FeedState`; `moved` is
    the address at which the feed is asked since it moved for good.
    """

    id: FeedId
    last_success: datetime | None = None
    last_new: datetime | None = None
    errors: int = 0
    next_poll: datetime | None = None
    paused: bool = False
    storm_since: datetime | None = None
    reason: Reason | None = None
    rhythm: bytes | None = field(default=None, repr=False)
    moved: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """A channel's queue; `reason` tells why the channel or its account is paused, None if not."""

    id: ChannelId
    pending: int = 0
    held: int = 0
    unknown: int = 0
    failed: int = 0
    sent_24h: int = 0
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """A feed's last poll or a delivery that went wrong and is not mended yet."""

    scope: Literal["feed", "delivery"]
    subject: str
    at: datetime
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut:
    """So many items that a filter kept out of a channel, for one reason."""

    channel: ChannelId
    why: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A story that a channel does not get, and why."""

    channel: ChannelId
    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedStory:
    """Another outlet's story that tells the same event, or may; `is_earlier` than this one."""

    story: StoryId
    feed: FeedId
    title: str
    likeness: Likeness
    score: float
    why: str
    is_earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTrace:
    """The way of a story, stage by stage; no `article` where no channel was to get it."""

    id: StoryId
    feed: FeedId
    title: str
    link: str | None
    published: datetime | None
    first_seen: datetime
    last_seen: datetime
    items: tuple[ItemRow, ...]
    passed_over: tuple[PassedOver, ...]
    deliveries: tuple[DeliveryRow, ...]
    related: tuple[RelatedStory, ...] = ()
    article: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A right that the bot lacks in a chat, with the remedy.

    Without one that `stops_text` nothing can be posted there; without another only pictures not.
    """

    text: str
    stops_text: bool = True
