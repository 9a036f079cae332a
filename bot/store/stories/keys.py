"""Whose each key is: the changes of one poll, written together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from bot.store.db.faults import Conflict
from bot.store.tables.schema import VOID, story_keys
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bot.models.basics import Key, StoryId
    from bot.store.stories.known import Lookup

_INSERT = insert(story_keys)
_GIVE = (
    update(story_keys)
    .where(story_keys.c.key == bindparam("of"), story_keys.c.feed == bindparam("by"))
    .where(story_keys.c.story == bindparam("was"))
    .values(story=bindparam("owner"))
)


class KeyWriter:
    """Gives keys to stories, and takes them away; lives for one transaction.

    `found` is kept true to what `flush` will write.
    """

    def __init__(self, tx: Connection, found: Lookup) -> None:
        self._tx = tx
        self._found = found
        self._stored = found.stored
        self._changed: dict[Key, int] = {}

    def void(self, keys: Sequence[Key]) -> None:
        """Take `keys` from whom they belong to: several stories claim them."""
        for key in keys:
            if key not in self._found.void:
                self._found.void.add(key)
                self._found.owners.pop(key, None)
                self._found.settled.pop(key, None)
                self._changed[key] = VOID

    def give(self, owner: StoryId, keys: Sequence[Key]) -> None:
        """Give `owner` those of `keys` that are nobody's, or a story's of long ago."""
        for key in keys:
            if key not in self._found.owners and key not in self._found.void:
                self._found.settled.pop(key, None)
                self._found.owners[key] = owner
                self._changed[key] = owner

    def flush(self) -> None:
        """Write all changes with two statements at most."""
        # Sorted: two polls of the same news wait for each other in one direction only.
        changed = sorted(self._changed.items(), key=lambda one: (one[0].hash, one[0].feed or ""))
        new = [
            {"key": key.hash, "feed": key.feed, "story": owner}
            for key, owner in changed
            if key not in self._stored
        ]
        taken = [
            {"of": key.hash, "by": key.feed, "owner": owner, "was": self._stored[key]}
            for key, owner in changed
            if key in self._stored
        ]
        if new:
            self._tx.execute(_INSERT, new)
        if taken:
            given = self._tx.execute(_GIVE, taken).rowcount
            if given < len(taken):
                raise Conflict(marked("another poll gave the same keys to another story"))
        self._changed = {}
