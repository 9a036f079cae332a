"""The operator's actions on deliveries, feeds, channels and accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select, update

from bot.errors import NewsbotError, UsageError
from bot.models.basics import DeliveryState, Reason
from bot.models.reasons import ReasonCode
from bot.models.views import SentPost
from bot.store.db.database import upsert
from bot.store.operator.related import keep_apart
from bot.store.outbox.attempts import read_attempt
from bot.store.outbox.digests import (
    DIGEST,
    drop_empty_digest,
    explain_folded,
    headlines_of,
    told_in,
)
from bot.store.outbox.pauses import StoredPause, hold_pending, refuse_paused
from bot.store.outbox.states import (
    DISCARD,
    DROP,
    RELEASE,
    RESUME,
    RETRACT,
    RETRY,
    change,
    change_one,
    is_of_storm,
)
from bot.store.outbox.unknown import BY_OWNER
from bot.store.tables.schema import (
    deliveries,
    feeds,
    is_claimed,
    is_held,
    is_pending,
    pauses,
    stories,
)
from bot.wording import marked, told, told_count

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.alerts import Scope
    from bot.models.basics import ChannelId, DeliveryId, FeedId
    from bot.store.outbox.attempts import Attempt

# SQLite and PostgreSQL number rows in 64 bits, with a sign.
_ID_MOST = 2**63 - 1

# Titles that stand for a digest.
_SHOWN = 3

_NO_RETRY = {
    DeliveryState.SENT: marked("was sent already"),
    DeliveryState.SENDING: marked("is being sent right now"),
    DeliveryState.PENDING: marked("waits for its turn already"),
    DeliveryState.RETRACTED: marked(
        "was sent and deleted again: `newsbot post --channel {channel} --item TEXT` sends its "
        "story once more"
    ),
}
_DELETED_BY = marked(": `newsbot retract --channel {channel} --last {last}` deletes it")
_DELETED_WITH = marked(
    ": `newsbot retract --channel {channel} --last {last}` deletes it, and the {what}"
)
_NOT_FIRST = {
    DeliveryState.SENT: marked("was sent already"),
    DeliveryState.SENDING: marked("is being sent right now"),
    DeliveryState.RETRACTED: marked("was sent and deleted again"),
    **dict.fromkeys(
        (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.DROPPED),
        marked("does not wait: `newsbot retry {delivery}` sends it after all"),
    ),
}
_NO_DROP = {
    DeliveryState.SENDING: marked("is being sent right now; try again in a minute"),
    DeliveryState.DROPPED: marked("was dropped before"),
    DeliveryState.RETRACTED: marked("was sent and deleted again"),
}


def retry_delivery(tx: Connection, delivery: DeliveryId, now: datetime) -> None:
    """Make a delivery that ended without a post pending again, due now and whole.

    Raises UsageError for an unknown id, NewsbotError where the state forbids it.
    """
    attempt = _existing(tx, delivery, _NO_RETRY)
    if attempt.state is DeliveryState.HELD:
        prefix = told("delivery {delivery} is held", delivery=delivery) + ": "
        refuse_paused(tx, attempt.channel, attempt.account, prefix=prefix)
    digest_of_it = select(deliveries.c.digest).where(deliveries.c.id == delivery)
    digest = tx.execute(digest_of_it).scalar()
    if digest is not None:
        _refuse_told(tx, delivery, digest)
    if attempt.reason_code == ReasonCode.SAME_STORY:
        keep_apart(tx, attempt.story, now)
    change_one(tx, RETRY, delivery, due=now, without=[], wanted_at=now)
    drop_empty_digest(tx, digest)
    explain_folded(tx, delivery, told_in(delivery))


def advance_delivery(tx: Connection, delivery: DeliveryId, now: datetime) -> None:
    """Move a delivery that waits to the front of its queue; its channel's rules stay as they are.

    Raises UsageError for an unknown id, NewsbotError where it does not wait.
    """
    _existing(tx, delivery, _NOT_FIRST)
    waits = (or_(is_pending, is_held), ~is_claimed, deliveries.c.id == delivery)
    if not tx.execute(update(deliveries).where(*waits).values(first_at=now)).rowcount:
        raise NewsbotError(
            told(
                "delivery {delivery} {why}",
                delivery=delivery,
                why=_NOT_FIRST[DeliveryState.SENDING],
            )
        )


def drop_delivery(
    tx: Connection,
    delivery: DeliveryId,
    now: datetime,
    *,
    erasable: Collection[ChannelId] | None = None,
) -> None:
    """Make sure that a delivery is not sent any more.

    Raises UsageError for an unknown id, NewsbotError where the state forbids it: of a post that
    stands in a channel that is `erasable` (None: every channel is) it says how to delete it.
    """
    attempt = _existing(tx, delivery, _NO_DROP)
    if attempt.state is DeliveryState.SENT:
        raise NewsbotError(
            told("delivery {delivery} was sent already", delivery=delivery)
            + _how_to_delete(tx, attempt, erasable)
        )
    reason = Reason(
        code=ReasonCode.OPERATOR,
        text=told("dropped by the operator at {now} UTC", now=f"{now:%Y-%m-%d %H:%M}"),
    )
    change_one(tx, DROP, delivery, reason=reason)
    if attempt.state is not DeliveryState.UNKNOWN:
        left_out = Reason(
            code=ReasonCode.BACKLOG,
            text=told("left out: delivery {delivery} was dropped", delivery=delivery),
        )
        explain_folded(tx, delivery, left_out)


def pause_scope(tx: Connection, scope: Scope, name: str, reason: Reason, now: datetime) -> None:
    """Pause a feed's polling, or a channel's or account's posts, until it is resumed."""
    pause = StoredPause(scope=scope, id=name, reason=reason, until=None, failures=0, probe=None)
    values = {
        "code": reason.code,
        "text": reason.text,
        "since": now,
        "until": None,
        "failures": 0,
        "probe": None,
    }
    upsert(tx, pauses, {"scope": scope, "id": name}, values)
    if scope != "feed":
        hold_pending(tx, pause, _deliveries_of(scope, name))


