"""Whether all is well: what `newsbot status` says first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.troubles import troubles_of
from bot.operate.alerts.watch import take_snapshot
from bot.operate.alerts.wording import WORDS
from bot.operate.show import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.models import FeedStatus
    from bot.store.engine import Store

# How late the earliest poll may be: a service that runs catches up, one that does not will not.
_LATE_RUNNING, _LATE_STOPPED = timedelta(minutes=10), timedelta(minutes=2)
_NAMED_MOST = 5
_FEED_ERRORS = 5  # as in the configuration
_START = "start it: `newsbot run`, or `systemctl start newsbot`"


async def troubles_json(
    config: Config, store: Store | None, now: datetime, *, running: bool | None
) -> list[dict[str, Any]]:
    """Return what is wrong, each with what to do."""
    if store is None:
        return [_trouble("not_running", "newsbot", "nothing ran yet: there is no database", _START)]
    words = WORDS["en"]
    snapshot = await take_snapshot(config, store, SilenceWatch(store.alerts), now)
    feed_errors = config.alerts.feed_errors if config.alerts else _FEED_ERRORS
    found = troubles_of(snapshot, config, feed_errors=feed_errors, words=words)
    late = _late(config, snapshot.condition.feeds, now, running=running)
    return late + [
        _trouble(one.kind, one.subject, one.text, words.remedy(one.kind, one.subject))
        for one in found
    ]


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


def _headed(trouble: dict[str, Any]) -> str:
    """Return the text of a trouble after what it is about, as an alert says it above the list."""
    heading = WORDS["en"].headings.get(trouble["kind"], "").removesuffix(" ({count})")
    return f"{heading}: {trouble['text']}" if heading else str(trouble["text"])


def _paused_by_hand(status: dict[str, Any]) -> str:
    names = [f"feed:{feed['id']}" for feed in status["feeds"] if feed["state"] == "paused"]
    names += [
        f"channel:{channel['id']}"
        for channel in status["channels"]
        if channel["state"] == "paused" and channel["reason"]["code"] == "operator"
    ]
    more = f" and {len(names) - _NAMED_MOST} more" if len(names) > _NAMED_MOST else ""
    return ", ".join(names[:_NAMED_MOST]) + more


def print_headline(status: dict[str, Any]) -> None:
    """Print whether all is well, or what is not and what to do."""
    troubles = status["troubles"]
    failing = sum(feed["state"] == "failing" for feed in status["feeds"])
    notes = [f"failed their last poll: {failing} of the feeds"] if failing and not troubles else []
    if status["running"] is False and not troubles:
        notes.append("newsbot is not running at the moment")
    note = f" ({'; '.join(notes)})" if notes else ""
    click.echo("not well:" if troubles else f"all well{note}")
    for trouble in troubles:
        click.echo(f"  - {_headed(trouble)}\n    {trouble['remedy']}")
    if paused := _paused_by_hand(status):
        click.echo(f"  paused by you: {paused}; `newsbot resume NAME` lets it go on")
    if delay := status["delay"]:
        median, p95 = delay_text(delay)
        click.echo(
            f"  posts in 24 hours: {delay['posts']}, half of them within {median} of publication, "
            f"95 % within {p95}"
        )
    click.echo()
