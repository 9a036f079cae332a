"""Whose turn it is in a lane: high priority, what the operator moved, digests, the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime  # noqa: TC003 - a NamedTuple reads its annotations
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.store.outbox.digests import DIGEST

if TYPE_CHECKING:
    from bot.models.outbox import DigestPlan, Lane, Slot

_HIGH, _MOVED, _DIGEST, _NORMAL = range(4)


def rank(lane: Lane, row: Any) -> tuple[int, float]:
    """Return the place of the delivery `row` in the lane; the stories of a digest waited longest.

    What the operator moved first goes before all that is of no higher priority, the last one moved
    before the others.
    """
    moved: datetime | None = row.first_at
    place = _NORMAL if moved is None else _MOVED
    if row.feed in lane.high:
        place = _HIGH
    elif row.feed == DIGEST:
        place = min(place, _DIGEST)
    return place, 0.0 if moved is None else -moved.timestamp()


class Turn(NamedTuple):
    """What a delivery's turn goes by; rows of the outbox have it, too."""

    feed: str
    due: datetime
    attempted_at: datetime | None
    wanted_at: datetime | None


def plan_of(lane: Lane, row: Turn | Any) -> DigestPlan | None:
    """Return the digest that is to tell the delivery `row`; None where it has its own post."""
    if row.feed == DIGEST or row.feed in lane.urgent or row.wanted_at is not None:
        return None
    of_it = (one for one in lane.digests if one.feeds is None or row.feed in one.feeds)
    return next(of_it, None)


def may_go(lane: Lane, row: Turn | Any) -> bool:
    """Tell whether the lane is open for the delivery `row`, as far as hours and times go."""
    if row.feed in lane.urgent:
        return True
    is_in_time = lane.slot is None or row.feed == DIGEST or is_of_slot(lane.slot, row)
    return is_in_time and not lane.is_quiet and plan_of(lane, row) is None


def opens_at(lane: Lane, row: Turn | Any) -> datetime | None:
    """Return the moment before which the lane is not open for the delivery `row`.

    None where that is not known: the lane is quiet.
    """
    due: datetime = row.due
    if may_go(lane, row):
        return due
    if lane.is_quiet:
        return None
    plan = plan_of(lane, row)
    slot = plan.slot if plan else lane.slot
    return due if slot is None or due < slot.begin else max(due, slot.end)


def is_of_slot(slot: Slot, row: Turn | Any) -> bool:
    """Tell whether the delivery `row` may go in the slot that lasts.

    One that was put off by a failed attempt in this slot stays in it.
    """
    tried: datetime | None = row.attempted_at
    is_before: bool = row.due < slot.begin
    return is_before or (tried is not None and tried >= slot.begin)


def paced(lane: Lane, feed: str) -> Lane:
    """Return the lane at the pace of the feed's stories.

    Those of high priority do not wait for `min_gap`; urgent ones and digests are no posts of a
    slot.
    """
    if feed in lane.high and lane.high_pace is not None:
        lane = replace(lane, pace=lane.high_pace)
    return replace(lane, slot=None) if feed in lane.urgent or feed == DIGEST else lane
