"""What is wrong with the service itself: its disk, its clock, and what only it can see (pure)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.alerts import Trouble
from bot.models.nodes import behind
from bot.moments import local_time
from bot.operate.alerts.stalled import AN_HOUR, CATCHING_UP
from bot.operate.alerts.wording import span
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config import Config
    from bot.models.alerts import Disk, TroubleKind
    from bot.models.nodes import Role
    from bot.operate.alerts.snapshot import Snapshot
    from bot.wording import Wording

_MEGABYTE = 1_000_000
_IDLE = marked("{path} has no enabled feed that is routed to an enabled channel")
_UNFILLED: Mapping[Role, str] = {
    "poll": marked("no machine that runs has the role poll: no feed is polled"),
    "deliver": marked("no machine that runs has the role deliver: nothing is posted"),
}
_AHEAD = timedelta(hours=1)
PASSING, A_PERSONS = 1, 2
"""Levels of what the service reports: it may end by itself, or only a person ends it."""


def of_service(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the troubles that concern no single feed, channel or account."""
    yield from _disk(snapshot.condition.disk, words)
    yield from _of_time(snapshot, words)
    yield from _reported(snapshot, config, words)
    yield from _idle(config, words)
    yield from _nodes(snapshot, config, words)
    yield from _roles(snapshot, words)


def _disk(disk: Disk | None, words: Wording) -> Iterator[Trouble]:
    if disk is not None and disk.is_low:
        free = disk.free // _MEGABYTE
        text = words.phrase("{folder}: {free} MB are free", folder=disk.folder, free=free)
        yield Trouble(kind="disk", subject=disk.folder, text=text, level=1 + disk.is_full)


def _of_time(snapshot: Snapshot, words: Wording) -> Iterator[Trouble]:
    if snapshot.condition.ahead > _AHEAD:
        text = words.phrase(
            "they are {span} ahead of the clock", span=span(snapshot.condition.ahead, words)
        )
        yield Trouble(kind="clock", subject="newsbot", text=text)
    if snapshot.late > CATCHING_UP:
        text = words.phrase("the earliest is {span} late", span=span(snapshot.late, words))
        yield Trouble(kind="late", subject="newsbot", text=text)


def _reported(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the notes that still concern this configuration; what may pass, after an hour."""
    known = _reported_of(config)
    for note in snapshot.reported:
        lasts = note.level >= A_PERSONS or snapshot.now - note.noticed_at >= AN_HOUR
        if lasts and note.key in known:
            since = local_time(note.noticed_at, config.timezone)
            text = words.phrase("since {since}: {why}", since=since, why=words.stored(note.text))
            yield Trouble(kind=note.kind, subject=note.subject, text=text, level=note.level)


def _idle(config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield that no news can come: a file was emptied before a start more often than by wish."""
    enabled = {channel.id for channel in config.channels.values() if channel.enabled}
    if not any(feed.enabled and enabled & set(feed.channels) for feed in config.feeds.values()):
        text = words.phrase(_IDLE, path=config.path)
        yield Trouble(kind="idle", subject="newsbot", text=text)


def _nodes(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the machines that work with another file than the one that was saved last."""
    for node, newest in behind(snapshot.nodes, snapshot.now):
        text = words.phrase(
            "{host} works with another configuration than {newest}, whose file was saved {saved}",
            host=node.host,
            newest=newest.host,
            saved=local_time(newest.saved_at, config.timezone),
        )
        yield Trouble(kind="nodes", subject=node.host, text=text)


def _roles(snapshot: Snapshot, words: Wording) -> Iterator[Trouble]:
    for role in snapshot.unfilled:
        yield Trouble(kind="roles", subject=role, text=words.phrase(_UNFILLED[role]))


def _reported_of(config: Config) -> frozenset[tuple[TroubleKind, str]]:
    found: set[tuple[TroubleKind, str]] = {("configuration", str(config.path))}
    if config.alerts is not None:
        found.add(("alerts", str(config.alerts.chat)))
    if config.desk is not None:
        found.add(("desk", str(config.desk.chat)))
    if config.metrics is not None:
        found.add(("metrics", config.metrics.address))
    if config.web is not None:
        found.add(("web", config.web.address))
    return frozenset(found)
