"""What the database knows of a feed's items: `preview` then decides as the service would."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bot.dedupe.keys import keys_of
from bot.models.basics import DeliveryState, Reason
from bot.models.feeds import ParsedFeed
from bot.models.stories import Known
from bot.moments import local_time, with_local_times
from bot.pipeline.articles import article_of
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.dedupe.keys import ItemKeys
    from bot.models.basics import ChannelId, StoryId
    from bot.models.events import Heard
    from bot.models.feeds import FetchFailed
    from bot.models.profiles import Profile
    from bot.models.settings import Channel, Feed
    from bot.models.views import DeliveryRow, FeedStatus, StoryTrace
    from bot.store.engine import Store

Decision = Literal["post", "skip", "error"]
Verdict = tuple[Decision, Reason | None]
"""The decision about an item in a channel, and its reason."""

_KNOWN = "known"
_WAITS = frozenset({DeliveryState.PENDING, DeliveryState.SENDING})
LONG_KNOWN = Reason(code=_KNOWN, text=marked("seen before, and posted once"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The database's knowledge of one feed; by default that of a first run, which is none.

    `fates` are of stories that channels have already, `blocked` the channels that get nothing now,
    each with the reason; `late` is how long the next poll has been due. `heard` is what other
    outlets told of the events of new items, by their place in the feed: as the feed's own text
    says, for their pages are read later. `profiles` are the names that readers see above posts.
    """

    known: Known = field(default_factory=Known)
    fates: Mapping[tuple[StoryId, ChannelId], Verdict] = field(default_factory=dict)
    blocked: Mapping[ChannelId, Reason] = field(default_factory=dict)
    late: timedelta = timedelta(0)
    heard: Mapping[int, Heard] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    def fate(self, story: StoryId | None, channel: ChannelId) -> Verdict:
        """Return what became of a story that the channel has, or that was passed over for it."""
        return (
            ("skip", LONG_KNOWN)
            if story is None
            else self.fates.get((story, channel), ("skip", LONG_KNOWN))
        )


FIRST_RUN = Remembered()


async def recall(
    feed: Feed,
    read: ParsedFeed | FetchFailed | Reason,
    channels: Collection[Channel],
    store: Store,
    now: datetime,
    *,
    timezone: ZoneInfo,
) -> Remembered:
    """Read what the database knows of the items. Raises StoreError."""
    if not isinstance(read, ParsedFeed):
        return FIRST_RUN
    keys = await asyncio.to_thread(keys_of, feed.id, read.items)
    known = await store.stories.known_keys(feed.id, [key for one in keys for key in one.all])
    ids = {story.id for story in (*known.stories.values(), *known.recent)}
    traces = await store.desk.traces(sorted(ids))
    status = next(iter(await store.desk.feed_status([feed.id])), None)
    return Remembered(
        known=known,
        fates={
            (trace.id, channel): verdict
            for trace in traces
            for channel, verdict in _fates(trace, timezone).items()
        },
        blocked=await _blocked(feed, channels, status, store),
        late=_lateness(status, now),
        heard=await _heard(feed, read, keys, known, store, now),
        profiles=await store.desk.profiles_of([channel.place for channel in channels]),
    )


async def _heard(
    feed: Feed,
    read: ParsedFeed,
    keys: Sequence[ItemKeys],
    known: Known,
    store: Store,
    now: datetime,
) -> dict[int, Heard]:
    if feed.same_story is None:
        return {}
    seen = known.stories.keys() | known.settled
    new = [place for place, one in enumerate(keys) if seen.isdisjoint(one.all)]
    articles = [article_of(read.items[place], feed, read) for place in new]
    heard = await store.events.hear(feed.id, articles, now, feed.same_story)
    return dict(zip(new, heard, strict=True))


def _fates(trace: StoryTrace, timezone: ZoneInfo) -> dict[ChannelId, Verdict]:
    passed: dict[ChannelId, Verdict] = {
        one.channel: ("skip", one.reason) for one in trace.passed_over
    }
    return passed | {row.channel: _fate(row, timezone) for row in trace.deliveries}


def _fate(row: DeliveryRow, timezone: ZoneInfo) -> Verdict:
    if row.state in _WAITS:
        text = told("waits in the queue, due {due}", due=local_time(row.due, timezone))
        return "post", Reason(code=_KNOWN, text=text)
    text = told(_ENDS[row.state], at=local_time(row.sent_at, timezone))
    why = f": {with_local_times(row.reason.text, timezone)}" if row.reason is not None else ""
    return "skip", Reason(code=_KNOWN, text=f"{text}{why}")


_ENDS = {
    DeliveryState.SENT: marked("posted {at}"),
    DeliveryState.RETRACTED: marked("posted {at}, and deleted again"),
    DeliveryState.UNKNOWN: marked("may have been posted"),
    DeliveryState.HELD: marked("held"),
    DeliveryState.FAILED: marked("failed"),
    DeliveryState.DROPPED: marked("dropped"),
}


async def _blocked(
    feed: Feed, channels: Iterable[Channel], status: FeedStatus | None, store: Store
) -> dict[ChannelId, Reason]:
    if status is not None and status.paused:
        text = told("feed {feed} is paused: `newsbot resume feed:{feed}`", feed=feed.id)
        return {channel.id: Reason(code="paused", text=text) for channel in channels}
    found = {}
    for channel in channels:
        for pause in await store.desk.pauses_over(channel.id, channel.account):
            found[channel.id] = Reason(code="paused", text=pause.sentence)
    return found


def _lateness(status: FeedStatus | None, now: datetime) -> timedelta:
    """Return how long news may have waited for this poll, as the service counts it."""
    if status is None:
        return timedelta(0)
    since = status.last_success if status.errors else status.next_poll
    return max(now - since, timedelta(0)) if since else timedelta(0)
