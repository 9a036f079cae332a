"""How fast a channel may send, and when (pure)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import Platform
from bot.models.outbox import DigestPlan, Lane, Pace, Slot
from bot.models.posts import MESSAGE_GAP
from bot.publish.slots import last_time, next_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models.basics import FeedId
    from bot.models.settings import Channel, Digest
    from bot.models.times import Times

_GAPS = {Platform.TELEGRAM: MESSAGE_GAP, Platform.X: timedelta(seconds=1)}
# Telegram: 30 messages a second over all chats of a bot (Bot FAQ). X: 100 posts of one user in 15
# minutes (X API, "Rate limits").
TELEGRAM_BOT_GAP = timedelta(seconds=1) / 28.7
_ACCOUNTS = {
    Platform.TELEGRAM: Pace(gap=TELEGRAM_BOT_GAP),
    Platform.X: Pace(gap=timedelta(0), windows=((timedelta(minutes=15), 100),)),
}
_NO_PACE = Pace(gap=timedelta(0))
# The queue of a channel that may post without limit.
_MOST_WAITING = 1000
_MOST_WAITING_DAYS = 2

_MINUTE = timedelta(minutes=1)


def lane_of(channel: Channel, now: datetime, timezone: ZoneInfo) -> Lane:
    """Return the channel's lane as it is at `now`, which people read from the wall clock."""
    most = channel.max_per_day and channel.max_per_day * _MOST_WAITING_DAYS
    return Lane(
        channel=channel.id,
        account=channel.account,
        pace=pace_of(channel),
        account_pace=_ACCOUNTS.get(channel.platform, _NO_PACE),
        is_quiet=is_quiet(channel, now, timezone),
        slot=_slot(channel.post_at, channel.per_slot, now, timezone) if channel.post_at else None,
        digests=tuple(_plans(channel, now, timezone)),
        high=channel.high,
        high_pace=pace_of(replace(channel, min_gap=timedelta(0))) if channel.high else None,
        urgent=channel.urgent,
        backlog=channel.backlog,
        most=max(most or _MOST_WAITING, channel.backlog.newest),
        chat=None if channel.chat is None else str(channel.chat),
        asks=channel.approval is not None,
        asks_otherwise=frozenset(channel.approvals),
    )


def pace_of(channel: Channel) -> Pace:
    """Return the platform's pace, slowed down as the operator wishes.

    The platform's gap counts every attempt; the operator's limits count posts that may be out.
    """
    gap = _GAPS.get(channel.platform, timedelta(0))
    own = (
        (channel.min_gap, 1 if channel.min_gap > gap else None),
        (timedelta(hours=1), channel.max_per_hour),
        (timedelta(days=1), channel.max_per_day),
    )
    windows = tuple((span, count) for span, count in own if count is not None)
    return Pace(gap=gap, windows=windows)


def _slot(times: Times, most: int, now: datetime, timezone: ZoneInfo) -> Slot:
    begin, end = last_time(times, now, timezone), next_time(times, now, timezone)
    return Slot(begin=begin, end=end, most=most)


def _plans(channel: Channel, now: datetime, timezone: ZoneInfo) -> Iterator[DigestPlan]:
    """Yield the channel's digests; ways that say the same share one."""
    feeds: defaultdict[Digest, set[FeedId]] = defaultdict(set)
    for feed, digest in channel.digests.items():
        feeds[digest].add(feed)
    for digest, named in feeds.items():
        if digest != channel.digest:
            slot = _slot(digest.at, digest.newest, now, timezone)
            yield DigestPlan(feeds=frozenset(named), slot=slot)
    if (rest := channel.digest) is not None:
        yield DigestPlan(feeds=None, slot=_slot(rest.at, rest.newest, now, timezone))


def is_quiet(channel: Channel, now: datetime, timezone: ZoneInfo) -> bool:
    """Tell whether these are the channel's quiet hours, in which nothing is posted to it."""
    quiet = channel.quiet_hours
    return quiet is not None and quiet.contains(now.astimezone(timezone))


def quiet_until(channel: Channel, now: datetime, timezone: ZoneInfo) -> datetime:
    """Return the first whole minute after the channel's quiet hours, `now` outside of them.

    Walks through the minutes: on the days when clocks change a local time may be
    missing or come twice, and only the clock itself is right about that.
    """
    moment = now
    while is_quiet(channel, moment, timezone):
        moment = moment.replace(second=0, microsecond=0) + _MINUTE
    return moment
