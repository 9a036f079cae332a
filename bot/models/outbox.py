"""Deliveries, the pace of their channels, and their outcomes: kept by `store`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from bot.models.settings import Backlog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.basics import AccountId, ChannelId, DeliveryId, FeedId, Reason
    from bot.models.posts import Receipt
    from bot.models.settings import Budget
    from bot.models.stories import Article

ChargeKind = Literal["post", "picture", "read", "delete"]


class Begun(StrEnum):
    """The answer to `DeliveryStore.begin`."""

    YES = "yes"
    """The row is `sending` and its text is frozen: publish now."""
    LOST = "lost"
    """The claim is gone (lease over, dropped or paused by the operator): do nothing."""
    OVER_BUDGET = "over_budget"
    """The charge does not fit: nothing was reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A story owed to a channel: one row of the outbox, claimed for this process.

    `without` are parts that the platform refused, as in `Rejected`. `start` is when its lane lets
    it go, which may be a moment ahead. `is_wanted`: the operator asked for it, whatever its age.
    `chat` is where the channel's chat moved to, None if it did not. `teller` is the feed that the
    article is of, None where that is `feed` itself.
    `hand_text` is the text that a person wrote for it at the desk, instead of the template's.
    """

    id: DeliveryId
    channel: ChannelId
    feed: FeedId
    article: Article
    created_at: datetime
    attempts: int = 0
    without: frozenset[str] = frozenset()
    start: datetime | None = None
    is_wanted: bool = False
    chat: int | None = None
    teller: FeedId | None = None
    hand_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A delivery that may or may not have arrived, to be searched for on the platform.

    `text` and `link` are those of the post; `since` is when its first attempt can have begun,
    `attempted_at` when its last one did, and `unknown_since` when that one ended; `at` is now.
    `chat` is where it went, `after` the id of the last post that is known to stand before it
    there, None where there is none; `known` are the ids of other deliveries' posts, and `later`
    tells of those after it since when each can have been made. `has_twin`: another delivery that
    may have been sent to the same chat says the same. It makes so many `messages`.
    """

    id: DeliveryId
    channel: ChannelId
    feed: FeedId
    text: str
    link: str | None
    since: datetime
    attempted_at: datetime
    unknown_since: datetime
    at: datetime
    searches: int
    attempts: int
    reason: Reason
    chat: str | None = None
    after: str | None = None
    known: frozenset[str] = frozenset()
    later: Mapping[str, datetime] = field(default_factory=dict)
    has_twin: bool = False
    messages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A post whose story changed after it was told; `text` stands there now.

    `chat` is where it stands, on Telegram, whatever the channel is called today; `is_left_behind`
    says that the chat became another one since. `tries` counts the edits of it, this one included.
    `by_owner`: another feed's post is corrected by the site whose page it links to.
    """

    delivery: Delivery
    text: str
    image: str | None
    remote_id: str
    sent_at: datetime
    version: int
    chat: str | None = None
    is_left_behind: bool = False
    tries: int = 1
    by_owner: bool = False
    is_album: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """A post that tells an old version of its story for good."""

    id: DeliveryId
    channel: ChannelId
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a lane may send: a gap between two attempts, and counts per sliding window."""

    gap: timedelta
    windows: tuple[tuple[timedelta, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A fixed time: of what was due before `begin`, `most` may go until the next one at `end`."""

    begin: datetime
    end: datetime
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPlan:
    """Stories of `feeds` (None: all that no other plan names) wait for a digest at its `slot`."""

    feeds: frozenset[FeedId] | None
    slot: Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A channel, with its pace and the account that it shares.

    `account_pace` holds for all channels of the account together. A lane that `is_quiet`
    sends nothing now, and one with a `slot` only what was due before that; but stories of the
    feeds in `urgent` may go. Those of the feeds in `high` go first, by `high_pace`. `digests` tell
    the others together. `most` is how many deliveries may wait in it, None for any. `chat` is the
    chat as configured, where a move of it is to be followed. What goes to a lane that
    `asks` waits for approval, but for the feeds in `asks_otherwise`, with which it is the reverse.
    """

    channel: ChannelId
    account: AccountId | None
    pace: Pace
    account_pace: Pace = field(default_factory=lambda: Pace(gap=timedelta(0)))
    is_quiet: bool = False
    slot: Slot | None = None
    high: frozenset[FeedId] = frozenset()
    high_pace: Pace | None = None
    urgent: frozenset[FeedId] = frozenset()
    digests: tuple[DigestPlan, ...] = ()
    backlog: Backlog = field(default_factory=Backlog)
    most: int | None = None
    chat: str | None = None
    asks: bool = False
    asks_otherwise: frozenset[FeedId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The most that a request may cost, and the budget that it must fit into."""

    account: AccountId
    cost: int
    budget: Budget
    day_start: datetime
    month_start: datetime
    kind: ChargeKind = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The cost of reading the platform in the end; `at` is when it was reserved."""

    at: datetime
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Proof exists; `cost` is the price in the end, None the reserved one."""

    receipt: Receipt
    cost: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Certainly not sent: pending again at `due`.

    `channel_until` keeps the whole channel silent, `account_until` all channels of its account.
    `without` adds parts to leave out at the next try; `chat` is where the channel's chat moved to.
    `cost` was spent all the same, as on the picture of a post that did not get out.
    """

    due: datetime
    reason: Reason
    channel_until: datetime | None = None
    account_until: datetime | None = None
    without: frozenset[str] = frozenset()
    chat: int | None = None
    cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """May have been sent: `search_at` is when to look for it, None leaves it to the operator.

    `cost` is the part of its price that was spent before the post itself, whatever became of that.
    """

    reason: Reason
    search_at: datetime | None = None
    cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """It was sent: the platform shows it. `is_ours`: an attempt of ours made (and cost) it."""

    receipt: Receipt
    is_ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """Readers see `text` now."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """The post stays as it is; `reason` None where nothing in it would change."""

    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """It was certainly not sent, and not billed: pending again at `due`."""

    due: datetime
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Permanent for this post; `cost` was spent all the same.

    Where the post before was refused alike, it is the account that is refused: then it is
    `otherwise`, for both.
    """

    reason: Reason
    cost: int = 0
    otherwise: Stopped | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Will not be sent."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Certainly not sent, and the channel or account is paused.

    `probe_after` is a ladder of waits: the n-th failure in a row waits for its n-th rung (the last
    one for ever), then one delivery may try; a success resumes. Money also ends a pause: a
    `budget` stop has one rung, the time until the next local day. `cost` was spent all the same.
    """

    scope: Literal["channel", "account"]
    reason: Reason
    probe_after: tuple[timedelta, ...]
    cost: int = 0


Outcome = Sent | TryAgain | Unknown | Failed | Dropped | Stopped

Settled = Found | Absent | Unknown | Failed | Dropped | TryAgain
"""The result of searching for a post, or of giving up; TryAgain sends it again."""

Corrected = Edited | LeftAlone | TryAgain
"""The result of bringing a post in line with its story."""
