"""The servers that another node asks for feeds now: to them all nodes together are one guest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from bot.store.db.postgres import Kind, try_locks
from bot.store.tables.schema import feeds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId

_GAP: Final = timedelta(seconds=1)
"""Between the beginnings of two polls of one server, as within a node (`runner/work/hosts.py`)."""
_LOCKS_MOST: Final = 400
"""PostgreSQL has room for 6,400 in all transactions together; `once` claims all feeds at a time."""


class AskedServers:
    """Keeps polls of one server on one node at a time; `owner` is this one's name in its claims.

    A node asks a server while others do not: none of their polls of it runs, or began within the
    last second. How this node spaces its own is its own matter.
    """

    def __init__(self, owner: str) -> None:
        self.servers: Mapping[FeedId, str] = {}
        """The server of each feed; without one it may be polled on any node at any time."""
        self._owner = owner
        self.busy: frozenset[str] = frozenset()
        """Those that others asked at the last look."""
        self._own: dict[FeedId, datetime] = {}

    def began(self, feed: FeedId, at: datetime) -> None:
        """Note a poll of this node, on the store's thread, where `free` reads the notes."""
        self._own[feed] = at

    def likely(self, wanted: set[FeedId]) -> set[FeedId]:
        """Return those of the `wanted` feeds whose servers were free at the last look."""
        if not self.busy:
            return wanted
        return {feed for feed in wanted if self.servers.get(feed) not in self.busy}

    def free(self, tx: Connection, found: Sequence[FeedId], *, now: datetime) -> list[FeedId]:
        """Return those of `found` whose servers no other node asks, until `tx` ends at least."""
        names = {self.servers[feed] for feed in found if feed in self.servers}
        if not names:
            self.busy = frozenset()
            return list(found)
        taken = names if len(names) > _LOCKS_MOST else _locked(tx, names)
        self.busy = self._asked_by_others(tx, now)
        return [feed for feed in found if self._is_in(feed, taken - self.busy)]

    def _is_in(self, feed: FeedId, names: set[str]) -> bool:
        return feed not in self.servers or self.servers[feed] in names

    def _asked_by_others(self, tx: Connection, now: datetime) -> frozenset[str]:
        columns, since = feeds.c, now - _GAP
        runs = and_(columns.lease_until > now, columns.lease_owner != self._owner)
        query = select(columns.id, columns.last_poll, runs.label("runs"))
        rows = tx.execute(query.where(or_(runs, columns.last_poll > since))).all()
        self._own = {feed: at for feed, at in self._own.items() if at > since}
        others = (row.id for row in rows if row.runs or self._own.get(row.id) != row.last_poll)
        return frozenset(self.servers[feed] for feed in others if feed in self.servers)


def _locked(tx: Connection, names: set[str]) -> set[str]:
    return {name for _, name in try_locks(tx, {(Kind.SERVER, name) for name in names})}
