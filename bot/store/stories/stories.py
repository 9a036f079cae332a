"""Which stories are known, and writing down what a poll decided about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.models.basics import StoryId
from bot.store.db.batches import in_batches
from bot.store.db.worker import in_worker
from bot.store.outbox.states import HOLD_BACK, QUEUE, STORM, make_all
from bot.store.stories.items import ItemWriter
from bot.store.stories.known import introduced_channels, is_storming, look_up
from bot.store.tables.records import article_from_json, article_to_json
from bot.store.tables.schema import LINK_LIMIT, passed_over, stories, story_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, Key
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


def known_of(tx: Connection, found: Lookup, feed: FeedId) -> Known:
    """Return what deciding about a poll of `feed` needs to know."""
    return found.known(introduced_channels(tx, feed), is_storming=is_storming(tx, feed))


class StoryWriter:
    """Writes the stories of one poll of `feed`; lives for one transaction."""

    def __init__(self, tx: Connection, feed: FeedId, now: datetime, found: Lookup) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._found = found
        self._items = ItemWriter(tx, feed, now, found.items)
        self.new = 0
        self.held = 0

    def write(self, decided: Sequence[Story]) -> None:
        """Write all of `decided`; deliveries are created in its order."""
        owners = [self._known(story) for story in decided]
        known = [owner for owner in owners if owner is not None]
        for story, owner in zip(decided, owners, strict=True):
            self._write(story, owner)
        self._items.flush()
        self._touch(known)

    def _known(self, story: Story) -> StoryId | None:
        """Return the stored story; deciding saw all keys, so what it calls new is new.

        That a key of a new story belongs to another one is right, too: a column's title.
        """
        return story.known if story.known in self._found.stories else None

    def _write(self, story: Story, owner: StoryId | None) -> None:
        is_room = True
        if owner is None:
            owner = self._insert(story)
            self._items.add(owner, story.items)
        else:
            is_room = self._items.add(owner, story.items)
            self._correct(story, owner)
        if is_room:
            self._add_keys(owner, story.keys)
        self._pass_over(owner, story)
        self._owe(owner, story)

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
        if owner not in self._found.with_article:
            if not story.owed:
                return
            changed: dict[str, Any] = {}
        elif story.is_corrected:
            article = self._completed(article, story, owner)
            changed = {"version": stories.c.version + 1, "corrected_at": self._now}
        else:
            return
        values = {**_columns(story), **changed, "article": article_to_json(article)}
        self._tx.execute(update(stories).where(stories.c.id == owner).values(**values))
        self._found.with_article.add(owner)

    def _completed(self, article: Article, story: Story, owner: StoryId) -> Article:
        """Return `article` with what it lacks and the stored one has: its page was read then."""
        if not story.lacks:
            return article
        query = select(stories.c.article).where(stories.c.id == owner)
        stored = article_from_json(self._tx.execute(query).scalar_one())
        known = {part: value for part in story.lacks if (value := getattr(stored, part))}
        return replace(article, **known)

    def _add_keys(self, owner: StoryId, keys: Sequence[Key]) -> None:
        new = [key for key in dict.fromkeys(keys) if key not in self._found.owners]
        rows = [{"key": key.hash, "feed": key.feed, "story": owner} for key in new]
        if rows:
            self._tx.execute(insert(story_keys), rows)
            self._found.owners.update(dict.fromkeys(new, owner))

    def _pass_over(self, owner: StoryId, story: Story) -> None:
        rows = [
            {
                "story": owner,
                "channel": channel,
                "code": reason.code,
                "text": reason.text,
                "at": self._now,
            }
            for channel, reason in story.passed_over.items()
            if (owner, channel) not in self._found.told | self._found.passed
        ]
        if rows:
            self._tx.execute(insert(passed_over), rows)
            self._found.passed.update((owner, channel) for channel in story.passed_over)

    def _owe(self, owner: StoryId, story: Story) -> None:
        owed = [name for name in dict.fromkeys(story.owed) if (owner, name) not in self._found.told]
        if not owed:
            return
        if owner not in self._found.with_article:
            raise ValueError(f"story {owner} is owed, but it has no article to write posts from")
        row = {"story": owner, "feed": self._feed, "due": self._now, "created_at": self._now}
        if story.held:
            row |= {"held_by": STORM, "reason": story.held}
            self.held += len(owed)
        rows = [row | {"channel": channel} for channel in owed]
        make_all(self._tx, HOLD_BACK if story.held else QUEUE, rows)
        self._found.told.update((owner, channel) for channel in owed)

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


def _columns(story: Story) -> dict[str, object]:
    """Return title, link and date: the article's, else the first item's."""
    first = story.items[0] if story.items else None
    best = story.article or first
    if best is None:
        return {"title": "", "link": None, "published": None}
    link = best.link if best.link and len(best.link) <= LINK_LIMIT else None
    return {"title": best.title, "link": link, "published": best.published}
