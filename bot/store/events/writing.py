"""What is remembered of a new report, and for how long."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select

from bot.dedupe.events.common import counts_of
from bot.store.events.recent import hash_of
from bot.store.events.words import forget_half, language_of
from bot.store.outbox.also_at import show_outlets
from bot.store.outbox.states import MERGE, make_all
from bot.store.tables.events import event_words, heard, relations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, StoryId
    from bot.models.events import Count, Relation
    from bot.models.stories import Story
    from bot.store.db.database import Database

_AT_ONCE = 500
# Built once: each poll with news writes them.
_INSERT_WORDS, _INSERT_HEARD, _INSERT_RELATIONS = map(insert, (event_words, heard, relations))


class EventWriter:
    """Keeps what a poll's new stories report; lives for one transaction.

    The number of statements does not depend on the number of stories. What the stories teach about
    words is left in `taught`.
    """

    def __init__(self, tx: Connection, feed: FeedId, now: datetime) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self.taught: defaultdict[str, list[Mapping[str, Count]]] = defaultdict(list)
        self._heard: list[dict[str, object]] = []
        self._words: list[dict[str, object]] = []
        self._relations: list[dict[str, object]] = []
        self._merged: list[dict[str, object]] = []
        self._named: set[StoryId] = set()

    def add(self, owner: StoryId, story: Story) -> None:
        """Keep what a new story reports, and where another outlet's story stands for it."""
        self._learn(story)
        if story.heard is None:
            return
        report = story.heard
        words = sorted({hash_of(report.language, word) for word in report.telling})
        self._words += [{"word": word, "story": owner} for word in words]
        row = {"language": report.language, "compared_to": report.compared_to, "words": words}
        self._heard.append({"story": owner, "at": self._now, **row})
        self._relations += [relation_row(owner, one, self._now) for one in report.relations]
        self._merge(owner, story)

    def _learn(self, story: Story) -> None:
        article, item = story.article, story.items[0]
        if article is not None:
            counts = counts_of(article.title, " ".join(article.testimony))
            self.taught[language_of(article.language)].append(counts)
        elif item.language:
            counts = counts_of(item.title, item.summary)
            self.taught[language_of(item.language)].append(counts)

    def _merge(self, owner: StoryId, story: Story) -> None:
        row = {"story": owner, "feed": self._feed, "created_at": self._now, "due": self._now}
        self._merged += [
            {**row, "channel": channel, "reason": reason}
            for channel, reason in story.merged.items()
        ]
        if story.heard and story.shows_outlet:
            self._named.update(one.story for one in story.heard.relations if one.is_same)

    def flush(self) -> None:
        """Write all that was added."""
        for statement, rows in (
            (_INSERT_WORDS, self._words),
            (_INSERT_HEARD, self._heard),
            (_INSERT_RELATIONS, self._relations),
        ):
            if rows:
                self._tx.execute(statement, rows)
        if self._merged:
            make_all(self._tx, MERGE, self._merged)
        if self._named:
            show_outlets(self._tx, self._named, self._now)


def relation_row(story: int, relation: Relation, now: datetime) -> dict[str, object]:
    """Return the row that says what `story` has in common with an earlier one."""
    return {
        "story": story,
        "other": relation.story,
        "likeness": relation.likeness,
        "score": relation.score,
        "why": relation.why,
        "at": now,
    }


def forget_reports(database: Database, before: datetime) -> None:
    """Take the reports heard `before` out of the index, a few at once; and halve full counts."""
    while True:
        with database.write(durable=False) as tx:
            if _forget_some(tx, before) < _AT_ONCE:
                forget_half(tx)
                return


def _forget_some(tx: Connection, before: datetime) -> int:
    query = select(heard.c.story, heard.c.words).where(heard.c.at < before).limit(_AT_ONCE)
    rows = tx.execute(query).all()
    for story, words in rows:
        here = and_(event_words.c.word.in_(words), event_words.c.story == story)
        tx.execute(delete(event_words).where(here))
    tx.execute(delete(heard).where(heard.c.story.in_([row.story for row in rows])))
    return len(rows)
