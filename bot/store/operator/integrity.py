"""`newsbot state check`: damage of the file, and rows that contradict each other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import String, and_, cast, func, not_, or_, select

from bot.counted import counted
from bot.models.basics import DeliveryState
from bot.store.stories.settled import is_damaged
from bot.store.tables.schema import VOID, deliveries, feeds, stories, story_keys
from bot.store.tables.settled import settled_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_MOST = 20
_SKEW = timedelta(days=1)
"""So far may the clocks of machines and feeds be apart."""

_state = cast(deliveries.c.state, String)


def _is(state: DeliveryState) -> ColumnElement[bool]:
    return deliveries.c.state == state


# The rules of docs/states.md that every change keeps.
_RULES: tuple[tuple[str, ColumnElement[bool]], ...] = (
    ("have no known state", not_(_state.in_([state.value for state in DeliveryState]))),
    ("are sent, but not when", and_(_is(DeliveryState.SENT), deliveries.c.sent_at.is_(None))),
    (
        "are being sent, but their text is not kept",
        and_(
            _is(DeliveryState.SENDING),
            or_(deliveries.c.text.is_(None), deliveries.c.attempted_at.is_(None)),
        ),
    ),
    (
        "are unknown, but not since when",
        and_(_is(DeliveryState.UNKNOWN), deliveries.c.unknown_since.is_(None)),
    ),
    (
        "are held by nobody, or not held by somebody",
        _is(DeliveryState.HELD) == deliveries.c.held_by.is_(None),
    ),
)


def faults(tx: Connection, now: datetime) -> list[str]:
    """Return a line for each kind of fault; none where the database is well."""
    return [*_damage(tx), *_contradictions(tx, now)]


def _damage(tx: Connection) -> Iterator[str]:
    """PostgreSQL checks its pages and references itself (`pg_amcheck` reads all of them)."""
    if tx.dialect.name != "sqlite":
        return
    for (line,) in tx.exec_driver_sql(f"PRAGMA integrity_check({_MOST})"):
        if line != "ok":
            yield " ".join(f"damaged: {line}".split())
    missing = len(tx.exec_driver_sql("PRAGMA foreign_key_check").all())
    if missing:
        yield f"{counted(missing, 'row')} of stories that do not exist"


def _contradictions(tx: Connection, now: datetime) -> Iterator[str]:
    late = now + _SKEW
    for text, rule in _RULES:
        if count := _count(tx, deliveries.c.id, rule):
            yield f"deliveries that {text}: {count}"
    orphans = and_(
        story_keys.c.story > VOID,
        ~select(stories.c.id).where(stories.c.id == story_keys.c.story).exists(),
    )
    if count := _count(tx, story_keys.c.key, orphans):
        yield f"{counted(count, 'key')} of stories that do not exist"
    if count := _count(tx, settled_keys.c.bucket, is_damaged):
        yield f"settled_keys: {counted(count, 'row')} with keys or days missing"
    for words, times in (
        (("delivery has", "deliveries have"), (deliveries.c.created_at, deliveries.c.sent_at)),
        (("story has", "stories have"), (stories.c.first_seen, stories.c.last_seen)),
        (("feed has", "feeds have"), (feeds.c.last_poll, feeds.c.last_success)),
    ):
        if count := _count(tx, times[0], or_(*(time > late for time in times))):
            yield f"{counted(count, *words)} times that are still to come: was the clock wrong?"


def _count(tx: Connection, column: ColumnElement[object], where: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count(column)).where(where)).scalar_one())
