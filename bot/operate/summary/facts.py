"""Makes a week of what the store knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from bot.models.week import Week
from bot.operate.alerts.silence import SilenceWatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.models.basics import ChannelId, FeedId
    from bot.models.views import FeedStatus
    from bot.models.week import SentPost, WeekRecord
    from bot.store.engine import Store

DAYS = 7
_SLOW = timedelta(hours=1)
_TELLING = 5
"""Posts of a feed, below which its delay may be an accident."""
_FEED_ERRORS = 5  # as in the configuration


async def week_before(config: Config, store: Store, slot: datetime) -> Week:
    """Return the seven whole local days before the day of `slot`."""
    zone = config.timezone
    last = slot.astimezone(zone).date() - timedelta(days=1)
    first = last - timedelta(days=DAYS - 1)
    record = await store.week.record(
        list(config.channels),
        [account.id for account in config.accounts.values() if account.budget is not None],
        _midnight(first, zone),
        _midnight(last + timedelta(days=1), zone),
    )
    enabled = [feed.id for feed in config.feeds.values() if feed.enabled]
    feeds = await store.desk.feed_status(enabled)
    limit = config.alerts.feed_errors if config.alerts else _FEED_ERRORS
    return week_of(
        record,
        (first, last),
        channels=[channel.id for channel in config.channels.values() if channel.enabled],
        zone=zone,
        silent=await SilenceWatch(store.alerts).silent(feeds),
        failing=_failing(feeds, limit),
    )


def week_of(
    record: WeekRecord,
    days: tuple[date, date],
    *,
    channels: Sequence[ChannelId],
    zone: ZoneInfo,
    silent: Mapping[FeedId, datetime],
    failing: Mapping[FeedId, str],
) -> Week:
    """Return the week, first to last of `days` (pure)."""
    delays = [post.delay for post in record.sent if post.delay is not None]
    return Week(
        first=days[0],
        last=days[1],
        posts=_by_day(record.sent, days[0], channels, zone),
        delay=_half(delays) if delays else None,
        merged=record.merged,
        filtered=record.filtered,
        slow=_slow(record.sent),
        silent=silent,
        failing=failing,
        failed=record.failed,
        unknown=record.unknown,
        spent=record.spent,
        best=record.best,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _by_day(
    sent: Iterable[SentPost], first: date, channels: Sequence[ChannelId], zone: ZoneInfo
) -> dict[ChannelId, tuple[int, ...]]:
    counts: Counter[tuple[ChannelId, int]] = Counter()
    for post in sent:
        counts[post.channel, (post.at.astimezone(zone).date() - first).days] += 1
    names = dict.fromkeys([*channels, *(name for name, _ in counts)])
    return {name: tuple(counts[name, day] for day in range(DAYS)) for name in names}


def _slow(sent: Iterable[SentPost]) -> dict[FeedId, timedelta]:
    """Return the feeds that show half of their news an hour or more after it was published."""
    found: defaultdict[FeedId, list[timedelta]] = defaultdict(list)
    for post in sent:
        if post.slowness is not None:
            found[post.feed].append(post.slowness)
    halves = {name: _half(spans) for name, spans in found.items() if len(spans) >= _TELLING}
    slow = {name: half for name, half in halves.items() if half >= _SLOW}
    return dict(sorted(slow.items(), key=lambda one: one[1], reverse=True))


def _half(spans: Iterable[timedelta]) -> timedelta:
    return timedelta(seconds=median(span.total_seconds() for span in spans))


def _failing(feeds: Iterable[FeedStatus], limit: int) -> dict[FeedId, str]:
    return {
        feed.id: feed.reason.text
        for feed in feeds
        if feed.errors >= limit and feed.reason is not None
    }
