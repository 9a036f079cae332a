"""The deliveries that may be sent now: one for each channel, oldest first, none overtaken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select

from bot.models.basics import ChannelId, DeliveryId, FeedId
from bot.models.outbox import Delivery, Lane
from bot.store.outbox.also_at import outlets_of
from bot.store.outbox.backlog import GATHERING, BacklogKeeper, OpenLanes
from bot.store.outbox.busy import BusyLanes
from bot.store.outbox.digests import DIGEST, headlines_of
from bot.store.outbox.leases import end_expired, take
from bot.store.outbox.moved_chats import chats_of
from bot.store.outbox.pace import free_at, reserve_shared, silent_accounts
from bot.store.outbox.pauses import Pauses
from bot.store.outbox.states import PROBE, change, is_paused
from bot.store.tables.columns import UtcTime
from bot.store.tables.records import article_from_json
from bot.store.tables.schema import deliveries, is_ahead, is_claimed, is_pending, stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection

    from bot.models.events import Outlet

    _Time = datetime | BindParameter[datetime]

_LOOKING = timedelta(minutes=15)
"""How long a feed's next story waits for one that may or may not have arrived before it."""
_older = deliveries.alias("older")
_now: ColumnElement[datetime] = bindparam("now", type_=UtcTime)
_CLAIMED = select(deliveries.c.channel).where(is_claimed)
_DATED_AHEAD = select(deliveries.c.id).where(is_ahead, is_pending, deliveries.c.due > _now)


class _Candidate(NamedTuple):
    """Sorted as they may go: a digest, whose stories waited longest, goes first."""

    is_no_digest: bool
    id: DeliveryId
    channel: ChannelId
    is_probe: bool = False


class ClaimRound:
    """One round of claiming; lives for one transaction."""

    def __init__(
        self,
        tx: Connection,
        owner: str,
        now: datetime,
        seen: OpenLanes,
        *,
        busy: BusyLanes | None = None,
        gathering: timedelta = GATHERING,
    ) -> None:
        self._gathering = gathering
        self._tx = tx
        self._owner = owner
        self._now = now
        self._seen = seen
        self._busy = busy or BusyLanes()
        self._silent: set[str | None] = set()

    def claim(
        self, lanes: Sequence[Lane], limit: int, ahead: timedelta = timedelta(0)
    ) -> list[Delivery]:
        """Claim at most one due delivery for each of `lanes`, and `limit` in all.

        A lane that is free within `ahead` counts as free; the delivery says when it may start.
        """
        end_expired(self._tx, self._now)
        pauses = Pauses(self._tx)
        pauses.hold_back(lanes)
        keeper = BacklogKeeper(self._tx, pauses, self._now, self._seen, gathering=self._gathering)
        keeper.tend(lanes)
        by_channel = {lane.channel: lane for lane in lanes if not lane.is_quiet}
        closed = claimed_channels(self._tx)
        # Of hundreds of lanes that share a busy account none is worth a look.
        self._silent = silent_accounts(self._tx, self._now + ahead)
        starts: dict[DeliveryId, datetime] = {}
        for candidate in self._candidates(by_channel.values(), pauses):
            if len(starts) >= limit:
                break
            lane = by_channel.get(candidate.channel)
            if lane is not None and lane.channel not in closed and lane.account not in self._silent:
                closed.add(lane.channel)
                start = self._try_claim(candidate, lane, pauses, ahead)
                if start is not None:
                    starts[candidate.id] = start
        return self._deliveries(starts, chats_of(self._tx, lanes)) if starts else []

    def _candidates(self, lanes: Iterable[Lane], pauses: Pauses) -> list[_Candidate]:
        """Return the first of each feed in each channel that is due, oldest first."""
        times = {"now": self._now, "looking_since": self._now - _LOOKING}
        ahead = _dated_ahead(self._tx, self._now)
        found = [_Candidate(*row) for row in self._tx.execute(_DUE, {**times, "ahead": ahead})]
        probing = [lane.channel for lane in lanes if _may_probe(lane, pauses, self._now)]
        if probing:
            held = self._tx.execute(_DUE_HELD, {**times, "channels": probing})
            found += [_Candidate(*row)._replace(is_probe=True) for row in held]
        return sorted(found)

    def _try_claim(
        self, candidate: _Candidate, lane: Lane, pauses: Pauses, ahead: timedelta
    ) -> datetime | None:
        """Claim, and return when it may start; None where it may not now."""
        over = pauses.over(lane.channel, lane.account)
        if not all(pause.is_probe_due(self._now) for pause in over):
            return None
        if self._busy.is_busy(lane, self._now + ahead):
            return None
        start = max(free_at(self._tx, lane), self._now)
        if start > self._now + ahead:
            self._busy.note(lane, start, self._now + ahead)
            return None
        if not self._lease(candidate, lane):
            return None
        pauses.start_probe(over, candidate.id, self._now)
        if reserve_shared(self._tx, lane, start) > self._now + ahead:
            self._silent.add(lane.account)
        return start

    def _lease(self, candidate: _Candidate, lane: Lane) -> bool:
        if candidate.is_probe:
            change(self._tx, PROBE, deliveries.c.id == candidate.id)
        return take(self._tx, candidate.id, lane.account, self._owner, self._now)

    def _deliveries(
        self, starts: Mapping[DeliveryId, datetime], chats: Mapping[ChannelId, int]
    ) -> list[Delivery]:
        return [
            replace(one, start=starts[one.id], chat=chats.get(one.channel))
            for one in read_deliveries(self._tx, list(starts))
        ]


