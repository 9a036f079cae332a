"""The outbox: who may send what now, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import select, true, update

from bot.models import (
    Charge,
    Delivery,
    DeliveryId,
    DeliveryState,
    Failed,
    Interrupted,
    Outcome,
    Unknown,
)
from bot.ports import Begun
from bot.store.attempts import fits, is_paused, may_begin, put_back, read_attempt, write_sending
from bot.store.claims import ClaimRound, earliest
from bot.store.direct import owe_directly
from bot.store.leases import INTERRUPTED, end_expired, end_leases
from bot.store.outcomes import Settlement, is_ours
from bot.store.parts import Part
from bot.store.records import reason_columns
from bot.store.schema import deliveries, feeds, holds, is_claimed
from bot.store.worker import in_worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

    from bot.models import Article, Channel, Lane, Post, Reason
    from bot.store.attempts import Attempt
    from bot.store.database import Database


class Outbox:
    """Implements `ports.DeliveryStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._expired: list[Interrupted] = []

    @in_worker
    def claim_due_deliveries(
        self, lanes: Sequence[Lane], now: datetime, *, limit: int
    ) -> list[Delivery]:
        # A claim that a power cut takes back is just made again.
        with self.database.write(durable=False) as tx:
            claiming = ClaimRound(tx, self.database.owner, now)
            claimed = claiming.claim(lanes, limit)
        self._expired += claiming.expired
        return claimed

    @in_worker
    def owe_directly(self, article: Article, channel: Channel, now: datetime) -> Delivery | None:
        """Owe `article` to `channel` and claim that; None while the channel is posted to."""
        with self.database.write() as tx:
            return owe_directly(tx, article, channel, owner=self.database.owner, now=now)

    @in_worker
    def next_due(self, lanes: Sequence[Lane], now: datetime) -> datetime | None:
        """Return when something of `lanes` could go out: `now` or later, None where nothing waits.

        What only the operator can resume is not waited for.
        """
        with self.database.read() as tx:
            return earliest(tx, lanes, now)

    @in_worker
    def begin(
        self, delivery: DeliveryId, post: Post, now: datetime, charge: Charge | None = None
    ) -> Begun:
        with self.database.write() as tx:
            attempt = read_attempt(tx, delivery)
            if attempt is None or not may_begin(attempt, self.database.owner, now):
                return Begun.LOST
            if is_paused(tx, attempt):
                put_back(tx, attempt)
                return Begun.LOST
            if charge is not None and not fits(tx, charge):
                return Begun.OVER_BUDGET
            write_sending(tx, attempt, post, charge, now)
            return Begun.YES

    @in_worker
    def finish(self, delivery: DeliveryId, outcome: Outcome, now: datetime) -> None:
        with self.database.write() as tx:
            attempt = read_attempt(tx, delivery)
            if attempt is not None:
                self._settle(tx, attempt, outcome, now)

    @in_worker
    def abandon(self, delivery: DeliveryId, reason: Reason, now: datetime) -> None:
        """End a claim whose holder broke down: it may be out only if sending had begun."""
        with self.database.write() as tx:
            attempt = read_attempt(tx, delivery)
            if attempt is not None:
                may_be_out = attempt.state is DeliveryState.SENDING
                outcome = Unknown(reason=reason) if may_be_out else Failed(reason=reason)
                self._settle(tx, attempt, outcome, now)

    @in_worker
    def recover(self, now: datetime) -> list[Interrupted]:
        """Take back what a predecessor held; on a file, only the holder of the instance lock may.

        On a server the leases of other machines go on until they run out. Claims are free again;
        what was being sent becomes `unknown` and is returned.
        """
        with self.database.write(*Part) as tx:
            interrupted = end_expired(tx, now) if self.database.is_shared else []
            tx.execute(update(holds).where(self._is_probe_over()).values(probe=None, until=now))
            interrupted += end_leases(tx, INTERRUPTED, self._is_over(deliveries))
            over = feeds.c.lease_owner.is_not(None) & self._is_over(feeds)
            tx.execute(update(feeds).where(over).values(lease_owner=None, lease_until=None))
        return interrupted

    async def take_expired(self) -> list[Interrupted]:
        """Return what claiming found to be `unknown` since the last call: its sender is silent."""
        expired, self._expired = self._expired, []
        return expired

    def _is_probe_over(self) -> ColumnElement[bool]:
        if not self.database.is_shared:
            return holds.c.probe.is_not(None)
        mine = select(deliveries.c.id).where(is_claimed, self._is_over(deliveries))
        return holds.c.probe.in_(mine)

    def _is_over(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that a lease is nobody else's."""
        return table.c.lease_owner == self.database.owner if self.database.is_shared else true()

    @in_worker
    def settle_unknown(
        self,
        delivery: DeliveryId,
        to: Literal["pending", "dropped"],
        reason: Reason,
        due: datetime,
    ) -> bool:
        is_unknown = deliveries.c.state == DeliveryState.UNKNOWN
        values = {"state": DeliveryState(to), "due": due, **reason_columns(reason)}
        with self.database.write() as tx:
            changed = tx.execute(
                update(deliveries).where(deliveries.c.id == delivery, is_unknown).values(**values)
            )
        return changed.rowcount == 1

    def _settle(self, tx: Connection, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
        if is_ours(attempt, outcome, self.database.owner):
            Settlement(tx, attempt, now).write(outcome)
