"""What is owed to a channel, how fast it may go, and what became of it: kept by `store`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.models.basics import AccountId, ChannelId, DeliveryId, FeedId, Reason
    from bot.models.posts import Receipt
    from bot.models.settings import Budget
    from bot.models.stories import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A story owed to a channel: one row of the outbox, claimed for this process.

    `without` are parts that the platform refused and that are left out: image, buttons, markup;
    "image_address" means that the picture's address was refused, so that its bytes are uploaded.
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