def resume_scope(tx: Connection, scope: Scope, name: str) -> bool:
    """End a pause, the operator's or a platform's; False where there is none."""
    result = tx.execute(delete(pauses).where(pauses.c.scope == scope, pauses.c.id == name))
    if scope != "feed":
        change(tx, RESUME, _deliveries_of(scope, name), deliveries.c.held_by == scope)
    return result.rowcount > 0


def release_storm(tx: Connection, feed: FeedId, now: datetime, *, drop: bool = False) -> int | None:
    """End a storm: release its deliveries, or drop them; None where there is none.

    Returns how many deliveries that were.
    """
    storming = update(feeds).where(feeds.c.id == feed, feeds.c.storm_since.is_not(None))
    is_storming = tx.execute(storming.values(storm_since=None)).rowcount > 0
    of_feed = deliveries.c.feed == feed
    if drop:
        text = told("dropped by the operator at {now} UTC", now=f"{now:%Y-%m-%d %H:%M}")
        # By its code another feed may still bring what a storm held, not what a copy put back held.
        reason = Reason(code=ReasonCode.STORM, text=text)
        count = change(tx, DISCARD, of_feed, is_of_storm, reason=reason)
        count += change(tx, DISCARD, of_feed, reason=replace(reason, code=ReasonCode.OPERATOR))
    else:
        count = change(tx, RELEASE, of_feed, due=now)
    return count if is_storming or count else None


