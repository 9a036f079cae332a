"""Most feeds fail together: the fault is seldom theirs (pure)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.models.alerts import Trouble
from bot.operate.alerts.stalled import AN_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.models.settings import Feed
    from bot.models.views import FeedStatus
    from bot.operate.alerts.snapshot import Snapshot
    from bot.wording import Wording

_FEWEST: Final = 3
_TWICE: Final = 2


def outage(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield that more than half of the feeds that are polled, and three at least, bring nothing.

    One feed has the patience of `alerts.feed_errors`, for its server is another's. What most have
    at once is this machine's or its network's, and the news of an hour is missing by then.
    """
    polled = {id_ for id_, feed in config.feeds.items() if feed.enabled}
    polled -= {one.id for one in snapshot.condition.feeds if one.paused}
    failing = [
        one
        for one in snapshot.condition.feeds
        if one.id in polled and _brings_nothing(one, config.feeds[one.id], snapshot.now)
    ]
    if len(failing) >= _FEWEST and 2 * len(failing) > len(polled):
        text = words.phrase(
            "{failing} of {polled} feeds cannot be read, most often because: {why}",
            failing=len(failing),
            polled=len(polled),
            why=words.stored(_usual_reason(failing)),
        )
        yield Trouble(kind="outage", subject="feeds", text=text)


def _brings_nothing(status: FeedStatus, feed: Feed, now: datetime) -> bool:
    """Tell whether it failed again, and was not read for an hour longer than it is polled.

    The hour is that after which a channel in which nothing gets out is trouble, too.
    """
    read = status.last_success
    return status.errors >= _TWICE and (read is None or now - read >= feed.every + AN_HOUR)


def _usual_reason(failing: Sequence[FeedStatus]) -> str:
    reasons = [one.reason for one in failing if one.reason is not None]
    if not reasons:
        return ""
    ((code, _),) = Counter(one.code for one in reasons).most_common(1)
    return next(one.text for one in reasons if one.code == code)
