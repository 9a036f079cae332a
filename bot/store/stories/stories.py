"""Tells which stories are known, and writes a poll's decisions about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from bot.models.basics import Reason, StoryId
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.db.worker import in_worker
from bot.store.events.writing import EventWriter
from bot.store.outbox.states import HOLD_BACK, QUEUE, SCHEDULE, STORM, TAKE_OVER, change, make_all
from bot.store.stories.items import ItemWriter
from bot.store.stories.known import known_of, look_up
from bot.store.tables.records import article_from_json, article_to_json
from bot.store.tables.schema import LINK_LIMIT, VOID, deliveries, passed_over, stories, story_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import ChannelId, FeedId, Key
    from bot.models.stories import Article, Known, Story
    from bot.store.db.database import Database
    from bot.store.stories.known import Lookup

# Writing "still there" once a day is enough: forgetting counts in months.
_SEEN_AGAIN = timedelta(days=1)


class Stories:
    """Implements `ports.StoryStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def known_keys(self, feed: FeedId, keys: Sequence[Key]) -> Known:
        with self.database.read() as tx:
            return known_of(tx, look_up(tx, keys, feed), feed)


class StoryWriter:
    """Writes the stories of one poll of `feed`; lives for one transaction."""

    def __init__(self, tx: Connection, feed: FeedId, now: datetime, found: Lookup) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._found = found
        self._items = ItemWriter(tx, feed, now, found.contents)
        self._events = EventWriter(tx, feed, now)
        self.new = 0
        self.held = 0

    def write(self, decided: Sequence[Story]) -> None:
        """Write all of `decided`; deliveries are created in its order."""
        owners = [self._known(story) for story in decided]
        known = [owner for owner in owners if owner is not None]
        for story, owner in zip(decided, owners, strict=True):
            self._write(story, owner)
        self._items.flush()
        self._events.flush()
        self._touch(known)

    def _known(self, story: Story) -> StoryId | None:
        """Return the stored story; deciding saw all keys, so a story that it calls new is new.

        That a key of a new story belongs to another one is right, too: a column's title.
        """
        return story.known if story.known in self._found.stories else None

    def _write(self, story: Story, owner: StoryId | None) -> None:
        is_room = True
        self._void(story.void)
        if owner is None:
            owner = self._insert(story)
            self._items.add(owner, story.items)
            self._events.add(owner, story)
        else:
            is_room = self._items.add(owner, story.items, self._found.seen.get(owner, ()))
            self._correct(story, owner)
        if is_room:
            self._add_keys(owner, story.keys)
        self._pass_over(owner, story)
        self._owe(owner, story)

    def _void(self, keys: Sequence[Key]) -> None:
        """Take `keys` from whom they belong to: several stories claim them."""
        new = [key for key in keys if key not in self._found.void]
        if not new:
            return
        self._found.void.update(new)
        for key in new:
            owned = self._found.owners.pop(key, None) or self._found.settled.pop(key, None)
            if owned:
                self._tx.execute(update(story_keys).where(_is_row_of(key)).values(story=VOID))
            else:
                self._tx.execute(insert(story_keys).values(_key_row(key, VOID)))

    def _insert(self, story: Story) -> StoryId:
        result = self._tx.execute(
            insert(stories).values(
                feed=self._feed,
                first_seen=self._now,
                last_seen=self._now,
                **_columns(story),
                article=article_to_json(story.article) if story.article else None,
            )
        )
        self.new += 1
        created = StoryId(result.inserted_primary_key[0])  # type: ignore[index] # an INSERT of one row has it
        if story.article:
            self._found.with_article.add(created)
        return created

    def _correct(self, story: Story, owner: StoryId) -> None:
        """Take over a corrected article; another feed's copy serves where there is none yet."""
        article = story.article
        if article is None:
            return
        if not self._is_told(owner):
            if not story.owed:
                return
            # Of a story that nobody has, the feed that brings it first tells it.
            changed: dict[str, Any] = {"feed": self._feed}
        elif story.is_corrected:
            article = self._completed(article, story, owner)
            # The feed differs where a page's own site corrects a stranger, who may not answer.
            changed = {"version": stories.c.version + 1, "corrected_at": self._now}
            changed |= {"feed": self._feed}
        else:
            return
        values = {**_columns(story), **changed, "article": article_to_json(article)}
        self._tx.execute(update(stories).where(stories.c.id == owner).values(**values))
        self._found.with_article.add(owner)

    def _is_told(self, owner: StoryId) -> bool:
        return owner in self._found.with_article and any(
            story == owner for story, _ in self._found.queued
        )

    def _completed(self, article: Article, story: Story, owner: StoryId) -> Article:
        """Return `article` with the parts that only the stored one has: its page was read then."""
        if not story.lacks:
            return article
        query = select(stories.c.article).where(stories.c.id == owner)
        stored = article_from_json(self._tx.execute(query).scalar_one())
        known = {part: value for part in story.lacks if (value := getattr(stored, part))}
        return replace(article, **known)

    def _add_keys(self, owner: StoryId, keys: Sequence[Key]) -> None:
        known = self._found.owners.keys() | self._found.void
        new = [key for key in dict.fromkeys(keys) if key not in known]
        self._free(new)
        if new:
            self._tx.execute(insert(story_keys), [_key_row(key, owner) for key in new])
            self._found.owners.update(dict.fromkeys(new, owner))

    def _free(self, keys: Sequence[Key]) -> None:
        """Take `keys` from stories of long ago, which another one took over."""
        for key in keys:
            if self._found.settled.pop(key, None) is not None:
                self._tx.execute(delete(story_keys).where(_is_row_of(key)))

    def _pass_over(self, owner: StoryId, story: Story) -> None:
        rows = [
            {
                "story": owner,
                "channel": channel,
                "feed": self._feed,
                "code": reason.code,
                "text": reason.text,
                "at": self._now,
            }
            for channel, reason in story.passed_over.items()
            if (owner, channel) not in self._found.queued | self._found.passed
        ]
        if rows:
            self._tx.execute(insert(passed_over), rows)
            self._found.passed.update((owner, channel) for channel in story.passed_over)

    def _owe(self, owner: StoryId, story: Story) -> None:
        queued, waiting = self._found.queued, self._found.waiting
        owed = [name for name in dict.fromkeys(story.owed) if (owner, name) not in queued]
        if not owed:
            return
        if owner not in self._found.with_article:
            raise ValueError(f"story {owner} is owed, but it has no article to write posts from")
        self._queue(owner, story, [name for name in owed if (owner, name) not in waiting])
        taken = [name for name in owed if (owner, name) in waiting]
        if taken and not story.held:
            here = deliveries.c.story == owner, deliveries.c.channel.in_(taken)
            due = story.due or self._now
            change(self._tx, TAKE_OVER, *here, feed=self._feed, due=due)
        queued.update((owner, channel) for channel in owed)

    def _queue(self, owner: StoryId, story: Story, channels: Sequence[ChannelId]) -> None:
        row: dict[str, Any] = {"story": owner, "feed": self._feed, "created_at": self._now}
        row |= {"due": story.due or self._now}
        transition = QUEUE
        if story.held:
            row |= {"held_by": STORM, "reason": story.held}
            transition = HOLD_BACK
            self.held += len(channels)
        elif story.due:
            row |= {"reason": _ahead(story.due)}
            transition = SCHEDULE
        if channels:
            make_all(self._tx, transition, [row | {"channel": channel} for channel in channels])

    def _touch(self, ids: list[StoryId]) -> None:
        stale = [
            story
            for story in dict.fromkeys(ids)
            if self._now - self._found.last_seen[story] > _SEEN_AGAIN
        ]
        for part in in_batches(stale):
            self._tx.execute(
                update(stories).where(stories.c.id.in_(part)).values(last_seen=self._now)
            )


def _is_row_of(key: Key) -> ColumnElement[bool]:
    return (story_keys.c.key == key.hash) & (story_keys.c.feed == key.feed)


def _key_row(key: Key, owner: int) -> dict[str, object]:
    return {"key": key.hash, "feed": key.feed, "story": owner}


def _ahead(due: datetime) -> Reason:
    """Return why a story waits that its feed dates ahead."""
    text = f"dated {due:%Y-%m-%d %H:%M} UTC, which is to come: posted then"
    return Reason(code=ReasonCode.FUTURE_DATE, text=text)


def _columns(story: Story) -> dict[str, object]:
    """Return title, link and date: the article's, else the first item's."""
    first = story.items[0] if story.items else None
    best = story.article or first
    if best is None:
        return {"title": "", "link": None, "published": None}
    link = best.link if best.link and len(best.link) <= LINK_LIMIT else None
    return {"title": best.title, "link": link, "published": best.published}
