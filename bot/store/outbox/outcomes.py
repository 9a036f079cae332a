"""The outcome of an attempt, written down: the delivery, its lane, and pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, func, select, update

from bot.models.basics import DeliveryId, DeliveryState
from bot.models.outbox import Dropped, Failed, Outcome, Sent, Stopped, TryAgain, Unknown
from bot.store.outbox.leases import EXPIRED, INTERRUPTED
from bot.store.outbox.ledger import correct, lessen, pay
from bot.store.outbox.moved_chats import move_chat
from bot.store.outbox.pace import learn_chat, silence, silence_account, silence_for
from bot.store.outbox.pauses import Pauses
from bot.store.outbox.states import (
    DOUBT,
    FAIL,
    GIVE_UP,
    PROVE,
    PUT_OFF,
    STOP,
    TAKE_BACK,
    Transition,
    change,
    change_one,
)
from bot.store.tables.columns import EPOCH, UtcTime
from bot.store.tables.schema import deliveries, is_sought

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import Reason
    from bot.models.posts import Receipt
    from bot.store.outbox.attempts import Attempt


_DOUBT_FIRST, _DOUBT_MOST = timedelta(seconds=5), timedelta(minutes=15)
_REFUSED_MOST = 5
"""Tries, over seven hours, after which the post counts as the reason and not its account."""


_SEARCH = (
    update(deliveries)
    .where(
        is_sought,
        # No bare column: SQLite would go through all posts of the account by their index.
        func.coalesce(deliveries.c.account, "") == func.coalesce(bindparam("of", type_=String), ""),
        deliveries.c.chat == bindparam("in"),
    )
    .values(search_at=bindparam("now", type_=UtcTime))
)
"""Put together once: each post makes it."""


def is_ours(attempt: Attempt, outcome: Outcome, owner: str) -> bool:
    """Tell whether `outcome` may be written.

    Proof may, unless the post was deleted again. Anything else may only while `owner` holds the
    claim, or when nothing happened since it ran out: the operator or another process decided.
    """
    if isinstance(outcome, Sent):
        return attempt.state in PROVE.before
    is_open = attempt.state in (DeliveryState.PENDING, DeliveryState.SENDING)
    if is_open and attempt.lease_owner == owner:
        return True
    taken = {EXPIRED.code, INTERRUPTED.code}
    return attempt.state is DeliveryState.UNKNOWN and attempt.reason_code in taken


class Settlement:
    """Writes one outcome of `attempt`; lives for one transaction."""

    def __init__(self, tx: Connection, attempt: Attempt, now: datetime) -> None:
        self._tx = tx
        self._attempt = attempt
        self._now = now
        self._pauses = Pauses(tx)

    def write(self, outcome: Outcome) -> None:
        """Write `outcome` and release the claim."""
        match outcome:
            case Sent():
                self._sent(outcome)
            case TryAgain():
                self._try_again(outcome)
            case Unknown():
                self._slow_down()
                self._set_apart(outcome.cost)
                times = {"unknown_since": self._now, "search_at": outcome.search_at}
                self._end(DOUBT, outcome, **times, searches=0)
            case Failed(otherwise=Stopped() as stopped) if self._is_refused_again(stopped):
                self._refused_again(stopped)
            case Failed():
                self._give_back(outcome.cost)
                self._end(FAIL, outcome)
            case Dropped():
                self._give_back()
                self._end(GIVE_UP, outcome)
            case Stopped():
                self._change(STOP, held_by=self._pause(outcome), reason=outcome.reason)

    def _change(self, transition: Transition, **values: Any) -> None:
        change_one(self._tx, transition, self._attempt.id, **values)

    def _end(
        self, transition: Transition, outcome: Unknown | Failed | Dropped, **values: Any
    ) -> None:
        self._pauses.end_probe(self._attempt.id, self._now)
        self._change(transition, reason=outcome.reason, **values)

    def _sent(self, sent: Sent) -> None:
        attempt = self._attempt
        self._pauses.succeed(attempt.channel, attempt.account)
        if sent.receipt.rest_until is not None and attempt.account is not None:
            silence_account(self._tx, attempt.account, sent.receipt.rest_until)
        if sent.cost is not None and attempt.attempted_at is not None:
            correct(self._tx, attempt.id, "post", attempt.attempted_at, sent.cost)
        if attempt.chat is not None and sent.receipt.chat is not None:
            learn_chat(self._tx, attempt.account, attempt.chat, sent.receipt.chat)
        prove(self._tx, attempt, sent.receipt, self._now)

    def _try_again(self, outcome: TryAgain) -> None:
        attempt = self._attempt
        self._pauses.end_probe(attempt.id, self._now)
        silence_for(self._tx, attempt, outcome)
        if outcome.chat is not None:
            move_chat(self._tx, attempt.id, outcome.chat)
        self._give_back(outcome.cost)
        without = sorted({*attempt.without, *outcome.without})
        self._change(PUT_OFF, due=outcome.due, without=without, reason=outcome.reason)

    def _slow_down(self) -> None:
        """Let the channel wait longer with each post in a row of which nobody will ever know.

        Else a platform that answers nothing but errors would cost the whole queue its certainty.
        """
        before = self._doubts_before()
        if before:
            wait = min(_DOUBT_FIRST * 2 ** min(before, 10), _DOUBT_MOST)
            silence(self._tx, self._attempt.channel, self._now + wait)

    def _doubts_before(self) -> int:
        """Return how many posts that cannot be looked for were attempted since the last proof."""
        columns = deliveries.c
        of_channel = columns.channel == self._attempt.channel, columns.id != self._attempt.id
        proof = (
            select(columns.attempted_at)
            .where(*of_channel, columns.state == DeliveryState.SENT)
            .where(columns.attempted_at.is_not(None))
            .order_by(columns.attempted_at.desc())
            .limit(1)
        )
        since = self._tx.execute(proof).scalar() or EPOCH
        doubts = select(func.count()).where(
            *of_channel,
            columns.attempted_at > since,
            columns.search_at.is_(None),
            columns.unknown_since >= columns.attempted_at,
            columns.state.in_((DeliveryState.UNKNOWN, DeliveryState.DROPPED)),
        )
        return self._tx.execute(doubts).scalar_one()

    def _pause(self, stopped: Stopped) -> str:
        """Pause the channel or the account; return which of them."""
        attempt = self._attempt
        place: tuple[str, str] = ("channel", attempt.channel)
        # A channel without an account stands for itself.
        if stopped.scope == "account" and attempt.account is not None:
            place = ("account", attempt.account)
        pause = self._pauses.stop(stopped, place, attempt.id, self._now)
        self._pauses.end_probe(attempt.id, self._now)
        self._give_back(stopped.cost)
        return pause.scope

    def _is_refused_again(self, stopped: Stopped) -> bool:
        """Tell whether the account seems to be refused, not the post: two in a row were."""
        return self._is_probe_of(stopped) or self._refused_before(stopped) is not None

    def _is_probe_of(self, stopped: Stopped) -> bool:
        over = self._pauses.over(self._attempt.channel, self._attempt.account)
        return any(
            pause.probe == self._attempt.id and pause.reason.code == stopped.reason.code
            for pause in over
        )

    def _refused_before(self, stopped: Stopped) -> DeliveryId | None:
        """Return the channel's post before this one, if it failed for the same reason."""
        columns = deliveries.c
        query = (
            select(columns.id, columns.state, columns.reason_code)
            .where(columns.channel == self._attempt.channel, columns.id != self._attempt.id)
            .where(columns.attempted_at.is_not(None))
            .order_by(columns.attempted_at.desc())
            .limit(1)
        )
        row = self._tx.execute(query).one_or_none()
        if row is None or row.state is not DeliveryState.FAILED:
            return None
        return DeliveryId(row.id) if row.reason_code == stopped.reason.code else None

    def _refused_again(self, stopped: Stopped) -> None:
        """Pause, and take back the post refused before; one that was tried often stays failed."""
        attempt = self._attempt
        before = self._refused_before(stopped)
        held_by = self._pause(stopped)
        if before is not None and not self._is_probe_of(stopped):
            refused = deliveries.c.id == before, deliveries.c.attempts < _REFUSED_MOST
            change(self._tx, TAKE_BACK, *refused, held_by=held_by)
        if attempt.attempts < _REFUSED_MOST:
            self._change(STOP, held_by=held_by, reason=stopped.reason)
            return
        self._change(FAIL, reason=stopped.reason)
        self._pauses.begin_again(attempt.channel, attempt.account, stopped, self._now)

    def _set_apart(self, spent: int) -> None:
        """Write `spent` of the reserved price as that of pictures: it stays if the rest goes."""
        attempt = self._attempt
        if spent and attempt.attempted_at is not None and attempt.account is not None:
            lessen(self._tx, attempt.id, "post", attempt.attempted_at, spent)
            pay(self._tx, attempt.account, attempt.id, "picture", spent, attempt.attempted_at)

    def _give_back(self, spent: int = 0) -> None:
        """Take the price of a post that is certainly not out of the ledger, all but `spent`.

        Before an attempt there is only the price of an earlier one, which may have been billed.
        """
        attempt = self._attempt
        if attempt.state is DeliveryState.PENDING or attempt.attempted_at is None:
            return
        correct(self._tx, attempt.id, "post", attempt.attempted_at, 0)
        if spent and attempt.account is not None:
            pay(self._tx, attempt.account, attempt.id, "picture", spent, attempt.attempted_at)


def prove(
    tx: Connection, attempt: Attempt, receipt: Receipt, now: datetime, why: Reason | None = None
) -> None:
    """Write that the post stands on its platform; `why` where it is no post of ours.

    Posts of the same chat that may have been sent are searched for at once: this one may tell that
    they are not there.
    """
    change_one(
        tx,
        PROVE,
        attempt.id,
        sent_at=now,
        remote_id=receipt.remote_id,
        remote_url=receipt.url,
        further_ids=list(receipt.further_ids),
        reason=why,
    )
    if attempt.chat is not None:
        tx.execute(_SEARCH, {"of": attempt.account, "in": attempt.chat, "now": now})
