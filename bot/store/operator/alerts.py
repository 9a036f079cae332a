"""The troubles that were noticed, and which of them the operator knows: kept over restarts."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from bot.models.alerts import Condition, Note
from bot.store.db.batches import in_batches, rows_where_in
from bot.store.db.database import upsert
from bot.store.db.disk import disk_of
from bot.store.db.worker import in_worker
from bot.store.operator.status import count_by_channel, feed_statuses, storms
from bot.store.operator.updates import take_turn
from bot.store.operator.waiting import waiting_lanes
from bot.store.operator.wrong_clock import ahead_of_clock
from bot.store.outbox.moved_chats import moved_chats
from bot.store.outbox.pauses import Pauses
from bot.store.tables.columns import moment_of
from bot.store.tables.notes import alerts_told
from bot.store.tables.schema import is_failed, is_sought, is_unknown, stories, story_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.models.alerts import Disk
    from bot.models.basics import FeedId
    from bot.models.outbox import Lane
    from bot.store.db.database import Database


_TELLER = "(alerts)"
"""The turn of the one who tells; no account can have this name."""


# Thousands of feeds are asked about at once, and each may have as many stories: the index
# `stories_of_feed` finds where the last ones of each begin.
_TIMES = """
SELECT story.feed, story.published, story.first_seen
FROM feeds AS feed JOIN stories AS story ON story.feed = feed.id AND story.id >= COALESCE((
    SELECT older.id FROM stories AS older WHERE older.feed = feed.id
    ORDER BY older.id DESC LIMIT 1 OFFSET {older}
), 0) WHERE feed.id IN ({}) ORDER BY story.id DESC
"""


class AlertBook:
    """The notes on troubles, and the facts that they are compared with."""

    def __init__(
        self, database: Database, look_at: Callable[[Path | None], Disk | None] = disk_of
    ) -> None:
        self.database = database
        self._look_at = look_at

    @in_worker
    def condition(
        self, feeds: Sequence[FeedId], lanes: Sequence[Lane] = (), now: datetime | None = None
    ) -> Condition:
        """Return all facts about trouble, in one consistent view.

        `lanes` are those of the channels to judge at `now`.
        """
        with self.database.read() as tx:
            return Condition(
                feeds=tuple(feed_statuses(tx, feeds)),
                pauses=Pauses(tx).views(),
                # A delivery that is still searched for may settle by itself.
                unknown=count_by_channel(tx, is_unknown & ~is_sought),
                failed=count_by_channel(tx, is_failed),
                storms=storms(tx),
                moved=moved_chats(tx),
                disk=self._look_at(self.database.file),
                waiting=waiting_lanes(tx, lanes, now) if now else (),
                ahead=ahead_of_clock(tx, feeds, now) if now else timedelta(0),
            )

    @in_worker
    def notes(self) -> list[Note]:
        """Return everything that was noticed and is not over and told."""
        with self.database.read() as tx:
            query = select(alerts_told).order_by(alerts_told.c.noticed_at, alerts_told.c.subject)
            return [Note(**row) for row in tx.execute(query).mappings()]

    @in_worker
    def write(self, changed: Iterable[Note], gone: Iterable[Note]) -> None:
        """Write the notes that changed and forget those that are over, in one transaction."""
        with self.database.write() as tx:
            for note in changed:
                upsert(tx, alerts_told, _key(note), _values(note))
            for note in gone:
                same = [alerts_told.c[name] == value for name, value in _key(note).items()]
                tx.execute(delete(alerts_told).where(*same))

    @in_worker
    def take_turn(self) -> bool:
        """Tell whether this process is the one of all that tells the operator of trouble.

        It stays the one while it asks at least once a minute. Raises StoreError where nothing can
        be written: a locked database can still be read.
        """
        with self.database.write(durable=False) as tx:
            if not self.database.is_shared:
                return True
            now: datetime = tx.execute(select(func.now())).scalar_one()
            return take_turn(tx, _TELLER, self.database.owner, now.astimezone(UTC)) is not None

    @in_worker
    def try_writing(self) -> None:
        """Raise StoreError where nothing can be written: a locked database can still be read."""
        with self.database.write(durable=False):
            pass

    @in_worker
    def story_times(self, feeds: Sequence[FeedId], limit: int) -> dict[FeedId, list[datetime]]:
        """Return when the last `limit` stories of each of `feeds` appeared, newest first.

        That is when they were published, where a feed says so, and never later than found.
        """
        query = _TIMES.format("{}", older=limit - 1)
        found: dict[FeedId, list[datetime]] = {feed: [] for feed in feeds}
        with self.database.read() as tx:
            for part in in_batches(feeds):
                for feed, published, seen in rows_where_in(tx, query, part):
                    found[feed].append(
                        moment_of(min(seen if published is None else published, seen))
                    )
        return found

    @in_worker
    def last_copy(self, feed: FeedId, after: datetime) -> datetime | None:
        """Return when `feed` last showed a new item after `after`, be the story another feed's."""
        query = (
            select(func.max(story_items.c.first_seen))
            .join_from(stories, story_items, story_items.c.story == stories.c.id)
            .where(
                stories.c.last_seen > after,
                story_items.c.feed == feed,
                story_items.c.first_seen > after,
            )
        )
        with self.database.read() as tx:
            return tx.execute(query).scalar()


def _key(note: Note) -> dict[str, object]:
    return {"kind": note.kind, "subject": note.subject}


def _values(note: Note) -> dict[str, object]:
    names = ("level", "text", "noticed_at", "told_at", "well_at")
    return {name: getattr(note, name) for name in names}
