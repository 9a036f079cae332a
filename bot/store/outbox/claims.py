"""The deliveries that may be sent now: one for each channel, oldest first, none overtaken."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from bot.models.basics import ChannelId, DeliveryId, FeedId
from bot.models.outbox import Delivery, Lane
from bot.store.outbox.also_at import outlets_of
from bot.store.outbox.approval import must_ask
from bot.store.outbox.backlog import BacklogKeeper, OpenLanes
from bot.store.outbox.busy import BusyLanes
from bot.store.outbox.digest_plans import fold_due, unsent_plans, waiting_for_digests
from bot.store.outbox.digests import DIGEST, GATHERING, headlines_of, show_versions
from bot.store.outbox.heads import DUE, DUE_HELD, LOOKING, dated_ahead, waiting_heads
from bot.store.outbox.leases import end_expired, take
from bot.store.outbox.moved_chats import chats_of
from bot.store.outbox.pace import free_at, promised_posts, reserve_shared, silent_accounts
from bot.store.outbox.pauses import Pauses
from bot.store.outbox.states import PROBE, change
from bot.store.outbox.turns import may_go, opens_at, paced, plan_of, rank
from bot.store.tables.records import article_from_json
from bot.store.tables.schema import deliveries, is_claimed, stories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.events import Outlet

_CLAIMED = select(deliveries.c.channel).where(is_claimed)


class _Candidate(NamedTuple):
    """Sorted as they may go (`turns.rank`), then oldest first."""

    rank: tuple[int, float]
    id: DeliveryId
    channel: ChannelId
    feed: FeedId
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
        self._promised: Counter[str | None] = Counter()
        self._apart: Sequence[DeliveryId] = ()

    def claim(
        self,
        lanes: Sequence[Lane],
        limit: int,
        ahead: timedelta = timedelta(0),
        *,
        every: Sequence[Lane] = (),
    ) -> list[Delivery]:
        """Claim at most one due delivery for each of `lanes`, and `limit` in all.

        A lane that is free within `ahead` counts as free; the delivery says when it may start.
        `every` lane is noted to be open, those of other rounds, too.
        """
        end_expired(self._tx, self._now)
        pauses = Pauses(self._tx)
        pauses.hold_back(lanes)
        keeper = BacklogKeeper(self._tx, pauses, self._now, self._seen, gathering=self._gathering)
        keeper.tend(every or lanes, mine=lanes)
        if not lanes:
            return []
        self._apart = fold_due(self._tx, lanes, self._now)
        by_channel = {lane.channel: lane for lane in lanes if lane.urgent or not lane.is_quiet}
        closed = claimed_channels(self._tx)
        # Of hundreds of lanes that share a busy account none is worth a look.
        self._silent = silent_accounts(self._tx, self._now + ahead)
        self._promised = promised_posts(self._tx, lanes)
        starts: dict[DeliveryId, datetime] = {}
        for candidate in self._candidates(by_channel, pauses):
            if len(starts) >= limit:
                break
            lane = by_channel[candidate.channel]
            if lane.channel not in closed and lane.account not in self._silent:
                closed.add(lane.channel)
                start = self._try_claim(candidate, lane, pauses, ahead)
                if start is not None:
                    starts[candidate.id] = start
        return self._deliveries(starts, chats_of(self._tx, lanes)) if starts else []

    def _candidates(self, lanes: Mapping[ChannelId, Lane], pauses: Pauses) -> list[_Candidate]:
        """Return the first of each feed in each channel that may go, in their order."""
        times = {
            "now": self._now,
            "looking_since": self._now - LOOKING,
            "ahead": [*dated_ahead(self._tx, self._now), *self._apart],
        }
        rows = self._tx.execute(DUE, times).all()
        probing = [name for name, lane in lanes.items() if _may_probe(lane, pauses, self._now)]
        held = self._tx.execute(DUE_HELD, {**times, "channels": probing}).all() if probing else []
        return sorted(
            _Candidate(rank(lane, row), row.id, row.channel, row.feed, is_probe=place > len(rows))
            for place, row in enumerate((*rows, *held), start=1)
            if (lane := lanes.get(row.channel)) is not None and may_go(lane, row)
        )

    def _try_claim(
        self, candidate: _Candidate, lane: Lane, pauses: Pauses, ahead: timedelta
    ) -> datetime | None:
        """Claim, and return when it may start; None where it may not now."""
        over = pauses.over(lane.channel, lane.account)
        if not all(pause.is_probe_due(self._now) for pause in over):
            return None
        way = paced(lane, candidate.feed)
        if self._busy.is_busy(way, self._now + ahead):
            return None
        promised = self._promised[lane.account]
        if any(promised >= count for _, count in lane.account_pace.windows):
            return None
        start = max(free_at(self._tx, way, promised=promised), self._now)
        if start > self._now + ahead:
            self._busy.note(way, start, self._now + ahead)
            return None
        if not self._lease(candidate, lane):
            return None
        self._promised[lane.account] += 1
        pauses.start_probe(over, candidate.id, self._now)
        if reserve_shared(self._tx, lane, start) > self._now + ahead:
            self._silent.add(lane.account)
        return start

    def _lease(self, candidate: _Candidate, lane: Lane) -> bool:
        if candidate.is_probe:
            change(self._tx, PROBE, deliveries.c.id == candidate.id)
        if must_ask(self._tx, lane, candidate.id):
            return False
        if candidate.feed == DIGEST:
            show_versions(self._tx, candidate.id)
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
            columns.hand_text,
            columns.story,
            stories.c.article,
            stories.c.feed.label("teller"),
        )
        .join_from(deliveries, stories, stories.c.id == columns.story)
        .where(columns.id.in_(ids))
        .order_by(columns.id)
    )
    rows = tx.execute(query).all()
    outlets = outlets_of(tx, [row.story for row in rows])
    return [_delivery(tx, row, outlets.get(row.story, ())) for row in rows]


def earliest(tx: Connection, lanes: Sequence[Lane], now: datetime) -> Mapping[ChannelId, datetime]:
    """Return when the first delivery of each of `lanes` could go out, `now` at the earliest.

    Lanes in which nothing waits are left out.
    """
    pauses = Pauses(tx)
    claimed = {
        row.channel: row.lease_until
        for row in tx.execute(
            select(deliveries.c.channel, deliveries.c.lease_until).where(is_claimed)
        )
    }
    unsent = unsent_plans(tx, lanes)
    heads = waiting_heads(tx, now, waiting_for_digests(tx, lanes))
    times: dict[ChannelId, datetime] = {}
    for lane in lanes:
        until = [pause.until for pause in pauses.over(lane.channel, lane.account)]
        if None not in until:
            known = [time for time in (*until, claimed.get(lane.channel)) if time is not None]
            first = [
                (row, due)
                for row, due in heads.get(lane.channel, ())
                if (lane.channel, plan_of(lane, row)) not in unsent
            ]
            opening = _opening(tx, lane, first)
            if opens := [max(now, time, *known) for time in opening]:
                times[lane.channel] = min(opens)
    return times


def _opening(
    tx: Connection, lane: Lane, heads: Sequence[tuple[Any, datetime]]
) -> Iterator[datetime]:
    """Yield when each kind of the waiting deliveries may go in the lane."""
    soonest: dict[Lane, datetime] = {}
    for row, due in heads:
        opens = opens_at(lane, row)
        if opens is not None:
            way, time = paced(lane, row.feed), max(due, opens)
            soonest[way] = min(soonest.get(way, time), time)
    for way, time in soonest.items():
        yield max(time, free_at(tx, way))


def claimed_channels(tx: Connection) -> set[ChannelId]:
    """Return the channels in which something is in flight."""
    return set(tx.execute(_CLAIMED).scalars())


def _may_probe(lane: Lane, pauses: Pauses, now: datetime) -> bool:
    over = pauses.over(lane.channel, lane.account)
    return bool(over) and all(pause.is_probe_due(now) for pause in over)


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
        hand_text=row.hand_text,
        teller=FeedId(row.teller),
    )
