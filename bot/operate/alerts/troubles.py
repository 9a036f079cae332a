"""The condition of the store and the configuration -> troubles (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot.models.alerts import Trouble
from bot.models.reasons import ReasonCode
from bot.moments import local_time
from bot.operate.alerts.of_budgets import ALL, of_budgets
from bot.operate.alerts.of_service import of_service
from bot.operate.alerts.outage import outage
from bot.operate.alerts.stalled import AN_HOUR, paused_channels
from bot.operate.alerts.wording import posts
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.config import Config
    from bot.models.alerts import Pause, TroubleKind
    from bot.models.basics import ChannelId, FeedId
    from bot.models.views import FeedStatus
    from bot.operate.alerts.snapshot import Snapshot
    from bot.wording import Wording

_OF_FEEDS: tuple[TroubleKind, ...] = ("feed_failing", "feed_silent", "storm")
_NEVER = 2  # failures of a feed that never worked
_LONGEST_REASON = 110
_UNEXPLAINED = marked("nothing was tried, and newsbot does not know why")


def troubles_of(
    snapshot: Snapshot, config: Config, *, feed_errors: int, words: Wording
) -> list[Trouble]:
    """Return the troubles of all that is enabled, in the order of the file."""
    return [
        *of_service(snapshot, config, words),
        *_stalled(snapshot, config, words),
        *outage(snapshot, config, words),
        *_of_feeds(snapshot, config, feed_errors, words),
        *_orphaned(snapshot, config, words),
        *_pauses(snapshot, config, words),
        *_moved(snapshot, config, words),
        *_deliveries(snapshot, config, words),
        *of_budgets(snapshot, config, words),
        *_dear(snapshot, config, words),
    ]


def _stalled(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    for one in snapshot.stalled:
        why = _short(words.stored(one.reason.text)) if one.reason else words.phrase(_UNEXPLAINED)
        text = words.phrase(
            "{channel}: nothing got out since {since}: {why}; next try {next}",
            channel=one.channel,
            since=local_time(one.since, config.timezone),
            why=why,
            next=local_time(one.next_try, config.timezone),
        )
        yield Trouble(kind="stalled", subject=one.channel, text=text)


def _short(why: str) -> str:
    # The time of the next try must not be cut off.
    return why if len(why) <= _LONGEST_REASON else f"{why[: _LONGEST_REASON - 1]}…"


def unjudged(snapshot: Snapshot, config: Config) -> frozenset[tuple[TroubleKind, str]]:
    """Return kind and subject of troubles that are not judged here.

    The operator paused them, the service itself reports them, or a pause hides whether posts
    would get out.
    """
    paused = [pause for pause in snapshot.condition.pauses if pause.is_of_operator]
    feeds = [pause.id for pause in paused if pause.scope == "feed"]
    return frozenset(
        {
            *(note.key for note in snapshot.reported),
            *(("stalled", channel) for channel in paused_channels(snapshot.condition, config)),
            *((kind, feed) for kind in _OF_FEEDS for feed in feeds),
            *(("paused", _subject(pause)) for pause in paused),
        }
    )


def _of_feeds(
    snapshot: Snapshot, config: Config, feed_errors: int, words: Wording
) -> Iterator[Trouble]:
    for feed in snapshot.condition.feeds:
        if feed.paused or not config.feeds[feed.id].enabled:
            continue
        if feed.id in snapshot.condition.storms:
            yield _storm("storm", feed.id, snapshot.condition.storms[feed.id], words)
        if feed.errors >= feed_errors or _never_works(feed, snapshot.now):
            yield _failing(feed, words)
        elif feed.id in snapshot.silent:
            since = local_time(snapshot.silent[feed.id], config.timezone)
            text = words.phrase("{feed}: nothing new since {since}", feed=feed.id, since=since)
            yield Trouble(kind="feed_silent", subject=feed.id, text=text)


def _never_works(feed: FeedStatus, now: datetime) -> bool:
    """Tell whether it failed at once: twice, or without another try within the hour.

    That is a mistake in its address more often than a server that is down.
    """
    if feed.last_success is not None or not feed.errors:
        return False
    is_late = feed.next_poll is None or feed.next_poll - now > AN_HOUR
    return feed.errors >= _NEVER or is_late


def _failing(feed: FeedStatus, words: Wording) -> Trouble:
    why = words.stored(feed.reason.text) if feed.reason else ""
    never = words.phrase("{feed}: it never worked: {why}", feed=feed.id, why=why)
    text = f"{feed.id}: {why}" if feed.last_success else never
    return Trouble(kind="feed_failing", subject=feed.id, text=text)


def _orphaned(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the storms of feeds that were removed or disabled: nobody else frees them."""
    for id_, count in snapshot.condition.storms.items():
        feed = config.feeds.get(id_)
        if count and (feed is None or not feed.enabled):
            yield _storm("orphaned", id_, count, words)


