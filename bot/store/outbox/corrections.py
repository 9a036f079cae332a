"""Posts whose story changed after it was told: who brings them in line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from bot.models.basics import DeliveryState
from bot.models.outbox import Correction, Edited, LeftAlone, Outdated, Pace, TryAgain
from bot.store.db.batches import in_batches
from bot.store.outbox.claims import claimed_channels, read_deliveries
from bot.store.outbox.digests import correct_digests
from bot.store.outbox.leases import LEASE
from bot.store.outbox.moved_chats import moved_chats
from bot.store.outbox.pace import free_at, reserve_shared, silence, silence_for
from bot.store.outbox.pauses import Pauses
from bot.store.tables.schema import deliveries, is_claimed, is_corrected, stories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bot.models.basics import ChannelId, DeliveryId
    from bot.models.outbox import Corrected, Lane
    from bot.store.outbox.attempts import Attempt

_EDITS_MOST = 10
"""Of one post, failed tries included: a feed whose text changes with each poll, or a platform that
refuses each edit, must not spend a channel's pace."""
_may_be_edited = deliveries.c.edits < _EDITS_MOST
_TOLD_WITHIN = timedelta(days=7)
"""Of a window's end, which a bot that was down notices later."""


def claim_corrections(
    tx: Connection,
    lanes: Sequence[Lane],
    owner: str,
    now: datetime,
    *,
    within: timedelta,
    ahead: timedelta = timedelta(0),
) -> list[Correction]:
    """Claim for each of `lanes` at most one post, sent `within`, that tells an old version.

    An edit keeps to the platform's gap and to silences, as a post does. The operator's windows say
    how many posts readers get, and an edit is none. A lane that is free within `ahead` counts as
    free; the delivery says when it may start.
    """
    correct_digests(tx, now - within, now)
    found = _first_outdated(tx, now, within)
    if not found:
        return []
    pauses, busy = Pauses(tx), claimed_channels(tx)
    starts: dict[DeliveryId, datetime] = {}
    for lane in lanes:
        row = found.get(lane.channel)
        is_free = not lane.is_quiet and not pauses.over(lane.channel, lane.account)
        if row is None or lane.channel in busy or not is_free:
            continue
        start = _start(tx, lane, now)
        if start <= now + ahead:
            starts[row.id] = start
            _claim(tx, row, lane, owner, now, start)
    return _corrections(tx, [row for row in found.values() if row.id in starts], starts)


def next_correction(
    tx: Connection, lanes: Sequence[Lane], now: datetime, *, within: timedelta
) -> datetime | None:
    """Return when the first edit could be made, `now` at the earliest; None where none waits."""
    columns, pauses = deliveries.c, Pauses(tx)
    waiting = _outdated(tx, now - within, columns.sent_at > now - within, _may_be_edited)
    found = {row.channel: row for row in reversed(waiting)}
    return min(
        (
            max(_start(tx, lane, now), found[lane.channel].edit_at or now)
            for lane in lanes
            if lane.channel in found
            and not lane.is_quiet
            and not pauses.over(lane.channel, lane.account)
        ),
        default=None,
    )


def _start(tx: Connection, lane: Lane, now: datetime) -> datetime:
    """Return when the lane lets an edit go."""
    return max(free_at(tx, replace(lane, pace=Pace(gap=lane.pace.gap))), now)


def _claim(
    tx: Connection, row: Any, lane: Lane, owner: str, now: datetime, start: datetime
) -> None:
    silence(tx, lane.channel, start + lane.pace.gap)
    reserve_shared(tx, lane, start)
    values = {
        "account": lane.account,
        "lease_owner": owner,
        "lease_until": now + LEASE,
        # Counted before it is made: one that kills the process must not be made for ever.
        "edits": row.edits + 1,
    }
    tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(**values))


def _first_outdated(tx: Connection, now: datetime, within: timedelta) -> dict[ChannelId, Any]:
    """Return the first post of each channel that may be edited now."""
    columns = deliveries.c
    rows = _outdated(
        tx,
        now - within,
        columns.sent_at > now - within,
        _may_be_edited,
        or_(columns.edit_at.is_(None), columns.edit_at <= now),
    )
    return {row.channel: row for row in reversed(rows)}


def _outdated(tx: Connection, since: datetime, *conditions: ColumnElement[bool]) -> list[Any]:
    """Return the posts that tell an old version of a story corrected `since`, oldest first."""
    columns = deliveries.c
    query = select(stories.c.id).where(is_corrected, stories.c.corrected_at > since)
    corrected = tx.execute(query).scalars().all()
    rows: list[Any] = []
    # By the ids of the few stories: in one statement SQLite would read the whole outbox.
    for part in in_batches(corrected):
        found = (
            select(
                deliveries,
                stories.c.version,
                stories.c.title,
                stories.c.corrected_at,
                stories.c.feed.label("teller"),
            )
            .join_from(deliveries, stories, stories.c.id == columns.story)
            .where(
                columns.story.in_(part),
                columns.state == DeliveryState.SENT,
                columns.shown_version < stories.c.version,
                # What a person wrote is never edited over.
                columns.hand_text.is_(None),
                ~is_claimed,
                *conditions,
            )
        )
        rows += tx.execute(found)
    return sorted(rows, key=attrgetter("id"))


def _corrections(
    tx: Connection, rows: Sequence[Any], starts: Mapping[DeliveryId, datetime]
) -> list[Correction]:
    owed = {one.id: one for one in read_deliveries(tx, [row.id for row in rows])}
    left_behind = {move.was for move in moved_chats(tx)}
    return [
        Correction(
            delivery=replace(owed[row.id], start=starts[row.id]),
            text=row.text or "",
            image=row.image,
            remote_id=row.remote_id,
            sent_at=row.sent_at,
            version=row.version,
            # Ids of messages count by chat: in the channel's chat of today this one is another's.
            chat=row.chat,
            is_left_behind=row.chat in left_behind,
            tries=row.edits + 1,
            by_owner=row.teller != row.feed,
            is_album=row.messages > 1,
        )
        for row in rows
    ]


def write_corrected(tx: Connection, attempt: Attempt, version: int, corrected: Corrected) -> None:
    """Write the result of an edit and release the claim."""
    values: dict[str, Any] = {"lease_owner": None, "lease_until": None, "edit_at": None}
    match corrected:
        case Edited():
            values |= {"shown_version": version, "text": corrected.text}
        case LeftAlone():
            values |= {"shown_version": version, "edits": deliveries.c.edits - 1}
        case TryAgain():
            values["edit_at"] = corrected.due
            silence_for(tx, attempt, corrected)
    tx.execute(update(deliveries).where(deliveries.c.id == attempt.id).values(**values))


def end_corrections(
    tx: Connection, windows: Mapping[ChannelId, timedelta], now: datetime
) -> list[Outdated]:
    """Give up on the posts that are older than their channel's window.

    Returns those whose correction came in time and was never shown.
    """
    longest = max(windows.values(), default=timedelta(0))
    rows = _outdated(tx, now - longest - _TOLD_WITHIN, deliveries.c.channel.in_(list(windows)))
    over = [row for row in rows if row.sent_at + windows[row.channel] <= now]
    for row in over:
        values = {"shown_version": row.version}
        tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(**values))
    return [
        Outdated(id=row.id, channel=row.channel, title=row.title)
        for row in over
        if row.corrected_at <= row.sent_at + windows[row.channel]
    ]
