"""Deliveries that may or may not have arrived: who searches for them, and with which result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, select, update

from bot.models.basics import DeliveryState, Reason
from bot.models.outbox import Absent, Dropped, Failed, Found, Sought, TryAgain, Unknown
from bot.models.reasons import ReasonCode
from bot.store.outbox.claims import claimed_channels
from bot.store.outbox.leases import LEASE
from bot.store.outbox.ledger import correct, is_paid_twice
from bot.store.outbox.outcomes import prove
from bot.store.outbox.states import FAIL, GIVE_UP, PUT_OFF, change_one
from bot.store.tables.records import reason_columns, reason_of
from bot.store.tables.schema import deliveries, is_claimed, is_sending, is_sought, is_unknown
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import ChannelId, DeliveryId
    from bot.models.outbox import Lane, Settled
    from bot.store.outbox.attempts import Attempt

BY_OWNER = Reason(
    code=ReasonCode.BY_OWNER, text=marked("the account's owner had posted it by hand")
)

_SEARCHED_BY_OTHERS = select(deliveries.c.account).where(
    is_claimed, is_unknown, deliveries.c.lease_owner != bindparam("owner")
)
_KNOWN_MOST = 500
"""Posts of one chat that are recognised without looking at them."""


def claim_searches(
    tx: Connection, lanes: Sequence[Lane], owner: str, now: datetime, limit: int
) -> list[Sought]:
    """Claim at most one sought delivery for each of `lanes`, the oldest that is due.

    One node at a time searches with an account: it keeps to the pace of the account's requests, and
    of the scratch chat that channels share.
    """
    elsewhere = set(tx.execute(_SEARCHED_BY_OTHERS, {"owner": owner}).scalars())
    here = {lane.channel for lane in lanes if lane.account not in elsewhere}
    wanted = here - claimed_channels(tx)
    query = (
        select(func.min(deliveries.c.id), deliveries.c.channel)
        .where(is_sought, ~is_claimed, deliveries.c.search_at <= now)
        .group_by(deliveries.c.channel)
    )
    ids = [id_ for id_, channel in tx.execute(query) if channel in wanted][:limit]
    if not ids:
        return []
    lease = {"lease_owner": owner, "lease_until": now + LEASE}
    tx.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**lease))
    return [_sought(tx, row, now) for row in _rows(tx, ids)]


def renew_searches(tx: Connection, ids: Iterable[DeliveryId], owner: str, now: datetime) -> None:
    """Let the claims of `ids` last on that `owner` still holds."""
    columns = deliveries.c
    mine = columns.id.in_(list(ids)) & (columns.lease_owner == owner) & is_unknown
    tx.execute(update(deliveries).where(mine).values(lease_until=now + LEASE))


def next_searches(
    tx: Connection, channels: Collection[ChannelId]
) -> Mapping[ChannelId, tuple[DeliveryId, datetime]]:
    """Return what of each of `channels` is to be searched for next, and when."""
    columns = deliveries.c
    leases = select(columns.channel, columns.lease_until).where(is_claimed)
    busy = {row.channel: row.lease_until for row in tx.execute(leases)}
    query = select(columns.channel, columns.id, columns.search_at).where(is_sought)
    found: dict[ChannelId, tuple[DeliveryId, datetime]] = {}
    for row in tx.execute(query.order_by(columns.search_at.desc(), columns.id.desc())):
        if row.channel in channels:
            at = row.search_at
            found[row.channel] = row.id, max(at, busy.get(row.channel) or at)
    return found


def _rows(tx: Connection, ids: Sequence[DeliveryId]) -> list[Any]:
    query = select(deliveries).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
    return list(tx.execute(query).mappings())


def _sought(tx: Connection, row: Any, now: datetime) -> Sought:
    reason = reason_of(row)
    assert reason is not None  # noqa: S101 - an unknown delivery says why
    return Sought(
        id=row["id"],
        channel=row["channel"],
        feed=row["feed"],
        text=row["text"] or "",
        link=row["link"],
        since=row["created_at"],
        attempted_at=row["attempted_at"] or row["created_at"],
        unknown_since=row["unknown_since"] or row["attempted_at"] or row["created_at"],
        at=now,
        searches=row["searches"],
        attempts=row["attempts"],
        reason=reason,
        # Where the channel posts today may be another one.
        chat=row["chat"],
        messages=row["messages"],
        **_neighbours(tx, row),
        has_twin=_has_twin(tx, row),
    )


def _neighbours(tx: Connection, row: Any) -> dict[str, Any]:
    """Return the posts that are known in the row's chat, as `Sought` names them.

    Several channels may lead to one chat, as the topics of a forum do. A post that was in doubt
    and tried again may be that of its first attempt: it was made at some time since it was queued.
    """
    columns = deliveries.c
    query = (
        select(deliveries)
        .where(_is_beside(row), columns.remote_id.is_not(None), columns.attempted_at.is_not(None))
        .order_by(columns.attempted_at.desc())
        .limit(_KNOWN_MOST)
    )
    known: set[str] = set()
    after, later = 0, {}
    for post in tx.execute(query):
        ids = (post.remote_id, *(post.further_ids or ()))
        known.update(ids)
        is_sure = post.attempts == 1 or post.unknown_since is None
        if not post.remote_id.isdecimal() or row["attempted_at"] is None:
            continue
        if post.sent_at <= row["attempted_at"]:
            after = max(after, *map(int, ids))
        else:
            later[post.remote_id] = post.attempted_at if is_sure else post.created_at
    return {"after": str(after) if after else None, "known": frozenset(known), "later": later}


def _has_twin(tx: Connection, row: Any) -> bool:
    """Tell whether another delivery that may be in the same chat says the same."""
    columns = deliveries.c
    same = columns.text == row["text"]
    if row["link"] is not None:
        same |= columns.link == row["link"]
    query = select(columns.id).where(_is_beside(row), is_unknown | is_sending, same)
    return tx.execute(query.limit(1)).first() is not None


def _is_beside(row: Any) -> ColumnElement[bool]:
    """Return the condition that another delivery went to the row's chat."""
    columns = deliveries.c
    return and_(
        columns.account.is_not_distinct_from(row["account"]),
        columns.chat.is_not_distinct_from(row["chat"]),
        columns.id != row["id"],
    )


