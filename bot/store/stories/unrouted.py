"""Deliveries that wait although their feed was removed, disabled, or led to other channels."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_, update

from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.reasons import ReasonCode
from bot.store.outbox.digests import DIGEST, drop_empty_digest, take_out
from bot.store.outbox.states import LEAVE_OUT, change, is_waiting
from bot.store.stories.adopt import adopted
from bot.store.tables.schema import deliveries, feeds, is_claimed, passed_over, story_items
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import DeliveryId
    from bot.models.feeds import Routing

    Pair = tuple[FeedId, ChannelId]

_waits = (is_waiting, ~is_claimed, deliveries.c.wanted_at.is_(None))
"""What `storm` holds back waits for the operator, who frees it by name, removed feeds included."""
_ABANDONED = timedelta(minutes=10)
"""A feed whose poll is later than this is polled by nobody."""
_LATELY = timedelta(days=7)
_SEVERAL = 4
"""Of fewer feeds a person may well remove most while newsbot is stopped."""
_ids = deliveries.c.id
_open_digests = select(_ids).where(*_waits, deliveries.c.feed == DIGEST)


def drop_unrouted(
    tx: Connection, routing: Routing, now: datetime, *, only: Collection[Pair] | None = None
) -> Counter[FeedId]:
    """Drop what waits for channels that its feed does not lead to; return how many by feed.

    Where another feed brought the story, too, and leads to the channel, the delivery becomes that
    feed's. `only` are the pairs of feed and channel to look at; otherwise it is all of them. A
    delivery that the operator asked for stays, and so does what `storm` holds back.
    """
    dropped: Counter[FeedId] = Counter()
    for feed, channel in _pairs(tx, routing, now, only):
        here = (deliveries.c.feed == feed, deliveries.c.channel == channel)
        _hand_over(tx, routing, channel, tx.execute(select(_ids).where(*_waits, *here)).scalars())
        reason = _reason(feed, channel, routing)
        dropped[feed] += change(tx, LEAVE_OUT, *_waits, *here, digest=None, reason=reason)
        dropped[feed] += _leave_digests(tx, feed, channel, reason)
    return +dropped


def count_unrouted(
    tx: Connection, routing: Routing, now: datetime, *, only: Collection[Pair] | None = None
) -> Counter[FeedId]:
    """Return how many deliveries wait, by feed, for channels that their feeds do not lead to.

    Some of them may be other feeds' news, too, and then they are posted as that.
    """
    counted: Counter[FeedId] = Counter()
    for feed, channel in _pairs(tx, routing, now, only):
        here = (deliveries.c.feed == feed, deliveries.c.channel == channel)
        counted[feed] += len(tx.execute(select(_ids).where(*_waits, *here)).all())
        counted[feed] += len(_folded(tx, feed, channel))
    return +counted


def _pairs(
    tx: Connection, routing: Routing, now: datetime, only: Collection[Pair] | None
) -> list[Pair]:
    """Return the pairs of feed and channel for which something waits in vain.

    A feed that was adopted under a new id, which the file does not name yet, is no removed one:
    then nothing that is unknown here is judged. On a server the file of another machine may be
    newer than this one: a feed that is still polled is judged only where `only` names it. So are
    the unknown ones where the file lost most of them: that may be an accident.
    """
    columns = (deliveries.c.feed, deliveries.c.channel)
    waiting = select(*columns).where(is_waiting, columns[0] != DIGEST).distinct()
    folded = select(*columns).where(deliveries.c.digest.in_(_open_digests)).distinct()
    rows = {*tx.execute(waiting).all(), *tx.execute(folded).all()}
    found = sorted((FeedId(feed), ChannelId(channel)) for feed, channel in rows)
    is_stale = not adopted(tx).isdisjoint(routing.leads)
    is_stale |= only is None and _is_cut(tx, routing, now)
    may_be_others = only is None and tx.dialect.name != "sqlite"
    return [
        (feed, channel)
        for feed, channel in found
        if channel not in routing.leads.get(feed, ())
        and (only is None or (feed, channel) in only)
        and not (is_stale and feed not in routing.known)
        and not (may_be_others and not _is_abandoned(tx, feed, now))
    ]


def _is_cut(tx: Connection, routing: Routing, now: datetime) -> bool:
    """Tell whether the file has no feed, or lacks most of those that were polled lately."""
    lately = select(feeds.c.id).where(feeds.c.last_poll > now - _LATELY)
    polled = set(tx.execute(lately).scalars())
    missing = len(polled - routing.known)
    return not routing.known or (len(polled) >= _SEVERAL and 2 * missing > len(polled))


def _is_abandoned(tx: Connection, feed: FeedId, now: datetime) -> bool:
    """Tell whether no machine polls the feed, whatever the files of the others say."""
    due = tx.execute(select(feeds.c.next_poll).where(feeds.c.id == feed)).scalar()
    return due is None or due < now - _ABANDONED


def _reason(feed: FeedId, channel: ChannelId, routing: Routing) -> Reason:
    if feed in routing.leads:
        text = told(
            "feed {feed} is not routed to channel {channel} any more", feed=feed, channel=channel
        )
    elif feed in routing.known:
        text = told("feed {feed} was disabled", feed=feed)
    else:
        text = told("feed {feed} was removed from the configuration", feed=feed)
    return Reason(code=ReasonCode.UNROUTED, text=text)


def _hand_over(
    tx: Connection, routing: Routing, channel: ChannelId, ids: Iterable[DeliveryId]
) -> None:
    """Give the deliveries to feeds that brought their stories, too, and lead to the channel."""
    others = [feed for feed, channels in routing.leads.items() if channel in channels]
    for id_ in list(ids):
        of_story = select(deliveries.c.story).where(_ids == id_).scalar_subquery()
        refused = select(passed_over.c.story, passed_over.c.feed).where(
            passed_over.c.channel == channel
        )
        query = select(story_items.c.feed).where(
            story_items.c.story == of_story,
            story_items.c.feed.in_(others),
            tuple_(story_items.c.story, story_items.c.feed).not_in(refused),
        )
        if other := tx.execute(query.limit(1)).scalar():
            tx.execute(update(deliveries).where(_ids == id_).values(feed=other))


def _leave_digests(tx: Connection, feed: FeedId, channel: ChannelId, reason: Reason) -> int:
    """Take the feed's stories out of the digests that wait; return how many."""
    folded = _folded(tx, feed, channel)
    take_out(tx, folded, reason)
    for digest in set(folded.values()):
        drop_empty_digest(tx, digest)
    return len(folded)


def _folded(tx: Connection, feed: FeedId, channel: ChannelId) -> Mapping[DeliveryId, DeliveryId]:
    """Return the feed's deliveries in digests that wait, with their digests."""
    query = select(_ids, deliveries.c.digest).where(
        deliveries.c.feed == feed,
        deliveries.c.channel == channel,
        deliveries.c.digest.in_(_open_digests),
    )
    return {row.id: row.digest for row in tx.execute(query)}
