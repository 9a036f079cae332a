"""The store as the pipeline needs it, as protocols; `ports.py` has the rest of the outside world.

Each contract is tested once for all databases in `tests/contract/store`. All datetimes are aware
and in UTC. Any method may raise `StoreError`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.models.basics import AccountId, ChannelId, DeliveryId, FeedId, Key
    from bot.models.events import Heard, Relation
    from bot.models.feeds import FeedState, Poll
    from bot.models.outbox import (
        Begun,
        Charge,
        Corrected,
        Correction,
        Delivery,
        Lane,
        Outcome,
        Outdated,
        Read,
        Settled,
        Sought,
    )
    from bot.models.posts import Post
    from bot.models.stories import Article, Known, Story
    from bot.models.traces import Marks


class Conclude(Protocol):
    """Says what a poll came to when its stories are decided."""

    def __call__(self, known: Known, stories: Sequence[Story], /) -> tuple[Poll, bytes | None]:
        """Return the poll as it is to be stored, and the facts to keep of its document.

        Facts kept before are forgotten where these are None.
        """
        ...


class FeedStore(Protocol):
    """The feeds: who polls which, and the result."""

    async def claim_due_feeds(
        self, feeds: Sequence[FeedId], now: datetime, *, limit: int, force: bool = False
    ) -> list[FeedState]:
        """Claim up to `limit` of `feeds` that are due, longest overdue first.

        A feed may be claimed when it is not paused, no other claim's lease runs, and its next
        poll is due (`force` ignores that); a feed never seen before is due. No feed is ever in
        two claims whose leases run.

        A claim notes that a poll began. Where its process dies before `finish_poll`, the next claim
        tells (`FeedState.interrupted`), due or not.
        """
        ...

    async def know_addresses(
        self,
        addresses: Mapping[FeedId, str],
        now: datetime,
        *,
        servers: Mapping[FeedId, str] | None = None,
    ) -> None:
        """Start anew with each feed whose address in the file is another one than before.

        Its validators, its new address and its failures are forgotten, and its poll is due; a pause
        because it was gone is over. From now on no feed is claimed while another node asks the same
        one of the `servers`, or within a second.
        """
        ...

    async def renew_polls(self, ids: Collection[FeedId], now: datetime) -> None:
        """Let the claims of this process on `ids` last: their polls go on."""
        ...

    async def release_polls(self) -> None:
        """Give all claims of this process back: it ends, and no poll of it has failed."""
        ...

    async def put_off(self, feed: FeedId) -> None:
        """Give this process's claim on `feed` back: nothing was asked, and its poll stays due."""
        ...

    async def facts(self, feed: FeedId) -> bytes | None:
        """Return what `finish_poll` was last told to keep of the feed's document."""
        ...

    async def finish_poll(
        self,
        poll: Poll,
        keys: Marks | Sequence[Key] = (),
        decide: Callable[[Known], Sequence[Story]] | None = None,
        *,
        conclude: Conclude | None = None,
    ) -> Sequence[Story]:
        """Release the claim and write feed state, stories, keys and owed deliveries.

        All in ONE transaction, with `decide` called inside it on the known stories of `keys` (which
        must be all keys that it may use), so that two polls of one story can never both owe it.
        `conclude` is called after it. Returns the stories as decided.
        """
        ...


class StoryStore(Protocol):
    """Which stories are known."""

    async def known_keys(self, feed: FeedId, keys: Marks | Sequence[Key]) -> Known:
        """Return the known stories of `keys`, and the channels `feed` was polled for before."""
        ...


class EventStore(Protocol):
    """Reports of one event by several outlets."""

    async def hear(
        self, feed: FeedId, articles: Sequence[Article], now: datetime, window: timedelta
    ) -> list[Heard]:
        """Return for each of `articles` the stories of other feeds that tell its event, or may.

        Those are compared that came within `window`, in the same language, and that are told
        themselves: nothing is compared with a story that was merged everywhere.
        """
        ...

    async def told_meanwhile(
        self, delivery: Delivery, now: datetime, *, show: bool
    ) -> Relation | None:
        """Return the story of the same event that came beside this one, and is told in its channel.

        `hear` could not see it: two polls were under way at once. It is noted as related, and its
        posts name the outlet where they are to `show` it.
        """
        ...


