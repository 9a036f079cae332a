"""The outbox: claims on deliveries, their attempts and outcomes."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select, true, update

from bot.clock import seconds_since_boot
from bot.errors import DatabaseLost, StoreError
from bot.models.basics import DeliveryId, DeliveryState
from bot.models.outbox import Begun, Charge, Delivery, Failed, Outcome, Read, Unknown
from bot.store.db.joint import Joint
from bot.store.db.postgres import Kind, lock
from bot.store.db.worker import in_worker, reads, repeated, writes
from bot.store.outbox.approval import send_to_desk
from bot.store.outbox.at_once import owe_directly, owe_story
from bot.store.outbox.attempts import Beginning, begun, read_attempt
from bot.store.outbox.backlog import OpenLanes
from bot.store.outbox.busy import BusyLanes
from bot.store.outbox.claims import ClaimRound, earliest
from bot.store.outbox.corrections import (
    claim_corrections,
    end_corrections,
    next_correction,
    write_corrected,
)
from bot.store.outbox.digests import GATHERING, gather_no_more
from bot.store.outbox.journal import Unwritten
from bot.store.outbox.leases import INTERRUPTED, end_expired, end_leases
from bot.store.outbox.ledger import correct, reserve_if_it_fits, spent
from bot.store.outbox.outcomes import Settlement, is_ours
from bot.store.outbox.outdated import drop_outdated
from bot.store.outbox.own_lanes import own_lanes
from bot.store.outbox.pauses import Pauses, try_paused
from bot.store.outbox.unknown import (
    SearchWriter,
    claim_searches,
    is_open_search,
    is_searching,
    next_searches,
    renew_searches,
)
from bot.store.outbox.unwritten import UnwrittenOutcomes, write_outcome
from bot.store.tables.schema import deliveries, feeds, is_claimed, pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

    from bot.models.basics import AccountId, Reason, StoryId
    from bot.models.outbox import Corrected, Correction, Lane, Settled, Sought
    from bot.models.posts import Post
    from bot.models.settings import Channel
    from bot.models.stories import Article
    from bot.models.views import Interrupted
    from bot.store.db.database import Database


class Outbox:
    """Implements `ports.DeliveryStore`."""

    def __init__(
        self, database: Database, elapsed: Callable[[], float] = seconds_since_boot
    ) -> None:
        self.database = database
        self._seen = OpenLanes(elapsed)
        self._busy = BusyLanes()
        self._gathering = GATHERING
        self._unwritten = UnwrittenOutcomes(database.journal, database.owner)
        self._beginning = Joint(database, self._begin)
        self._ending = Joint(database, self._write_or_keep)

    @property
    def is_shared(self) -> bool:
        return self.database.is_shared

    @property
    def unwritten(self) -> StoreError | None:
        """Why outcomes wait to be written, None where none does.

        No claim is made before they are: the channels wait.
        """
        return self._unwritten.why

    @property
    def journal_note(self) -> str:
        """Tell the operator what becomes of the proof that this process could not store."""
        return self._unwritten.note

    @in_worker
    def write_rest(self) -> None:
        """Write the outcomes that could not be written. Raises StoreError, and then they stay."""
        with self._write():
            pass

    @in_worker
    def claim_due_deliveries(
        self, lanes: Sequence[Lane], now: datetime, *, limit: int, ahead: timedelta = timedelta(0)
    ) -> list[Delivery]:
        # A claim that a power cut takes back is just made again.
        with self._write(durable=False, beside=True) as tx:
            mine = own_lanes(tx, lanes)
            send_to_desk(tx, mine)
            owner, gathering = self.database.owner, self._gathering
            round_ = ClaimRound(tx, owner, now, self._seen, busy=self._busy, gathering=gathering)
            return round_.claim(mine, limit, ahead, every=lanes)

    @in_worker
    def gather_no_more(self, now: datetime) -> None:
        """Let digests go at once from now on: no feed will be polled that could add to them."""
        self._gathering = timedelta(0)
        with self._write(durable=False) as tx:
            gather_no_more(tx, now)

    @in_worker
    def owe_directly(self, article: Article, channel: Channel, now: datetime) -> Delivery | None:
        """Owe `article` to `channel` and claim that; None while the channel is posted to."""
        with self._write() as tx:
            return owe_directly(tx, article, channel, owner=self.database.owner, now=now)

    @in_worker
    def owe_story(
        self, story: StoryId, article: Article, channel: Channel, now: datetime
    ) -> Delivery | None:
        """Claim the delivery of a known story to `channel`, owed now if it was not before.

        None while the channel is posted to. Raises NewsbotError where it was told already or may
        have been, and while channel or account are paused or must wait.
        """
        with self._write() as tx:
            return owe_story(tx, story, article, channel, owner=self.database.owner, now=now)

    @in_worker
    def next_due(self, lanes: Sequence[Lane], now: datetime) -> datetime | None:
        """Return when something of `lanes` could go out: `now` or later, None where nothing waits.

        A pause that only the operator can end is not waited for.
        """
        with self.database.read() as tx:
            searches = next_searches(tx, {lane.channel for lane in lanes})
            dues = earliest(tx, lanes, now).values()
        return min((*dues, *(max(at, now) for _, at in searches.values())), default=None)

    async def begin(
        self, delivery: DeliveryId, post: Post, now: datetime, charge: Charge | None = None
    ) -> Begun:
        return await self._beginning.ask(Beginning(delivery, post, now, charge))

    def _begin(self, every: Sequence[Beginning]) -> list[Begun]:
        # Sorted, so that no two transactions wait for each other.
        in_order = sorted(enumerate(every), key=lambda one: one[1].delivery)
        accounts = sorted({one.charge.account for one in every if one.charge is not None})
        with self._write(beside=True) as tx:
            for account in accounts:
                lock(tx, Kind.ACCOUNT, account)
            over, owner = Pauses(tx), self.database.owner
            answers = {place: begun(tx, one, over, owner) for place, one in in_order}
        return [answers[place] for place in range(len(every))]

    @in_worker
    def spent(
        self, account: AccountId, day_start: datetime, month_start: datetime
    ) -> tuple[int, int]:
        with self.database.read() as tx:
            return spent(tx, account, day_start, month_start)

    async def finish(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        one = Unwritten(
            delivery=delivery.id,
            channel=delivery.channel,
            created_at=delivery.created_at,
            attempts=delivery.attempts,
            outcome=outcome,
            at=now,
        )
        await self._ending.ask(one)

    def _write_or_keep(self, every: Sequence[Unwritten]) -> Sequence[None]:
        """Write the outcomes; keep them where the database cannot be written now.

        Raises DatabaseLost: then only the journal knows.
        """
        try:
            repeated(partial(self._write_outcomes, every))
        except StoreError as error:
            for one in every:
                self._unwritten.keep(one, error)
            if isinstance(error, DatabaseLost):
                raise
        return [None] * len(every)

    def _write_outcomes(self, every: Sequence[Unwritten]) -> None:
        with self._write(beside=True) as tx:
            for one in sorted(every, key=lambda one: one.delivery):
                attempt = read_attempt(tx, one.delivery)
                if attempt is not None:
                    write_outcome(tx, attempt, one, self.database.owner)

    @contextmanager
    def _write(self, *, durable: bool = True, beside: bool = False) -> Iterator[Connection]:
        """Open a writing transaction, which begins with the outcomes that could not be written."""
        is_durable = durable or bool(self._unwritten)
        with self.database.write(durable=is_durable, beside=beside) as tx:
            written = self._unwritten.write(tx)
            yield tx
        self._unwritten.forget(written)

    drop_outdated = writes(drop_outdated, durable=False)

    @in_worker
    def abandon(self, delivery: DeliveryId, reason: Reason, now: datetime) -> None:
        """End a claim whose holder broke down: it may be out only if sending had begun."""
        with self._write() as tx:
            attempt = read_attempt(tx, delivery)
            if attempt is not None:
                may_be_out = attempt.state is DeliveryState.SENDING
                outcome = (
                    Unknown(reason=reason, search_at=now) if may_be_out else Failed(reason=reason)
                )
                if is_ours(attempt, outcome, self.database.owner):
                    Settlement(tx, attempt, now).write(outcome)

    @in_worker
    def recover(self, now: datetime) -> list[Interrupted]:
        """Take back a predecessor's claims; on a file, only the holder of the instance lock may.

        On a server the leases of other machines go on until they run out. Claims are free again;
        posts that were being sent become `unknown` and are returned, unless a journal holds the
        proof of them.
        """
        self._unwritten.read_journals()
        with self._write() as tx:
            interrupted = end_expired(tx, now) if self.database.is_shared else []
            tx.execute(update(pauses).where(self._is_probe_over()).values(probe=None, until=now))
            interrupted += end_leases(tx, INTERRUPTED, self._is_over(deliveries), now)
            over = feeds.c.lease_owner.is_not(None) & self._is_over(feeds)
            tx.execute(update(feeds).where(over).values(lease_owner=None, lease_until=None))
        return interrupted

    try_paused = writes(try_paused)

    @in_worker
    def claim_searches(self, lanes: Sequence[Lane], now: datetime, *, limit: int) -> list[Sought]:
        # A command beside the service may have ended before it could store its proof.
        self._unwritten.read_journals()
        with self._write(durable=False) as tx:
            return claim_searches(tx, lanes, self.database.owner, now, limit)

    @in_worker
    def renew_searches(self, ids: Collection[DeliveryId], now: datetime) -> None:
        with self._write(durable=False) as tx:
            renew_searches(tx, ids, self.database.owner, now)

    @in_worker
    def begin_search(self, delivery: DeliveryId, charge: Charge, now: datetime) -> bool:
        with self._write() as tx:
            attempt = read_attempt(tx, delivery)
            is_mine = attempt is not None and is_searching(attempt, self.database.owner)
            return is_mine and reserve_if_it_fits(tx, delivery, charge, now)

    @in_worker
    def finish_search(
        self, sought: Sought, settled: Settled, now: datetime, *, read: Read | None = None
    ) -> None:
        with self._write() as tx:
            if read is not None:
                correct(tx, sought.id, "read", read.at, read.cost)
            attempt = read_attempt(tx, sought.id)
            if attempt is not None and is_open_search(attempt, sought, self.database.owner):
                SearchWriter(tx, attempt, now, began=sought.at).write(settled)

    @in_worker
    def claim_corrections(
        self,
        lanes: Sequence[Lane],
        now: datetime,
        *,
        within: timedelta,
        ahead: timedelta = timedelta(0),
    ) -> list[Correction]:
        with self._write(durable=False) as tx:
            owner = self.database.owner
            return claim_corrections(tx, lanes, owner, now, within=within, ahead=ahead)

    next_correction = reads(next_correction)

    @in_worker
    def finish_correction(self, correction: Correction, corrected: Corrected) -> None:
        with self._write() as tx:
            attempt = read_attempt(tx, correction.delivery.id)
            if attempt is not None and attempt.lease_owner == self.database.owner:
                write_corrected(tx, attempt, correction.version, corrected)

    end_corrections = writes(end_corrections, durable=False)

    def _is_probe_over(self) -> ColumnElement[bool]:
        if not self.database.is_shared:
            return pauses.c.probe.is_not(None)
        mine = select(deliveries.c.id).where(is_claimed, self._is_over(deliveries))
        return pauses.c.probe.in_(mine)

    def _is_over(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that a lease is nobody else's."""
        return table.c.lease_owner == self.database.owner if self.database.is_shared else true()
