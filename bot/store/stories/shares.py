"""The share of each channel in the stories of a poll: deliveries, and what is passed over."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.store.db.batches import in_batches
from bot.store.outbox.states import HOLD_BACK, QUEUE, SCHEDULE, STORM, TAKE_OVER, change, make_all
from bot.store.tables.schema import deliveries, passed_over
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.models.basics import ChannelId, FeedId, StoryId
    from bot.models.stories import Story
    from bot.store.outbox.states import Transition
    from bot.store.stories.known import Lookup


class ShareWriter:
    """Writes what each channel gets of one poll of `feed`; lives for one transaction.

    `held` counts the new deliveries that wait for the operator.
    """

    def __init__(self, tx: Connection, feed: FeedId, now: datetime, found: Lookup) -> None:
        self._tx = tx
        self._feed = feed
        self._now = now
        self._found = found
        self._passed: list[dict[str, Any]] = []
        self._queued: list[tuple[Transition, dict[str, Any]]] = []
        self._taken: dict[tuple[ChannelId, datetime], list[StoryId]] = {}
        self.held = 0

    def pass_over(self, owner: StoryId, story: Story) -> None:
        """Note why channels do not get `story`; one that has it, or was told so before, is left."""
        self._passed += [
            {
                "story": owner,
                "channel": channel,
                "feed": self._feed,
                "code": reason.code,
                "text": reason.text,
                "at": self._now,
            }
            for channel, reason in story.passed_over.items()
            if (owner, channel) not in self._found.queued
            and (owner, channel) not in self._found.passed
        ]
        self._found.passed.update((owner, channel) for channel in story.passed_over)

    def owe(self, owner: StoryId, story: Story) -> None:
        """Owe `story` to the channels that do not have it yet.

        Raises ValueError where it has no article to write posts from.
        """
        queued, waiting = self._found.queued, self._found.waiting
        owed = [name for name in dict.fromkeys(story.owed) if (owner, name) not in queued]
        if not owed:
            return
        if owner not in self._found.with_article:
            raise ValueError(
                told(
                    "story {owner} is queued, but it has no article to write posts from",
                    owner=owner,
                )
            )
        self._queue(owner, story, [name for name in owed if (owner, name) not in waiting])
        if not story.held:
            for name in owed:
                if (owner, name) in waiting:
                    self._taken.setdefault((name, story.due or self._now), []).append(owner)
        queued.update((owner, channel) for channel in owed)

    def _queue(self, owner: StoryId, story: Story, channels: Sequence[ChannelId]) -> None:
        row: dict[str, Any] = {"story": owner, "feed": self._feed, "created_at": self._now}
        row |= {"due": story.due or self._now}
        transition = QUEUE
        if story.held:
            row |= {"held_by": STORM, "reason": story.held}
            transition = HOLD_BACK
            self.held += len(channels)
        elif story.due:
            row |= {"reason": _ahead(story.due)}
            transition = SCHEDULE
        self._queued += [(transition, row | {"channel": channel}) for channel in channels]

    def flush(self) -> None:
        """Write all that was noted; deliveries are numbered in the order in which they came."""
        if self._passed:
            self._tx.execute(insert(passed_over), self._passed)
        for transition, rows in groupby(self._queued, key=itemgetter(0)):
            make_all(self._tx, transition, [row for _, row in rows])
        for (channel, due), stories in self._taken.items():
            for some in in_batches(stories):
                here = deliveries.c.channel == channel, deliveries.c.story.in_(some)
                change(self._tx, TAKE_OVER, *here, feed=self._feed, due=due)
        self._passed, self._queued, self._taken = [], [], {}


def _ahead(due: datetime) -> Reason:
    """Return why a story waits that its feed dates ahead."""
    text = told("dated {due} UTC, which is to come: posted then", due=f"{due:%Y-%m-%d %H:%M}")
    return Reason(code=ReasonCode.FUTURE_DATE, text=text)
