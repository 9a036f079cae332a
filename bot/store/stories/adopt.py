"""A feed under a new id: the memory of the old one becomes the new one's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, exists, insert, select, update

from bot.models.basics import DeliveryState, FeedId, Key, Reason, StoryId
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.outbox.states import LEAVE_OUT, change
from bot.store.stories.facts import forget_facts
from bot.store.stories.known import introduced_channels
from bot.store.stories.settled import day_of, settle, settled_among
from bot.store.tables.notes import alerts_told
from bot.store.tables.schema import (
    VOID,
    deliveries,
    feed_channels,
    feeds,
    passed_over,
    pauses,
    stories,
    story_items,
    story_keys,
)
from bot.wording import marked, told

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, SelectBase

    Twins = dict[StoryId, StoryId]

_BEGUN = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT, DeliveryState.RETRACTED)
# Alerts about feeds: the kind, and how its subject is written.
_ALERTS = (("feed_failing", "{}"), ("feed_silent", "{}"), ("storm", "{}"), ("paused", "feed:{}"))
_other = deliveries.alias()
_PAUSE = select(pauses.c.code).where(pauses.c.scope == "feed", pauses.c.id == bindparam("of"))
_SAME_STORY = Reason(
    code=ReasonCode.SAME_STORY, text=marked("posted by the feed under its former id")
)


def adopt_feed(tx: Connection, old: FeedId, new: FeedId, now: datetime) -> int | None:
    """Make the memory of feed `old` that of feed `new`; return how many stories it has.

    None where nothing is known of `old`. Nothing of `new` is told again because of it, and
    nothing that only `new` saw is lost. `old` is paused, so that whoever still polls it does
    no harm.
    """
    if not _is_known(tx, old):
        return None
    twins = _move_keys(tx, old, new, now)
    _judge_again(tx, old, new, twins)
    _settle(tx, twins)
    _move_state(tx, old, new, now)
    _move_channels(tx, old, new)
    _move_pause(tx, old, new)
    _bury(tx, old, new, now)
    forget_facts(tx, (old, new))
    return _move_stories(tx, old, new)


def is_adopted(tx: Connection, feed: FeedId) -> bool:
    """Tell whether `feed` lives on under another id: a poll of it that still runs is void."""
    return tx.execute(_PAUSE, {"of": feed}).scalar_one_or_none() == ReasonCode.ADOPTED


def adopted(tx: Connection) -> set[FeedId]:
    """Return all feeds that live on under another id."""
    query = select(pauses.c.id).where(pauses.c.scope == "feed", pauses.c.code == ReasonCode.ADOPTED)
    return {FeedId(id_) for id_ in tx.execute(query).scalars()}


def _is_known(tx: Connection, feed: FeedId) -> bool:
    return not is_adopted(tx, feed) and any(
        tx.execute(select(exists().where(condition))).scalar_one()
        for condition in (
            feeds.c.id == feed,
            and_(pauses.c.scope == "feed", pauses.c.id == feed),
            stories.c.feed == feed,
            story_items.c.feed == feed,
            deliveries.c.feed == feed,
        )
    )


def _move_keys(tx: Connection, old: FeedId, new: FeedId, now: datetime) -> Twins:
    """Give the keys of `old` to `new`; return stories of `new` that turn out to be ones of `old`.

    Those are of polls of `new` before the adoption.
    """
    mine, other = story_keys, story_keys.alias()
    query = (
        select(mine.c.key, mine.c.story.label("twin"), other.c.story)
        .join_from(mine, other, mine.c.key == other.c.key)
        .where(mine.c.feed == new, other.c.feed == old)
    )
    both = tx.execute(query).all()
    settled = _settled_before(tx, old, new)
    both_have = {*(row.key for row in both), *settled}
    # `new` showed them lately, `old` perhaps so long ago that they would be forgotten.
    settled.update(row.key for row in both if row.story < VOID)
    settle(tx, dict.fromkeys((Key(key, new) for key in settled), day_of(now)))
    for part in in_batches(both_have):
        tx.execute(delete(story_keys).where(mine.c.feed == new, mine.c.key.in_(part)))
    tx.execute(update(story_keys).where(mine.c.feed == old).values(feed=new))
    return {row.twin: row.story for row in both if VOID < row.twin != row.story > VOID}


def _settled_before(tx: Connection, old: FeedId, new: FeedId) -> set[bytes]:
    """Return those keys of `new` that thinned stories of `old` had."""
    keys = tx.execute(select(story_keys.c.key).where(story_keys.c.feed == new)).scalars()
    settled = settled_among(tx, (Key(key, old) for key in keys), _former_ids(tx, old))
    return {key.hash for key in settled}


def _former_ids(tx: Connection, *of: FeedId) -> list[FeedId]:
    """Return the ids that the feeds had before, each once."""
    rows = tx.execute(select(feeds.c.former).where(feeds.c.id.in_(of))).scalars()
    return list(dict.fromkeys(id_ for row in rows for id_ in row or ()))


def _judge_again(tx: Connection, old: FeedId, new: FeedId, twins: Twins) -> None:
    """Forget the stories that `new` passed over only because it seemed to be a new feed."""
    beyond = and_(
        passed_over.c.code == ReasonCode.FIRST_RUN,
        passed_over.c.channel.in_(introduced_channels(tx, old)),
        passed_over.c.feed == new,
    )
    ids = set(tx.execute(select(passed_over.c.story).where(beyond)).scalars())
    for part in in_batches(ids.difference(twins)):
        tx.execute(delete(passed_over).where(beyond, passed_over.c.story.in_(part)))


def _settle(tx: Connection, twins: Twins) -> None:
    """Let each channel have one post of a story that was taken for two."""
    passed = select(passed_over.c.channel)
    told = select(_other.c.channel)
    for twin, story in twins.items():
        known = told.where(_other.c.story == story)
        _drop(tx, twin, known.union(passed.where(passed_over.c.story == story)))
        _drop(tx, story, told.where(_other.c.story == twin, _other.c.state.in_(_BEGUN)))


def _drop(tx: Connection, story: StoryId, channels: SelectBase) -> None:
    """Drop the deliveries of `story` to `channels` that are not begun."""
    columns = deliveries.c
    of_story = (columns.story == story, columns.channel.in_(channels))
    change(tx, LEAVE_OUT, *of_story, digest=None, reason=_SAME_STORY)


def _move_state(tx: Connection, old: FeedId, new: FeedId, now: datetime) -> None:
    """Give `new` the state of `old`, and have it polled at once and in full.

    In full, because its address may be another one, and what it was passed over for is void.
    """
    former = [old, *(id_ for id_ in _former_ids(tx, old, new) if id_ not in {old, new})]
    found = tx.execute(select(feeds).where(feeds.c.id.in_([old, new]))).mappings()
    rows = {row["id"]: row for row in found}
    if not rows:
        tx.execute(insert(feeds).values(id=new, next_poll=now, former=former))
        return
    names = ("last_poll", "last_success", "last_new", "storm_since")
    times = {
        name: max((row[name] for row in rows.values() if row[name]), default=None) for name in names
    }
    rhythm = next((row["rhythm"] for row in rows.values() if row["rhythm"]), None)
    fresh = {"etag": None, "last_modified": None, "poll_hash": None, "whole_at": None}
    server = {"moved": None, "agreeing": 0, "constant": 0, "address": None}
    values = {**times, **fresh, **server, "next_poll": now, "rhythm": rhythm, "former": former}
    if new in rows:
        tx.execute(delete(feeds).where(feeds.c.id == old))
    else:
        # The lease is that of a poll that is void now.
        values |= {"id": new, "lease_owner": None, "lease_until": None, "poll_began": None}
    tx.execute(update(feeds).where(feeds.c.id == (new if new in rows else old)).values(**values))


def _move_channels(tx: Connection, old: FeedId, new: FeedId) -> None:
    missing = introduced_channels(tx, old) - introduced_channels(tx, new)
    tx.execute(delete(feed_channels).where(feed_channels.c.feed == old))
    if missing:
        rows = [{"feed": new, "channel": channel} for channel in sorted(missing)]
        tx.execute(insert(feed_channels), rows)


def _move_pause(tx: Connection, old: FeedId, new: FeedId) -> None:
    """Move the pause and the alerts of the feed, unless `new` has its own."""
    of_feed = pauses.c.scope == "feed"
    tx.execute(
        delete(pauses).where(of_feed, pauses.c.id == new, pauses.c.code == ReasonCode.ADOPTED)
    )
    if not tx.execute(select(exists().where(of_feed, pauses.c.id == new))).scalar_one():
        tx.execute(update(pauses).where(of_feed, pauses.c.id == old).values(id=new))
    tx.execute(delete(pauses).where(of_feed, pauses.c.id == old))
    columns = alerts_told.c
    for kind, subject in _ALERTS:
        was, is_ = subject.format(old), subject.format(new)
        here = (columns.kind == kind) & (columns.subject == is_)
        there = (columns.kind == kind) & (columns.subject == was)
        if not tx.execute(select(exists().where(here))).scalar_one():
            tx.execute(update(alerts_told).where(there).values(subject=is_))
        tx.execute(delete(alerts_told).where(there))


def _bury(tx: Connection, old: FeedId, new: FeedId, now: datetime) -> None:
    """Keep the old id from being polled, as by a service that does not know the new one yet."""
    text = told(
        "lives on as feed {new}; `newsbot resume feed:{old}` would begin a new feed",
        new=new,
        old=old,
    )
    values = {"code": ReasonCode.ADOPTED, "text": text, "since": now, "failures": 0}
    tx.execute(insert(pauses).values(scope="feed", id=old, **values))


def _move_stories(tx: Connection, old: FeedId, new: FeedId) -> int:
    columns = story_items.c
    other = story_items.alias()
    twice = exists().where(
        other.c.story == columns.story, other.c.item_hash == columns.item_hash, other.c.feed == new
    )
    tx.execute(delete(story_items).where(columns.feed == old, twice))
    passed = passed_over.alias()
    twice = exists().where(
        passed.c.story == passed_over.c.story,
        passed.c.channel == passed_over.c.channel,
        passed.c.feed == new,
    )
    tx.execute(delete(passed_over).where(passed_over.c.feed == old, twice))
    for table in (story_items, deliveries, passed_over):
        tx.execute(update(table).where(table.c.feed == old).values(feed=new))
    return tx.execute(update(stories).where(stories.c.feed == old).values(feed=new)).rowcount
