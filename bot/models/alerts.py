"""Trouble that a person should know of, and notes of when the operator was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bot.models.reasons import ReasonCode
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.models.basics import ChannelId, FeedId, Reason
    from bot.models.views import FeedStatus

Scope = Literal["feed", "channel", "account"]
TroubleKind = Literal[
    "lost",
    "store",
    "disk",
    "clock",
    "late",
    "alerts",
    "metrics",
    "web",
    "desk",
    "configuration",
    "idle",
    "nodes",
    "roles",
    "stalled",
    "outage",
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


REPORTED: frozenset[TroubleKind] = frozenset({"alerts", "metrics", "web", "desk", "configuration"})
"""Only the service itself can see these: it notes them, and forgets them when they are over."""
_PAUSED: Mapping[Scope, str] = {
    "channel": marked("channel {id} is paused ({why}): `newsbot resume {name}`"),
    "feed": marked("feed {id} is paused ({why}): `newsbot resume {name}`"),
    "account": marked("account {id} is paused ({why}): `newsbot resume {name}`"),
}
_LOW, _FULL = 64 * 1024 * 1024, 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that a person should know now.

    `subject` is the id of a feed or channel, `scope:id` of a pause, `account:day` or
    `account:month` of a budget, the host of a node, a role that none has, the folder of the
    database, the chat of the alerts or of the desk, the address of the figures or of the web, the
    path of the configuration.
    A higher `level` is worse: a count, or the percent of a budget.
    """

    kind: TroubleKind
    subject: str
    text: str
    level: int = 1

    @property
    def key(self) -> tuple[TroubleKind, str]:
        """Two troubles with the same key are one."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Trouble):
    """A trouble as noticed; the operator knows of it since `told_at`, and it is over `well_at`."""

    noticed_at: datetime
    told_at: datetime | None = None
    well_at: datetime | None = None

    @property
    def is_news(self) -> bool:
        """Tell whether the operator does not know yet that it began, or that it is over."""
        return self.told_at is None or self.well_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A feed, channel or account that is paused, and why.

    `until` is when one post may try whether it is over; None waits for the operator.
    """

    scope: Scope
    id: str
    reason: Reason
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_of_operator(self) -> bool:
        """Tell whether a person wanted it."""
        return self.reason.code == ReasonCode.OPERATOR

    @property
    def sentence(self) -> str:
        """Name the pause, its reason and the command that ends it."""
        name = f"{self.scope}:{self.id}"
        return told(_PAUSED[self.scope], id=self.id, why=self.reason.text, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A channel that had something to send for an hour, or will have, and sent nothing.

    `since` counts from the last post, the first story that was due then, or the end of a wait that
    the channel's own pace explains, whichever came last. `reason` is the latest refusal, None where
    nothing was tried; `tried_at` is when that was. `next_try` is when something may go out.
    """

    channel: ChannelId
    since: datetime
    next_try: datetime
    reason: Reason | None = None
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Whether a newsbot runs on the database: `running`, None where that cannot be seen.

    `since` is when it began. `by_turns`: the last one was `once`, as a timer starts it.
    """

    running: bool | None
    since: datetime | None = None
    by_turns: bool = False

    def began(self, now: datetime) -> datetime | None:
        """Return when it began; None where that is not known, as after a clock that was ahead."""
        return self.since if self.since is not None and self.since <= now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedChat:
    """A channel's chat that has a new id: its name in the configuration, and its number now."""

    channel: ChannelId
    was: str
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The folder of the database, and how many bytes are free there for this user."""

    folder: str
    free: int

    @property
    def is_low(self) -> bool:
        """Tell whether it may fill up within days (1000 feeds of 10 items: 9 MB a day)."""
        return self.free < _LOW

    @property
    def is_full(self) -> bool:
        """Tell whether writing may fail: SQLite's log grows to 4 MB (wal_autocheckpoint)."""
        return self.free < _FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All that the store knows about trouble.

    `unknown` and `failed` count deliveries by channel that wait for the operator, `storms` those
    that are held back by feed. `ahead` is how far the latest moment that it remembers is before
    its clock, which is more than nothing only where a clock was wrong.
    """

    feeds: tuple[FeedStatus, ...]
    pauses: tuple[Pause, ...]
    unknown: Mapping[ChannelId, int]
    failed: Mapping[ChannelId, int]
    storms: Mapping[FeedId, int] = field(default_factory=dict)
    moved: tuple[MovedChat, ...] = ()
    disk: Disk | None = None
    waiting: tuple[Waiting, ...] = ()
    ahead: timedelta = timedelta(0)
