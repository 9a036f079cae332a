"""Reads what is known of a poll's keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.models.basics import ChannelId, FeedId, Key, StoryId
from bot.models.stories import Known, KnownStory
from bot.store.db.batches import in_batches
from bot.store.tables.schema import (
    deliveries,
    feed_channels,
    feeds,
    passed_over,
    stories,
    story_items,
    story_keys,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(slots=True)
class Lookup:
    """What the store knows: whose each key is, those stories, and what channels have of them.

    `items` are the hashes of the stories' items in the polled feed, and of what they said.
    """

    owners: dict[Key, StoryId] = field(default_factory=dict)
    stories: dict[StoryId, KnownStory] = field(default_factory=dict)
    items: dict[StoryId, dict[bytes, bytes]] = field(default_factory=dict)
    last_seen: dict[StoryId, datetime] = field(default_factory=dict)
    with_article: set[StoryId] = field(default_factory=set)
    told: set[tuple[StoryId, ChannelId]] = field(default_factory=set)
    passed: set[tuple[StoryId, ChannelId]] = field(default_factory=set)

    def known(self, introduced: frozenset[ChannelId], *, is_storming: bool) -> Known:
        """Return the record that deciding reads."""
        return Known(
            stories={key: self.stories[story] for key, story in self.owners.items()},
            introduced=introduced,
            is_storming=is_storming,
        )


def introduced_channels(tx: Connection, feed: FeedId) -> frozenset[ChannelId]:
    """Return the channels that `feed` has already been polled for."""
    query = select(feed_channels.c.channel).where(feed_channels.c.feed == feed)
    return frozenset(ChannelId(channel) for channel in tx.execute(query).scalars())


def is_storming(tx: Connection, feed: FeedId) -> bool:
    """Tell whether the news of `feed` waits for the operator."""
    return bool(tx.execute(select(feeds.c.storm_since).where(feeds.c.id == feed)).scalar())


def look_up(tx: Connection, keys: Iterable[Key], feed: FeedId) -> Lookup:
    """Return what is known of the `keys` that a poll of `feed` brought."""
    found = Lookup()
    for part in in_batches(dict.fromkeys(keys)):
        query = select(story_keys).where(
            story_keys.c.key.in_([key.hash for key in part]), story_keys.c.feed.in_(["", feed])
        )
        for row in tx.execute(query):
            found.owners[Key(row.key, row.feed)] = StoryId(row.story)
    for ids in in_batches(dict.fromkeys(found.owners.values())):
        _read_settled(tx, ids, found)
        _read_items(tx, ids, feed, found)
        _read_stories(tx, ids, found)
    # A key may outlive its story only where somebody edited the database by hand.
    found.owners = {key: story for key, story in found.owners.items() if story in found.stories}
    return found


def _read_settled(tx: Connection, ids: list[StoryId], found: Lookup) -> None:
    for table, pairs in ((deliveries, found.told), (passed_over, found.passed)):
        query = select(table.c.story, table.c.channel).where(table.c.story.in_(ids))
        pairs.update((StoryId(story), ChannelId(channel)) for story, channel in tx.execute(query))


def _read_items(tx: Connection, ids: list[StoryId], feed: FeedId, found: Lookup) -> None:
    columns = story_items.c
    query = select(columns.story, columns.item_hash, columns.content_hash).where(
        columns.story.in_(ids), columns.feed == feed
    )
    for story, item, content in tx.execute(query):
        found.items.setdefault(StoryId(story), {})[item] = content


def _read_stories(tx: Connection, ids: list[StoryId], found: Lookup) -> None:
    settled: dict[StoryId, set[ChannelId]] = {}
    for story, channel in found.told | found.passed:
        settled.setdefault(story, set()).add(channel)
    columns = stories.c
    query = select(
        columns.id,
        columns.feed,
        columns.title,
        columns.link,
        columns.published,
        columns.first_seen,
        columns.last_seen,
        columns.article.is_not(None).label("with_article"),
    ).where(columns.id.in_(ids))
    for row in tx.execute(query):
        found.last_seen[row.id] = row.last_seen
        if row.with_article:
            found.with_article.add(row.id)
        found.stories[row.id] = KnownStory(
            id=row.id,
            feed=row.feed,
            title=row.title,
            link=row.link,
            published=row.published,
            first_seen=row.first_seen,
            settled=frozenset(settled.get(row.id, ())),
            contents=frozenset(found.items.get(row.id, {}).values()),
        )
