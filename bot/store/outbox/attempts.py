"""The beginning of an attempt: may it, is there money, and the frozen text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.models.basics import DeliveryState
from bot.models.outbox import Begun
from bot.models.posts import MESSAGE_GAP
from bot.store.outbox.digests import leave_untold
from bot.store.outbox.leases import LEASE
from bot.store.outbox.ledger import fits, reserve
from bot.store.outbox.pace import silence, silence_chat
from bot.store.outbox.states import BEGIN, STOP, change_one
from bot.store.tables.schema import deliveries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import AccountId, ChannelId, DeliveryId, StoryId
    from bot.models.outbox import Charge
    from bot.models.posts import Post
    from bot.store.outbox.pauses import Pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A delivery as beginning and ending an attempt need it."""

    id: DeliveryId
    story: StoryId
    state: DeliveryState
    channel: ChannelId
    account: AccountId | None
    created_at: datetime
    attempts: int
    lease_owner: str | None
    lease_until: datetime | None
    attempted_at: datetime | None
    chat: str | None
    reason_code: str | None
    without: list[str]
    searches: int
    search_at: datetime | None


_READ = select(*(deliveries.c[name] for name in Attempt.__slots__)).where(
    deliveries.c.id == bindparam("delivery")
)
# What is read stays so until the transaction ends: nobody takes the claim away in between.
_READ = _READ.with_for_update()


@dataclass(frozen=True, slots=True)
class Beginning:
    """A wish to begin an attempt with `post`, at a price if there is one."""

    delivery: DeliveryId
    post: Post
    now: datetime
    charge: Charge | None


def read_attempt(tx: Connection, delivery: DeliveryId) -> Attempt | None:
    """Return the delivery, None where it does not exist (any more)."""
    row = tx.execute(_READ, {"delivery": delivery}).one_or_none()
    return None if row is None else Attempt(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def may_begin(attempt: Attempt, owner: str, now: datetime) -> bool:
    """Tell whether `owner` still holds the claim."""
    return (
        attempt.state is DeliveryState.PENDING
        and attempt.lease_owner == owner
        and attempt.lease_until is not None
        and attempt.lease_until > now
    )


def begun(tx: Connection, one: Beginning, pauses: Pauses, owner: str) -> Begun:
    """Begin an attempt, or tell why not."""
    attempt = read_attempt(tx, one.delivery)
    if attempt is None or not may_begin(attempt, owner, one.now):
        return Begun.LOST
    over = pauses.over(attempt.channel, attempt.account)
    if any(pause.probe != attempt.id for pause in over):
        # It came since the claim; of several the channel's is told. Their probe goes on.
        change_one(tx, STOP, attempt.id, held_by=over[0].scope, reason=over[0].reason)
        return Begun.LOST
    if one.charge is not None and not fits(tx, one.charge):
        return Begun.OVER_BUDGET
    write_sending(tx, attempt, one.post, one.charge, one.now)
    return Begun.YES


def write_sending(
    tx: Connection, attempt: Attempt, post: Post, charge: Charge | None, now: datetime
) -> None:
    """Freeze the text, reserve the charge, and let the lease cover the attempt.

    A digest leaves out the stories that its text has no room for.
    """
    if charge is not None:
        reserve(tx, charge, attempt.id, now)
    change_one(
        tx,
        BEGIN,
        attempt.id,
        text=post.text,
        link=post.link,
        image=post.media,
        messages=post.messages,
        chat=None if post.chat is None else str(post.chat),
        account=attempt.account if charge is None else charge.account,
        attempts=attempt.attempts + 1,
        attempted_at=now,
        lease_until=now + LEASE,
    )
    if post.messages > 1:
        _rest_after_album(tx, attempt, post, now)
    if post.told is not None:
        leave_untold(tx, attempt.id, post.told, now, is_continued=post.is_continued)


def _rest_after_album(tx: Connection, attempt: Attempt, post: Post, now: datetime) -> None:
    """Keep channel and chat silent for as long as the album's messages would take one by one."""
    until = now + MESSAGE_GAP * post.messages
    silence(tx, attempt.channel, until)
    if post.chat is not None:
        silence_chat(tx, attempt.account, str(post.chat), until)
