"""A configuration that lost a great part at once: more often an accident than a wish (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.counted import counted, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.models.basics import ChannelId, FeedId

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Enabled feeds and channels that a new file does not have, and how many feeds there were."""

    feeds: tuple[FeedId, ...]
    channels: tuple[ChannelId, ...]
    of: int

    def __str__(self) -> str:
        """Say in one line which parts are gone."""
        parts = []
        if self.channels:
            parts.append(_named("channel", self.channels))
        if self.feeds:
            parts.append(f"{len(self.feeds)} of {counted(self.of, 'feed')} ({_listed(self.feeds)})")
        return " and ".join(parts)


def cut_of(old: Config, new: Config) -> Cut | None:
    """Return what `new` lost against `old` where that looks like an accident, else None.

    That is the last feed, more than half of the feeds unless others came in their place, or a
    channel. A feed with another id and the same address is not lost, nor is a channel with another
    id and the same place. A part that is disabled still stands in the file: somebody wrote that.
    """
    places = {one.place for id_, one in new.channels.items() if id_ not in old.channels}
    channels = tuple(
        id_
        for id_, channel in old.channels.items()
        if channel.enabled and id_ not in new.channels and channel.place not in places
    )
    had = [feed for feed in old.feeds.values() if feed.enabled]
    addresses = {feed.url for id_, feed in new.feeds.items() if id_ not in old.feeds}
    feeds = tuple(feed.id for feed in had if feed.id not in new.feeds and feed.url not in addresses)
    is_shorter = len(new.feeds) < len(old.feeds)
    if channels or (is_shorter and 2 * len(feeds) > len(had)):
        return Cut(feeds=feeds, channels=channels, of=len(had))
    return None


def _named(kind: str, ids: Sequence[str]) -> str:
    return f"{plural(len(ids), kind)} {_listed(ids)}"


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{', '.join(ids[:_NAMED])}{more}"
