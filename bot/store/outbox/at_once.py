"""A delivery that the operator asks for, made and claimed in one step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.errors import NewsbotError
from bot.models.basics import DeliveryId, DeliveryState, FeedId, Reason
from bot.models.outbox import Delivery, Lane, Pace
from bot.models.reasons import ReasonCode
from bot.moments import local_time
from bot.store.outbox.claims import claimed_channels, read_deliveries
from bot.store.outbox.digests import drop_empty_digest
from bot.store.outbox.leases import LEASE
from bot.store.outbox.moved_chats import chats_of
from bot.store.outbox.pace import free_at
from bot.store.outbox.pauses import refuse_paused
from bot.store.outbox.states import POST_NOW, QUEUE_NOW, WITHDRAW, change, change_one, make
from bot.store.tables.records import article_from_json, article_to_json
from bot.store.tables.schema import deliveries, stories
from bot.wording import marked, told

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import StoryId
    from bot.models.settings import Channel
    from bot.models.stories import Article

# A wait up to this is only the pace, and no reason to send the operator away.
_SOON = timedelta(seconds=5)
_WAITS = (DeliveryState.PENDING, DeliveryState.HELD)
_WITHDRAWN = Reason(code=ReasonCode.TEST, text=marked("test post, not sent: say it again"))
_WAS_SENT = marked(
    "channel {channel} was sent this story on {when} ({address}), and it is posted once; "
    "it may be sent again after `newsbot retract --channel {channel} --last N`"
)
_WAS_AMONG = marked(
    "channel {channel} was sent this story among others on {when} ({address}), and it is posted "
    "once; it may be sent again after `newsbot retract --channel {channel} --last N`"
)
_MAY_BE_OUT = (DeliveryState.SENDING, DeliveryState.UNKNOWN)

BY_HAND = FeedId("(by hand)")
"""Stands where a delivery came from no feed; no feed can have this id."""


def owe_directly(
    tx: Connection, article: Article, channel: Channel, *, owner: str, now: datetime
) -> Delivery | None:
    """Write a story, its delivery and the claim on it; None while the channel is posted to.

    Raises NewsbotError while channel or account are paused, and while the platform wants the
    channel to rest.
    """
    refuse_paused(tx, channel.id, channel.account)
    lane = _lane(channel)
    if channel.id in claimed_channels(tx):
        return None
    free = free_at(tx, lane)
    if free > now:
        _refuse_early(channel, free, now)
        return None
    story = tx.execute(
        insert(stories).values(
            feed=BY_HAND,
            title=article.title,
            first_seen=now,
            last_seen=now,
            article=article_to_json(article),
        )
    )
    id_ = make(
        tx,
        QUEUE_NOW,
        story=story.inserted_primary_key[0],  # type: ignore[index] # an INSERT of one row has it
        channel=channel.id,
        feed=BY_HAND,
        due=now,
        created_at=now,
        **_claim_of(channel, owner, now, version=0),
    )
    return Delivery(
        id=id_,
        channel=channel.id,
        feed=BY_HAND,
        article=article,
        created_at=now,
        chat=chats_of(tx, [lane]).get(channel.id),
    )


def withdraw(tx: Connection, delivery: DeliveryId) -> None:
    """Give a test post up that did not go out at once; one that may be out stays as it is."""
    change(tx, WITHDRAW, deliveries.c.id == delivery, reason=_WITHDRAWN)


def story_article(tx: Connection, story: StoryId) -> Article | None:
    """Return the article of `story`, None where no channel was to get it."""
    value = tx.execute(select(stories.c.article).where(stories.c.id == story)).scalar()
    return article_from_json(value) if value else None


def owe_story(
    tx: Connection, story: StoryId, article: Article, channel: Channel, *, owner: str, now: datetime
) -> Delivery | None:
    """See `Outbox.owe_story`."""
    lane = _lane(channel)
    if channel.id in claimed_channels(tx):
        return None
    _refuse_told(tx, story, channel)
    refuse_paused(tx, channel.id, channel.account)
    free = free_at(tx, lane)
    if free > now:
        _refuse_early(channel, free, now)
        return None
    _keep_article(tx, story, article)
    id_ = _claim_story(tx, story, channel, owner=owner, now=now)
    (delivery,) = read_deliveries(tx, [id_])
    return replace(delivery, chat=chats_of(tx, [lane]).get(channel.id))


def _refuse_told(tx: Connection, story: StoryId, channel: Channel) -> None:
    """Raise NewsbotError where readers saw the story, or may have seen it."""
    row = _row(tx, deliveries.c.story == story, deliveries.c.channel == channel.id)
    post = row
    if row is not None and row.digest is not None and row.state == DeliveryState.DROPPED:
        post = _row(tx, deliveries.c.id == row.digest)
    if post is None:
        return
    if post.state == DeliveryState.SENT:
        when = local_time(post.sent_at, channel.timezone)
        form = _WAS_SENT if post is row else _WAS_AMONG
        address = post.remote_url or post.remote_id
        raise NewsbotError(told(form, channel=channel.id, when=when, address=address))
    if post.state in _MAY_BE_OUT:
        raise NewsbotError(
            told(
                "channel {channel} may have been sent this story: look there, then "
                "`newsbot retry {delivery}` sends it again, `newsbot drop {delivery}` gives "
                "it up",
                channel=channel.id,
                delivery=post.id,
            )
        )


def _refuse_early(channel: Channel, free: datetime, now: datetime) -> None:
    if free - now > _SOON:
        until = local_time(free, channel.timezone, seconds=True)
        raise NewsbotError(
            told(
                "channel {channel} rests until {until}: the platform asked for it, "
                "or its last attempt failed; try again then",
                channel=channel.id,
                until=until,
            )
        )


def _keep_article(tx: Connection, story: StoryId, article: Article) -> None:
    without = (stories.c.id == story, stories.c.article.is_(None))
    tx.execute(update(stories).where(*without).values(article=article_to_json(article)))


def _claim_story(
    tx: Connection, story: StoryId, channel: Channel, *, owner: str, now: datetime
) -> DeliveryId:
    """Claim the one delivery of `story` to `channel`, in any state; make it if need be."""
    same = (deliveries.c.story == story, deliveries.c.channel == channel.id)
    feed, version = tx.execute(
        select(stories.c.feed, stories.c.version).where(stories.c.id == story)
    ).one()
    claim = _claim_of(channel, owner, now, version=version)
    row = _row(tx, *same)
    if row is None:
        new = {"story": story, "channel": channel.id, "feed": feed, "created_at": now}
        return make(tx, QUEUE_NOW, **new, **claim, due=now)
    without = row.without if row.state in _WAITS else []
    change_one(tx, POST_NOW, row.id, **claim, due=now, without=without, edits=0)
    drop_empty_digest(tx, row.digest)
    return DeliveryId(row.id)


def _claim_of(channel: Channel, owner: str, now: datetime, *, version: int) -> dict[str, Any]:
    return {
        "account": channel.account,
        "shown_version": version,
        "wanted_at": now,
        "lease_owner": owner,
        "lease_until": now + LEASE,
    }


def _row(tx: Connection, *conditions: Any) -> Any | None:
    return tx.execute(select(deliveries).where(*conditions)).one_or_none()


def _lane(channel: Channel) -> Lane:
    """Return the channel's lane without the operator's own pace, which "now" overrides."""
    chat = None if channel.chat is None else str(channel.chat)
    pace = Pace(gap=timedelta(0))
    return Lane(channel=channel.id, account=channel.account, pace=pace, chat=chat)
