"""Whether all is well: the head of `newsbot status`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.operate.alerts.alerter import take_snapshot
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.troubles import paused_by_operator, troubles_of
from bot.operate.alerts.wording import WORDS
from bot.operate.json_forms import plain
from bot.operate.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.models.views import FeedStatus
    from bot.store.engine import Store

# How late the earliest poll may be: a service that runs catches up, one that does not will not.
_LATE_RUNNING, _LATE_STOPPED = timedelta(minutes=10), timedelta(minutes=2)
_FEED_ERRORS = 5  # as in the configuration
_NAMED = 8  # pauses in one line
_START = "start it: `newsbot run`, or `systemctl start newsbot`"


async def health_json(
    config: Config,
    store: Store | None,
    now: datetime,
    *,
    running: bool | None,
    fault: str | None = None,
) -> dict[str, Any]:
    """Return the troubles, each with its remedy, and the operator's pauses.

    Without a store nothing ran yet, or it cannot be read for a `fault`.
    """
    words = WORDS["en"]
    if fault is not None:
        remedy = words.remedy("store", "newsbot")
        return {"troubles": [_trouble("store", "newsbot", fault, remedy)], "paused": []}
    if store is None:
        text = "nothing ran yet: there is no database"
        return {"troubles": [_trouble("not_running", "newsbot", text, _START)], "paused": []}
    snapshot = await take_snapshot(config, store, SilenceWatch(store.alerts), now)
    feed_errors = config.alerts.feed_errors if config.alerts else _FEED_ERRORS
    found = troubles_of(snapshot, config, feed_errors=feed_errors, words=words)
    late = _late(config, snapshot.condition.feeds, now, running=running)
    troubles = [
        _trouble(kind, subject, f"{words.heading(kind)}: {one.text}", words.remedy(kind, subject))
        for one in found
        for kind, subject in (one.key,)
    ]
    paused = [
        {"scope": pause.scope, "id": pause.id} for pause in paused_by_operator(snapshot, config)
    ]
    return {"troubles": late + troubles, "paused": paused}


def _late(
    config: Config, feeds: Sequence[FeedStatus], now: datetime, *, running: bool | None
) -> list[dict[str, Any]]:
    due = [
        feed.next_poll
        for feed in feeds
        if feed.next_poll and not feed.paused and config.feeds[feed.id].enabled
    ]
    allowed = _LATE_STOPPED if running is False else _LATE_RUNNING
    if not due or now - min(due) <= allowed:
        return []
    minutes = round((now - min(due)).total_seconds() / 60)
    if running:
        text = f"newsbot runs, but a poll is {minutes} minutes late"
        return [_trouble("late", "newsbot", text, "look at its log; `systemctl restart newsbot`")]
    text = f"newsbot does not run: a poll is {minutes} minutes late"
    return [_trouble("not_running", "newsbot", text, _START)]


def _trouble(kind: str, subject: str, text: str, remedy: str) -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "text": plain(text), "remedy": plain(remedy)}


def delay_json(delays: Sequence[timedelta]) -> dict[str, Any] | None:
    """Return how old news is when it is posted, in seconds; None where nothing was posted."""
    if not delays:
        return None
    seconds = sorted(delay.total_seconds() for delay in delays)
    return {
        "posts": len(seconds),
        "median": round(_percentile(seconds, 50)),
        "p95": round(_percentile(seconds, 95)),
    }


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def delay_text(delay: dict[str, Any] | None) -> tuple[str, str]:
    """Return median and 95th percentile for people."""
    return (_span(delay["median"]), _span(delay["p95"])) if delay else ("", "")


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds} s"


def print_headline(status: dict[str, Any]) -> None:
    """Print that all is well, or each trouble with its remedy."""
    troubles = status["troubles"]
    failing = sum(feed["state"] == "failing" for feed in status["feeds"])
    notes = [f"failed their last poll: {failing} of the feeds"] if failing and not troubles else []
    if status["running"] is False and not troubles:
        notes.append("newsbot is not running at the moment")
    note = f" ({'; '.join(notes)})" if notes else ""
    paused = _paused_by_you(status)
    say("not well:" if troubles else f"all well{note}{paused and f'; {paused}'}")
    for trouble in troubles:
        say(f"  - {trouble['text']}\n    {trouble['remedy']}")
    if troubles and paused:
        say(f"  {paused}")
    if delay := status["delay"]:
        median, p95 = delay_text(delay)
        say(
            f"  posts in 24 hours: {delay['posts']}, half of them within {median} of publication, "
            f"95 % within {p95}"
        )
    if backup := status["backup"]:
        say(f"  last copy of the database: {backup}")
    say()


def _paused_by_you(status: dict[str, Any]) -> str:
    parts = []
    for scope in ("channel", "feed", "account"):
        ids = [one["id"] for one in status["paused"] if one["scope"] == scope]
        if ids:
            ending = _resuming(scope, ids, status)
            more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
            names = f"{scope}{'s' * (len(ids) > 1)} {', '.join(ids[:_NAMED])}{more}"
            parts.append(f"{names} (`newsbot resume {ending}`)")
    return f"paused by you: {'; '.join(parts)}" if parts else ""


def _resuming(scope: str, ids: Sequence[str], status: dict[str, Any]) -> str:
    if len(ids) == 1:
        return f"{scope}:{ids[0]}"
    enabled = sum(channel["state"] != "disabled" for channel in status["channels"])
    return "--all" if scope == "channel" and len(ids) == enabled else f"{scope}:ID"