def _storm(kind: Literal["storm", "orphaned"], feed: FeedId, count: int, words: Wording) -> Trouble:
    text = words.phrase(
        "{feed}: too much at once, {posts} held back", feed=feed, posts=posts(count, words)
    )
    return Trouble(kind=kind, subject=feed, text=text)


def _pause_text(pause: Pause, config: Config, words: Wording) -> str:
    text = f"{words.phrase(pause.scope)} {pause.id}: {words.stored(pause.reason.text)}"
    if pause.since is None or pause.scope == "feed":
        return text
    next_try = (
        local_time(pause.until, config.timezone)
        if pause.until
        else words.phrase("only when you resume it")
    )
    since = local_time(pause.since, config.timezone)
    return words.phrase(
        "{why}; nothing gets out since {since}; next try {next}",
        why=text,
        since=since,
        next=next_try,
    )


def _pauses(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    for pause in _pauses_in_use(snapshot, config):
        if not pause.is_of_operator and pause.reason.code != ReasonCode.BUDGET:
            text = _pause_text(pause, config, words)
            yield Trouble(kind="paused", subject=_subject(pause), text=text)


def paused_by_operator(snapshot: Snapshot, config: Config) -> list[Pause]:
    """Return the operator's own pauses, where they have an effect: easily forgotten."""
    return [pause for pause in _pauses_in_use(snapshot, config) if pause.is_of_operator]


def _pauses_in_use(snapshot: Snapshot, config: Config) -> list[Pause]:
    used = {channel.account for channel in config.channels.values() if channel.enabled}
    known = {
        *(("feed", id_) for id_, feed in config.feeds.items() if feed.enabled),
        *(("channel", id_) for id_, channel in config.channels.items() if channel.enabled),
        *(("account", id_) for id_ in used),
    }
    return [one for one in snapshot.condition.pauses if (one.scope, one.id) in known]


def _moved(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the chats that the configuration still calls by the id that they had before."""
    for move in snapshot.condition.moved:
        channel = config.channels.get(move.channel)
        if channel is not None and channel.enabled and str(channel.chat) == move.was:
            text = words.phrase(
                "{channel}: chat {was} has a new id, {now}; posts go there",
                channel=move.channel,
                was=move.was,
                now=move.now,
            )
            yield Trouble(kind="moved", subject=move.channel, text=text)


def _deliveries(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    condition = snapshot.condition
    counts: tuple[tuple[Literal["unknown", "failed"], Mapping[ChannelId, int]], ...] = (
        ("unknown", condition.unknown),
        ("failed", condition.failed),
    )
    for kind, by_channel in counts:
        for channel in config.channels:
            if count := by_channel.get(channel, 0):
                text = f"{channel}: {posts(count, words)}"
                yield Trouble(kind=kind, subject=channel, text=text, level=count)


def _dear(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the channels whose next post is too dear for the rest: little may be spent so far."""
    for pause in _pauses_in_use(snapshot, config):
        if pause.reason.code == ReasonCode.BUDGET and pause.scope == "channel":
            account = next(one.account for one in config.channels.values() if one.id == pause.id)
            text = _pause_text(pause, config, words)
            yield Trouble(kind="budget", subject=f"{account}:{pause.id}", text=text, level=ALL)


def _subject(pause: Pause) -> str:
    return f"{pause.scope}:{pause.id}"
