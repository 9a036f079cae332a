"""The entries that a story was seen as: for `explain`, and to notice corrections."""

from __future__ import annotations

from hashlib import blake2b
from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from bot.dedupe.keys import fingerprint
from bot.store.stories.search import fold
from bot.store.tables.schema import LINK_LIMIT, story_items

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, StoryId
    from bot.models.feeds import Item

# A feed that invents a new id for its items at each poll must not fill the disk.
_VARIANTS_MOST = 20
_TITLE_LIMIT = 1000


class ItemWriter:
    """Writes the items of one poll of `feed`; lives for one transaction.

    `seen` are the feed's items of known stories: their hashes, and those of what they said.
    """

    def __init__(
        self, tx: Connection, feed: FeedId, now: datetime, seen: dict[StoryId, dict[bytes, bytes]]
    ) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._seen = seen
        self._new: list[dict[str, Any]] = []

    def add(self, story: StoryId, items: Sequence[Item]) -> bool:
        """Keep `items` as the story's; False when the story has no room for more variants."""
        seen = self._seen.setdefault(story, {})
        for item in items:
            key, content = _item_hash(item), fingerprint(item)
            if key not in seen:
                if len(seen) >= _VARIANTS_MOST:
                    return False
                self._new.append(self._row(story, item, key, content))
            elif seen[key] != content:
                self._update(story, item, key, content)
            seen[key] = content
        return True

    def flush(self) -> None:
        """Write what `add` collected."""
        if self._new:
            self._tx.execute(insert(story_items), self._new)
            self._new = []

    def _row(self, story: StoryId, item: Item, key: bytes, content: bytes) -> dict[str, Any]:
        return {
            "story": story,
            "feed": self._feed,
            "item_hash": key,
            "item_id": item.id,
            "first_seen": self._now,
            **_columns(item, content),
        }

    def _update(self, story: StoryId, item: Item, key: bytes, content: bytes) -> None:
        self.flush()  # the row to change may still be among the new ones
        columns = story_items.c
        self._tx.execute(
            update(story_items)
            .where(columns.story == story, columns.feed == self._feed, columns.item_hash == key)
            .values(**_columns(item, content))
        )


def _columns(item: Item, content: bytes) -> dict[str, Any]:
    return {
        "link": item.link if item.link and len(item.link) <= LINK_LIMIT else None,
        "title": item.title,
        "folded": fold(unescape(item.title[:_TITLE_LIMIT])),
        "content_hash": content,
    }


def _item_hash(item: Item) -> bytes:
    return _hash(item.id)


def _hash(*texts: str) -> bytes:
    # Lone surrogates are no UTF-8, but may stand in what a feed calls its text.
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=16).digest()
