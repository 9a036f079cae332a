"""The stories of other outlets that tell an event, and the operator's word that they do not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from bot.models.events import Likeness
from bot.models.views import RelatedStory
from bot.store.outbox.also_at import show_outlets
from bot.store.tables.events import relations
from bot.store.tables.schema import stories

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import StoryId


def related_stories(
    tx: Connection, ids: Collection[StoryId]
) -> defaultdict[StoryId, list[RelatedStory]]:
    """Return for each story the related ones, earlier and later, the likeliest first."""
    found: defaultdict[StoryId, list[RelatedStory]] = defaultdict(list)
    here = or_(relations.c.story.in_(ids), relations.c.other.in_(ids))
    rows = tx.execute(select(relations).where(here).order_by(relations.c.score.desc())).all()
    wanted = {row.story for row in rows} | {row.other for row in rows}
    query = select(stories.c.id, stories.c.feed, stories.c.title)
    others = {row.id: row for row in tx.execute(query.where(stories.c.id.in_(wanted)))}
    for row in rows:
        for story, other in ((row.story, row.other), (row.other, row.story)):
            if story in ids and other in others:
                found[story].append(
                    RelatedStory(
                        story=other,
                        feed=others[other].feed,
                        title=others[other].title,
                        likeness=Likeness(row.likeness),
                        score=row.score,
                        why=row.why,
                        is_earlier=other == row.other,
                    )
                )
    return found


def keep_apart(tx: Connection, story: StoryId, now: datetime) -> None:
    """Note that `story` is another event than the stories that it was merged with."""
    same = relations.c.story == story, relations.c.likeness == Likeness.SAME
    others = list(tx.execute(select(relations.c.other).where(*same)).scalars())
    if others:
        tx.execute(update(relations).where(*same).values(likeness=Likeness.APART, at=now))
        # Their posts named the outlet.
        show_outlets(tx, others, now)


def merges_since(tx: Connection, since: datetime) -> tuple[int, int]:
    """Return how many stories were merged since, and how many of them the operator undid."""
    query = (
        select(relations.c.likeness, func.count())
        .where(relations.c.at > since)
        .where(relations.c.likeness.in_([Likeness.SAME, Likeness.APART]))
        .group_by(relations.c.likeness)
    )
    counts = {row[0]: row[1] for row in tx.execute(query)}
    undone = counts.get(Likeness.APART, 0)
    return counts.get(Likeness.SAME, 0) + undone, undone
