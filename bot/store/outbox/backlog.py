"""After an outage the newest stories are posted; the rest are told in one post, or dropped.

A lane is open while nothing keeps it from sending: no pause, no wait that a platform asked for, no
failing attempt, and a bot that runs. Quiet hours and pace are no outage: they only delay. A feed
that was off for days comes back with a backlog of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from bot.clock import seconds_since_boot
from bot.models.basics import ChannelId, DeliveryId, Reason
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.outbox.digests import DIGEST, GATHERING, news_time, owe_digest, told_in
from bot.store.outbox.pace import silences
from bot.store.outbox.states import LEAVE_OUT, change, is_paused
from bot.store.outbox.turns import plan_of
from bot.store.tables.columns import EPOCH
from bot.store.tables.schema import deliveries, feeds, is_claimed, is_pending, lanes, stories
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.outbox import Lane
    from bot.store.outbox.pauses import Pauses

OUTAGE = timedelta(hours=1)
"""A lane that could send nothing for longer comes back with a backlog."""

# After that the feeds have been polled and the news of the outage is known.
_CATCHING_UP = timedelta(minutes=10)
_NOTED_EVERY = timedelta(minutes=1)
# Tries that fail come again after 15 minutes and 20 % at most; a delivery that has not been tried
# for longer waits for something else.
_FAILING = timedelta(minutes=20)
_LEAST_IN_DIGEST = 2
_waits = or_(is_pending, is_paused)


class OpenLanes:
    """The lanes that this process has just found open, by a clock that nobody can set.

    It counts the sleep of a machine that is suspended: that is an outage.
    """

    def __init__(self, elapsed: Callable[[], float] = seconds_since_boot) -> None:
        self._elapsed = elapsed
        self._seen: dict[ChannelId, float] = {}

    def add(self, channel: ChannelId) -> None:
        self._seen[channel] = self._elapsed()

    def pop(self, channel: ChannelId) -> None:
        self._seen.pop(channel, None)

    def has(self, channel: ChannelId) -> bool:
        since = self._seen.get(channel)
        return since is not None and self._elapsed() - since < OUTAGE.total_seconds()


class BacklogKeeper:
    """Notes which lanes are open and folds their backlog; lives for one transaction."""

    def __init__(
        self,
        tx: Connection,
        pauses: Pauses,
        now: datetime,
        seen: OpenLanes,
        *,
        gathering: timedelta = GATHERING,
    ) -> None:
        self._gathering = gathering
        self._tx = tx
        self._pauses = pauses
        self._now = now
        self._seen = seen

    def tend(self, every: Sequence[Lane], *, mine: Sequence[Lane]) -> None:
        """Note `every` lane that is open, and fold `mine`; most rounds find nothing to do."""
        rows = {row.channel: row for row in self._tx.execute(select(lanes))}
        due = [lane for lane in every if self._is_due(rows.get(lane.channel))]
        if due:
            self._look_after(due, rows, {lane.channel for lane in mine})
        for lane in mine:
            row = rows.get(lane.channel)
            if not lane.is_quiet and row is not None and self._is_catching_up(row):
                self._fold(lane, keep=lane.backlog.newest, before=row.reopened_at)
        self._fold_returned({lane.channel: lane for lane in mine})

    def _fold_returned(self, every: dict[ChannelId, Lane]) -> None:
        """Fold the news of feeds that were off for days: their lanes may have been open all along.

        A digest waits for the end of quiet hours as any post does.
        """
        recent = feeds.c.returned_at > self._now - _CATCHING_UP
        back = dict(self._tx.execute(select(feeds.c.id, feeds.c.returned_at).where(recent)).all())
        if not back:
            return
        columns = deliveries.c
        query = select(columns.channel, columns.feed).where(_waits, columns.feed.in_(list(back)))
        for channel, feed in self._tx.execute(query.distinct()).all():
            lane = every.get(channel)
            if lane is not None:
                self._fold(lane, keep=lane.backlog.newest, before=back[feed], feed=feed)

    def _is_due(self, row: Any | None) -> bool:
        return row is None or row.open_at is None or self._now - row.open_at >= _NOTED_EVERY

    def _is_catching_up(self, row: Any) -> bool:
        since = row.reopened_at
        return since is not None and since <= self._now < since + _CATCHING_UP

    def _look_after(
        self, every: Sequence[Lane], rows: dict[ChannelId, Any], mine: Container[ChannelId]
    ) -> None:
        failing = self._failing()
        waiting = self._waiting()
        # Of an account or a chat; shorter ones are its pace.
        shared = silences(self._tx, every)
        opened: list[ChannelId] = []
        for lane in every:
            row = rows.get(lane.channel)
            is_silent = row is not None and row.not_before > self._now
            is_silent |= shared.get(lane.channel, EPOCH) > self._now + _NOTED_EVERY
            is_held = bool(self._pauses.over(lane.channel, lane.account))
            if is_silent or is_held or lane.channel in failing:
                self._seen.pop(lane.channel)
            else:
                opened.append(lane.channel)
            if lane.channel not in mine or lane.most is None:
                continue
            if waiting.get(lane.channel, 0) > lane.most:
                self._fold(lane, keep=lane.most)
        self._note_open(opened, rows)

    def _note_open(self, opened: Sequence[ChannelId], rows: dict[ChannelId, Any]) -> None:
        """Write that the lanes are open, and of which that ends an outage; keep `rows` true."""
        known = [channel for channel in opened if channel in rows]
        returned = [channel for channel in known if self._was_away(rows[channel])]
        for some, values in (
            (known, {"open_at": self._now}),
            (returned, {"reopened_at": self._now}),
        ):
            for part in in_batches(some):
                self._tx.execute(update(lanes).where(lanes.c.channel.in_(part)).values(values))
        new = [
            {"channel": channel, "not_before": EPOCH, "open_at": self._now}
            for channel in opened
            if channel not in rows
        ]
        if new:
            self._tx.execute(insert(lanes), new)
        for channel in opened:
            self._seen.add(channel)
        if returned:
            rows.update({row.channel: row for row in self._tx.execute(select(lanes))})

    def _was_away(self, row: Any) -> bool:
        """Tell whether the lane opens after an outage; a clock that was set forward is none."""
        is_late = row.open_at is not None and self._now - row.open_at > OUTAGE
        return is_late and not self._seen.has(row.channel)

    def _failing(self) -> set[ChannelId]:
        """Return the channels whose next post failed when it was tried just now."""
        columns = deliveries.c
        query = select(columns.channel).where(
            is_pending,
            columns.reason_code.is_not(None),
            columns.attempted_at > self._now - _FAILING,
        )
        return set(self._tx.execute(query.group_by(columns.channel)).scalars())

    def _waiting(self) -> dict[ChannelId, int]:
        query = select(deliveries.c.channel, func.count().label("waiting")).where(_waits)
        found = self._tx.execute(query.group_by(deliveries.c.channel))
        return {row.channel: row.waiting for row in found}

    def _fold(
        self, lane: Lane, *, keep: int, before: datetime | None = None, feed: str | None = None
    ) -> None:
        """Leave the newest `keep` stories of the lane; tell the rest in a digest, or drop it.

        `before`: only stories that were news then already; `feed`: only those of that feed.
        """
        rest = [row.id for row in self._stories(lane, before) if feed is None or row.feed == feed][
            keep:
        ]
        if lane.backlog.rest == "drop":
            text = told(
                "left out: only the newest {keep} of what waited are posted (backlog)", keep=keep
            )
            self._drop(rest, Reason(code=ReasonCode.BACKLOG, text=text), digest=None)
            return
        digest = self._open_digest(lane)
        if len(rest) >= _LEAST_IN_DIGEST or (rest and digest is not None):
            digest = digest or self._new_digest(lane)
            self._drop(rest, told_in(digest), digest=digest)

    def _stories(self, lane: Lane, before: datetime | None) -> list[Any]:
        """Return the waiting deliveries of the lane that may be folded, newest first.

        What waits for a digest at its time is no backlog.
        """
        columns = deliveries.c
        query = (
            select(
                columns.id,
                columns.feed,
                columns.wanted_at,
                stories.c.published,
                stories.c.first_seen,
            )
            .join_from(deliveries, stories, stories.c.id == columns.story)
            .where(_waits, ~is_claimed, columns.channel == lane.channel)
            .where(columns.wanted_at.is_(None), columns.first_at.is_(None), columns.feed != DIGEST)
            .order_by(columns.id.desc())
        )
        found = [
            row
            for row in self._tx.execute(query)
            if (before is None or (row.published or row.first_seen) <= before)
            and plan_of(lane, row) is None
        ]
        return sorted(found, key=news_time, reverse=True)

    def _open_digest(self, lane: Lane) -> DeliveryId | None:
        """Return the digest of a backlog that still waits in the lane."""
        query = select(deliveries.c.id).where(
            _waits, ~is_claimed, deliveries.c.channel == lane.channel, deliveries.c.feed == DIGEST
        )
        found = self._tx.execute(query.order_by(deliveries.c.id)).scalars()
        return next((id_ for id_ in found if not self._is_planned(lane, id_)), None)

    def _is_planned(self, lane: Lane, digest: DeliveryId) -> bool:
        """Tell whether the digest is one at a fixed time."""
        columns = deliveries.c
        query = select(columns.feed, columns.wanted_at).where(columns.digest == digest)
        return any(plan_of(lane, row) is not None for row in self._tx.execute(query))

    def _new_digest(self, lane: Lane) -> DeliveryId:
        # Where posts have their times, it has, too.
        due = lane.slot.end if lane.slot else self._now + self._gathering
        return owe_digest(self._tx, lane.channel, self._now, due=due)

    def _drop(self, ids: list[DeliveryId], reason: Reason, digest: DeliveryId | None) -> None:
        for part in in_batches(ids):
            change(self._tx, LEAVE_OUT, deliveries.c.id.in_(part), digest=digest, reason=reason)
