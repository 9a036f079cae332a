"""At its time a digest takes the newest of the stories that wait for it; the rest waits on.

The time itself is not written down anywhere: a digest takes what was due before it, and what it
leaves is due after it. So nothing is taken twice, and a time when nothing waited leaves no mark.
A digest that could not be sent yet has no other behind it: after days of trouble one follows it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, update

from bot.models.basics import DeliveryId, Reason
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.outbox.digests import DIGEST, news_time, owe_digest
from bot.store.outbox.states import LEAVE_OUT, change, is_paused
from bot.store.outbox.turns import plan_of
from bot.store.tables.schema import deliveries, is_claimed, is_pending, stories
from bot.wording import told, told_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import ChannelId
    from bot.models.outbox import DigestPlan, Lane

_columns = deliveries.c
_told = deliveries.alias("told")
_WAITING = select(
    _columns.id, _columns.channel, _columns.feed, _columns.due, _columns.attempted_at,
    _columns.wanted_at,
).where(
    or_(is_pending, is_paused), ~is_claimed, _columns.wanted_at.is_(None),
    _columns.channel.in_(bindparam("channels", expanding=True)),
)  # fmt: skip
_UNSENT = (
    select(_told.c.channel, _told.c.feed, _told.c.wanted_at)
    .join_from(deliveries, _told, _told.c.digest == _columns.id)
    .where(_columns.feed == DIGEST, or_(is_pending, is_paused))
    .where(_columns.channel.in_(bindparam("channels", expanding=True)))
    .distinct()
)


def waiting_for_digests(tx: Connection, lanes: Sequence[Lane]) -> Mapping[DeliveryId, Any]:
    """Return the deliveries that wait for a digest of one of `lanes`."""
    planned = {lane.channel: lane for lane in lanes if lane.digests}
    if not planned:
        return {}
    rows = tx.execute(_WAITING, {"channels": list(planned)})
    return {row.id: row for row in rows if plan_of(planned[row.channel], row) is not None}


def unsent_plans(tx: Connection, lanes: Sequence[Lane]) -> set[tuple[ChannelId, DigestPlan]]:
    """Return those of which a digest has yet to be sent: the next is made after that."""
    planned = {lane.channel: lane for lane in lanes if lane.digests}
    rows = tx.execute(_UNSENT, {"channels": list(planned)}) if planned else ()
    every = ((row.channel, plan_of(planned[row.channel], row)) for row in rows)
    return {(channel, plan) for channel, plan in every if plan is not None}


def fold_due(tx: Connection, lanes: Sequence[Lane], now: datetime) -> list[DeliveryId]:
    """Make the digests whose time has come; return the deliveries that go on waiting for one."""
    waiting = waiting_for_digests(tx, lanes)
    by_plan: defaultdict[tuple[ChannelId, DigestPlan], list[Any]] = defaultdict(list)
    by_channel = {lane.channel: lane for lane in lanes}
    for row in waiting.values():
        plan = plan_of(by_channel[row.channel], row)
        if plan is not None:
            by_plan[row.channel, plan].append(row)
    gone: set[DeliveryId] = set()
    unsent = unsent_plans(tx, lanes) if by_plan else set()
    for (channel, plan), rows in by_plan.items():
        gone |= _keep_newest(tx, by_channel[channel], plan, [row.id for row in rows])
        due = [row.id for row in rows if row.due < plan.slot.begin and row.id not in gone]
        if due and (channel, plan) not in unsent:
            gone |= _fold(tx, channel, plan, due, now)
    return [id_ for id_ in waiting if id_ not in gone]


def _keep_newest(
    tx: Connection, lane: Lane, plan: DigestPlan, ids: Sequence[DeliveryId]
) -> set[DeliveryId]:
    """Drop the oldest of `ids` above a queue and a post; return them.

    All that wait are read in each round: those of a week, or of a pause, must not be thousands.
    """
    if lane.most is None or len(ids) <= (most := plan.slot.most + lane.most):
        return set()
    oldest = _newest_first(tx, ids)[most:]
    text = told(
        "left out: more than {what} wait for this channel's digest",
        what=told_count("{count} story", "{count} stories", most),
    )
    _drop(tx, oldest, Reason(code=ReasonCode.BACKLOG, text=text), None)
    return set(oldest)


def _fold(
    tx: Connection, channel: ChannelId, plan: DigestPlan, ids: Sequence[DeliveryId], now: datetime
) -> set[DeliveryId]:
    """Make one digest of the newest of `ids`; return what does not wait any more."""
    slot = plan.slot
    # Of a wall clock that runs ahead, the time may not have come by the store's.
    since = max(now, slot.begin)
    newest = _newest_first(tx, ids)
    digest = owe_digest(tx, channel, now, due=since)
    text = told(
        "posted in delivery {digest}, the digest of {begin} UTC",
        digest=digest,
        begin=f"{slot.begin:%Y-%m-%d %H:%M}",
    )
    _drop(tx, newest[: slot.most], Reason(code=ReasonCode.DIGEST, text=text), digest)
    for part in in_batches(newest[slot.most :]):
        tx.execute(update(deliveries).where(_columns.id.in_(part)).values(due=since))
    return {*newest[: slot.most]}


def _newest_first(tx: Connection, ids: Sequence[DeliveryId]) -> list[DeliveryId]:
    found: list[Any] = []
    for part in in_batches(ids):
        query = (
            select(_columns.id, stories.c.published, stories.c.first_seen)
            .join_from(deliveries, stories, stories.c.id == _columns.story)
            .where(_columns.id.in_(part))
        )
        found += tx.execute(query)
    found.sort(key=lambda row: (news_time(row), row.id), reverse=True)
    return [row.id for row in found]


def _drop(
    tx: Connection, ids: Sequence[DeliveryId], reason: Reason, digest: DeliveryId | None
) -> None:
    for part in in_batches(ids):
        change(tx, LEAVE_OUT, _columns.id.in_(part), digest=digest, reason=reason)
