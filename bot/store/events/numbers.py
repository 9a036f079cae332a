"""Up to which number all stories are there that ever will be.

Machines write beside each other: a story may be seen before one with a smaller number, whose
transaction has not ended. Each that is about to number reports marks from where, and who compares
a report relies on nothing above the lowest mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.models.basics import StoryId
from bot.store.db.postgres import Kind
from bot.store.tables.schema import stories

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Read before the number is taken, so that it is smaller, in an empty table, too. The mark lasts
# until the transaction has ended and its stories are seen; it keeps nobody waiting.
_MARK = """
    SELECT pg_advisory_xact_lock_shared(%s, least(last_value - 1, 2147483647)::int)
    FROM stories_id_seq
"""
# The newest story comes from the view of the statement, which is older than the look at the marks:
# whoever took a smaller number since then has a mark, or has ended.
_SETTLED = """
    SELECT least(
        (SELECT max(id) FROM stories),
        (SELECT min(objid::bigint) FROM pg_locks
         WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    )
"""
# Built once: each poll with news asks it, and building costs more than running it.
_NEWEST = select(stories.c.id).order_by(stories.c.id.desc()).limit(1)


def mark_numbers(tx: Connection) -> None:
    """Mark that `tx` is about to number reports, on a database that others write to as well."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(_MARK, (int(Kind.EVENTS),))


def settled_until(tx: Connection) -> StoryId:
    """Return the number up to which a transaction that begins later sees all stories, or 0."""
    if tx.dialect.name == "postgresql":
        found = tx.exec_driver_sql(_SETTLED, (int(Kind.EVENTS),))
    else:
        found = tx.execute(_NEWEST)
    return StoryId(found.scalar() or 0)
