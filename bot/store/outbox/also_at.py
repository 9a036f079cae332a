"""The other outlets that report the event of a story which was told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.models.basics import StoryId
from bot.models.events import Likeness, Outlet
from bot.store.tables.events import relations
from bot.store.tables.schema import stories

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

MOST_OUTLETS = 3


def outlets_of(tx: Connection, ids: Collection[StoryId]) -> dict[StoryId, tuple[Outlet, ...]]:
    """Return for each story the outlets whose later reports were merged with it, at most three."""
    query = (
        select(relations.c.other, stories.c.link, stories.c.article["source"].as_string())
        .join_from(relations, stories, stories.c.id == relations.c.story)
        .where(relations.c.other.in_(ids), relations.c.likeness == Likeness.SAME)
        .where(stories.c.link.is_not(None), stories.c.article.is_not(None))
        .order_by(relations.c.story)
    )
    found: defaultdict[StoryId, dict[str, Outlet]] = defaultdict(dict)
    for story, link, name in tx.execute(query):
        if name:
            found[StoryId(story)].setdefault(name, Outlet(name=name, link=link))
    return {story: tuple(named.values())[:MOST_OUTLETS] for story, named in found.items()}


def show_outlets(tx: Connection, ids: Collection[StoryId], now: datetime) -> None:
    """Let the posts of these stories be edited: another outlet reports their event."""
    changed = {"version": stories.c.version + 1, "corrected_at": now}
    tx.execute(update(stories).where(stories.c.id.in_(ids)).values(**changed))
