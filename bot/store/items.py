"""The entries that a story was seen as: for `explain`, and to notice corrections."""

from __future__ import annotations

from hashlib import blake2b
from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.store.known import in_parts
from bot.store.schema import LINK_LIMIT, story_items
from bot.store.search import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models import FeedId, Item, StoryId

# A feed that invents a new id for its items at each poll must not fill the disk.
_VARIANTS_MOST = 20
_TITLE_LIMIT = 1000


class ItemWriter:
    """Writes the items of one poll of `feed`; lives for one transaction."""

    def __init__(self, tx: Connection, feed: FeedId, now: datetime) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._seen: dict[StoryId, dict[bytes, bytes]] = {}
        self._new: list[dict[str, Any]] = []

    def read(self, ids: Iterable[StoryId]) -> None:
        """Read which items of these stories are stored."""
        columns = story_items.c
        for part in in_parts(dict.fromkeys(ids)):
            query = select(columns.story, columns.item_hash, columns.content_hash).where(
                columns.story.in_(part), columns.feed == self._feed
            )
            for story, item, content in self._tx.execute(query):
                self._seen.setdefault(story, {})[item] = content

    def is_changed(self, story: StoryId, item: Item) -> bool:
        """Tell whether `item` says something else than when it was seen last."""
        return self._seen.get(story, {}).get(_item_hash(item)) != _content_hash(item)

    def add(self, story: StoryId, items: Sequence[Item]) -> bool:
        """Keep `items` as the story's; False when the story has no room for more variants."""
        seen = self._seen.setdefault(story, {})
        for item in items:
            key, content = _item_hash(item), _content_hash(item)
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


def _content_hash(item: Item) -> bytes:
    images = (image.url for image in item.images)
    return _hash(item.title, item.summary, item.content, item.link or "", *images)


def _hash(*texts: str) -> bytes:
    # Lone surrogates are no UTF-8, but may stand in what a feed calls its text.
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=16).digest()