def sent_posts(tx: Connection, channel: ChannelId, last: int) -> list[SentPost]:
    """Return the last posts that stand in `channel`, newest first."""
    columns = deliveries.c
    query = (
        select(
            columns.id,
            columns.feed,
            columns.remote_id,
            columns.remote_url,
            columns.chat,
            columns.further_ids,
            stories.c.title,
        )
        .join_from(deliveries, stories, stories.c.id == columns.story)
        .where(*_stands_in(channel))
        .order_by(columns.sent_at.desc(), columns.id.desc())
        .limit(last)
    )
    return [
        SentPost(
            id=row.id,
            title=_title(tx, row),
            remote_id=row.remote_id,
            url=row.remote_url,
            chat=row.chat,
            further_ids=tuple(row.further_ids or ()),
        )
        for row in tx.execute(query).all()
    ]


def _stands_in(channel: str) -> Sequence[ColumnElement[bool]]:
    columns = deliveries.c
    # A post that the account's owner made by hand is not ours to delete.
    is_ours = or_(columns.reason_code.is_(None), columns.reason_code != BY_OWNER.code)
    return columns.channel == channel, columns.state == DeliveryState.SENT, is_ours


def _how_to_delete(tx: Connection, attempt: Attempt, erasable: Collection[ChannelId] | None) -> str:
    if erasable is not None and attempt.channel not in erasable:
        return ""
    columns = deliveries.c
    sent_at = select(columns.sent_at).where(columns.id == attempt.id).scalar_subquery()
    is_same_or_newer = or_(
        columns.sent_at > sent_at, and_(columns.sent_at == sent_at, columns.id >= attempt.id)
    )
    query = select(columns.id).where(*_stands_in(attempt.channel), is_same_or_newer)
    found = set(tx.execute(query).scalars())
    if attempt.id not in found:
        return marked(", by hand, by the owner of the account, who may delete it")
    newer = len(found) - 1
    if not newer:
        return told(_DELETED_BY, channel=attempt.channel, last=len(found))
    return told(
        _DELETED_WITH,
        channel=attempt.channel,
        last=len(found),
        what=told_count("{count} newer post", "{count} newer posts", newer),
    )


def _title(tx: Connection, row: Any) -> str:
    if row.feed != DIGEST:
        return str(row.title)
    titles = [headline.title for headline in headlines_of(tx, row.id, row.feed)]
    more = told(" and {count} more", count=len(titles) - _SHOWN) if len(titles) > _SHOWN else ""
    return "; ".join(titles[:_SHOWN]) + more


def retract_delivery(tx: Connection, delivery: DeliveryId, now: datetime) -> None:
    """Write that the post was deleted on the platform."""
    reason = Reason(
        code=ReasonCode.OPERATOR, text=told("retracted at {now} UTC", now=f"{now:%Y-%m-%d %H:%M}")
    )
    change(tx, RETRACT, deliveries.c.id == delivery, reason=reason)


def _existing(tx: Connection, delivery: DeliveryId, refusals: dict[DeliveryState, str]) -> Attempt:
    attempt = read_attempt(tx, delivery) if 0 < delivery <= _ID_MOST else None
    if attempt is None:
        raise UsageError(
            told(
                "there is no delivery {delivery}; `newsbot deliveries` lists them",
                delivery=delivery,
            )
        )
    if attempt.state in refusals:
        why = told(refusals[attempt.state], channel=attempt.channel, delivery=delivery)
        raise NewsbotError(f"delivery {delivery} {why}")
    return attempt


def _refuse_told(tx: Connection, delivery: DeliveryId, digest: DeliveryId) -> None:
    """Raise NewsbotError where readers saw the story in a digest, or may see it any moment."""
    state = tx.execute(select(deliveries.c.state).where(deliveries.c.id == digest)).scalar()
    if state in (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT):
        raise NewsbotError(
            told(
                "delivery {delivery} was posted, or may have been, in delivery "
                "{digest}, one post for several stories; it is posted once",
                delivery=delivery,
                digest=digest,
            )
        )


def _deliveries_of(scope: str, name: str) -> ColumnElement[bool]:
    column = deliveries.c.channel if scope == "channel" else deliveries.c.account
    return column == name
