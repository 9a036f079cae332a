"""The records that flow through the pipeline: frozen, keyword-only, times aware and in UTC.

Money is in integer micro-dollars (1 US dollar = 1,000,000).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping

FeedId = NewType("FeedId", str)
ChannelId = NewType("ChannelId", str)
AccountId = NewType("AccountId", str)
StoryId = NewType("StoryId", int)
DeliveryId = NewType("DeliveryId", int)

Key = NewType("Key", bytes)
"""16 bytes: the hash of one identity of an item (see `dedupe/keys.py`)."""


def require_utc(moment: datetime | None, name: str) -> None:
    """Raise ValueError unless `moment` is None or aware and in UTC."""
    if moment is not None and moment.utcoffset() != timedelta(0):
        raise ValueError(f"{name} must be an aware UTC datetime, not {moment!r}")


class Platform(StrEnum):
    """Where a channel lives."""

    TELEGRAM = "telegram"
    X = "x"
    CONSOLE = "console"


class DeliveryState(StrEnum):
    """What became of a story owed to a channel; the arrows are in `docs/states.md`."""

    PENDING = "pending"
    """Owed; sent when due."""
    SENDING = "sending"
    """Text frozen, attempt begun, lease running."""
    UNKNOWN = "unknown"
    """May have been sent."""
    HELD = "held"
    """Its channel or account is paused."""
    FAILED = "failed"
    """Permanent for this post; kept and listed."""
    SENT = "sent"
    """Proof is stored."""
    DROPPED = "dropped"
    """Will not be sent, with its reason."""
    RETRACTED = "retracted"
    """Deleted on the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: `code` is stable and for programs, `text` is for people."""

    code: str
    text: str


# --- made by config ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A daily span of local time; `start` after `end` means over midnight."""

    start: time
    end: time

    def contains(self, moment: time) -> bool:
        """Tell whether the local time `moment` lies in the span (start included, end not)."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed to poll. `url` is an http(s) address or, where `is_local`, an absolute path.

    `max_age` None means that items of any age are posted. `headers` may hold secrets.
    """

    id: FeedId
    url: str
    is_local: bool = False
    channels: tuple[ChannelId, ...] = ()
    enabled: bool = True
    name: str | None = None
    language: str = "vi"
    hashtags: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    every: timedelta = timedelta(minutes=15)
    every_min: timedelta = timedelta(minutes=5)
    every_max: timedelta = timedelta(hours=6)
    first_run: int = 1
    max_age: timedelta | None = timedelta(days=2)
    storm: int = 20
    fetch_page: Literal["never", "auto", "always"] = "auto"
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateText:
    """A template as its author wrote it; `name` is what messages call it."""

    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel to post to; `max_per_hour` and `max_per_day` None are no limit of the operator's."""

    id: ChannelId
    platform: Platform
    template: TemplateText
    account: AccountId | None = None
    chat: str | int | None = None
    topic: int | None = None
    enabled: bool = True
    language: str = "vi"
    share: tuple[str, ...] = ()
    comments: bool = True
    hashtags_max: int = 3
    max_per_hour: int | None = None
    max_per_day: int | None = None
    min_gap: timedelta = timedelta(0)
    quiet_hours: Hours | None = None
    silent: bool | Hours = False
    on_unknown: Literal["hold", "resend", "drop"] = "hold"
    image: Literal["never", "auto"] = "auto"
    preview: Literal["large", "small", "above", "off"] = "large"
    link: Literal["always", "never", "budget"] = "always"
    scratch_chat: str | int | None = None
    edit_window: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """The name of a secret, never the secret itself."""

    kind: Literal["env", "file", "credential"]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that an account may spend, in micro-dollars, per local day and month."""

    per_day: int
    per_month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one post costs, in micro-dollars."""

    post: int = 15_000
    post_with_link: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The credentials behind channels; `secrets` maps a credential's name to where it is kept."""

    id: AccountId
    platform: Platform
    api_url: str
    secrets: Mapping[str, SecretRef]
    budget: Budget | None = None
    prices: Prices | None = None


# --- 1 collect: feed -> items -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next poll conditional (RFC 9110 section 13); kept exactly as received.

    `body_hash` recognises an unchanged body behind servers without validators.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFeed:
    """A body arrived. `url` is the final address, `max_age` what Cache-Control or Expires allow."""

    url: str
    body: bytes = field(repr=False)
    content_type: str = ""
    validators: Validators = field(default_factory=Validators)
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304, or the body is the one seen last time."""

    validators: Validators
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No feed: the reason names what came instead. `retry_after` is the server's wish."""

    reason: Reason
    retry_after: timedelta | None = None


