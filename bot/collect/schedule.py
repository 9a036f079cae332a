"""When a feed is polled again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zlib import crc32

from bot.models.feeds import FetchFailed
from bot.models.reasons import ReasonCode

if TYPE_CHECKING:
    from bot.models.feeds import FetchOutcome
    from bot.models.settings import Feed

_DAY: Final = timedelta(days=1)
_UNJITTERED: Final = timedelta(minutes=1)
_LOCAL_FAILED: Final = timedelta(minutes=1)
_SOON: Final = timedelta(minutes=1)
"""After a failure that is hardly the feed's: no network, or a poll that a power cut ended."""
_NO_NETWORK: Final = frozenset({ReasonCode.DNS, ReasonCode.UNREACHABLE})
_JITTER: Final = 0.10
_MAX_DOUBLINGS: Final = 20


def next_poll(
    feed: Feed, outcome: FetchOutcome, *, errors: int, now: datetime, ttl: timedelta | None = None
) -> datetime:
    """Return when to poll `feed` again after `outcome`, which came at `now`.

    `errors` counts the failures in a row, this one included. `ttl` is the feed's own wish.
    No server is asked again before `every_min`, nor, where all is well, after `every_max`.
    A server's wish (Cache-Control, ttl) may lengthen the interval, never shorten it. Failures
    double it. Retry-After is a "not before" (RFC 9110 section 10.2.3), honoured
    beyond `every_max` but for no more than a day: longer is a mistake or a ban, and authors
    of feeds accept one look a day even from unconditional readers.
    """
    if feed.is_local:
        return now + _local_interval(feed, errors)
    if isinstance(outcome, FetchFailed):
        floor = min(outcome.retry_after or timedelta(0), _DAY)
        wait = max(_failed_interval(feed, outcome, errors), floor)
        least = floor if _is_unreached(outcome) else max(floor, feed.every_min)
        return now + wait + _jitter(feed, now, wait, least=least)
    wait = _interval(feed, _wish(outcome, ttl))
    return now + wait + _jitter(feed, now, wait, least=feed.every_min, most=_longest(feed))


def _wish(outcome: FetchOutcome, ttl: timedelta | None) -> timedelta:
    age = None if isinstance(outcome, FetchFailed) else outcome.max_age
    return max(age or timedelta(0), ttl or timedelta(0))


def _interval(feed: Feed, wish: timedelta = timedelta(0)) -> timedelta:
    return min(max(feed.every, feed.every_min, wish), _longest(feed))


def _longest(feed: Feed) -> timedelta:
    return max(feed.every_max, feed.every_min)


def _failed_interval(feed: Feed, failure: FetchFailed, errors: int) -> timedelta:
    """Return the doubled interval; a day for a feed that is gone, in case that was a mistake."""
    base = _interval(feed)
    if failure.reason.code == ReasonCode.GONE:
        return max(_DAY, base)
    doublings: int = min(max(errors, 0), _MAX_DOUBLINGS)
    doubled = max(min(base * (1 << doublings), _longest(feed)), base)
    soon = _SOON * (1 << max(doublings - 1, 0))
    if _is_unreached(failure):
        return min(soon, doubled)
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

    With it, `wait` stays from `least` to `most`. Deterministic in feed and time. None below a
    minute, where the operator means the number.
    """
    if wait < _UNJITTERED:
        return timedelta(0)
    seed = crc32(f"{feed.id}\x00{int(now.timestamp())}".encode("utf-8", "replace"))
    share = seed / 0xFFFFFFFF
    earlier = min(wait * _JITTER, wait - least)
    later = min(wait * _JITTER, most - wait)
    return share * (earlier + later) - earlier
