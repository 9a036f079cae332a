"""When a feed is polled again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zlib import crc32

from bot.collect.schedule.plan import plan_of, planned
from bot.collect.schedule.rhythm import Rhythm
from bot.models.feeds import FetchFailed
from bot.models.reasons import UNREADABLE, ReasonCode

if TYPE_CHECKING:
    from bot.models.feeds import FetchOutcome
    from bot.models.settings import Feed

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_LOCAL_FAILED: Final = _MINUTE
_SOON: Final = _MINUTE
"""After a failure that is hardly the feed's: no network, or a poll that a power cut ended."""
_NO_NETWORK: Final = frozenset({ReasonCode.DNS, ReasonCode.UNREACHABLE, ReasonCode.PROXY})
_REFUSED: Final = frozenset({"http_401", "http_403", "http_404", *UNREADABLE})
"""Answers that a person must mend: asking often is rude, and leads to bans."""
_REFUSED_LEAST: Final = timedelta(hours=1)
_JITTER: Final = 0.10
_APART: Final = timedelta(seconds=20)
_MAX_DOUBLINGS: Final = 20
_UNKNOWN: Final = Rhythm()


def next_poll(
    feed: Feed,
    outcome: FetchOutcome,
    *,
    errors: int,
    now: datetime,
    rhythm: Rhythm = _UNKNOWN,
    is_told: bool = False,
) -> datetime:
    """Return when to poll `feed` again after `outcome`, which came at `now`.

    `errors` counts the failures in a row, this one included. `rhythm` is what is known of the feed,
    its own wishes included: the requests, one in `every` on the average, come where its news does.
    A feed whose hub tells its news (`is_told`) is asked each `every_max`, in case some was lost.
    No server is asked again before `every_min`, nor, where all is well, after `every_max`.
    A server's wish (Cache-Control, Expires, ttl) may lengthen the interval, never shorten it; the
    hours and days that a feed names for skipping count beyond `every_max`, for a day at most.
    Failures double the interval up to a day. Retry-After is a "not before" (RFC 9110 section
    10.2.3), honoured for no more than a day too: longer is a mistake or a ban, and authors of
    feeds accept one look a day even from unconditional readers.
    """
    if feed.is_local:
        return now + _local_interval(feed, errors)
    if isinstance(outcome, FetchFailed):
        floor = min(outcome.retry_after or timedelta(0), _DAY)
        wait = max(_failed_interval(feed, outcome, errors), floor)
        least = floor if _is_unreached(outcome) else max(floor, feed.every_min)
        return now + wait + _jitter(feed, now, wait, least=least)
    wish = max(outcome.max_age or timedelta(0), timedelta(minutes=rhythm.ttl))
    longest = _longest(feed)
    if is_told:
        wait = longest + _jitter(feed, now, longest, least=feed.every_min, most=longest)
    else:
        wait = _well_interval(feed, now, wish, rhythm)
    return _not_skipped(now + wait, now, rhythm)


def _well_interval(feed: Feed, now: datetime, wish: timedelta, rhythm: Rhythm) -> timedelta:
    """Return the wait where all is well: by the rhythm where one is known."""
    usual, longest = _interval(feed), _longest(feed)
    least = min(max(feed.every_min, wish), longest)
    if not rhythm.days or usual < _MINUTE or feed.every_min == longest:
        wait = max(usual, least)
        return wait + _jitter(feed, now, wait, least=least, most=longest)
    start = now.timestamp()
    plan = plan_of(with_plan(rhythm, feed))
    due = plan.next_after(
        start,
        every=usual.total_seconds(),
        least=least.total_seconds(),
        most=longest.total_seconds(),
    )
    # Feeds that publish at the same minute must not all be asked in the same second.
    return min(timedelta(seconds=due - start) + _APART * _chance(feed, now), longest)


def with_plan(rhythm: Rhythm, feed: Feed) -> Rhythm:
    """Return `rhythm` with its plan for the intervals of `feed`, made anew where they differ."""
    usual = _interval(feed)
    return planned(rhythm, fewest=usual / _longest(feed), most=usual / feed.every_min)


def _not_skipped(due: datetime, now: datetime, rhythm: Rhythm) -> datetime:
    """Return the first moment from `due` on that the feed does not ask to skip (RSS 2.0)."""
    if not (rhythm.skip_hours or rhythm.skip_days):
        return due
    last = max(due, now + _DAY)
    while due < last and _is_skipped(due, rhythm):
        due = min(due.replace(minute=0, second=0, microsecond=0) + _HOUR, last)
    return due


def _is_skipped(moment: datetime, rhythm: Rhythm) -> bool:
    is_hour = rhythm.skip_hours >> moment.hour & 1
    return bool(is_hour or rhythm.skip_days >> moment.weekday() & 1)


def _interval(feed: Feed) -> timedelta:
    return min(max(feed.every, feed.every_min), _longest(feed))


def _longest(feed: Feed) -> timedelta:
    return max(feed.every_max, feed.every_min)


def _failed_interval(feed: Feed, failure: FetchFailed, errors: int) -> timedelta:
    """Return the doubled interval; a day for a feed that is gone, in case that was a mistake."""
    base = _interval(feed)
    if failure.reason.code == ReasonCode.GONE:
        return max(_DAY, base)
    if failure.reason.code in _REFUSED:
        base = max(base, _REFUSED_LEAST)
    doublings: int = min(max(errors, 0), _MAX_DOUBLINGS)
    doubled = min(base * (1 << doublings), max(_DAY, _longest(feed)))
    soon = _SOON * (1 << max(doublings - 1, 0))
    if _is_unreached(failure):
        return min(soon, doubled, _longest(feed))
    if failure.reason.code == ReasonCode.INTERRUPTED:
        return min(max(soon, feed.every_min), doubled)
    return doubled


def _is_unreached(failure: FetchFailed) -> bool:
    """Tell whether no server was asked: trying soon burdens none; mostly it is our network."""
    return failure.reason.code in _NO_NETWORK


def _local_interval(feed: Feed, errors: int) -> timedelta:
    """A file harms nobody: always `every`, and one that is missing is looked for each minute."""
    return min(feed.every, _LOCAL_FAILED) if errors else feed.every


def _jitter(
    feed: Feed, now: datetime, wait: timedelta, *, least: timedelta, most: timedelta = timedelta.max
) -> timedelta:
    """Return up to a tenth of `wait` more or less, so that feeds polled together drift apart.

    With it, `wait` stays from `least` to `most`. None below a minute, where the operator means the
    number.
    """
    if wait < _MINUTE:
        return timedelta(0)
    earlier = min(wait * _JITTER, wait - least)
    later = min(wait * _JITTER, most - wait)
    return _chance(feed, now) * (earlier + later) - earlier


def _chance(feed: Feed, now: datetime) -> float:
    """Return a number from 0 to 1, the same for the same feed and time."""
    return crc32(f"{feed.id}\x00{int(now.timestamp())}".encode("utf-8", "replace")) / 0xFFFFFFFF
