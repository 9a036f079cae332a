"""What is wrong now, and what the operator was told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.models.basics import ChannelId, FeedId, Reason
    from bot.models.views import FeedStatus

Scope = Literal["feed", "channel", "account"]
TroubleKind = Literal[
    "feed_failing",
    "feed_silent",
    "storm",
    "orphaned",
    "paused",
    "moved",
    "unknown",
    "failed",
    "budget",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that a person should know now.

    `subject` is the id of a feed or channel, `scope:id` of a pause, `account:day` or
    `account:month` of a budget. A higher `level` is worse: a count, or the percent of a budget.
    """

    kind: TroubleKind
    subject: str
    text: str
    level: int = 1

    @property
    def key(self) -> tuple[TroubleKind, str]:
        """What makes it the same trouble as before."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A trouble as noticed: `told_at` None is not told yet, `well_at` is over and not told yet."""

    kind: TroubleKind
    subject: str
    text: str
    level: int
    noticed_at: datetime
    told_at: datetime | None = None
    well_at: datetime | None = None

    @property
    def key(self) -> tuple[TroubleKind, str]:
        """What makes it the same trouble as before."""
        return self.kind, self.subject

    @property
    def is_news(self) -> bool:
        """Tell whether there is something to say about it."""
        return self.told_at is None or self.well_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A feed, channel or account that is paused, and why."""

    scope: Scope
    id: str
    reason: Reason

    @property
    def is_of_operator(self) -> bool:
        """Tell whether a person wanted it."""
        return self.reason.code == "operator"

    @property
    def sentence(self) -> str:
        """Say what is paused, why, and how that ends."""
        name = f"{self.scope}:{self.id}"
        return f"{self.scope} {self.id} is paused ({self.reason.text}): `newsbot resume {name}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedChat:
    """A channel's chat that has a new id: what the configuration calls it, and its number now."""

    channel: ChannelId
    was: str
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the store knows about trouble.

    `unknown` and `failed` count deliveries by channel that wait for the operator, `storms` those
    that are held back by feed.
    """

    feeds: tuple[FeedStatus, ...]
    pauses: tuple[Pause, ...]
    unknown: Mapping[ChannelId, int]
    failed: Mapping[ChannelId, int]
    storms: Mapping[FeedId, int] = field(default_factory=dict)
    moved: tuple[MovedChat, ...] = ()
