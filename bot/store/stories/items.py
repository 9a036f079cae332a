"""The entries that a story was seen as: for `explain`, and to notice corrections."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from bot.dedupe.folding import fold_title
from bot.dedupe.keys import fingerprint, id_hash, sketch_of_item
from bot.store.stories.search import search_form
from bot.store.tables.schema import LINK_LIMIT, story_items

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, StoryId
    from bot.models.feeds import Item
    from bot.models.stories import Seen

# A feed that invents a new id for its items at each poll must not fill the disk.
_VARIANTS_MOST = 20
_TITLE_LIMIT = 1000


class ItemWriter:
    """Writes the items of one poll of `feed`; lives for one transaction.

    `contents` are the feed's items of known stories: hashes of their ids, and of their texts.
    """

    def __init__(
        self,
        tx: Connection,
        feed: FeedId,
        now: datetime,
        contents: dict[StoryId, dict[bytes, bytes]],
    ) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._contents = contents
        self._new: list[dict[str, Any]] = []

    def add(self, story: StoryId, items: Sequence[Item], shown: Sequence[Seen] = ()) -> bool:
        """Keep `items` as the story's; False when the story has no room for more variants.

        Then one of them gives way, but only to an item that says something else than all `shown`.
        """
        contents = self._contents.setdefault(story, {})
        for item in items:
            key, content = id_hash(item.id), fingerprint(item)
            if key not in contents:
                if len(contents) >= _VARIANTS_MOST:
                    self._replace_one(story, item, shown)
                    return False
                self._new.append(self._row(story, item, content))
            elif contents[key] != content:
                self._update(story, item, key, content)
            contents[key] = content
        return True

    def flush(self) -> None:
        """Write the items that `add` collected."""
        if self._new:
            self._tx.execute(insert(story_items), self._new)
            self._new = []

    def _row(self, story: StoryId, item: Item, content: bytes) -> dict[str, Any]:
        return {
            "story": story,
            "feed": self._feed,
            "first_seen": self._now,
            **_columns(item, content),
        }

    def _replace_one(self, story: StoryId, item: Item, shown: Sequence[Seen]) -> None:
        says = fold_title(item.title), sketch_of_item(item)
        if any((fold_title(one.title), one.sketch) == says for one in shown):
            return
        contents = self._contents[story]
        victim, content = next(iter(contents)), fingerprint(item)
        self._update(story, item, victim, content)
        del contents[victim]
        contents[id_hash(item.id)] = content

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
        "item_hash": id_hash(item.id),
        "item_id": item.id,
        "link": item.link if item.link and len(item.link) <= LINK_LIMIT else None,
        "title": item.title,
        "folded": search_form(unescape(item.title[:_TITLE_LIMIT])),
        "content_hash": content,
        "published": item.published,
        "sketch": sketch_of_item(item),
    }
