"""What the operator sees of the store, and the operator's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import StoryId
from bot.store.db.worker import in_worker
from bot.store.db.write_locks import WriteLock
from bot.store.operator.actions import (
    drop_delivery,
    pause_scope,
    release_storm,
    resume_scope,
    retract_delivery,
    retry_delivery,
    sent_posts,
)
from bot.store.operator.listing import delivery_rows, traces
from bot.store.operator.status import channel_statuses, delays, feed_statuses, last_errors
from bot.store.outbox.at_once import story_article, withdraw
from bot.store.outbox.ledger import correct, reserve_if_it_fits, spent
from bot.store.outbox.pauses import Holds
from bot.store.stories.adopt import adopt_feed
from bot.store.stories.search import matching_stories
from bot.store.tables.schema import deliveries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from bot.models.alerts import Pause, Scope
    from bot.models.basics import AccountId, ChannelId, DeliveryId, DeliveryState, FeedId, Reason
    from bot.models.outbox import Charge, ChargeKind
    from bot.models.stories import Article
    from bot.models.views import (
        ChannelStatus,
        DeliveryRow,
        FeedStatus,
        LastError,
        SentPost,
        StoryTrace,
    )
    from bot.store.db.database import Database


class Desk:
    """Everything an operator's command needs; works beside a running service."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @in_worker
    def deliveries(
        self,
        *,
        state: DeliveryState | None = None,
        channel: ChannelId | None = None,
        limit: int = 50,
    ) -> list[DeliveryRow]:
        """Return the outbox, newest first; `limit` 0 is all."""
        conditions = []
        if state is not None:
            conditions.append(deliveries.c.state == state)
        if channel is not None:
            conditions.append(deliveries.c.channel == channel)
        with self.database.read() as tx:
            return delivery_rows(tx, *conditions, limit=limit)

    @in_worker
    def latest_deliveries_of_feed(self, feed: FeedId, limit: int) -> list[DeliveryRow]:
        """Return the newest deliveries of what `feed` brought; `limit` 0 is all."""
        with self.database.read() as tx:
            return delivery_rows(tx, deliveries.c.feed == feed, limit=limit)

    @in_worker
    def find_stories(self, text: str, limit: int) -> list[StoryTrace]:
        """Return what became of stories by link, item id or words of the title, newest first.

        Accents and case do not count in titles; `limit` 0 is all.
        """
        if not text.strip():
            return []
        with self.database.read() as tx:
            return traces(
                tx,
                [StoryId(story) for story in tx.execute(matching_stories(text, limit)).scalars()],
            )

    @in_worker
    def article(self, story: StoryId) -> Article | None:
        """Return what posts about a story are written from, None where it was never owed."""
        with self.database.read() as tx:
            return story_article(tx, story)

    @in_worker
    def feed_status(self, ids: Sequence[FeedId]) -> list[FeedStatus]:
        """Return the feeds of `ids` that were ever polled or paused."""
        with self.database.read() as tx:
            return feed_statuses(tx, ids)

    @in_worker
    def channel_status(
        self, channels: Sequence[tuple[ChannelId, AccountId | None]], now: datetime
    ) -> list[ChannelStatus]:
        """Return the queue of each channel; its account's pause counts as its own."""
        with self.database.read() as tx:
            return channel_statuses(tx, channels, now)

    @in_worker
    def delays(
        self, channels: Sequence[ChannelId], start: datetime
    ) -> dict[ChannelId, list[timedelta]]:
        """Return how old the news was that `channels` were sent since `start`, post by post.

        From publication to post; feeds that tell no time are left out.
        """
        with self.database.read() as tx:
            return delays(tx, channels, start)

    @in_worker
    def last_errors(self, feeds: Collection[FeedId], limit: int) -> list[LastError]:
        """Return what went wrong last, in `feeds` or with posts, and is not mended yet.

        Newest first.
        """
        with self.database.read() as tx:
            return last_errors(tx, feeds, limit)

    @in_worker
    def spent(
        self, account: AccountId, day_start: datetime, month_start: datetime
    ) -> tuple[int, int]:
        """Return what `account` spent since the two times, in micro-dollars.

        Attempts that may have been billed count.
        """
        with self.database.read() as tx:
            return spent(tx, account, day_start, month_start)

    @in_worker
    def retry(self, delivery: DeliveryId, now: datetime) -> None:
        """Make a delivery that ended without a post pending again, due now and whole.

        Raises UsageError for an unknown id, NewsbotError where the state forbids it.
        """
        with self.database.write() as tx:
            retry_delivery(tx, delivery, now)

    @in_worker
    def drop(self, delivery: DeliveryId, now: datetime) -> None:
        """Make sure that a delivery is not sent any more.

        Raises UsageError for an unknown id, NewsbotError where the state forbids it.
        """
        with self.database.write() as tx:
            drop_delivery(tx, delivery, now)

    @in_worker
    def withdraw(self, delivery: DeliveryId) -> None:
        """Give a test post up that did not go out at once; what may be out stays as it is."""
        with self.database.write() as tx:
            withdraw(tx, delivery)

    @in_worker
    def release_feed(self, feed: FeedId, now: datetime, *, drop: bool = False) -> int | None:
        """End a storm: let go what was held back, or give it up; None where there is none.

        Returns how many deliveries that were.
        """
        with self.database.write(WriteLock.OUTBOX, WriteLock.STORIES, WriteLock.FEEDS) as tx:
            return release_storm(tx, feed, now, drop=drop)

    @in_worker
    def sent_posts(self, channel: ChannelId, last: int) -> list[SentPost]:
        """Return the last posts that stand in `channel`, newest first."""
        with self.database.read() as tx:
            return sent_posts(tx, channel, last)

    @in_worker
    def begin_delete(self, delivery: DeliveryId, charge: Charge, now: datetime) -> bool:
        """Reserve what deleting costs; False where the budget has no room for it."""
        with self.database.write() as tx:
            return reserve_if_it_fits(tx, charge, delivery, now)

    @in_worker
    def retracted(self, delivery: DeliveryId, now: datetime) -> None:
        """Write that the post was deleted on the platform."""
        with self.database.write() as tx:
            retract_delivery(tx, delivery, now)

    @in_worker
    def give_back(self, delivery: DeliveryId, kind: ChargeKind, at: datetime) -> None:
        """Take out of the ledger what was reserved at `at` and certainly not billed."""
        with self.database.write() as tx:
            correct(tx, delivery, kind, at, 0)

    @in_worker
    def pause(self, scope: Scope, name: str, reason: Reason, now: datetime) -> None:
        """Pause a feed's polling, or a channel's or account's posts, until `resume`."""
        with self.database.write() as tx:
            pause_scope(tx, scope, name, reason, now)

    @in_worker
    def resume(self, scope: Scope, name: str) -> bool:
        """End a pause, the operator's or a platform's; False where there is none."""
        with self.database.write() as tx:
            return resume_scope(tx, scope, name)

    @in_worker
    def pauses_over(self, channel: ChannelId, account: AccountId | None) -> list[Pause]:
        """Return the pauses that concern a channel of `account`, the channel's own first."""
        with self.database.read() as tx:
            return [hold.pause() for hold in Holds(tx).over(channel, account)]

    @in_worker
    def adopt(self, old: FeedId, new: FeedId, now: datetime) -> int | None:
        """Make the memory of feed `old` that of feed `new`; return how many stories it has.

        None where nothing is known of `old`. Nothing of `new` is told again because of it, and
        nothing that only `new` saw is lost. `old` is paused, so that whoever still polls it does
        no harm.
        """
        with self.database.write(*WriteLock) as tx:
            return adopt_feed(tx, old, new, now)
