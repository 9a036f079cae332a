"""How fast a channel may send, and when (pure)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models import Pace, Platform

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models import Channel, Hours

# Telegram: 20 messages a minute in a group or channel (python-telegram-bot wiki, "Avoiding flood
# limits"), sent evenly instead of in bursts. X: 100 posts in 15 minutes (X API, "Rate limits").
_GAPS = {Platform.TELEGRAM: timedelta(seconds=3), Platform.X: timedelta(seconds=1)}
_WINDOWS = {Platform.X: ((timedelta(minutes=15), 100),)}
# Telegram: 30 messages a second over all chats of a bot (Bot FAQ).
_ACCOUNT_GAPS = {Platform.TELEGRAM: timedelta(seconds=1) / 30}


def pace_of(channel: Channel) -> Pace:
    """Return the platform's pace, slowed down as the operator wishes."""
    own = ((timedelta(hours=1), channel.max_per_hour), (timedelta(days=1), channel.max_per_day))
    return Pace(
        gap=max(_GAPS.get(channel.platform, timedelta(0)), channel.min_gap),
        windows=(
            *_WINDOWS.get(channel.platform, ()),
            *((span, count) for span, count in own if count is not None),
        ),
    )


def account_gap(platform: Platform) -> timedelta:
    """Return the gap between two attempts over all channels of one account."""
    return _ACCOUNT_GAPS.get(platform, timedelta(0))


def is_open(channel: Channel, now: datetime, timezone: ZoneInfo) -> bool:
    """Tell whether the channel may be posted to now: outside of its quiet hours."""
    quiet = channel.quiet_hours
    return quiet is None or not _is_within(quiet, now, timezone)


def is_silent(channel: Channel, now: datetime, timezone: ZoneInfo) -> bool:
    """Tell whether a post now should arrive without a sound."""
    if isinstance(channel.silent, bool):
        return channel.silent
    return _is_within(channel.silent, now, timezone)


def opens_at(channel: Channel, now: datetime, timezone: ZoneInfo) -> datetime:
    """Return when the channel may be posted to: now, or the end of its quiet hours."""
    if channel.quiet_hours is None or is_open(channel, now, timezone):
        return now
    end = channel.quiet_hours.end
    local = now.astimezone(timezone)
    opening = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    # Arithmetic on local times keeps the wall clock; compared in UTC it is right on the two days
    # of the year when the clock is changed.
    if opening.astimezone(now.tzinfo) <= now:
        opening += timedelta(days=1)
    return opening.astimezone(now.tzinfo)


def _is_within(hours: Hours, now: datetime, timezone: ZoneInfo) -> bool:
    return hours.contains(now.astimezone(timezone).time())
