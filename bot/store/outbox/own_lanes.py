"""The lanes for which this round claims: on a server others may be claiming for the rest."""

from __future__ import annotations

from random import sample
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from bot.store.db.postgres import Kind, try_locks
from bot.store.tables.schema import deliveries, is_held, is_pending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bot.models.outbox import Lane

# PostgreSQL has room for 6,400 locks by default, in all transactions together.
_AT_ONCE = 400
# Grouped as its indexes are sorted.
_WAITING = (
    select(deliveries.c.channel).where(or_(is_pending, is_held)).group_by(deliveries.c.channel)
)


def own_lanes(tx: Connection, lanes: Sequence[Lane]) -> Sequence[Lane]:
    """Lock the lanes in which something waits until `tx` ends; return those that were free.

    A lane needs its account, too: its channels share a rate. Nothing waits for a lock: who holds
    it claims what there is. SQLite has one writer, so that all lanes are free.
    """
    if tx.dialect.name != "postgresql":
        return lanes
    waiting = set(tx.execute(_WAITING).scalars())
    wanted = [lane for lane in lanes if lane.channel in waiting]
    if not wanted:
        return []
    if len(wanted) > _AT_ONCE:
        wanted = sample(wanted, _AT_ONCE)
    free = try_locks(tx, {lock for lane in wanted for lock in _locks(lane)})
    return [lane for lane in wanted if free.issuperset(_locks(lane))]


def _locks(lane: Lane) -> set[tuple[Kind, str]]:
    of_account = {(Kind.ACCOUNT, lane.account)} if lane.account is not None else set()
    return {(Kind.LANE, lane.channel), *of_account}
