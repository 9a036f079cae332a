"""The weekly summary: the facts of a week, and which of its messages were sent."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from bot.models.basics import ChannelId, DeliveryState, FeedId
from bot.models.week import SentPost, WeekRecord
from bot.store.db.batches import in_batches
from bot.store.db.worker import reads, writes
from bot.store.operator.ratings import best_rated, note_reactions
from bot.store.operator.related import merges_since
from bot.store.operator.status import count_by_channel
from bot.store.operator.terms import kept_out_since
from bot.store.outbox.ledger import spent
from bot.store.tables.schema import deliveries, is_failed, is_sought, is_unknown, stories
from bot.store.tables.week import summaries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from bot.models.basics import AccountId
    from bot.models.week import Part
    from bot.store.db.database import Database

BEST = 10
_ATTEMPT = timedelta(hours=1)
_KEPT = timedelta(days=400)


def claim_part(tx: Connection, slot: datetime, part: Part, now: datetime) -> bool:
    """Tell whether this process is to send the message: True once, whatever happens then."""
    own = (summaries.c.slot == slot, summaries.c.part == part)
    if tx.execute(select(summaries.c.slot).where(*own)).first() is not None:
        return False
    tx.execute(delete(summaries).where(summaries.c.slot < now - _KEPT))
    values = {"slot": slot, "part": part, "claimed_at": now, "outcome": "sending"}
    tx.execute(insert(summaries).values(**values))
    return True


def end_part(
    tx: Connection, slot: datetime, part: Part, outcome: str, reason: str | None = None
) -> None:
    """Write down what became of the message."""
    own = (summaries.c.slot == slot, summaries.c.part == part)
    tx.execute(update(summaries).where(*own).values(outcome=outcome, reason_text=reason))


def release_part(tx: Connection, slot: datetime, part: Part) -> None:
    """Let the message be claimed again: it was certainly not sent."""
    tx.execute(delete(summaries).where(summaries.c.slot == slot, summaries.c.part == part))


def outcomes(tx: Connection, slot: datetime) -> dict[str, str]:
    """Return by part what became of the messages of a summary."""
    rows = tx.execute(select(summaries).where(summaries.c.slot == slot))
    return {row.part: row.outcome for row in rows}


def week_record(
    tx: Connection,
    channels: Sequence[ChannelId],
    accounts: Sequence[AccountId],
    start: datetime,
    end: datetime,
) -> WeekRecord:
    """Return the facts from `start` to `end`; what waits for the operator as it is now."""
    return WeekRecord(
        sent=tuple(posts_sent(tx, channels, start, end)),
        merged=_merged(tx, start) - _merged(tx, end),
        filtered=_filtered(tx, start) - _filtered(tx, end),
        failed=count_by_channel(tx, is_failed),
        unknown=count_by_channel(tx, is_unknown & ~is_sought),
        spent={account: _spent(tx, account, start, end) for account in accounts},
        best=tuple(best_rated(tx, start, BEST, until=end)),
    )


def had_begun(tx: Connection, moment: datetime) -> bool:
    """Tell whether the store knew a story before `moment`: a new one has no week behind it."""
    first = tx.execute(select(stories.c.first_seen).order_by(stories.c.id).limit(1)).scalar()
    return first is not None and first < moment


def _merged(tx: Connection, since: datetime) -> int:
    merged, undone = merges_since(tx, since)
    return merged - undone


def _filtered(tx: Connection, since: datetime) -> Counter[ChannelId]:
    counts: Counter[ChannelId] = Counter()
    for one in kept_out_since(tx, since):
        counts[one.channel] += one.items
    return counts


def _spent(tx: Connection, account: AccountId, start: datetime, end: datetime) -> int:
    after, in_all = spent(tx, account, end, start)
    return in_all - after


def posts_sent(
    tx: Connection, channels: Sequence[ChannelId], start: datetime, end: datetime
) -> Iterator[SentPost]:
    """Yield the posts of `channels` from `start` to `end` that are not deleted."""
    for part in in_batches(dict.fromkeys(channels)):
        query = (
            select(
                deliveries.c.channel,
                deliveries.c.feed,
                deliveries.c.sent_at,
                stories.c.published,
                stories.c.first_seen,
            )
            .join_from(deliveries, stories, stories.c.id == deliveries.c.story)
            .where(
                deliveries.c.channel.in_(part),
                deliveries.c.attempted_at > start - _ATTEMPT,
                deliveries.c.state == DeliveryState.SENT,
                deliveries.c.sent_at >= start,
                deliveries.c.sent_at < end,
            )
        )
        yield from map(_sent_post, tx.execute(query))


def _sent_post(row: Any) -> SentPost:
    zero, published = timedelta(0), row.published
    return SentPost(
        channel=ChannelId(row.channel),
        feed=FeedId(row.feed),
        at=row.sent_at,
        delay=None if published is None else max(row.sent_at - published, zero),
        slowness=None if published is None else max(row.first_seen - published, zero),
    )


class Weeks:
    """The operations on summaries and ratings: each is the function that is named here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    claim = writes(claim_part)
    end = writes(end_part)
    release = writes(release_part)
    outcomes = reads(outcomes)
    had_begun = reads(had_begun)
    record = reads(week_record)
    note_reactions = writes(note_reactions, durable=False)
    best = reads(best_rated)
