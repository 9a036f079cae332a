"""Pauses of channels and accounts: by the operator until resumed, by a platform until a probe."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import delete, insert, or_, select, update

from bot.errors import NewsbotError
from bot.models.alerts import Pause
from bot.models.basics import ChannelId, Reason
from bot.store.outbox.states import PAUSE, RESUME, change, is_paused
from bot.store.tables.schema import deliveries, pauses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.alerts import Scope
    from bot.models.basics import AccountId, DeliveryId
    from bot.models.outbox import Lane, Stopped

PROBE_LEASE = timedelta(seconds=60)
"""A probe that never comes back is forgotten after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPause:
    """A pause. `until` None waits for the operator; `probe` is the delivery that may try."""

    scope: str
    id: str
    reason: Reason
    until: datetime | None
    failures: int
    probe: int | None
    since: datetime | None = None

    def is_probe_due(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now

    def view(self) -> Pause:
        return Pause(
            scope=cast("Scope", self.scope),
            id=self.id,
            reason=self.reason,
            since=self.since,
            until=self.until,
        )

    def row(self) -> ColumnElement[bool]:
        return (pauses.c.scope == self.scope) & (pauses.c.id == self.id)


_ALL = select(pauses)
# Grouped as its index is sorted: SQLite would read the whole outbox for a DISTINCT.
_HELD = (
    select(deliveries.c.channel).where(is_paused).group_by(deliveries.c.channel, deliveries.c.feed)
)


class Pauses:
    """All pauses, as read in one transaction."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._pauses = {(row.scope, row.id): _stored(row) for row in tx.execute(_ALL)}

    def over(self, channel: str, account: str | None) -> list[StoredPause]:
        """Return the pauses that concern a channel of `account`."""
        places = (("channel", channel), ("account", account))
        return [self._pauses[place] for place in places if place in self._pauses]

    def views(self) -> tuple[Pause, ...]:
        """Return all pauses, feeds' too."""
        return tuple(self._pauses[place].view() for place in sorted(self._pauses))

    def hold_back(self, lanes: Sequence[Lane]) -> None:
        """Hold the pending deliveries of paused `lanes`, and let go where the pause is over."""
        paused: defaultdict[StoredPause, list[ChannelId]] = defaultdict(list)
        free: list[ChannelId] = []
        for lane in lanes:
            over = self.over(lane.channel, lane.account)
            if over:
                paused[over[0]].append(lane.channel)
            else:
                free.append(lane.channel)
        for pause, channels in paused.items():
            hold_pending(self._tx, pause, deliveries.c.channel.in_(channels))
        held = set(self._tx.execute(_HELD).scalars())
        if not held.isdisjoint(free):
            change(self._tx, RESUME, deliveries.c.channel.in_(held.intersection(free)))

    def start_probe(self, over: Iterable[StoredPause], delivery: DeliveryId, now: datetime) -> None:
        """Let `delivery` try in spite of the pauses `over` it, and only that one."""
        for pause in over:
            self._write(replace(pause, probe=delivery, until=now + PROBE_LEASE))

    def end_probe(self, delivery: DeliveryId, now: datetime) -> None:
        """The probe said nothing about its pauses: the next delivery may try at once."""
        self._tx.execute(
            update(pauses).where(pauses.c.probe == delivery).values(probe=None, until=now)
        )

    def succeed(self, channel: str, account: str | None) -> None:
        """A post arrived: end the pauses that waited for that. The operator's stay."""
        for pause in self.over(channel, account):
            if pause.until is not None:
                self._tx.execute(delete(pauses).where(pause.row()))

    def stop(
        self, stopped: Stopped, place: tuple[str, str], delivery: int, now: datetime
    ) -> StoredPause:
        """Pause the scope and id in `place`, or go one rung up if `delivery` was its probe."""
        pause = self._pauses.get(place)
        if pause is None:
            pause = StoredPause(
                scope=place[0],
                id=place[1],
                reason=stopped.reason,
                until=_until(stopped, 1, now),
                failures=1,
                probe=None,
            )
            self._tx.execute(insert(pauses).values(since=now, **_columns(pause)))
        elif pause.probe == delivery:
            is_same = pause.reason.code == stopped.reason.code
            failures = pause.failures + 1 if is_same else 1
            until = _until(stopped, failures, now)
            pause = replace(
                pause, reason=stopped.reason, until=until, failures=failures, probe=None
            )
            self._write(pause)
        return pause

    def begin_again(
        self, channel: str, account: str | None, stopped: Stopped, now: datetime
    ) -> None:
        """Let the next delivery try as soon as the first one did."""
        for pause in self.over(channel, account):
            if pause.reason.code == stopped.reason.code and pause.until is not None:
                until = _until(stopped, 1, now)
                self._write(replace(pause, until=until, failures=1, probe=None))

    def _write(self, pause: StoredPause) -> None:
        self._tx.execute(update(pauses).where(pause.row()).values(**_columns(pause)))
        self._pauses[pause.scope, pause.id] = pause


def try_paused(tx: Connection, now: datetime) -> list[Pause]:
    """Let each channel and account that its platform, or its budget, paused try a post now.

    Returns their pauses. Those of the operator stay, and so do those that are being tried.
    """
    waits = (pauses.c.until > now, pauses.c.probe.is_(None), pauses.c.scope != "feed")
    found = [_stored(row).view() for row in tx.execute(select(pauses).where(*waits))]
    if found:
        tx.execute(update(pauses).where(*waits).values(until=now))
    return found


def pauses_over(tx: Connection, channel: ChannelId, account: AccountId | None) -> list[Pause]:
    """Return the pauses that concern a channel of `account`, the channel's own first."""
    return [pause.view() for pause in Pauses(tx).over(channel, account)]


def refuse_paused(tx: Connection, channel: str, account: str | None, *, prefix: str = "") -> None:
    """Raise NewsbotError where a pause concerns the channel; it says how that ends."""
    for pause in Pauses(tx).over(channel, account):
        raise NewsbotError(prefix + pause.view().sentence)


def hold_pending(tx: Connection, pause: StoredPause, where: ColumnElement[bool]) -> None:
    """Turn the pending deliveries `where` holds to held, unless one is claimed right now."""
    # The account's id lets a resume find them again.
    account = pause.id if pause.scope == "account" else deliveries.c.account
    change(tx, PAUSE, where, held_by=pause.scope, account=account, reason=pause.reason)


def is_blocking(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a pause still pauses."""
    return or_(pauses.c.until.is_(None), pauses.c.until > now)


def _until(stopped: Stopped, failures: int, now: datetime) -> datetime | None:
    ladder = stopped.probe_after
    return now + ladder[min(failures, len(ladder)) - 1] if ladder else None


def _stored(row: Any) -> StoredPause:
    return StoredPause(
        scope=row.scope,
        id=row.id,
        reason=Reason(code=row.code, text=row.text),
        until=row.until,
        failures=row.failures,
        probe=row.probe,
        since=row.since,
    )


def _columns(pause: StoredPause) -> dict[str, Any]:
    return {
        "scope": pause.scope,
        "id": pause.id,
        "code": pause.reason.code,
        "text": pause.reason.text,
        "until": pause.until,
        "failures": pause.failures,
        "probe": pause.probe,
    }