FetchOutcome = FetchedFeed | NotModified | FetchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that a feed offers: sizes in pixels as the feed states them, and where it stood."""

    url: str
    width: int | None = None
    height: int | None = None
    source: Literal["media", "thumbnail", "enclosure", "content", "page"] = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry as the feed states it: nothing cleaned, so every text is hostile.

    `id` is the feed's id, else the link, else a hash of the content. `title`, `summary` and
    `content` may hold HTML. `published` falls back to the entry's update time.
    """

    id: str
    link: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    comments: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        require_utc(self.published, "published")
        require_utc(self.updated, "updated")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's items in the feed's order; `warning` tells what was wrong although it was read."""

    title: str = ""
    language: str | None = None
    link: str | None = None
    items: tuple[Item, ...] = ()
    ttl: timedelta | None = None
    warning: Reason | None = None


# --- 2 dedupe: items -> stories -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a post is written from: clean text only, no markup, in Unicode NFC.

    `paragraphs` are the lead's candidates in reading order; `link` has no tracking parameters;
    `source` is the feed's name; `image` is the best picture offered.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    link: str | None = None
    source: str = ""
    published: datetime | None = None
    categories: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    image: str | None = None
    comments: str | None = None
    language: str = "vi"

    def __post_init__(self) -> None:
        require_utc(self.published, "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStory:
    """A story in the store, as far as deciding needs it.

    `settled` are the channels that were told, are owed, or decided against.
    """

    id: StoryId
    feed: FeedId
    title: str
    link: str | None
    published: datetime | None
    first_seen: datetime
    settled: frozenset[ChannelId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows about a poll's keys.

    `introduced` are the channels that this feed was polled for before; others get a first run.
    """

    stories: Mapping[Key, KnownStory] = field(default_factory=dict)
    introduced: frozenset[ChannelId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One piece of news: its items, all their keys, and what each channel gets.

    `known` is the stored story that the keys belong to, None for a new one. `owed` channels get
    a delivery; `passed_over` channels get none, for the reason given. `article` is present where
    something is owed.
    """

    items: tuple[Item, ...]
    keys: tuple[Key, ...]
    known: StoryId | None = None
    owed: tuple[ChannelId, ...] = ()
    passed_over: Mapping[ChannelId, Reason] = field(default_factory=dict)
    article: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What the store remembers of a feed between two polls; `errors` counts failures in a row."""

    feed: FeedId
    validators: Validators = field(default_factory=Validators)
    errors: int = 0
    last_success: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The outcome of one poll as the store keeps it; `error` None is a success.

    `channels` are those whose first run is done with this poll: empty unless items were read.
    """

    feed: FeedId
    at: datetime
    next_poll: datetime
    validators: Validators
    error: Reason | None = None
    channels: tuple[ChannelId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What a poll came to, for one log line: counts of items, new stories and owed deliveries."""

    feed: FeedId
    outcome: Literal["items", "not_modified", "failed"]
    items: int = 0
    new: int = 0
    owed: int = 0
    reason: Reason | None = None


# --- 3 format: story -> post --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a post: opens `url` or copies `copy_text`, exactly one of the two."""

    text: str
    url: str | None = None
    copy_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Finished text for one channel.

    `text` is what is sent (HTML source for Telegram); `length` is counted as the platform
    counts, `limit` is None where there is none. `has_link` tells whether the platform will
    see (and X will bill) a link in it.
    """

    channel: ChannelId
    platform: Platform
    text: str
    length: int
    limit: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    image: str | None = None
    link: str | None = None
    has_link: bool = False
    silent: bool = False


# --- 4 publish: post -> receipt -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof of a post: the platform's id, and a link to the post where one is known."""

    remote_id: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A story owed to a channel: one row of the outbox, claimed for this process.

    `without` are parts that the platform refused and that are left out: image, buttons, markup.
    """

    id: DeliveryId
    channel: ChannelId
    feed: FeedId
    article: Article
    created_at: datetime
    attempts: int = 0
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a lane may send: a gap between two attempts, and counts per sliding window."""

    gap: timedelta
    windows: tuple[tuple[timedelta, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A channel that may send now, with its pace and the account that it shares."""

    channel: ChannelId
    account: AccountId | None
    pace: Pace
    account_gap: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an attempt may cost, and the budget of the local day and month it must fit into."""

    account: AccountId
    cost: int
    budget: Budget
    day_start: datetime
    month_start: datetime


# What an attempt came to; the store writes each in one transaction.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Proof exists."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Certainly not sent: pending again at `due`; `channel_until` keeps the whole channel silent.

    `without` adds parts to leave out at the next try.
    """

    due: datetime
    reason: Reason
    channel_until: datetime | None = None
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """May have been sent: stays listed until it is settled."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Permanent for this post."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Will not be sent."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Certainly not sent, and the channel or account is paused.

    `probe_after` is a ladder of waits: the n-th failure in a row waits for its n-th rung (the last
    one for ever), then one delivery may try; a success resumes. Money also ends a pause: a
    `budget` stop has one rung, the time until the next local day.
    """

    scope: Literal["channel", "account"]
    reason: Reason
    probe_after: tuple[timedelta, ...]


Outcome = Sent | TryAgain | Unknown | Failed | Dropped | Stopped


# --- what the operator sees -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One entry of a feed as the store keeps it."""

    feed: FeedId
    id: str
    link: str | None
    title: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One row of the outbox. `cost` covers all its attempts, None where posting is free.

    `text` is what was (or may have been) sent, None before the first attempt.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A delivery whose sender was killed while it was `sending`; it is `unknown` now."""

    id: DeliveryId
    channel: ChannelId
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """A feed that was polled or paused before; `reason` is the pause's or the last failure's."""

    id: FeedId
    last_success: datetime | None = None
    last_new: datetime | None = None
    errors: int = 0
    next_poll: datetime | None = None
    paused: bool = False
    reason: Reason | None = None


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
class PassedOver:
    """A story that a channel does not get, and why."""

    channel: ChannelId
    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTrace:
    """What became of a story, stage by stage."""

    id: StoryId
    feed: FeedId
    title: str
    link: str | None
    first_seen: datetime
    last_seen: datetime
    items: tuple[ItemRow, ...]
    passed_over: tuple[PassedOver, ...]
    deliveries: tuple[DeliveryRow, ...]
