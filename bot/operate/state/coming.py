"""The hours to come of a channel: which delivery goes when, and why not before (pure).

Each rule is the one that claims go by (`publish.pace`, `store.outbox.turns`); only the moments of
attempts come from memory, with those that are foreseen, instead of from the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from bot.publish.pace import is_quiet, lane_of, quiet_until
from bot.publish.slots import next_time
from bot.store.outbox.digests import DIGEST
from bot.store.outbox.states import DESK
from bot.store.outbox.turns import is_of_slot, may_go, paced, plan_of, rank

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models.outbox import DigestPlan, Lane
    from bot.models.overview import Queue, Upcoming
    from bot.models.settings import Channel
    from bot.models.times import Times

Why = Literal["", "pace", "quiet_hours", "post_at", "digest", "date", "desk", "paused", "budget"]
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A delivery that goes `at` that time, None where not in the time that is looked at.

    `why` is what it waits for, "" where it goes at once.
    """

    row: Upcoming
    at: datetime | None
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The time that is looked at, as the wall clock of `zone` counts it."""

    start: datetime
    end: datetime
    zone: ZoneInfo


def foreseen(channel: Channel, queue: Queue, hours: Hours) -> list[Coming]:
    """Return what becomes of all rows of the queue, in the order in which they go."""
    held = [_held(row) for row in queue.rows if row.held_by is not None]
    free = [row for row in queue.rows if row.held_by is None]
    return [*_Course(channel, queue, hours).run(free), *held]


def quiet_spans(channel: Channel, hours: Hours) -> list[tuple[datetime, datetime]]:
    """Return the quiet hours within the time, cut at its ends."""
    if channel.quiet_hours is None:
        return []
    found, moment = [], hours.start
    while moment < hours.end:
        end = min(quiet_until(channel, moment, hours.zone), hours.end)
        if end > moment:
            found.append((moment, end))
        moment = _quiet_from(channel, end, hours)
    return found


def times_of(times: Times | None, hours: Hours) -> list[datetime]:
    """Return the fixed times within the time."""
    found: list[datetime] = []
    while times is not None:
        following = next_time(times, found[-1] if found else hours.start, hours.zone)
        if following > hours.end:
            break
        found.append(following)
    return found


def digest_times(channel: Channel, hours: Hours) -> list[datetime]:
    """Return when digests of the channel are due within the time."""
    return sorted({time for one in channel.every_digest for time in times_of(one.at, hours)})


def free_after(lane: Lane, taken: Sequence[datetime]) -> datetime | None:
    """Return from when the lane may go on after the attempts `taken`; None is at any time."""
    times = [taken[-1] + lane.pace.gap] if taken else []
    times += [taken[-n] + span for span, n in lane.pace.windows if len(taken) >= n]
    slot = lane.slot
    if slot is not None and len(taken) >= slot.most and taken[-slot.most] >= slot.begin:
        times.append(slot.end)
    return max(times, default=None)


def _held(row: Upcoming) -> Coming:
    return Coming(row=row, at=None, why="desk" if row.held_by == DESK else "paused")


def _quiet_from(channel: Channel, moment: datetime, hours: Hours) -> datetime:
    """Return the first whole minute from `moment` on that is quiet, or the end of the time."""
    while moment < hours.end and not is_quiet(channel, moment, hours.zone):
        moment = moment.replace(second=0, microsecond=0) + _MINUTE
    return min(moment, hours.end)


class _Course:
    """Goes from moment to moment, as the lane of the channel does."""

    def __init__(self, channel: Channel, queue: Queue, hours: Hours) -> None:
        self._channel = channel
        self._hours = hours
        self._taken = list(queue.taken)
        self._lane = lane_of(channel, hours.start, hours.zone)
        self._told: dict[int, list[Upcoming]] = {}
        self._left_out: list[Upcoming] = []
        spans = quiet_spans(channel, hours)
        self._edges = sorted(
            {edge for span in spans for edge in span}
            | {*times_of(channel.post_at, hours), *digest_times(channel, hours)}
        )
        self._start = max(hours.start, queue.silent_until or hours.start)

    def run(self, rows: Sequence[Upcoming]) -> Iterator[Coming]:
        """Yield the rows as they go, then those that do not go in time."""
        left, now = self._folded(rows), self._start
        why: dict[int, Why] = {}
        last: Why = ""
        while left and now < self._hours.end:
            self._lane = self._lane_at(now)
            starts = {row.id: self._start_of(row, now, why) for row in _heads(left, now)}
            ready = [row for row in left if starts.get(row.id) == now]
            if ready:
                first = min(ready, key=lambda row: (rank(self._lane, row), row.id))
                # One behind another of its feed waits for the same.
                last = why.get(first.id, last)
                yield from self._sent(first, now, last)
                left.remove(first)
            else:
                later = [time for time in (*starts.values(), *self._edges) if time and time > now]
                now = min(later, default=self._hours.end)
        for row in left:
            for one in self._told.get(row.id, [row]):
                yield Coming(row=one, at=None, why=why.get(row.id, "pace"))
        for row in self._left_out:
            yield Coming(row=row, at=None, why="digest")

    def _lane_at(self, now: datetime) -> Lane:
        while self._edges and self._edges[0] <= now:
            self._edges.pop(0)
            self._lane = lane_of(self._channel, now, self._hours.zone)
        return self._lane

    def _start_of(self, row: Upcoming, now: datetime, why: dict[int, Why]) -> datetime | None:
        """Return when the row may go as things are now; None before hours or times change."""
        if row.due > now:
            why[row.id] = "digest" if row.feed == DIGEST else "date"
            return row.due
        if not may_go(self._lane, row):
            why[row.id] = "quiet_hours" if self._lane.is_quiet else "post_at"
            return None
        free = free_after(paced(self._lane, row.feed), self._taken)
        if free is None or free <= now:
            return now
        why[row.id] = "pace"
        return free

    def _sent(self, row: Upcoming, now: datetime, why: Why) -> Iterator[Coming]:
        self._taken.append(now)
        for one in self._told.get(row.id, [row]):
            yield Coming(row=one, at=now, why="digest" if row.id in self._told else why)

    def _folded(self, rows: Sequence[Upcoming]) -> list[Upcoming]:
        """Return the rows with digests in the place of those that they will tell."""
        alone: list[Upcoming] = []
        by_plan: defaultdict[DigestPlan, list[Upcoming]] = defaultdict(list)
        for row in rows:
            plan = plan_of(self._lane, row)
            (alone if plan is None else by_plan[plan]).append(row)
        for plan, told in by_plan.items():
            alone += self._digests(plan, told)
        return sorted(alone, key=lambda row: row.id)

    def _digests(self, plan: DigestPlan, told: Sequence[Upcoming]) -> Iterator[Upcoming]:
        """Yield the digests that tell the rows, which stand oldest first.

        Each tells the newest, as many as it holds, of what waits then; the rest waits on.
        """
        left = [row for row in told if is_of_slot(plan.slot, row)]
        later = [row for row in told if row not in left]
        at = self._start
        while (left or later) and at < self._hours.end:
            if left:
                kept, left = left[-plan.slot.most :], left[: -plan.slot.most]
                self._told[kept[0].id] = kept
                yield replace(kept[0], feed=DIGEST, due=at)
            left, later = sorted([*left, *later], key=lambda row: row.id), []
            at = self._end_of_slot(plan, at)
        self._left_out += left

    def _end_of_slot(self, plan: DigestPlan, moment: datetime) -> datetime:
        """Return the next time of the digest after `moment`."""
        lane = lane_of(self._channel, moment, self._hours.zone)
        return next(one.slot.end for one in lane.digests if one.feeds == plan.feeds)


def _heads(rows: Sequence[Upcoming], now: datetime) -> list[Upcoming]:
    """Return the first of each feed, and what was moved to the front.

    The rest waits behind the first of its feed, but not behind a date to come.
    """
    found: dict[str, Upcoming] = {}
    apart = []
    for row in rows:
        if row.feed == DIGEST or (row.is_ahead and row.due > now):
            apart.append(row)
        else:
            head = found.setdefault(row.feed, row)
            apart += [row] if row.first_at and head is not row else []
    return [*found.values(), *apart]
