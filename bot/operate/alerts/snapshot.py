"""All that tells of trouble at one moment, read from the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.alerts import REPORTED, Condition, Presence
from bot.models.nodes import ROLES, unfilled
from bot.operate.alerts.stalled import CATCHING_UP, Patience, StallWatch
from bot.pipeline.prices import local_starts
from bot.publish.pace import lane_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.models.alerts import Note, Waiting
    from bot.models.basics import AccountId, FeedId
    from bot.models.nodes import Node, Role
    from bot.operate.alerts.silence import SilenceWatch
    from bot.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state to judge: `spent` is micro-dollars of the local day and month by account.

    `presence` tells whether a newsbot runs, as far as one machine or the `nodes` can tell.
    `reported` are the notes of what only the service itself can see; `late` is how late a poll is
    that a running service should have made; `unfilled` are the roles that no living node has.
    """

    condition: Condition
    now: datetime
    presence: Presence
    silent: Mapping[FeedId, datetime] = field(default_factory=dict)
    spent: Mapping[AccountId, tuple[int, int]] = field(default_factory=dict)
    stalled: tuple[Waiting, ...] = ()
    reported: tuple[Note, ...] = ()
    late: timedelta = timedelta(0)
    nodes: tuple[Node, ...] = ()
    unfilled: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Watches:
    """What is remembered from one look to the next."""

    silence: SilenceWatch
    stall: StallWatch
    late: Patience = field(default_factory=Patience)
    roles: Patience = field(default_factory=Patience)


async def take_snapshot(
    config: Config, store: Store, watches: Watches, now: datetime, presence: Presence
) -> Snapshot:
    """Read all that tells of trouble with the configured feeds, channels and accounts."""
    channels = [channel for channel in config.channels.values() if channel.enabled]
    lanes = [lane_of(channel, now, config.timezone) for channel in channels]
    condition = await store.alerts.condition(list(config.feeds), lanes, now)
    day, month = local_starts(now, config.timezone)
    used = {channel.account for channel in channels}
    paid = [account.id for account in config.accounts.values() if account.budget]
    nodes = await store.nodes.all()
    presence = _with_nodes(presence, nodes, now)
    lacking = watches.roles.lasting(unfilled(nodes, now), now)
    return Snapshot(
        condition=condition,
        now=now,
        presence=presence,
        silent=await watches.silence.silent(condition.feeds),
        spent={id_: await store.desk.spent(id_, day, month) for id_ in paid if id_ in used},
        stalled=watches.stall.stalled(condition, config, now, presence),
        reported=tuple(
            note
            for note in await store.alerts.notes()
            if note.kind in REPORTED
            and (presence.running is not False or note.kind not in {"metrics", "web"})
        ),
        nodes=tuple(nodes),
        unfilled=tuple(role for role in ROLES if role in lacking),
        late=_lasting(late_by(condition, config, now, presence), watches, now)
        if presence.running
        else timedelta(0),
    )


def _with_nodes(presence: Presence, nodes: Sequence[Node], now: datetime) -> Presence:
    """Return whether a newsbot runs, which on a server only signs of life tell."""
    if presence.running is not None or not nodes:
        return presence
    return Presence(running=any(node.is_alive(now) for node in nodes))


def _lasting(late: timedelta, watches: Watches, now: datetime) -> timedelta:
    seen = ["polls"] if late > CATCHING_UP else []
    return late if watches.late.lasting(seen, now) else timedelta(0)


def late_by(condition: Condition, config: Config, now: datetime, presence: Presence) -> timedelta:
    """Return how late the earliest poll is that should have been made since newsbot began."""
    due = [
        feed.next_poll
        for feed in condition.feeds
        if feed.next_poll and not feed.paused and config.feeds[feed.id].enabled
    ]
    if not due:
        return timedelta(0)
    return now - max(min(due), presence.began(now) or min(due))