def is_searching(attempt: Attempt, owner: str) -> bool:
    """Tell whether `owner` still holds the claim on a search."""
    return attempt.lease_owner == owner and attempt.state is DeliveryState.UNKNOWN


def is_open_search(attempt: Attempt, sought: Sought, owner: str) -> bool:
    """Tell whether a look for `sought` by `owner` still decides: nobody settled or tried again."""
    is_same = (attempt.attempts, attempt.searches) == (sought.attempts, sought.searches)
    return is_same and is_searching(attempt, owner)


class SearchWriter:
    """Writes the result of searching for `attempt`; lives for one transaction.

    `began` is when the search was claimed.
    """

    def __init__(self, tx: Connection, attempt: Attempt, now: datetime, *, began: datetime) -> None:
        self._tx = tx
        self._attempt = attempt
        self._now = now
        self._began = began

    def write(self, settled: Settled) -> None:
        """Write `settled` and release the claim."""
        match settled:
            case Found():
                self._found(settled)
            case Absent() | TryAgain():
                if isinstance(settled, Absent):
                    self._give_back()
                kept = {"without": self._attempt.without, "reason": settled.reason}
                change_one(self._tx, PUT_OFF, self._attempt.id, due=settled.due, **kept)
            case Unknown():
                self._search_on(settled)
            case Failed():
                self._give_back()
                change_one(self._tx, FAIL, self._attempt.id, reason=settled.reason)
            case Dropped():
                change_one(self._tx, GIVE_UP, self._attempt.id, reason=settled.reason)

    def _found(self, found: Found) -> None:
        # A post that X refused as a duplicate was not billed; the post that it found was, before.
        is_refused = self._attempt.reason_code == ReasonCode.DUPLICATE
        if not found.is_ours or (is_refused and is_paid_twice(self._tx, self._attempt.id)):
            self._give_back()
        why = None if found.is_ours else BY_OWNER
        prove(self._tx, self._attempt, found.receipt, self._now, why)

    def _search_on(self, unknown: Unknown) -> None:
        """Note that this search decided nothing, and when the next one is due.

        That is at once where a post in the same chat was proved meanwhile.
        """
        due = self._attempt.search_at
        is_called = due is not None and due > self._began and unknown.search_at is not None
        values = {
            "lease_owner": None,
            "lease_until": None,
            "search_at": due if is_called else unknown.search_at,
            "searches": self._attempt.searches + 1,
            **reason_columns(unknown.reason),
        }
        same = deliveries.c.id == self._attempt.id
        self._tx.execute(update(deliveries).where(same).values(values))

    def _give_back(self) -> None:
        """Take the price of the attempt in doubt out of the ledger; earlier ones may be billed."""
        if self._attempt.attempted_at is not None:
            correct(self._tx, self._attempt.id, "post", self._attempt.attempted_at, 0)
