"""Looks up the stories that a poll's keys may mean."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from bot.models.basics import ChannelId, FeedId, Key, StoryId
from bot.models.stories import Known, KnownStory, Seen
from bot.models.traces import Marks
from bot.store.db.batches import in_batches, rows_where_in
from bot.store.outbox.states import is_of_storm, is_stormy
from bot.store.stories.settled import settled_among
from bot.store.tables.schema import (
    VOID,
    deliveries,
    feed_channels,
    feeds,
    is_whole,
    passed_over,
    stories,
    story_items,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection, Row


# So many of a feed's latest stories are compared with an entry whose keys are new.
_RECENT = 200
# Built once: each poll with news asks them, and building costs more than running them.
_FEED = (
    select(
        feeds.c.storm_since,
        feeds.c.restyled,
        feeds.c.former,
        feeds.c.last_success,
        feed_channels.c.channel,
    )
    .join_from(feeds, feed_channels, feed_channels.c.feed == feeds.c.id, isouter=True)
    .where(feeds.c.id == bindparam("of"))
)
_OWNERS = "SELECT key, feed, story FROM story_keys WHERE feed IN ('', {}) AND key IN ({})"
_LATEST = (
    select(stories.c.id, stories.c.published)
    .where(stories.c.feed == bindparam("of"), is_whole)
    .order_by(stories.c.id.desc())
    .limit(_RECENT)
)
_recent = _LATEST.subquery()
_MARKED = (
    select(_recent.c.id)
    .join(story_items, story_items.c.story == _recent.c.id)
    .where(
        story_items.c.feed == bindparam("of"),
        or_(
            story_items.c.item_hash.in_(bindparam("ids", expanding=True)),
            story_items.c.sketch.in_(bindparam("sketches", expanding=True)),
            func.coalesce(story_items.c.published, _recent.c.published).in_(
                bindparam("dates", expanding=True)
            ),
        ),
    )
)
_of_stories: BindParameter[Any] = bindparam("ids", expanding=True)
_DELIVERIES = select(
    deliveries.c.story, deliveries.c.channel, deliveries.c.feed, is_of_storm.label("of_storm")
).where(deliveries.c.story.in_(_of_stories))
_PASSED = select(passed_over.c.story, passed_over.c.channel).where(
    passed_over.c.story.in_(_of_stories), passed_over.c.feed == bindparam("of")
)
_ITEMS = select(
    story_items.c.story,
    story_items.c.item_hash,
    story_items.c.content_hash,
    story_items.c.link,
    story_items.c.title,
    story_items.c.published,
    story_items.c.sketch,
).where(story_items.c.story.in_(_of_stories), story_items.c.feed == bindparam("of"))
_STORIES = select(
    stories.c.id,
    stories.c.feed,
    stories.c.title,
    stories.c.link,
    stories.c.published,
    stories.c.first_seen,
    stories.c.last_seen,
    stories.c.article.is_not(None).label("with_article"),
).where(stories.c.id.in_(_of_stories))


@dataclass(slots=True)
class Lookup:
    """The store's knowledge of a poll: whose each key is, those stories, and who has them.

    `void` keys belong to several stories, `settled` ones to stories that are thinned; the number
    is the day when they were last seen (`settled.day_of`). `stored` is what `story_keys` says.
    `settings` are rows of what is known of the feed. `queued` are the channels that have a
    story, `waiting` those where another feed's storm holds it back, `passed` those that the polled
    feed passed it over for. `contents` are the hashes of the stories' items in the polled feed,
    and of their texts.
    """

    settings: Sequence[Row[Any, Any, Any, Any, Any]] = ()
    owners: dict[Key, StoryId] = field(default_factory=dict)
    stored: dict[Key, int] = field(default_factory=dict)
    void: set[Key] = field(default_factory=set)
    settled: dict[Key, int] = field(default_factory=dict)
    stories: dict[StoryId, KnownStory] = field(default_factory=dict)
    contents: dict[StoryId, dict[bytes, bytes]] = field(default_factory=dict)
    seen: dict[StoryId, list[Seen]] = field(default_factory=dict)
    last_seen: dict[StoryId, datetime] = field(default_factory=dict)
    with_article: set[StoryId] = field(default_factory=set)
    queued: set[tuple[StoryId, ChannelId]] = field(default_factory=set)
    waiting: set[tuple[StoryId, ChannelId]] = field(default_factory=set)
    passed: set[tuple[StoryId, ChannelId]] = field(default_factory=set)

    @property
    def last_success(self) -> datetime | None:
        """When the polled feed was last read; None where it never was."""
        return next((row.last_success for row in self.settings), None)


def known_of(tx: Connection, found: Lookup, feed: FeedId) -> Known:
    """Return the knowledge that deciding about a poll of `feed` needs."""
    rows = found.settings
    is_storming = any(row.storm_since for row in rows)
    owned = set(found.owners.values())
    return Known(
        stories={key: found.stories[story] for key, story in found.owners.items()},
        recent=tuple(story for id_, story in found.stories.items() if id_ not in owned),
        settled=frozenset(found.settled),
        void=frozenset(found.void),
        introduced=frozenset(ChannelId(row.channel) for row in rows if row.channel is not None),
        is_storming=is_storming,
        held=_held(tx, feed) if is_storming else 0,
        is_restyled=any(row.restyled for row in rows),
    )


def _held(tx: Connection, feed: FeedId) -> int:
    columns = deliveries.c
    query = select(func.count()).where(is_stormy, columns.feed == feed)
    return tx.execute(query).scalar_one()


def introduced_channels(tx: Connection, feed: FeedId) -> frozenset[ChannelId]:
    """Return the channels that `feed` has already been polled for."""
    query = select(feed_channels.c.channel).where(feed_channels.c.feed == feed)
    return frozenset(ChannelId(channel) for channel in tx.execute(query).scalars())


def look_up(tx: Connection, sought: Marks | Iterable[Key], feed: FeedId) -> Lookup:
    """Look up the stories that a poll of `feed` may have brought.

    Where one of its keys is new or void, so are the feed's latest stories: those with another mark
    of the poll's, or all of them where that is not sure to find each (docs/decisions/0020).
    """
    marks = sought if isinstance(sought, Marks) else None
    wanted = dict.fromkeys(sought.keys if isinstance(sought, Marks) else sought)
    found = _owners(tx, wanted, feed)
    found.settings = tx.execute(_FEED, {"of": feed}).all()
    found.settled |= _settled(tx, [key for key in wanted if key not in found.stored], found)
    _read(tx, dict.fromkeys(found.owners.values()), feed, found)
    if len(found.owners) + len(found.settled) < len(wanted):
        is_sure = not found.void and all(_is_own(story, feed) for story in found.stories.values())
        latest = _marked(tx, feed, marks) if marks and is_sure else _latest(tx, feed)
        _read(tx, [id_ for id_ in latest if id_ not in found.stories], feed, found)
    # A key may outlive its story only where somebody edited the database by hand.
    found.owners = {key: story for key, story in found.owners.items() if story in found.stories}
    return found


def _is_own(story: KnownStory, feed: FeedId) -> bool:
    """Tell whether all keys of a story of `feed` are its own; another feed's may be shared."""
    return story.feed == feed or bool(story.seen)


