"""What a runner runs: the configured feeds and channels with their adapters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from bot.models import ChannelId, Feed, FeedId
    from bot.pipeline import CollectPorts, Route
    from bot.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something else to do every `seconds`, beside polling and delivering."""

    seconds: float
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything wired; `feeds` and `routes` are the enabled ones."""

    feeds: Mapping[FeedId, Feed]
    routes: Mapping[ChannelId, Route]
    store: Store
    collect: CollectPorts
    timezone: ZoneInfo
    remember: timedelta | None
    now: Callable[[], datetime]
    chores: tuple[Chore, ...] = ()
