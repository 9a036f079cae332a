"""Machines that share a PostgreSQL, and the jobs that wake them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Role = Literal["poll", "deliver"]
ROLES: tuple[Role, ...] = ("poll", "deliver")
SILENT = timedelta(seconds=60)
"""A node gives a sign of life each 10 seconds."""
COPYING = timedelta(minutes=2)
"""How long machines may work with different files before anybody is told."""
JobKind = Literal["poll", "deliver", "settle", "correct", "digest", "housekeeping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A wake-up at `due` to look after a feed, a lane, or all lanes (`subject` "").

    The outbox says what there is to do: a job that is lost, late or there twice does no harm.
    """

    kind: JobKind
    subject: str = ""
    due: datetime
    more: Mapping[str, str | int] = field(default_factory=dict)
    """What else the job is about, for whoever reads the queue."""

    @property
    def lock(self) -> str:
        """One job of this name waits at a time, and one of a lane is worked."""
        return lock_of(self.kind, self.subject)


def queue_of(kind: JobKind) -> Role:
    """Return the queue of such jobs, which is the role of the nodes that work them."""
    return "poll" if kind == "poll" else "deliver"


def lock_of(kind: JobKind, subject: str) -> str:
    """Return the name under which jobs of one kind about one subject exclude each other."""
    return f"{kind}:{subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How much waits for a node: jobs that are `due`, those `running`, the `oldest` one's age."""

    due: int
    running: int
    oldest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine that shares the database.

    `config` marks the configuration that it works with since `config_at`; the file was saved at
    `saved_at`. `running` counts jobs, and `seen_at` is its last sign of life.
    """

    id: str
    host: str
    version: str
    roles: tuple[Role, ...]
    config: str
    config_at: datetime
    saved_at: datetime
    running: int
    seen_at: datetime

    def is_alive(self, now: datetime) -> bool:
        """Tell whether it gave a sign of life lately."""
        return now - self.seen_at < SILENT


def unfilled(nodes: Sequence[Node], now: datetime) -> tuple[Role, ...]:
    """Return the roles that no living node has; none where no node lives at all."""
    living = [node for node in nodes if node.is_alive(now)]
    taken = {role for node in living for role in node.roles}
    return tuple(role for role in ROLES if living and role not in taken)


def behind(nodes: Sequence[Node], now: datetime) -> list[tuple[Node, Node]]:
    """Return each living node whose configuration is not that of the file saved last, and whose is.

    While a file is copied to all machines they differ for a moment.
    """
    living = [node for node in nodes if node.is_alive(now)]
    if not living:
        return []
    newest = max(living, key=lambda node: (node.saved_at, node.id))
    is_settled = now - newest.config_at >= COPYING
    return [(node, newest) for node in living if node.config != newest.config and is_settled]
