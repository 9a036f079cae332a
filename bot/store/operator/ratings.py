"""How readers rated posts: the reactions that the platform counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from bot.models.basics import ChannelId, DeliveryId, DeliveryState
from bot.models.week import RatedPost
from bot.store.tables.schema import deliveries, stories
from bot.store.tables.week import ratings

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from bot.models.basics import AccountId
    from bot.models.week import Reactions

_KEPT = timedelta(days=30)
_AHEAD = timedelta(days=1)
"""How far the platform's clock may be before ours."""
_MOST = 2**53
"""JSON's whole numbers end there."""


def note_reactions(tx: Connection, account: AccountId, reactions: Reactions, now: datetime) -> bool:
    """Remember what readers gave a post of `account`; False for another message, or an old count.

    The same count may come twice, and counts may come in any order.
    """
    tx.execute(delete(ratings).where(ratings.c.sent_at < now - _KEPT))
    post = _post(tx, account, reactions, now)
    if post is None or reactions.at > now + _AHEAD:
        return False
    values = {"reactions": min(max(reactions.count, 0), _MOST), "at": reactions.at}
    own = ratings.c.delivery == post.id
    known = tx.execute(select(ratings.c.at).where(own)).scalar()
    if known is None:
        tx.execute(insert(ratings).values(delivery=post.id, sent_at=post.sent_at, **values))
    elif known <= reactions.at:
        tx.execute(update(ratings).where(own).values(**values))
    return known is None or known <= reactions.at


def _post(tx: Connection, account: AccountId, reactions: Reactions, now: datetime) -> Any:
    """Return the delivery behind the message, None where it is no post of the last weeks."""
    columns = deliveries.c
    names = [name.lower() for name in reactions.chats]
    query = select(columns.id, columns.sent_at).where(
        columns.account == account,
        columns.attempted_at > now - _KEPT,
        columns.state == DeliveryState.SENT,
        columns.remote_id == str(reactions.message),
        func.lower(columns.chat).in_(names),
    )
    return tx.execute(query.order_by(columns.id.desc()).limit(1)).first()


def best_rated(
    tx: Connection, since: datetime, limit: int, *, until: datetime | None = None
) -> list[RatedPost]:
    """Return the posts sent from `since` to `until` with the most reactions, the best first."""
    is_in_time = ratings.c.sent_at >= since
    if until is not None:
        is_in_time &= ratings.c.sent_at < until
    query = (
        select(ratings.c.reactions, deliveries, stories.c.title)
        .join_from(ratings, deliveries, deliveries.c.id == ratings.c.delivery)
        .join(stories, stories.c.id == deliveries.c.story)
        .where(is_in_time, ratings.c.reactions > 0, deliveries.c.state == DeliveryState.SENT)
        .order_by(ratings.c.reactions.desc(), deliveries.c.id.desc())
        .limit(limit)
    )
    return [
        RatedPost(
            delivery=DeliveryId(row["id"]),
            channel=ChannelId(row["channel"]),
            title=row["title"],
            url=row["remote_url"],
            reactions=row["reactions"],
        )
        for row in tx.execute(query).mappings()
    ]
