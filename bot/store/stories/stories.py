"""Tells which stories are known, and writes a poll's decisions about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from bot.models.basics import StoryId
from bot.store.db.batches import in_batches
from bot.store.db.worker import in_worker
from bot.store.events.numbers import mark_numbers
from bot.store.events.writing import EventWriter
from bot.store.stories.items import ItemWriter
from bot.store.stories.keys import KeyWriter
from bot.store.stories.known import known_of, look_up
from bot.store.stories.shares import ShareWriter
from bot.store.tables.records import article_from_json, article_to_json
from bot.store.tables.schema import LINK_LIMIT, stories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, Key
    from bot.models.events import Count
    from bot.models.stories import Article, ArticlePart, Known, Story
    from bot.models.traces import Marks
    from bot.store.db.database import Database
    from bot.store.stories.known import Lookup

# Writing "still there" once a day is enough: forgetting counts in months.
_SEEN_AGAIN = timedelta(days=1)
_INSERT = insert(stories)
# SQLAlchemy would send row by row to have the numbers back in order; nobody else writes stories of
# the feed meanwhile.
_NEWEST = (
    select(stories.c.id)
    .where(stories.c.feed == bindparam("of"))
    .order_by(stories.c.id.desc())
    .limit(bindparam("count"))
)
_told: dict[str, Any] = {
    name: bindparam(f"new_{name}") for name in ("title", "link", "published", "article")
}
_by_owner = update(stories).where(stories.c.id == bindparam("owner"))
_TELL = _by_owner.values(**_told, feed=bindparam("new_feed"))
# The feed differs where a page's own site corrects a stranger, who may not answer.
_CORRECT = _by_owner.values(
    **_told,
    feed=bindparam("new_feed"),
    version=stories.c.version + 1,
    corrected_at=bindparam("new_corrected_at"),
)


class Stories:
    """Implements `ports.StoryStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def known_keys(self, feed: FeedId, keys: Marks | Sequence[Key]) -> Known:
        with self.database.read() as tx:
            return known_of(tx, look_up(tx, keys, feed), feed)


class StoryWriter:
    """Writes the stories of one poll of `feed`; lives for one transaction.

    The number of statements does not depend on the number of stories.
    """

    def __init__(self, tx: Connection, feed: FeedId, now: datetime, found: Lookup) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._found = found
        self._items = ItemWriter(tx, feed, now, found.contents)
        self._events = EventWriter(tx, feed, now)
        self._keys = KeyWriter(tx, found)
        self._shares = ShareWriter(tx, feed, now, found)
        self._corrected: dict[StoryId, Story] = {}
        self._first_told: dict[StoryId, Story] = {}
        self.new = 0

    @property
    def taught(self) -> Mapping[str, list[Mapping[str, Count]]]:
        """What the new stories taught about words, which is not written here."""
        return self._events.taught

    @property
    def last_success(self) -> datetime | None:
        """When the feed was last read before this poll."""
        return self._found.last_success

    @property
    def held(self) -> int:
        """How many new deliveries wait for the operator."""
        return self._shares.held

    def write(self, decided: Sequence[Story]) -> None:
        """Write all of `decided`; deliveries are created in its order."""
        known = [self._known(story) for story in decided]
        made = iter(self._insert([s for s, id_ in zip(decided, known, strict=True) if id_ is None]))
        for story, id_ in zip(decided, known, strict=True):
            self._write(story, next(made) if id_ is None else id_, is_new=id_ is None)
        self._items.flush()
        self._keys.flush()
        self._write_articles()
        self._shares.flush()
        self._events.flush()
        self._touch([owner for owner in known if owner is not None])

    def _known(self, story: Story) -> StoryId | None:
        """Return the stored story; deciding saw all keys, so a story that it calls new is new.

        That a key of a new story belongs to another one is right, too: a column's title.
        """
        return story.known if story.known in self._found.stories else None

    def _write(self, story: Story, owner: StoryId, *, is_new: bool) -> None:
        self._keys.void(story.void)
        shown = () if is_new else self._found.seen.get(owner, ())
        is_room = self._items.add(owner, story, shown)
        if is_new:
            self._events.add(owner, story)
        else:
            self._correct(story, owner)
        if is_room or is_new:
            self._keys.give(owner, story.keys)
        self._shares.pass_over(owner, story)
        self._shares.owe(owner, story)

    def _insert(self, new: Sequence[Story]) -> list[StoryId]:
        if not new:
            return []
        rows = [
            {
                "feed": self._feed,
                "first_seen": self._now,
                "last_seen": self._now,
                **_columns(story),
                "article": article_to_json(story.article) if story.article else None,
            }
            for story in new
        ]
        if any(story.heard is not None for story in new):
            mark_numbers(self._tx)
        made = self._numbers_of(rows)
        self.new += len(made)
        self._found.with_article.update(
            id_ for id_, story in zip(made, new, strict=True) if story.article
        )
        return made

    def _numbers_of(self, rows: Sequence[dict[str, Any]]) -> list[StoryId]:
        """Write the rows of new stories, and return their numbers."""
        if len(rows) == 1:
            made = self._tx.execute(_INSERT, rows[0]).inserted_primary_key
            return [StoryId(made[0])]  # type: ignore[index] # an INSERT of one row has it
        self._tx.execute(_INSERT, rows)
        newest = self._tx.execute(_NEWEST, {"of": self._feed, "count": len(rows)}).scalars()
        return [StoryId(id_) for id_ in newest][::-1]

    def _correct(self, story: Story, owner: StoryId) -> None:
        """Take over a corrected article; another feed's copy serves where there is none yet."""
        if story.article is None:
            return
        if self._is_told(owner):
            if story.is_corrected:
                self._corrected[owner] = story
        elif story.owed:
            # Of a story that nobody has, the feed that brings it first tells it.
            self._first_told[owner] = story
            self._found.with_article.add(owner)

    def _is_told(self, owner: StoryId) -> bool:
        return owner in self._found.with_article and any(
            story == owner for story, _ in self._found.queued
        )

    def _write_articles(self) -> None:
        if self._first_told:
            rows = [
                self._telling(id_, story, story.article) for id_, story in self._first_told.items()
            ]
            self._tx.execute(_TELL, rows)
        if self._corrected:
            articles = self._completed()
            rows = [
                {**self._telling(id_, story, articles[id_]), "new_corrected_at": self._now}
                for id_, story in self._corrected.items()
            ]
            self._tx.execute(_CORRECT, rows)

    def _telling(self, owner: StoryId, story: Story, article: Article | None) -> dict[str, Any]:
        columns = {f"new_{name}": value for name, value in _columns(story).items()}
        told = {"new_article": article and article_to_json(article), "new_feed": self._feed}
        return {"owner": owner, **columns, **told}

    def _completed(self) -> dict[StoryId, Article | None]:
        """Return the corrected articles with the parts that only the stored ones have.

        The pages of those were read then.
        """
        articles = {id_: story.article for id_, story in self._corrected.items()}
        lacking = [id_ for id_, story in self._corrected.items() if story.lacks]
        for some in in_batches(lacking):
            query = select(stories.c.id, stories.c.article).where(stories.c.id.in_(some))
            for id_, article in self._tx.execute(query):
                stored, new = article_from_json(article), articles[id_]
                if new is not None:
                    articles[id_] = _with_parts_of(stored, new, self._corrected[id_].lacks)
        return articles

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


def _with_parts_of(stored: Article, new: Article, parts: frozenset[ArticlePart]) -> Article:
    """Return `new` with those `parts` of the stored article that has them."""
    if "image" in parts and stored.image:
        new = replace(new, image=stored.image)
    if "paragraphs" in parts and stored.paragraphs:
        new = replace(new, paragraphs=stored.paragraphs, origins=stored.origins)
    return new.with_following(stored) if "following" in parts else new


def _columns(story: Story) -> dict[str, object]:
    """Return title, link and date: the article's, else the first item's."""
    first = story.items[0] if story.items else None
    best = story.article or first
    if best is None:
        return {"title": "", "link": None, "published": None}
    link = best.link if best.link and len(best.link) <= LINK_LIMIT else None
    return {"title": best.title, "link": link, "published": best.published}
