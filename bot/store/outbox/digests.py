"""A delivery that tells several stories in one post, and the stories in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.models.basics import ChannelId, DeliveryId, DeliveryState, FeedId, Reason
from bot.models.reasons import ReasonCode
from bot.models.stories import Article, Headline
from bot.store.db.batches import in_batches
from bot.store.outbox.states import LEAVE_OUT, QUEUE, WAIT_ON, change, is_waiting, make
from bot.store.outbox.together import beside_related
from bot.store.tables.records import article_to_json, reason_columns
from bot.store.tables.schema import deliveries, is_claimed, is_corrected, is_pending, stories
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

DIGEST = FeedId("(digest)")
"""Stands where a delivery tells several stories; no feed can have this id."""
GATHERING = timedelta(minutes=1)
"""That of a backlog waits so long, for the stories of one poll to join those of the one before."""
_MOST_HEADLINES = 100


def told_in(digest: DeliveryId) -> Reason:
    """Return why a story that a digest tells has no post of its own."""
    text = told(
        "posted in delivery {digest}, one post for all that waited (backlog)", digest=digest
    )
    return Reason(code=ReasonCode.DIGEST, text=text)


def owe_digest(tx: Connection, channel: ChannelId, now: datetime, *, due: datetime) -> DeliveryId:
    """Write a digest that tells nothing yet."""
    story = tx.execute(
        insert(stories).values(
            feed=DIGEST,
            title=str(DIGEST),
            first_seen=now,
            last_seen=now,
            article=article_to_json(Article(title=str(DIGEST), published=now)),
        )
    )
    id_ = story.inserted_primary_key[0]  # type: ignore[index] # an INSERT of one row has it
    return make(tx, QUEUE, story=id_, channel=channel, feed=DIGEST, due=due, created_at=now)


def gather_no_more(tx: Connection, now: datetime) -> None:
    """Let the digests that wait for further stories go, not those that wait for their time."""
    soon = deliveries.c.due.between(now, now + GATHERING)
    gathers = (deliveries.c.feed == DIGEST, is_pending, ~is_claimed, soon)
    untried = deliveries.c.attempted_at.is_(None)
    tx.execute(update(deliveries).where(*gathers, untried).values(due=now))


def drop_empty_digest(tx: Connection, digest: DeliveryId | None) -> None:
    """Drop a waiting digest whose stories were all taken out of it: it has nothing to tell."""
    if digest is None:
        return
    tells = select(deliveries.c.id).where(deliveries.c.digest == digest).exists()
    reason = Reason(code=ReasonCode.DIGEST, text=marked("none of its stories is left to post"))
    waiting = (deliveries.c.id == digest, is_waiting, ~is_claimed, ~tells)
    change(tx, LEAVE_OUT, *waiting, digest=None, reason=reason)


def headlines_of(tx: Connection, delivery: DeliveryId, feed: str) -> tuple[Headline, ...]:
    """Return the headlines of a digest, newest first; nothing for another delivery."""
    if feed != DIGEST:
        return ()
    rows = stories_in(tx, delivery)[:_MOST_HEADLINES]
    return tuple(
        Headline(
            title=row.title,
            link=row.link,
            feed=FeedId(row.feed),
            source=row.source or "",
            image=row.image,
        )
        for row in rows
    )


def leave_untold(
    tx: Connection, digest: DeliveryId, said: int, now: datetime, *, is_continued: bool
) -> None:
    """Take the stories out of a digest that its text has no room for: all but the first `said`.

    They wait for the next digest where it `is_continued`.
    """
    rest = [row.id for row in stories_in(tx, digest)[said:]]
    if is_continued:
        _let_wait(tx, digest, rest, now)
        return
    text = told(
        "left out: delivery {digest} has room for the newest {number} of what waited (backlog)",
        digest=digest,
        number=said,
    )
    reason = Reason(code=ReasonCode.BACKLOG, text=text)
    take_out(tx, rest, reason)


def _let_wait(tx: Connection, digest: DeliveryId, ids: Iterable[DeliveryId], now: datetime) -> None:
    """Let the stories wait for the digest after this one, which takes what is due before it."""
    own = tx.execute(select(deliveries.c.due).where(deliveries.c.id == digest)).scalar_one()
    text = told("waits for the next digest: delivery {digest} had no room for it", digest=digest)
    reason = Reason(code=ReasonCode.DIGEST, text=text)
    for part in in_batches(ids):
        change(tx, WAIT_ON, deliveries.c.id.in_(part), due=max(own, now), reason=reason)


def show_versions(tx: Connection, digest: DeliveryId) -> None:
    """Note which versions of its stories a digest tells: a later one wants an edit."""
    version = select(stories.c.version).where(stories.c.id == deliveries.c.story)
    folded = update(deliveries).where(deliveries.c.digest == digest)
    tx.execute(folded.values(shown_version=version.scalar_subquery()))


def correct_digests(tx: Connection, since: datetime, now: datetime) -> None:
    """Let the posts of digests be edited that tell an old version of a story corrected `since`."""
    columns, digest = deliveries.c, deliveries.alias("digest")
    corrected = select(stories.c.id).where(is_corrected, stories.c.corrected_at > since)
    for part in in_batches(tx.execute(corrected).scalars()):
        query = (
            select(columns.id, stories.c.version, digest.c.story.label("owner"))
            .join_from(deliveries, stories, stories.c.id == columns.story)
            .join(digest, digest.c.id == columns.digest)
            .where(columns.story.in_(part), columns.shown_version < stories.c.version)
            .where(digest.c.state == DeliveryState.SENT)
        )
        rows = tx.execute(query).all()
        for row in rows:
            same = columns.id == row.id
            tx.execute(update(deliveries).where(same).values(shown_version=row.version))
        changed = {"version": stories.c.version + 1, "corrected_at": now}
        owners = {row.owner for row in rows}
        tx.execute(update(stories).where(stories.c.id.in_(owners)).values(**changed))


def take_out(tx: Connection, ids: Iterable[DeliveryId], reason: Reason) -> None:
    """Take folded stories out of their digest; they stay dropped, for `reason`."""
    for part in in_batches(ids):
        folded = update(deliveries).where(deliveries.c.id.in_(part))
        tx.execute(folded.values(digest=None, **reason_columns(reason)))


def explain_folded(tx: Connection, digest: DeliveryId, reason: Reason) -> None:
    """Say why the stories of a digest have no post of their own; another delivery has none."""
    folded = update(deliveries).where(deliveries.c.digest == digest)
    tx.execute(folded.values(reason_columns(reason)))


def stories_in(tx: Connection, digest: DeliveryId) -> list[Any]:
    """Return a digest's folded deliveries with their stories, newest first, related together."""
    columns = deliveries.c
    query = (
        select(
            columns.id,
            columns.feed,
            columns.story,
            stories.c.title,
            stories.c.link,
            stories.c.published,
            stories.c.first_seen,
            stories.c.article["source"].as_string().label("source"),
            stories.c.article["image"].as_string().label("image"),
        )
        .join_from(deliveries, stories, stories.c.id == columns.story)
        .where(columns.digest == digest)
        .order_by(columns.id.desc())
    )
    rows = sorted(tx.execute(query), key=news_time, reverse=True)
    return [*beside_related(tx, rows[:_MOST_HEADLINES]), *rows[_MOST_HEADLINES:]]


def news_time(row: Any) -> datetime:
    """Return when a delivery's story was news."""
    moment: datetime = min(row.published or row.first_seen, row.first_seen)
    return moment
