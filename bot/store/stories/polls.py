"""Claims on feeds that are due, and the results of polls."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, LargeBinary, String, bindparam, case, func, insert, select, update

from bot.dedupe.decide import restyled
from bot.store.db.batches import in_batches
from bot.store.db.joint import Joint
from bot.store.db.worker import in_worker
from bot.store.events.lessons import Lessons
from bot.store.outbox.leases import LEASE
from bot.store.stories.adopt import is_adopted
from bot.store.stories.asked import AskedServers
from bot.store.stories.claims import FruitlessLook, claimed_now, locked_now, state_of
from bot.store.stories.facts import facts_of, keep_facts
from bot.store.stories.known import introduced_channels, known_of, look_up
from bot.store.stories.servers import know_addresses, stop_if_gone
from bot.store.stories.stories import StoryWriter
from bot.store.stories.subscriptions import trust
from bot.store.stories.thin import see_again
from bot.store.tables.columns import UtcTime
from bot.store.tables.schema import feed_channels, feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection, RowMapping

    from bot.models.basics import FeedId, Key
    from bot.models.feeds import FeedState, Poll
    from bot.models.stories import Known, Story
    from bot.models.traces import Marks
    from bot.store.db.database import Database
    from bot.store_ports import Conclude


_AWAY = timedelta(days=1)
"""A feed that was not read for longer comes back with a backlog."""

# Built once: most polls bring nothing, and building the statement costs more than running it.
_is_other = feeds.c.lease_owner != bindparam("owner")
_is_part = bindparam("part", type_=Integer()) == 1
# What a poll says of the server that it asked. A claim that was taken away meanwhile, as by another
# address of the feed, says nothing about the one that is asked now.
_OF_SERVER = ("etag", "last_modified", "poll_hash", "moved", "agreeing", "constant", "next_poll")


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=feeds.c[name].type)


# A poll whose claim ran out may end at the same time as the one that took its place. Of a file
# there is one writer in any case.
_LOCK = select(feeds.c.id).where(feeds.c.id == bindparam("of")).with_for_update()
_FINISH = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values(
        **{name: case((_is_other, feeds.c[name]), else_=_new(name)) for name in _OF_SERVER},
        rhythm=func.coalesce(bindparam("new_rhythm", type_=LargeBinary()), feeds.c.rhythm),
        **{
            name: case((_is_other, feeds.c[name]), else_=func.coalesce(_new(name), feeds.c[name]))
            for name in ("whole_at", "hub", "topic")
        },
        last_poll=bindparam("at"),
        last_success=func.coalesce(bindparam("success_at", type_=UtcTime()), feeds.c.last_success),
        last_new=func.coalesce(bindparam("new_at", type_=UtcTime()), feeds.c.last_new),
        # What a hub sent says nothing of the server: one that fails backs off as before.
        errors=case(
            (_is_part, feeds.c.errors),
            (bindparam("code", type_=String()).is_(None), 0),
            else_=feeds.c.errors + 1,
        ),
        reason_code=case((_is_part, feeds.c.reason_code), else_=bindparam("code", type_=String())),
        reason_text=case((_is_part, feeds.c.reason_text), else_=bindparam("text", type_=String())),
        # A claim that ran out meanwhile may be another process's now.
        lease_owner=case((_is_other, feeds.c.lease_owner)),
        lease_until=case((_is_other, feeds.c.lease_until)),
        poll_began=case((_is_other, feeds.c.poll_began)),
    )
)


class Feeds:
    """Implements `ports.FeedStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._registered: set[FeedId] = set()
        self._fruitless = FruitlessLook()
        self._asked = AskedServers(database.owner)
        self._quiet = Joint(database, self._finish_quietly)
        self._lessons = Lessons(database)

    @in_worker
    def claim_due_feeds(
        self, feeds: Sequence[FeedId], now: datetime, *, limit: int, force: bool = False
    ) -> list[FeedState]:
        if not force and self._is_fruitless(feeds, now):
            return []
        wanted = set(feeds)
        with self.database.write(durable=False, beside=True) as tx:
            self._register(tx, wanted, now)
            claimed = self._claimed(tx, wanted, now, limit=limit, force=force)
            self._begin(tx, [row["id"] for row in claimed], now)
            if not (claimed or force or self._asked.busy):
                self._fruitless.note(tx, feeds, now)
        self._registered |= wanted
        return [state_of(row, self.database.owner) for row in claimed]

    def _claimed(
        self, tx: Connection, wanted: set[FeedId], now: datetime, *, limit: int, force: bool
    ) -> list[RowMapping]:
        if not self.database.is_shared:
            return claimed_now(tx, wanted, now, limit=limit, force=force)
        free = partial(self._asked.free, tx, now=now)
        likely = self._asked.likely(wanted)
        claimed = locked_now(tx, likely, now, free, limit=limit, force=force)
        # What others asked at the last look may be free now.
        if not claimed and likely != wanted:
            claimed = locked_now(tx, wanted, now, free, limit=limit, force=force)
        return claimed

    def _is_fruitless(self, feeds: Sequence[FeedId], now: datetime) -> bool:
        with self.database.read() as tx:
            return self._fruitless.holds(tx, feeds, now)

    @in_worker
    def renew_polls(self, ids: Collection[FeedId], now: datetime) -> None:
        with self.database.write(durable=False, beside=True) as tx:
            for part in in_batches(ids):
                mine = feeds.c.id.in_(part) & (feeds.c.lease_owner == self.database.owner)
                tx.execute(update(feeds).where(mine).values(self._lease(now)))

    @in_worker
    def know_addresses(
        self,
        addresses: Mapping[FeedId, str],
        now: datetime,
        *,
        servers: Mapping[FeedId, str] | None = None,
    ) -> None:
        self._asked.servers = servers or {}
        with self.database.write(durable=False, beside=True) as tx:
            self._register(tx, set(addresses), now)
            know_addresses(tx, addresses, now)
        self._registered |= addresses.keys()

    @in_worker
    def release_polls(self) -> None:
        self._release()

    @in_worker
    def put_off(self, feed: FeedId) -> None:
        self._release(feeds.c.id == feed)

    def _release(self, *which: ColumnElement[bool]) -> None:
        with self.database.write(durable=False, beside=True) as tx:
            mine = update(feeds).where(feeds.c.lease_owner == self.database.owner, *which)
            tx.execute(mine.values(lease_owner=None, lease_until=None, poll_began=None))

    @in_worker
    def facts(self, feed: FeedId) -> bytes | None:
        with self.database.read() as tx:
            return facts_of(tx, feed)

    async def finish_poll(
        self,
        poll: Poll,
        keys: Marks | Sequence[Key] = (),
        decide: Callable[[Known], Sequence[Story]] | None = None,
        *,
        conclude: Conclude | None = None,
    ) -> Sequence[Story]:
        if decide is None:
            # Most polls are such: a transaction for each costs more than asking the server does.
            await self._quiet.ask(poll)
            return ()
        decided = await self._finish_with_news(poll, keys, decide, conclude)
        await self._lessons.learn()
        return decided

    def _finish_quietly(self, polls: Sequence[Poll]) -> Sequence[None]:
        with self.database.write(durable=False, beside=True) as tx:
            self._register(tx, {poll.feed for poll in polls}, min(poll.at for poll in polls))
            for poll in polls:
                self._asked.began(poll.feed, poll.at)
                _introduce(tx, poll, None)
                stop_if_gone(tx, poll)
            owner = self.database.owner
            # Sorted, so that no two transactions wait for each other.
            rows = [_finish_values(poll, owner, has_new=False) for poll in polls]
            tx.execute(_FINISH, sorted(rows, key=lambda row: row["feed"]))
        return [None] * len(polls)

    @in_worker
    def _finish_with_news(
        self,
        poll: Poll,
        keys: Marks | Sequence[Key],
        decide: Callable[[Known], Sequence[Story]],
        conclude: Conclude | None,
    ) -> Sequence[Story]:
        self._asked.began(poll.feed, poll.at)
        with self.database.write(beside=True) as tx:
            if is_adopted(tx, poll.feed):
                return ()
            self._register(tx, {poll.feed}, poll.at)
            if self.database.is_shared:
                tx.execute(_LOCK, {"of": poll.feed})
            decided, known, writer = _decided(tx, poll, keys, decide)
            if conclude:
                poll, facts = conclude(known, decided)
                if not poll.is_part:
                    keep_facts(tx, poll.feed, facts)
            if writer.new:
                _note_return(tx, poll, writer.last_success)
            _introduce(tx, poll, known)
            stop_if_gone(tx, poll)
            if poll.is_told is not None:
                trust(tx, poll.feed, is_told=poll.is_told)
            tx.execute(_FINISH, _finish_values(poll, self.database.owner, has_new=writer.new > 0))
        self._lessons.add(writer.taught)
        self._registered.add(poll.feed)
        return decided

    def _register(self, tx: Connection, wanted: set[FeedId], now: datetime) -> None:
        unsure = wanted - self._registered
        for part in in_batches(unsure):
            known = tx.execute(select(feeds.c.id).where(feeds.c.id.in_(part))).scalars()
            new = set(part).difference(known)
            if new:
                tx.execute(insert(feeds), [{"id": feed, "next_poll": now} for feed in sorted(new)])

    def _begin(self, tx: Connection, ids: list[FeedId], now: datetime) -> None:
        for part in in_batches(ids):
            begun = update(feeds).where(feeds.c.id.in_(part))
            tx.execute(begun.values(**self._lease(now), poll_began=now))

    def _lease(self, now: datetime) -> dict[str, Any]:
        return {"lease_owner": self.database.owner, "lease_until": now + LEASE}


def forget_polls(tx: Connection) -> None:
    """Forget the polls that were under way where this content comes from: none of them failed."""
    tx.execute(update(feeds).values(lease_owner=None, lease_until=None, poll_began=None))


def _decided(
    tx: Connection,
    poll: Poll,
    keys: Marks | Sequence[Key],
    decide: Callable[[Known], Sequence[Story]],
) -> tuple[Sequence[Story], Known, StoryWriter]:
    found = look_up(tx, keys, poll.feed)
    see_again(tx, found.settled, poll.at)
    known = known_of(tx, found, poll.feed)
    decided = decide(known)
    writer = StoryWriter(tx, poll.feed, poll.at, found)
    writer.write(decided)
    if writer.held:
        storming = update(feeds).where(feeds.c.id == poll.feed, feeds.c.storm_since.is_(None))
        tx.execute(storming.values(storm_since=poll.at))
    is_restyled = bool(restyled(decided, poll.rest))
    is_whole = (decided or poll.rest) and not poll.is_part
    if is_whole and known.is_restyled is not is_restyled:
        change = update(feeds).where(feeds.c.id == poll.feed)
        tx.execute(change.values(restyled=int(is_restyled)))
    return decided, known, writer


def _note_return(tx: Connection, poll: Poll, seen: datetime | None) -> None:
    """Note that the feed, last `seen` then, brings news again after days without a good poll.

    It was disabled, paused or out of reach. Where it is planned to be polled so rarely, it was not.
    """
    if seen is not None and poll.at - seen > max(_AWAY, 2 * (poll.next_poll - poll.at)):
        tx.execute(update(feeds).where(feeds.c.id == poll.feed).values(returned_at=poll.at))


def _introduce(tx: Connection, poll: Poll, known: Known | None) -> None:
    if not poll.channels:
        return
    new = set(poll.channels) - (known.introduced if known else introduced_channels(tx, poll.feed))
    if new:
        rows = [{"feed": poll.feed, "channel": channel} for channel in sorted(new)]
        tx.execute(insert(feed_channels), rows)


def _finish_values(poll: Poll, owner: str, *, has_new: bool) -> dict[str, Any]:
    return {
        "feed": poll.feed,
        "owner": owner,
        "new_etag": poll.validators.etag,
        "new_last_modified": poll.validators.last_modified,
        "new_poll_hash": poll.validators.poll_hash,
        "new_moved": poll.validators.moved,
        "new_agreeing": poll.validators.agreeing,
        "new_constant": int(poll.validators.is_constant),
        "new_rhythm": poll.rhythm,
        "new_whole_at": poll.whole_at,
        "new_hub": poll.hub.url if poll.hub else None,
        "new_topic": poll.hub.topic if poll.hub else None,
        "new_next_poll": poll.next_poll,
        "at": poll.at,
        "success_at": None if poll.error else poll.at,
        "new_at": poll.at if has_new else None,
        "part": int(poll.is_part),
        "code": poll.error.code if poll.error else None,
        "text": poll.error.text if poll.error else None,
    }
