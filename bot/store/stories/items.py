"""The entries that a story was seen as: for `explain`, and to notice corrections."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, update

from bot.dedupe.folding import fold_title
from bot.dedupe.keys import fingerprint, id_hash, sketch_of_item, variant_hash
from bot.models.stories import MOST_VARIANTS
from bot.store.stories.search import search_form
from bot.store.tables.schema import LINK_LIMIT, story_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, StoryId
    from bot.models.feeds import Item
    from bot.models.stories import Seen, Story

_TITLE_LIMIT = 1000
_INSERT = insert(story_items)
_COLUMNS = (
    "item_hash",
    "item_id",
    "link",
    "title",
    "folded",
    "content_hash",
    "published",
    "sketch",
)
_UPDATE = (
    update(story_items)
    .where(
        story_items.c.story == bindparam("of"),
        story_items.c.feed == bindparam("by"),
        story_items.c.item_hash == bindparam("was"),
    )
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS})
)


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
        self._changed: list[dict[str, Any]] = []

    def add(self, story: StoryId, told: Story, shown: Sequence[Seen] = ()) -> bool:
        """Keep the items of `told` as the story's; False when it has no room for more variants.

        Then one of them gives way, but only to an item that says something else than all `shown`.
        """
        contents, shown_ids = self._contents.setdefault(story, {}), set[bytes]()
        for item, (content, sketch) in zip(told.items, contents_of(told), strict=True):
            key = row_of(item, content, contents, shown_ids)
            if contents.get(key) == content:
                continue
            columns = _columns(item, key, content, sketch)
            if key in contents:
                self._update(story, key, columns)
            elif len(contents) >= MOST_VARIANTS:
                self._replace_one(story, columns, shown)
                return False
            else:
                row = {"story": story, "feed": self._feed, "first_seen": self._now}
                self._new.append(row | columns)
            contents[key] = content
        return True

    def flush(self) -> None:
        """Write the items that `add` collected; a changed one may be among the new ones."""
        if self._new:
            self._tx.execute(_INSERT, self._new)
        if self._changed:
            self._tx.execute(_UPDATE, self._changed)
        self._new, self._changed = [], []

    def _replace_one(self, story: StoryId, columns: dict[str, Any], shown: Sequence[Seen]) -> None:
        says = fold_title(columns["title"]), columns["sketch"]
        if any((fold_title(one.title), one.sketch) == says for one in shown):
            return
        contents = self._contents[story]
        victim = next(iter(contents))
        self._update(story, victim, columns)
        del contents[victim]
        contents[columns["item_hash"]] = columns["content_hash"]

    def _update(self, story: StoryId, was: bytes, columns: dict[str, Any]) -> None:
        new = {f"new_{name}": value for name, value in columns.items()}
        self._changed.append({"of": story, "by": self._feed, "was": was, **new})


def row_of(item: Item, content: bytes, known: Mapping[bytes, bytes], shown: set[bytes]) -> bytes:
    """Return what an item is kept under: its id, unless the poll has `shown` another one by that.

    `known` are the contents of its story's rows; the item's id is added to `shown`.
    """
    own, beside = id_hash(item.id), variant_hash(item.id, content)
    is_beside = known.get(own) != content and (own in shown or beside in known)
    shown.add(own)
    return beside if is_beside else own


def contents_of(story: Story) -> Sequence[tuple[bytes, bytes | None]]:
    """Return the fingerprint and the sketch of each of the story's items."""
    return story.contents or [(fingerprint(item), sketch_of_item(item)) for item in story.items]


def _columns(item: Item, key: bytes, content: bytes, sketch: bytes | None) -> dict[str, Any]:
    return {
        "item_hash": key,
        "item_id": item.id,
        "link": item.link if item.link and len(item.link) <= LINK_LIMIT else None,
        "title": item.title,
        "folded": search_form(unescape(item.title[:_TITLE_LIMIT])),
        "content_hash": content,
        "published": item.published,
        "sketch": sketch,
    }
