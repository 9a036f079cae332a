"""A store of stories in memory: remembers keys, entries and channels as the real one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.dedupe.decide import decide
from bot.dedupe.folding import fold_title
from bot.dedupe.keys import fingerprint, id_hash, keys_of, sketch_of_item
from bot.models.stories import Known, KnownStory, Seen
from bot.store.stories.items import row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.models.basics import ChannelId, FeedId, Key
    from bot.models.feeds import Item
    from bot.models.settings import Feed
    from bot.models.stories import Story

from bot.models.basics import StoryId

_VARIANTS_MOST = 20


class Memory:
    """What was decided before, for any number of feeds."""

    def __init__(self) -> None:
        self.owner: dict[Key, StoryId] = {}
        self.void: set[Key] = set()
        self.records: dict[StoryId, KnownStory] = {}
        self.introduced: set[tuple[FeedId, ChannelId]] = set()
        self._told: dict[StoryId, set[ChannelId]] = {}
        self._passed: dict[tuple[StoryId, FeedId], set[ChannelId]] = {}
        self.ids: dict[int, StoryId] = {}
        self._seen: dict[tuple[StoryId, FeedId], dict[bytes, tuple[bytes, Seen]]] = {}

    def poll(self, items: Sequence[Item], feed: Feed, now: datetime) -> list[Story]:
        """Return what `decide` makes of the poll, and remember it."""
        keys = keys_of(feed.id, items)
        flat = {key for one in keys for key in one.all}
        stories = decide(items, keys, self._known(flat, feed), feed=feed, now=now)
        for story in stories:
            self._remember(story, feed, now)
        if items:
            self.introduced |= {(feed.id, channel) for channel in feed.channels}
        return stories

    def _known(self, keys: set[Key], feed: Feed) -> Known:
        owned = {key: self._seen_by(feed.id, self.owner[key]) for key in keys if key in self.owner}
        shown = {story for story, feed_id in self._seen if feed_id == feed.id}
        recent = sorted(shown)[-200:] if keys - owned.keys() else []
        stories = {story.id: story for story in owned.values()}
        return Known(
            stories={key: stories[story.id] for key, story in owned.items()},
            recent=tuple(stories.get(id_) or self._seen_by(feed.id, id_) for id_ in recent),
            introduced=frozenset(channel for id_, channel in self.introduced if id_ == feed.id),
        )

    def _seen_by(self, feed: FeedId, id_: StoryId) -> KnownStory:
        told = self._told[id_]
        seen = self._seen.get((id_, feed), {})
        return replace(
            self.records[id_],
            settled=frozenset(told | self._passed.get((id_, feed), set())),
            contents=frozenset(content for content, _ in seen.values()),
            seen=tuple(one for _, one in seen.values()),
        )

    def _remember(self, story: Story, feed: Feed, now: datetime) -> None:
        id_ = story.known or StoryId(len(self.records) + 1)
        first = story.items[0]
        self.ids[id(first)] = id_
        old = self.records.get(id_)
        if old is None or story.is_corrected or (story.owed and not self._told[id_]):
            self.records[id_] = KnownStory(
                id=id_,
                feed=feed.id,
                title=first.title,
                link=first.link,
                published=first.published,
                first_seen=old.first_seen if old else now,
            )
        self._told.setdefault(id_, set()).update(story.owed)
        self._passed.setdefault((id_, feed.id), set()).update(story.passed_over)
        shown = self._seen.setdefault((id_, feed.id), {})
        taken: set[bytes] = set()
        rooms = [_show(shown, item, taken) for item in story.items]
        self.void |= set(story.void)
        for key in story.keys if all(rooms) else ():
            self.owner.setdefault(key, id_)
        for key in self.void & self.owner.keys():
            del self.owner[key]


def _show(shown: dict[bytes, tuple[bytes, Seen]], item: Item, taken: set[bytes]) -> bool:
    """Keep what `item` shows as the store does; False where there is no room for it."""
    contents = {row: content for row, (content, _) in shown.items()}
    id_ = row_of(item, fingerprint(item), contents, taken)
    now = replace(_seen(item), id=id_)
    is_room = id_ in shown or len(shown) < _VARIANTS_MOST
    says = {(fold_title(seen.title), seen.sketch) for _, seen in shown.values()}
    if not is_room and (fold_title(now.title), now.sketch) in says:
        return False
    if not is_room:
        del shown[next(iter(shown))]
    shown[id_] = (fingerprint(item), now)
    return is_room


def _seen(item: Item) -> Seen:
    return Seen(
        id=id_hash(item.id),
        link=item.link,
        title=item.title,
        published=item.published,
        sketch=sketch_of_item(item),
    )
