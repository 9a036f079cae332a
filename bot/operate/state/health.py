"""Whether all is well: the head of `newsbot status`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.counted import plural
from bot.errors import DatabaseLost
from bot.moments import local_time, with_local_times
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.snapshot import Watches, late_by, take_snapshot
from bot.operate.alerts.stalled import StallWatch
from bot.operate.alerts.troubles import troubles_of
from bot.operate.alerts.wording import HEADINGS, heading, remedy, span
from bot.operate.json_forms import plain
from bot.operate.say import say
from bot.wording import ENGLISH, marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from bot.config import Config
    from bot.errors import StoreError
    from bot.models.alerts import Presence, Trouble, TroubleKind
    from bot.operate.alerts.snapshot import Snapshot
    from bot.store.engine import Store
    from bot.wording import Wording

_SCOPES = (marked("channels"), marked("feeds"), marked("accounts"))
# A service catches up; a timer that starts `once` may come rarely.
_LATE, _LATE_TURN = timedelta(minutes=10), timedelta(hours=1)
_FEED_ERRORS = 5  # as in the configuration
_NAMED = 8  # pauses in one line
_START = marked("start it: `newsbot run`, or `systemctl start newsbot`")


class Health(NamedTuple):
    """The troubles, each with its remedy, and the `snapshot` that they were judged by.

    `running` tells whether a newsbot runs, None where that cannot be seen.
    """

    running: bool | None
    troubles: list[dict[str, Any]]
    snapshot: Snapshot | None = None


async def health(
    config: Config,
    store: Store | None,
    now: datetime,
    *,
    presence: Presence,
    fault: StoreError | None = None,
) -> Health:
    """Judge whether all is well.

    Without a store nothing ran yet, or it cannot be read for a `fault`.
    """
    if fault is not None:
        kind: TroubleKind = "lost" if isinstance(fault, DatabaseLost) else "store"
        remedied = remedy(kind, "newsbot", ENGLISH)
        return Health(presence.running, [_trouble(kind, "newsbot", str(fault), remedied)])
    if store is None:
        text = marked("nothing ran yet: there is no database")
        return Health(presence.running, [_trouble("not_running", "newsbot", text, _START)])
    snapshot = await fresh_snapshot(config, store, now, presence)
    troubles = [*_not_running(snapshot, config), *with_remedies(judged(snapshot, config))]
    return Health(snapshot.presence.running, troubles, snapshot)


async def fresh_snapshot(
    config: Config, store: Store, now: datetime, presence: Presence
) -> Snapshot:
    """Return all that tells of trouble, for one who looks once."""
    watches = Watches(SilenceWatch(store.alerts), StallWatch())
    return await take_snapshot(config, store, watches, now, presence)


def judged(snapshot: Snapshot, config: Config, words: Wording = ENGLISH) -> list[Trouble]:
    """Return the troubles in `words`."""
    feed_errors = config.alerts.feed_errors if config.alerts else _FEED_ERRORS
    return troubles_of(snapshot, config, feed_errors=feed_errors, words=words)


def with_remedies(troubles: Iterable[Trouble], words: Wording = ENGLISH) -> list[dict[str, Any]]:
    """Return the troubles as JSON elements, each with its heading and its remedy."""
    return [
        _trouble(kind, subject, f"{heading(kind, words)}: {one.text}", remedy(kind, subject, words))
        for one in troubles
        for kind, subject in (one.key,)
    ]


def verdict(
    *, is_well: bool, failing: int, notes: Iterable[str] = (), words: Wording = ENGLISH
) -> str:
    """Return the sentence that says whether all is well; `failing` counts feeds."""
    if not is_well:
        return words.phrase("not well:")
    failed = [words.phrase("failed their last poll: {count} of the feeds", count=failing)]
    said = "; ".join([*(failed if failing else ()), *notes])
    well = words.phrase("all well")
    return f"{well} ({said})" if said else well


def _not_running(snapshot: Snapshot, config: Config) -> Iterator[dict[str, Any]]:
    """Yield that no newsbot runs; between two turns of `once` that is as it should be."""
    presence = snapshot.presence
    if presence.running:
        return
    late = late_by(snapshot.condition, config, snapshot.now, presence)
    is_service = presence.running is False and not presence.by_turns
    if is_service or late > (_LATE_TURN if presence.by_turns else _LATE):
        text = marked("newsbot does not run")
        if late > _LATE:
            text += told(": a poll is {span} late", span=span(late, ENGLISH))
        yield _trouble("not_running", "newsbot", text, _START)


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


def delay_text(delay: dict[str, Any] | None, words: Wording = ENGLISH) -> tuple[str, str]:
    """Return median and 95th percentile for people."""
    if not delay:
        return "", ""
    median, p95 = (words.span(timedelta(seconds=delay[key])) for key in ("median", "p95"))
    return median, p95


def print_headline(status: dict[str, Any], timezone: ZoneInfo) -> None:
    """Print that all is well, or each trouble with its remedy."""
    for line in headline_lines(status, timezone):
        say(line)
    say()


def headline_lines(
    status: dict[str, Any], timezone: ZoneInfo, words: Wording = ENGLISH
) -> Iterator[str]:
    """Yield the lines that say that all is well, or what is not, with its remedy."""
    troubles = status["troubles"]
    failing = sum(feed["errors"] > 0 for feed in status["feeds"])
    is_idle = status["running"] is False
    notes = [words.phrase("`newsbot once` is not running at the moment")] if is_idle else []
    first = verdict(is_well=not troubles, failing=failing, notes=notes, words=words)
    paused = _paused_by_you(status, words)
    yield first if troubles else f"{first}{paused and f'; {paused}'}"
    for trouble in troubles:
        yield f"  - {with_local_times(_retold(trouble, words), timezone)}"
        yield f"    {words.stored(trouble['remedy'])}"
    if troubles and paused:
        yield f"  {paused}"
    if delay := status["delay"]:
        median, p95 = delay_text(delay, words)
        said = words.phrase(
            "posts in 24 hours: {count}, half of them within {median} of publication, "
            "95 % within {p95}",
            count=delay["posts"],
            median=median,
            p95=p95,
        )
        yield f"  {said}"
    if backup := status["backup"]:
        copied = local_time(datetime.fromisoformat(backup), timezone)
        yield "  " + words.phrase("last copy of the database: {at}", at=copied)


def _retold(trouble: dict[str, Any], words: Wording) -> str:
    """Return the text of a trouble, of which the heading stands before what was seen."""
    kind, text = trouble["kind"], str(trouble["text"])
    title = heading(kind, ENGLISH) + ": " if kind in HEADINGS else ""
    if not title or not text.startswith(title):
        return words.stored(text)
    return f"{heading(kind, words)}: {words.stored(text.removeprefix(title))}"


def _paused_by_you(status: dict[str, Any], words: Wording) -> str:
    parts = []
    for scope in ("channel", "feed", "account"):
        ids = [one["id"] for one in status["paused"] if one["scope"] == scope]
        if ids:
            ending = _resuming(scope, ids, status)
            left = len(ids) - _NAMED
            more = words.phrase(" and {count} more", count=left) if left > 0 else ""
            names = f"{words.phrase(plural(len(ids), scope))} {', '.join(ids[:_NAMED])}{more}"
            parts.append(f"{names} (`newsbot resume {ending}`)")
    return words.phrase("paused by you: {what}", what="; ".join(parts)) if parts else ""


def _resuming(scope: str, ids: Sequence[str], status: dict[str, Any]) -> str:
    if len(ids) == 1:
        return f"{scope}:{ids[0]}"
    enabled = sum(channel["state"] != "disabled" for channel in status["channels"])
    return "--all" if scope == "channel" and len(ids) == enabled else f"{scope}:ID"
