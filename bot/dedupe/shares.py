"""Which channels get the stories of a poll: by language, age, first run and filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, Reason
from bot.models.feeds import Item
from bot.models.reasons import ReasonCode
from bot.wording import told

if TYPE_CHECKING:
    from datetime import datetime

    from bot.dedupe.matching import Group
    from bot.models.settings import Feed

Refuse = Callable[[Sequence[Item]], Mapping[ChannelId, Reason]]
"""Says which channels' filters keep a story of these items out, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What deciding about a poll depends on beside its items.

    `late` is how long the news had to wait for the poll: so much more of it is no storm.
    """

    late: timedelta = timedelta(0)
    refuse: Refuse | None = None


ORDINARY = Circumstances()


class Shares:
    """Says which channels get the stories of a poll, which are asked for newest first."""

    def __init__(
        self, feed: Feed, introduced: frozenset[ChannelId], now: datetime, refuse: Refuse | None
    ) -> None:
        self._feed = feed
        self._introduced = introduced
        self._now = now
        self._refuse = refuse
        self._refused: Counter[ChannelId] = Counter()

    def of(self, group: Group, rank: int) -> dict[ChannelId, Reason | None]:
        """Return the channels that have not settled the story yet, and why one does not get it."""
        settled = frozenset[ChannelId]().union(*(story.settled for story in group.known.values()))
        return {
            channel: self._why_not(group, channel, rank)
            for channel in self._feed.channels
            if channel not in settled
        }

    def _why_not(self, group: Group, channel: ChannelId, rank: int) -> Reason | None:
        item, feed = group.entries[0].item, self._feed
        # A first run brings so many of those that pass the filters.
        first = None if channel in self._introduced else rank - self._refused[channel]
        reason = _other_language(item, feed, channel) or _why_not(
            item, feed, first_rank=first, now=self._now
        )
        if reason is None and self._refuse is not None:
            reason = self._refuse([entry.item for entry in group.entries]).get(channel)
            self._refused[channel] += reason is not None
        return reason


def _other_language(item: Item, feed: Feed, channel: ChannelId) -> Reason | None:
    """Return the reason if the channel does not take the language that the item claims.

    "pt" takes "pt-BR", not the reverse (RFC 4647, basic filtering).
    """
    wanted = feed.languages.get(channel, ())
    language = item.language or feed.language
    tag = f"{language.lower()}-"
    if not wanted or any(tag.startswith(f"{one.lower()}-") for one in wanted):
        return None
    text = told(
        'in "{language}"; the channel takes only {names} (channels.languages)',
        language=language,
        names=", ".join(wanted),
    )
    return Reason(code=ReasonCode.LANGUAGE, text=text)


def _why_not(item: Item, feed: Feed, *, first_rank: int | None, now: datetime) -> Reason | None:
    published = item.published
    if feed.max_age is not None and published is not None and now - published > feed.max_age:
        return Reason(
            code=ReasonCode.TOO_OLD,
            text=told(
                "published {published}, older than max_age", published=f"{published:%Y-%m-%d}"
            ),
        )
    if first_rank is not None and first_rank >= feed.first_run:
        return Reason(
            code=ReasonCode.FIRST_RUN,
            text=told(
                "seen at the feed's first run, beyond the newest {first_run} (first_run)",
                first_run=feed.first_run,
            ),
        )
    return None