def read_deliveries(tx: Connection, ids: Sequence[DeliveryId]) -> list[Delivery]:
    """Return the deliveries `ids` with the articles of their stories, oldest first."""
    if not ids:
        return []
    columns = deliveries.c
    query = (
        select(
            columns.id,
            columns.channel,
            columns.feed,
            columns.created_at,
            columns.attempts,
            columns.without,
            columns.wanted_at,
            columns.story,
            stories.c.article,
        )
        .join_from(deliveries, stories, stories.c.id == columns.story)
        .where(columns.id.in_(ids))
        .order_by(columns.id)
    )
    rows = tx.execute(query).all()
    outlets = outlets_of(tx, [row.story for row in rows])
    return [_delivery(tx, row, outlets.get(row.story, ())) for row in rows]


def earliest(tx: Connection, lanes: Sequence[Lane], now: datetime) -> datetime | None:
    """Return when the first delivery of `lanes` could go out, `now` at the earliest."""
    pauses = Pauses(tx)
    claimed = {
        row.channel: row.lease_until
        for row in tx.execute(
            select(deliveries.c.channel, deliveries.c.lease_until).where(is_claimed)
        )
    }
    ahead = _dated_ahead(tx, now)
    due = {row.channel: row.due for row in tx.execute(_waiting(now, ahead))}
    for row in tx.execute(_behind_doubt(now, ahead)):
        free = max(row.due, row.attempted_at + _LOOKING)
        due[row.channel] = min(due.get(row.channel, free), free)
    times = []
    for lane in lanes:
        until = [pause.until for pause in pauses.over(lane.channel, lane.account)]
        if lane.channel in due and None not in until:
            known = [time for time in (*until, claimed.get(lane.channel)) if time is not None]
            times.append(max(now, due[lane.channel], free_at(tx, lane), *known))
    return min(times, default=None)


def claimed_channels(tx: Connection) -> set[ChannelId]:
    """Return the channels in which something is in flight."""
    return set(tx.execute(_CLAIMED).scalars())


def _may_probe(lane: Lane, pauses: Pauses, now: datetime) -> bool:
    over = pauses.over(lane.channel, lane.account)
    return bool(over) and all(pause.is_probe_due(now) for pause in over)


def _heads(condition: ColumnElement[bool]) -> Select[Any]:
    """Return the first delivery of each feed in each channel: the rest wait behind it."""
    return (
        select(func.min(deliveries.c.id))
        .where(condition)
        .group_by(deliveries.c.channel, deliveries.c.feed)
    )


def _due_heads(condition: ColumnElement[bool]) -> Select[Any]:
    columns = deliveries.c
    return select(columns.feed != DIGEST, columns.id, columns.channel).where(
        columns.id.in_(_heads(condition)),
        columns.due <= _now,
        ~_is_behind_doubt(bindparam("looking_since", type_=UtcTime)),
    )


def _is_behind_doubt(looking_since: _Time) -> ColumnElement[bool]:
    """Return the condition that an older one of the feed may yet have to be sent again."""
    return exists().where(_is_doubt_before(looking_since))


def _is_doubt_before(looking_since: _Time) -> ColumnElement[bool]:
    return and_(
        _older.c.search_at.is_not(None),
        _older.c.channel == deliveries.c.channel,
        _older.c.feed == deliveries.c.feed,
        _older.c.id < deliveries.c.id,
        # After a long stop nobody has looked yet, however long ago the attempt was.
        or_(_older.c.attempted_at > looking_since, _older.c.searches == 0),
    )


# Put together once: they are asked before each post.
_DUE = _due_heads(is_pending & deliveries.c.id.not_in(bindparam("ahead", expanding=True)))
_DUE_HELD = _due_heads(is_paused).where(
    deliveries.c.channel.in_(bindparam("channels", expanding=True))
)


def _dated_ahead(tx: Connection, now: datetime) -> list[DeliveryId]:
    """Return the deliveries that wait for the date of their story: nothing waits behind them."""
    return list(tx.execute(_DATED_AHEAD, {"now": now}).scalars())


def _may_be_next(ahead: Sequence[DeliveryId]) -> ColumnElement[bool]:
    id_ = deliveries.c.id
    heads = _heads(or_(is_pending, is_paused) & id_.not_in(ahead))
    return or_(id_.in_(heads), id_.in_(ahead))


def _waiting(now: datetime, ahead: Sequence[DeliveryId]) -> Select[Any]:
    return (
        select(deliveries.c.channel, func.min(deliveries.c.due).label("due"))
        .where(_may_be_next(ahead), ~_is_behind_doubt(now - _LOOKING))
        .group_by(deliveries.c.channel)
    )


def _behind_doubt(now: datetime, ahead: Sequence[DeliveryId]) -> Select[Any]:
    """Return what waits for a doubt before it, with the last attempt that it waits for."""
    return (
        select(
            deliveries.c.channel,
            deliveries.c.due,
            func.max(_older.c.attempted_at).label("attempted_at"),
        )
        .join_from(deliveries, _older, _is_doubt_before(now - _LOOKING))
        .where(_may_be_next(ahead))
        .group_by(deliveries.c.id, deliveries.c.channel, deliveries.c.due)
        # One that nobody has looked for yet is waited for however long that takes.
        .having(func.min(_older.c.searches) > 0)
    )


def _delivery(tx: Connection, row: Any, outlets: tuple[Outlet, ...]) -> Delivery:
    article = replace(article_from_json(row.article), also_at=outlets)
    return Delivery(
        id=row.id,
        channel=row.channel,
        feed=FeedId(row.feed),
        article=replace(article, headlines=headlines_of(tx, row.id, row.feed)),
        created_at=row.created_at,
        attempts=row.attempts,
        without=frozenset(row.without),
        is_wanted=row.wanted_at is not None,
    )
