"""WebSub: the hub that tells a feed's news at once, and this program's subscription there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.models.basics import FeedId, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The hub that a feed names, and the topic: the feed's own address as the hub knows it.

    Both are "" for a feed that names no hub.
    """

    url: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription of one feed; `callback` is its unguessable address, which ends in `token`.

    `secret` signs what the hub sends; None where it would travel in clear text. It is in force
    until `expires`, None before the hub has verified it. `is_leaving` says that it is to end.
    `attempts` counts the requests since the hub last verified one.
    """

    token: str = field(repr=False)
    feed: FeedId
    hub: str
    topic: str
    callback: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    expires: datetime | None = None
    is_leaving: bool = False
    attempts: int = 0

    @property
    def mode(self) -> str:
        """The `hub.mode` of a request for it."""
        return "unsubscribe" if self.is_leaving else "subscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStatus:
    """A subscription as the operator sees it; `reason` tells what it lacks, or what failed.

    `is_trusted` says that the feed's latest news came from the hub.
    """

    feed: FeedId
    hub: str
    expires: datetime | None = None
    pushed_at: datetime | None = None
    is_trusted: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How long a subscription is in force, and when to ask for more."""

    expires: datetime
    renew_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRefused:
    """A hub did not take a request; `retry_after` is its wish."""

    reason: Reason
    retry_after: timedelta | None = None
