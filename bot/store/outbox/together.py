"""Related stories stand together where several are told at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.models.events import Likeness
from bot.store.tables.events import relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

_RELATED = (Likeness.SAME, Likeness.RELATED)


def beside_related(tx: Connection, rows: Sequence[Any]) -> list[Any]:
    """Return a few `rows`, with a `story` each, in their order, but related ones behind the first.

    Stories of which the operator said that they are two are not related.
    """
    by_story = {row.story: row for row in rows}
    related = _related(tx, by_story)
    placed: dict[int, Any] = {}
    for story, row in by_story.items():
        placed.setdefault(story, row)
        if story in related:
            _place_behind(story, related, placed, by_story)
    return list(placed.values())


def _place_behind(
    story: int, related: dict[int, set[int]], placed: dict[int, Any], by_story: dict[int, Any]
) -> None:
    for other, row in by_story.items():
        if other in related[story]:
            placed.setdefault(other, row)


def _related(tx: Connection, ids: Iterable[int]) -> dict[int, set[int]]:
    among = list(ids)
    query = select(relations.c.story, relations.c.other).where(
        relations.c.story.in_(among), relations.c.other.in_(among)
    )
    found: defaultdict[int, set[int]] = defaultdict(set)
    for story, other in tx.execute(query.where(relations.c.likeness.in_(_RELATED))):
        found[story].add(other)
        found[other].add(story)
    return found