class DeliveryStore(Protocol):
    """The outbox."""

    @property
    def is_shared(self) -> bool:
        """Tell whether other machines take over what this one claims and does not end in time."""
        ...

    async def claim_due_deliveries(
        self, lanes: Sequence[Lane], now: datetime, *, limit: int, ahead: timedelta
    ) -> list[Delivery]:
        """Claim at most one delivery for each of `lanes`, oldest first.

        A delivery may be claimed when it is pending and due, its channel and account are not
        paused (or their probe is due), its lane is outside its quiet hours and its pace allows an
        attempt within `ahead`, no other delivery of the channel is claimed or `sending`, and no
        older delivery of the same feed and channel is pending or to be searched for. A queue that
        waited through an outage is folded before (`Backlog`).
        """
        ...

    async def begin(
        self, delivery: DeliveryId, post: Post, now: datetime, charge: Charge | None = None
    ) -> Begun:
        """Write `sending` with the frozen text and reserve `charge`, atomically."""
        ...

    async def spent(
        self, account: AccountId, day_start: datetime, month_start: datetime
    ) -> tuple[int, int]:
        """Return the cost of `account` since the two times, in micro-dollars.

        Attempts that may have been billed count.
        """
        ...

    async def finish(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """Store the outcome of the attempt, or of the decision not to try, and release the claim.

        After a later attempt began, only proof is stored. A post that may have been sent is
        searched for from its `search_at` on; its cost stays counted. What cannot be stored now is
        kept, and stored before the next claim of any kind; proof survives this process where a
        file can be written. Raises DatabaseLost.
        """
        ...


class SearchStore(Protocol):
    """Deliveries that may or may not have arrived."""

    async def claim_searches(
        self, lanes: Sequence[Lane], now: datetime, *, limit: int
    ) -> list[Sought]:
        """Claim at most one delivery to search for in each of `lanes`, oldest first.

        Nothing else of the channel is claimed or `sending` meanwhile. The claim lasts for a
        minute, so that a process that was killed is soon missed.
        """
        ...

    async def renew_searches(self, ids: Collection[DeliveryId], now: datetime) -> None:
        """Let the claims of searches that go on last for another minute."""
        ...

    async def begin_search(self, delivery: DeliveryId, charge: Charge, now: datetime) -> bool:
        """Reserve the cost of a search; False where it has no room or the claim is lost."""
        ...

    async def finish_search(
        self, sought: Sought, settled: Settled, now: datetime, *, read: Read | None = None
    ) -> None:
        """Store the result of a search and its cost, and release the claim.

        A delivery that was settled otherwise meanwhile, or tried again, stays as it is. A search
        for it is due again at once when a post of ours in the same chat is proved.
        """
        ...


class CorrectionStore(Protocol):
    """Posts whose story was corrected after they were sent."""

    @property
    def is_shared(self) -> bool:
        """Tell as `DeliveryStore` does."""
        ...

    async def claim_corrections(
        self,
        lanes: Sequence[Lane],
        now: datetime,
        *,
        within: timedelta,
        ahead: timedelta = timedelta(0),
    ) -> list[Correction]:
        """Claim at most one post in each of `lanes` that was sent `within` and is out of date.

        An edit keeps to the gap of the lane's pace, not to its windows. A post is edited ten times
        at most, failed tries included. A lane that is free within `ahead` counts as free.
        """
        ...

    async def finish_correction(self, correction: Correction, corrected: Corrected) -> None:
        """Store the result of the edit, and release the claim."""
        ...

    async def end_corrections(
        self, windows: Mapping[ChannelId, timedelta], now: datetime
    ) -> list[Outdated]:
        """Give up on the posts that are older than their channel's window.

        Returns those whose correction came in time and was never shown, each once.
        """
        ...
