"""Tells which recent stories of other outlets tell the event of a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam, insert, select

from bot.dedupe.events.find import relation_to, relations_of
from bot.models.basics import DeliveryState, StoryId
from bot.models.events import Likeness
from bot.store.db.worker import in_worker
from bot.store.events.numbers import settled_until
from bot.store.events.recent import REPORTED, candidates, hear, words_of
from bot.store.events.words import common_words, language_of
from bot.store.events.writing import forget_reports, relation_row
from bot.store.outbox.also_at import show_outlets
from bot.store.tables.columns import UtcTime
from bot.store.tables.events import heard, relations
from bot.store.tables.schema import deliveries, stories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import FeedId
    from bot.models.events import Heard, Relation
    from bot.models.outbox import Delivery
    from bot.models.stories import Article
    from bot.store.db.database import Database

_MOST_LATER = 50
"""Stories that came in the same seconds; more are a flood."""
_CLOCKS = timedelta(minutes=1)
"""How much two machines may differ on when a poll was, and when a post."""
# Built once: each post asks them, and building costs more than running them.
_HEARD = (
    select(heard.c.story, heard.c.language, heard.c.compared_to, heard.c.at)
    .join_from(deliveries, heard, heard.c.story == deliveries.c.story)
    .where(deliveries.c.id == bindparam("of"))
)
_TOLD_BEFORE = (
    select(heard.c.story)
    .join_from(deliveries, heard, heard.c.story == deliveries.c.story)
    .where(
        deliveries.c.channel == bindparam("channel"),
        # None that was unknown to the comparison can have been posted before the poll.
        deliveries.c.attempted_at > bindparam("since", type_=UtcTime()),
        deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.UNKNOWN)),
        heard.c.story > bindparam("story"),
        heard.c.compared_to < bindparam("story"),
    )
    .limit(bindparam("most", type_=Integer()))
)


class Events:
    """Implements `ports.EventStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def hear(
        self, feed: FeedId, articles: Sequence[Article], now: datetime, window: timedelta
    ) -> list[Heard]:
        with self.database.read() as tx:
            settled = settled_until(tx)
            if not self.database.is_shared:
                return hear(tx, feed, articles, now - window, settled)
        # A view that begins now: one of before may lack what was under way then and has ended.
        with self.database.read() as tx:
            return hear(tx, feed, articles, now - window, settled)

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
    story, language, beside = unsure
    known = select(relations.c.other).where(relations.c.story == story)
    which = REPORTED.where(beside, stories.c.id.not_in(known))
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


def _unsure(tx: Connection, delivery: Delivery) -> tuple[StoryId, str, ColumnElement[bool]] | None:
    """Return the story and its language, and which others it was not compared with, if any.

    Of two that were not, the one with the greater number gives way, unless it was told first: that
    a greater number comes later is not certain where machines write beside each other.
    """
    row = tx.execute(_HEARD, {"of": delivery.id}).one_or_none()
    if row is None:
        return None
    told = _told_before(tx, delivery, row.story, row.at)
    if not told and row.compared_to >= row.story - 1:
        return None
    came_between = (stories.c.id > row.compared_to) & (stories.c.id < row.story)
    return row.story, row.language, came_between | stories.c.id.in_(told) if told else came_between


def _told_before(
    tx: Connection, delivery: Delivery, story: StoryId, heard_at: datetime
) -> Sequence[StoryId]:
    """Return what the channel was told already of what has a greater number than `story`.

    Only of what was not compared with it either. One machine gives its numbers in their order.
    """
    if tx.dialect.name != "postgresql":
        return []
    about = {"channel": delivery.channel, "story": story, "since": heard_at - _CLOCKS}
    return [
        StoryId(id_) for id_ in tx.execute(_TOLD_BEFORE, {**about, "most": _MOST_LATER}).scalars()
    ]
