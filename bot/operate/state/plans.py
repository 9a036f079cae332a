"""What a waiting delivery waits for: a digest, a fixed time, or the end of quiet hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bot.models.basics import DeliveryState
from bot.moments import local_time
from bot.operate.json_forms import plain
from bot.publish.pace import quiet_until
from bot.publish.slots import last_time, next_time
from bot.wording import ENGLISH, marked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models.settings import Channel
    from bot.models.times import Times
    from bot.models.views import DeliveryRow
    from bot.wording import Wording

_WAITING = (DeliveryState.PENDING, DeliveryState.HELD)
_IN_WORDS = {
    "digest": marked("waits for the digest of {at}"),
    "post_at": marked("waits for {at}"),
    "quiet_hours": marked("waits for the end of quiet hours at {at}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What comes `at` that time."""

    what: Literal["digest", "post_at", "quiet_hours"]
    at: datetime


def plan_for(row: DeliveryRow, config: Config, now: datetime) -> Plan | None:
    """Return what the delivery waits for by the configuration, None where it may go."""
    channel = config.channels.get(row.channel)
    if channel is None or row.state not in _WAITING or row.feed in channel.urgent:
        return None
    digest = channel.digest_of(row.feed) if row.wanted_at is None and not row.tells else None
    if digest is not None:
        return Plan(what="digest", at=_time_for(row, digest.at, config, now))
    if channel.post_at is not None and not row.tells:
        at = _time_for(row, channel.post_at, config, now)
        if at > now:
            return Plan(what="post_at", at=at)
    end = quiet_until(channel, now, config.timezone)
    return Plan(what="quiet_hours", at=end) if end > now else None


def next_plans(channel: Channel, config: Config, now: datetime) -> list[Plan]:
    """Return the next fixed times of the channel, soonest first."""
    return sorted(_next_plans(channel, config, now), key=lambda plan: plan.at)


def plan_json(plan: Plan | None) -> Any:
    """Return the documented JSON element (docs/json.md)."""
    return plain(plan)


def in_words(plan: Plan, timezone: ZoneInfo, words: Wording = ENGLISH) -> str:
    """Return the plan for people."""
    return words.phrase(_IN_WORDS[plan.what], at=local_time(plan.at, timezone))


def _next_plans(channel: Channel, config: Config, now: datetime) -> Iterator[Plan]:
    for digest in channel.every_digest:
        yield Plan(what="digest", at=next_time(digest.at, now, config.timezone))
    if channel.post_at is not None:
        yield Plan(what="post_at", at=next_time(channel.post_at, now, config.timezone))


def _time_for(row: DeliveryRow, times: Times, config: Config, now: datetime) -> datetime:
    """Return the time at which the row goes, or may go since: that it was due before."""
    last = last_time(times, now, config.timezone)
    tried = row.attempted_at
    is_of_it = row.due < last or (tried is not None and tried >= last)
    return last if is_of_it else next_time(times, max(now, row.due), config.timezone)
