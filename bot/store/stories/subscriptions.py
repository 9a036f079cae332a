"""Subscriptions at the hubs of feeds, from this side: which to ask for, to renew, and to end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, insert, or_, select, update

from bot.collect.websub.leases import MOST_GOODBYES, next_try
from bot.models.basics import FeedId, Reason
from bot.models.subscriptions import Hub, Subscription
from bot.store.tables.records import reason_columns, record
from bot.store.tables.schema import feeds
from bot.store.tables.subscriptions import has_hub, is_staying, subscriptions
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping, ScalarSelect

    from bot.models.subscriptions import HubRefused

    MakeSubscription = Callable[[FeedId, Hub], Subscription]

_columns = subscriptions.c
_DAY = timedelta(days=1)
_READ_WITHIN = timedelta(minutes=2)
"""A push that no poll read by then was in a process that died."""
_UNVERIFIED = Reason(
    code="unverified",
    text=marked(
        "the hub took the request and has not verified it yet: it must reach web.public_url"
    ),
)


def reconcile(
    tx: Connection, wanted: Collection[FeedId], base: str, make: MakeSubscription, now: datetime
) -> None:
    """Want a subscription for each feed of `wanted` that names a hub, and end all others.

    `base` is the beginning of all callbacks, `make` returns a new subscription.
    """
    named = _hubs_of(tx, wanted)
    staying: set[FeedId] = set()
    for row in tx.execute(select(subscriptions).where(is_staying)).mappings().all():
        hub = Hub(url=row["hub"], topic=row["topic"])
        if named.get(row["feed"]) == hub and row["callback"].startswith(base):
            staying.add(row["feed"])
        else:
            _leave(tx, row, now)
    new = [make(feed, hub) for feed, hub in named.items() if feed not in staying]
    if new:
        tx.execute(insert(subscriptions), [_new_row(one, now) for one in new])


def _hubs_of(tx: Connection, wanted: Collection[FeedId]) -> dict[FeedId, Hub]:
    query = select(feeds.c.id, feeds.c.hub, feeds.c.topic).where(has_hub)
    return {
        FeedId(row.id): Hub(url=row.hub, topic=row.topic)
        for row in tx.execute(query)
        if row.topic and row.id in wanted
    }


def _leave(tx: Connection, row: RowMapping, now: datetime) -> None:
    of_row = _columns.token == row["token"]
    if row["asked_at"] is None:
        tx.execute(delete(subscriptions).where(of_row))
        return
    ended = {"leaving": 1, "attempts": 0, "due": now, "expires": None}
    distrust(tx, of_row, now)
    tx.execute(update(subscriptions).where(of_row).values(**ended, **reason_columns(None)))


def _new_row(one: Subscription, now: datetime) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in ("token", "feed", "hub", "topic", "callback")}
    return said | {"secret": one.secret, "due": now, "leaving": 0, "attempts": 0, "trusted": 0}


def distrust(tx: Connection, which: ColumnElement[bool], now: datetime) -> None:
    """Poll the feeds of `which` subscriptions as usual again, beginning now."""
    trusted = select(_columns.feed).where(which, _columns.trusted == 1)
    tx.execute(
        update(feeds).where(feeds.c.id.in_(trusted), feeds.c.next_poll > now).values(next_poll=now)
    )
    tx.execute(update(subscriptions).where(which, _columns.trusted == 1).values(trusted=0))


def trust(tx: Connection, feed: FeedId, *, is_told: bool) -> None:
    """Note whether the hub told the latest news of `feed`.

    One that did not may know nothing of the subscription: our answer to its verification was lost,
    or it lost its memory. It is asked again, once a day at most.
    """
    of_feed = is_staying & (_columns.feed == feed)
    row = tx.execute(select(_columns.asked_at, _columns.due).where(of_feed)).first()
    if row is None:
        return
    again = row.due if is_told or not row.asked_at else min(row.due, row.asked_at + _DAY)
    tx.execute(update(subscriptions).where(of_feed).values(trusted=int(is_told), due=again))


def is_told(now: datetime) -> ScalarSelect[int]:
    """Return, for a query of feeds, 1 where a hub tells the news of one, None where it cannot."""
    in_force = is_staying & (_columns.expires > now)
    of_feed = select(_columns.trusted).where(in_force, _columns.feed == feeds.c.id)
    return of_feed.scalar_subquery()


def forget_all(tx: Connection, now: datetime) -> None:
    """Forget all subscriptions: no hub can reach this program any more."""
    everything = _columns.token.is_not(None)
    distrust(tx, everything, now)
    tx.execute(delete(subscriptions))


def are_any(tx: Connection) -> bool:
    """Tell whether there are subscriptions, in force or not."""
    return bool(tx.execute(select(exists().where(_columns.token.is_not(None)))).scalar_one())


def are_due(tx: Connection, wanted: Collection[FeedId], now: datetime) -> bool:
    """Tell whether `reconcile` or `claim_due` would find anything to do.

    Feeds that left the configuration stay in the table with their hub.
    """
    known = exists().where(
        is_staying,
        _columns.feed == feeds.c.id,
        _columns.hub == feeds.c.hub,
        _columns.topic == feeds.c.topic,
    )
    new = select(feeds.c.id).where(has_hub, ~known)
    due = select(_columns.token).where(or_(_columns.due <= now, _is_over(now), _is_unread(now)))
    return tx.execute(due.limit(1)).first() is not None or any(
        feed in wanted for feed in tx.execute(new).scalars()
    )


def _is_over(now: datetime) -> ColumnElement[bool]:
    return (_columns.trusted == 1) & or_(_columns.expires.is_(None), _columns.expires <= now)


def _is_unread(now: datetime) -> ColumnElement[bool]:
    """Tell of a push that its feed was not polled after, and is not due to be.

    A feed that failed is polled at the end of its back-off.
    """
    unread = exists().where(
        feeds.c.id == _columns.feed,
        feeds.c.last_poll < _columns.pushed_at,
        feeds.c.next_poll > now,
        feeds.c.errors == 0,
    )
    return (_columns.pushed_at <= now - _READ_WITHIN) & unread


def claim_due(tx: Connection, now: datetime, *, limit: int) -> list[Subscription]:
    """Return up to `limit` subscriptions that a hub is to be asked for now.

    Each is noted as asked for, so that nobody else asks, and its verification is expected. Feeds
    are polled as usual again whose subscription is over, and now where a push was not read.
    """
    distrust(tx, _is_over(now), now)
    unread = select(_columns.feed).where(_is_unread(now))
    tx.execute(update(feeds).where(feeds.c.id.in_(unread)).values(next_poll=now))
    is_gone = (_columns.leaving == 1) & (_columns.attempts >= MOST_GOODBYES)
    tx.execute(delete(subscriptions).where(is_gone, _columns.due <= now))
    query = select(subscriptions).where(_columns.due <= now).order_by(_columns.due).limit(limit)
    found = [subscription_of(row) for row in tx.execute(query).mappings()]
    for one in found:
        tries = one.attempts + 1
        asked = {"asked_at": now, "attempts": tries, "due": next_try(now, tries)}
        tx.execute(update(subscriptions).where(_columns.token == one.token).values(**asked))
    return found


def answer(tx: Connection, token: str, refused: HubRefused | None, now: datetime) -> None:
    """Note how a hub answered a request, unless it has verified that meanwhile."""
    row = (_columns.token == token) & (_columns.attempts > 0)
    if refused is None:
        waits = row & is_staying & or_(_columns.expires.is_(None), _columns.expires <= now)
        tx.execute(update(subscriptions).where(waits).values(**reason_columns(_UNVERIFIED)))
        return
    tries = tx.execute(select(_columns.attempts).where(row)).scalar()
    if tries is not None:
        again = {"due": next_try(now, tries, refused.retry_after)}
        values = {**again, **reason_columns(refused.reason)}
        tx.execute(update(subscriptions).where(row).values(**values))


def subscription_of(row: RowMapping) -> Subscription:
    """Return the record of a row."""
    return record(Subscription, row, is_leaving=bool(row["leaving"]))
