"""Tells which recent stories of other outlets tell the event of a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, exists, insert, literal, or_, select, type_coerce

from bot.dedupe.events.find import relation_to, relations_of
from bot.models.basics import DeliveryState
from bot.models.events import Likeness
from bot.store.db.joint import Joint
from bot.store.db.worker import in_worker
from bot.store.events.numbers import settled_until
from bot.store.events.recent import REPORTED, candidates, hear, words_of
from bot.store.events.words import common_words, language_of
from bot.store.events.writing import forget_reports, relation_row
from bot.store.outbox.also_at import show_outlets
from bot.store.tables.columns import microseconds
from bot.store.tables.events import heard, relations
from bot.store.tables.schema import deliveries, stories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection, Select

    from bot.models.basics import DeliveryId, FeedId, StoryId
    from bot.models.events import Heard, Relation
    from bot.models.outbox import Delivery
    from bot.models.stories import Article
    from bot.store.db.database import Database

_MOST_LATER = 50
"""Stories that came in the same seconds; more are a flood."""
_CLOCKS = 60_000_000
"""How much two machines may differ on when a poll was, and when a post; in microseconds."""
# Built once: each post asks them, and building costs more than running them.
_HEARD = (
    select(heard.c.story, heard.c.language, heard.c.compared_to, heard.c.at)
    .join_from(deliveries, heard, heard.c.story == deliveries.c.story)
    .where(deliveries.c.id == bindparam("of"))
)


def _told_after(
    story: ColumnElement[Any], heard_at: ColumnElement[Any], channel: ColumnElement[Any]
) -> Select[Any]:
    """Return the query for what has a greater number than `story`, and `channel` was told already.

    Only for what was not compared with it either: that a greater number comes later is not certain
    where machines write beside each other.
    """
    report = heard.alias()
    # None that was unknown to the comparison can have been posted before the poll.
    return (
        select(report.c.story)
        .join_from(deliveries, report, report.c.story == deliveries.c.story)
        .where(
            deliveries.c.channel == channel,
            type_coerce(deliveries.c.attempted_at, BigInteger) > heard_at - _CLOCKS,
            deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.UNKNOWN)),
            report.c.story > story,
            report.c.compared_to < story,
        )
    )


_own = deliveries.alias()
_UNSURE = (
    select(_own.c.id)
    .join_from(_own, heard, heard.c.story == _own.c.story)
    .where(
        _own.c.id.in_(bindparam("ids", expanding=True)),
        or_(
            exists().where(
                relations.c.story == heard.c.story, relations.c.likeness == Likeness.SAME
            ),
            exists().where(
                deliveries.c.story > heard.c.compared_to,
                deliveries.c.story < heard.c.story,
                deliveries.c.channel == _own.c.channel,
                stories.c.id == deliveries.c.story,
                stories.c.feed != _own.c.feed,
            ),
            _told_after(
                heard.c.story, type_coerce(heard.c.at, BigInteger), _own.c.channel
            ).exists(),
        ),
    )
)


class Events:
    """Implements `ports.EventStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._looking = Joint(database, self._look)

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

    async def told_meanwhile(
        self, delivery: Delivery, now: datetime, *, show: bool
    ) -> Relation | None:
        if await self._looking.ask(delivery.id):
            return await self._compare(delivery, now, show=show)
        return None

    def _look(self, ids: Sequence[DeliveryId]) -> list[bool]:
        """Tell of which deliveries there is more to be compared, or known."""
        with self.database.read() as tx:
            unsure = set(tx.execute(_UNSURE, {"ids": ids}).scalars())
        return [id_ in unsure for id_ in ids]

    @in_worker
    def _compare(self, delivery: Delivery, now: datetime, *, show: bool) -> Relation | None:
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

    Of two that were not, the one with the greater number gives way, unless it was told first.
    """
    row = tx.execute(_HEARD, {"of": delivery.id}).one_or_none()
    if row is None:
        return None
    about = (row.story, microseconds(row.at), delivery.channel)
    greater = tx.execute(_told_after(*map(literal, about)).limit(_MOST_LATER)).scalars().all()
    beside = (stories.c.id > row.compared_to) & (stories.c.id < row.story)
    if greater:
        beside |= stories.c.id.in_(greater)
    return row.story, row.language, beside