def _owners(tx: Connection, wanted: Iterable[Key], feed: FeedId) -> Lookup:
    found = Lookup()
    for part in in_batches(wanted):
        for hash_, own, story in rows_where_in(tx, _OWNERS, [key.hash for key in part], feed):
            found.owners[Key(hash_, own)] = StoryId(story)
    found.stored = dict(found.owners)
    found.void = {key for key, story in found.owners.items() if story == VOID}
    found.settled = {key: -story for key, story in found.owners.items() if story < VOID}
    found.owners = {key: story for key, story in found.owners.items() if story > VOID}
    return found


def _settled(tx: Connection, keys: list[Key], found: Lookup) -> dict[Key, int]:
    if not keys:
        return {}
    former = next((row.former for row in found.settings if row.former), ())
    return settled_among(tx, keys, former)


def _latest(tx: Connection, feed: FeedId) -> list[StoryId]:
    return list(tx.execute(_LATEST, {"of": feed}).scalars())


def _marked(tx: Connection, feed: FeedId, marks: Marks) -> list[StoryId]:
    """Return those of the latest stories that share a mark, newest first."""
    asked = {"ids": list(marks.ids), "sketches": list(marks.sketches), "dates": list(marks.dates)}
    return sorted(set(tx.execute(_MARKED, {"of": feed, **asked}).scalars()), reverse=True)


def _read(tx: Connection, ids: Iterable[StoryId], feed: FeedId, found: Lookup) -> None:
    for some in in_batches(ids):
        _read_channels(tx, some, feed, found)
        _read_items(tx, some, feed, found)
        _read_stories(tx, some, found)


def _read_channels(tx: Connection, ids: list[StoryId], feed: FeedId, found: Lookup) -> None:
    for row in tx.execute(_DELIVERIES, {"ids": ids}).all():
        # A storm of another feed says nothing about the news of this one, dropped or not; a copy of
        # the database that was put back does: its story may be posted already.
        is_waiting = row.of_storm and row.feed != feed
        (found.waiting if is_waiting else found.queued).add((row.story, row.channel))
    passed = tx.execute(_PASSED, {"ids": ids, "of": feed}).all()
    found.passed.update((StoryId(row.story), ChannelId(row.channel)) for row in passed)


def _read_items(tx: Connection, ids: list[StoryId], feed: FeedId, found: Lookup) -> None:
    rows = tx.execute(_ITEMS, {"ids": ids, "of": feed}).all()
    for story, id_, content, link, title, published, sketch in rows:
        found.contents.setdefault(story, {})[id_] = content
        found.seen.setdefault(story, []).append(
            Seen(id=id_, link=link, title=title, published=published, sketch=sketch)
        )


def _read_stories(tx: Connection, ids: list[StoryId], found: Lookup) -> None:
    settled: defaultdict[StoryId, set[ChannelId]] = defaultdict(set)
    for story, channel in found.queued | found.passed:
        settled[story].add(channel)
    for row in tx.execute(_STORIES, {"ids": ids}).all():
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
            settled=frozenset(settled[row.id]),
            contents=frozenset(found.contents.get(row.id, {}).values()),
            seen=tuple(found.seen.get(row.id, ())),
        )
