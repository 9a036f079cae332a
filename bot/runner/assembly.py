"""The enabled feeds and channels, with the adapters behind them, for a runner."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from bot.clock import utc_now
from bot.runner.work.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId, FeedId
    from bot.models.feeds import PollReport, Routing
    from bot.models.outbox import Delivery, Lane, Outcome, Settled, Sought
    from bot.models.settings import Feed
    from bot.pipeline.judging import CollectPorts
    from bot.pipeline.route import Route
    from bot.store.engine import Store


POLLS_AT_ONCE: Final = 64
"""Where nothing is scarce."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something else to do every `seconds`, beside polling and delivering."""

    seconds: float
    work: Callable[[], Awaitable[None]]


class Observer(Protocol):
    """Receives each result of the runner's work; must be quick and never raise."""

    def polled(self, report: PollReport, seconds: float) -> None:
        """A poll took `seconds` and came to `report`."""
        ...

    def delivered(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """An attempt, or the decision not to try, came to `outcome`."""
        ...

    def settled(self, sought: Sought, settled: Settled) -> None:
        """A search for a post that may have been sent came to `settled`."""
        ...


class DeskWork(Protocol):
    """The chat of `[desk]`: people who approve posts and give commands."""

    async def read(self, wait: float) -> bool:
        """Do what people there want, waiting for so many seconds; False: nobody can be heard."""
        ...

    async def show(self) -> None:
        """Show them what waits for them, and what became of it."""
        ...

    async def leave(self) -> None:
        """Let another process hear them at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """All that a configuration says, wired; `feeds` and `routes` are the enabled ones.

    `places` are where all channels post, by which one that is renamed is recognised. `routing` is
    where all feeds lead; None where nobody is to look after what waits for other channels.

    `mailbox` holds what hubs push.

    `now` is the time that the store's times are compared with: it never goes back. `wall` is the
    wall clock, which people read: quiet hours and the age of news go by it. `sleep` waits for so
    many seconds. `last_word` tells the operator why the service ends by itself.
    `mark` says what a node's configuration means (`config.fingerprint`), and `saved_at` when its
    file was saved; on one machine nobody asks.
    `lanes` are those of one minute, once they were made.
    """

    feeds: Mapping[FeedId, Feed]
    routes: Mapping[ChannelId, Route]
    store: Store
    collect: CollectPorts
    timezone: ZoneInfo
    remember: timedelta | None
    now: Callable[[], datetime]
    explain_for: timedelta | None = None
    wall: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    places: Mapping[ChannelId, str] = field(default_factory=dict)
    routing: Routing | None = None
    desk: DeskWork | None = None
    chores: tuple[Chore, ...] = ()
    mailbox: Mailbox = field(default_factory=Mailbox)
    observers: tuple[Observer, ...] = ()
    last_word: Callable[[str], Awaitable[None]] | None = None
    polls_at_once: int = POLLS_AT_ONCE
    mark: str = ""
    saved_at: datetime | None = None
    lanes: dict[datetime, Sequence[Lane]] = field(init=False, default_factory=dict, repr=False)
