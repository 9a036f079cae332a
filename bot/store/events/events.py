"""Tells which recent stories of other outlets tell the event of a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from bot.dedupe.events.find import relation_to, relations_of
from bot.models.events import Likeness
from bot.store.db.worker import in_worker
from bot.store.events.recent import REPORTED, candidates, hear, words_of
from bot.store.events.words import common_words, language_of
from bot.store.events.writing import forget_reports, relation_row
from bot.store.outbox.also_at import show_outlets
from bot.store.tables.events import heard, relations
from bot.store.tables.schema import deliveries, stories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from bot.models.basics import FeedId, StoryId
    from bot.models.events import Heard, Relation
    from bot.models.outbox import Delivery
    from bot.models.stories import Article
    from bot.store.db.database import Database

_MOST_LATER = 50
"""Stories that came in the same seconds; more are a flood."""


class Events:
    """Implements `ports.EventStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def hear(
        self, feed: FeedId, articles: Sequence[Article], now: datetime, window: timedelta
    ) -> list[Heard]:
        with self.database.read() as tx:
            return hear(tx, feed, articles, now - window)

    @in_worker
    def told_meanwhile(self, delivery: Delivery, now: datetime, *, show: bool) -> Relation | None:
        with self.database.read() as tx:
            known = _known_already(tx, delivery)
            found = known or _told_meanwhile(tx, delivery)
        if found is None:
            return None
        story, relation = found
        with self.database.write(durable=False) as tx:
            if not known:
                tx.execute(insert(relations).values(relation_row(story, relation, now)))
            if show:
                show_outlets(tx, [relation.story], now)
        return relation

    @in_worker
    def forget(self, before: datetime) -> None:
        """Compare nothing more with what was told `before`; its relations stay."""
        forget_reports(self.database, before)


def _known_already(tx: Connection, delivery: Delivery) -> tuple[StoryId, Relation] | None:
    """Return what was found for another channel, or by an attempt that a crash ended."""
    query = (
        select(relations)
        .join_from(deliveries, relations, relations.c.story == deliveries.c.story)
        .where(deliveries.c.id == delivery.id, relations.c.likeness == Likeness.SAME)
    )
    rows = {row.other: row for row in tx.execute(query)}
    if not rows:
        return None
    for other in candidates(
        tx, delivery.feed, REPORTED.where(stories.c.id.in_(rows)), most=len(rows)
    ):
        if delivery.channel in other.channels:
            row = rows[other.story]
            return row.story, relation_to(other, Likeness.SAME, row.score, row.why)
    return None


def _told_meanwhile(tx: Connection, delivery: Delivery) -> tuple[StoryId, Relation] | None:
    unsure = _unsure(tx, delivery)
    if unsure is None:
        return None
    story, language, compared_to = unsure
    came_between = (stories.c.id > compared_to) & (stories.c.id < story)
    known = select(relations.c.other).where(relations.c.story == story)
    which = REPORTED.where(came_between, stories.c.id.not_in(known))
    others = candidates(tx, delivery.feed, which, most=_MOST_LATER)
    others = [
        one
        for one in others
        if delivery.channel in one.channels and language_of(one.article.language) == language
    ]
    if not others:
        return None
    words = words_of(delivery.article).union(*(words_of(one.article) for one in others))
    common = common_words(tx, language, words)
    for relation in relations_of(delivery.article, others, common):
        if relation.is_same:
            return story, relation
    return None


def _unsure(tx: Connection, delivery: Delivery) -> tuple[StoryId, str, StoryId] | None:
    """Return the story where others came between the comparison and its own number."""
    query = (
        select(heard.c.story, heard.c.language, heard.c.compared_to)
        .join_from(deliveries, heard, heard.c.story == deliveries.c.story)
        .where(deliveries.c.id == delivery.id, heard.c.compared_to < heard.c.story - 1)
    )
    row = tx.execute(query).one_or_none()
    return None if row is None else (row.story, row.language, row.compared_to)
