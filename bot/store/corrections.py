"""Posts whose story changed after it was told: who brings them in line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from bot.models import Correction, DeliveryState, Edited, LeftAlone, TryAgain
from bot.store.claims import claimed_channels, read_deliveries
from bot.store.holds import Holds
from bot.store.leases import LEASE
from bot.store.moves import chats_of
from bot.store.pace import free_at, silence
from bot.store.schema import deliveries, is_claimed, is_corrected, stories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from bot.models import Corrected, Lane
    from bot.store.attempts import Attempt

_EDITS_MOST = 10
"""Of one post: a feed whose text changes with each poll must not spend a channel's pace."""


def claim_corrections(
    tx: Connection, lanes: Sequence[Lane], owner: str, now: datetime, *, within: timedelta
) -> list[Correction]:
    """Claim for each of `lanes` at most one post, sent `within`, that tells an old version."""
    found = _outdated(tx, now, within)
    if not found:
        return []
    holds, busy, taken = Holds(tx), claimed_channels(tx), []
    for lane in lanes:
        row = next((row for row in found if row.channel == lane.channel), None)
        is_free = lane.is_open and not holds.over(lane.channel, lane.account)
        if row is None or lane.channel in busy or not is_free or free_at(tx, lane) > now:
            continue
        taken.append(row)
        # An edit counts as a post in the platform's pace.
        silence(tx, lane.channel, now + lane.pace.gap)
        lease = {"lease_owner": owner, "lease_until": now + LEASE, "account": lane.account}
        tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(**lease))
    return _corrections(tx, taken, lanes)


def _outdated(tx: Connection, now: datetime, within: timedelta) -> list[Any]:
    columns = deliveries.c
    query = (
        select(deliveries, stories.c.version)
        .join_from(stories, deliveries, stories.c.id == columns.story)
        .where(
            is_corrected,
            stories.c.corrected_at > now - within,
            columns.state == DeliveryState.SENT,
            columns.told_version < stories.c.version,
            columns.sent_at > now - within,
            columns.edits < _EDITS_MOST,
            ~is_claimed,
        )
        .order_by(columns.id)
    )
    return list(tx.execute(query))


def _corrections(tx: Connection, rows: Sequence[Any], lanes: Sequence[Lane]) -> list[Correction]:
    owed = {one.id: one for one in read_deliveries(tx, [row.id for row in rows])}
    chats = chats_of(tx, lanes)
    return [
        Correction(
            delivery=replace(owed[row.id], chat=chats.get(row.channel)),
            text=row.text or "",
            image=row.image,
            remote_id=row.remote_id,
            sent_at=row.sent_at,
            version=row.version,
        )
        for row in rows
    ]


def write_corrected(tx: Connection, attempt: Attempt, version: int, corrected: Corrected) -> None:
    """Write what an edit came to and release the claim."""
    values: dict[str, Any] = {"lease_owner": None, "lease_until": None}
    match corrected:
        case Edited():
            values |= {"told_version": version, "edits": deliveries.c.edits + 1}
            values["text"] = corrected.text
        case LeftAlone():
            values["told_version"] = version
        case TryAgain():
            silence(tx, attempt.channel, corrected.channel_until or corrected.due)
    tx.execute(update(deliveries).where(deliveries.c.id == attempt.id).values(**values))
