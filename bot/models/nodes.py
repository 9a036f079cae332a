"""Machines that share a PostgreSQL, and the jobs that wake them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

Role = Literal["poll", "deliver"]
ROLES: tuple[Role, ...] = ("poll", "deliver")
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
        """One job of this name waits, and one is worked, at a time."""
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
