"""What the feeds say of their ways to channels, as each channel needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.models.settings import FeedRoute
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.schema.tables import FeedTable
    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath
    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Channel, Feed


def led_to(
    channels: Mapping[ChannelId, Channel], feeds: Mapping[FeedId, Feed]
) -> dict[ChannelId, Channel]:
    """Return the channels with what the ways of the feeds to them say."""
    return {name: _led_to(channel, feeds) for name, channel in channels.items()}


def check_urgent(feed: FeedTable, path: KeyPath, document: Document) -> None:
    """Note each `urgent` that has no effect, for the news is not of high priority."""
    text = marked('has an effect only with priority = "high"')
    if feed.urgent and feed.priority != "high":
        document.problem((*path, "urgent"), text)
    for index, way in enumerate(feed.channels or ()):
        if way.urgent and (way.priority or feed.priority) != "high":
            document.problem((*path, "channels", index, "urgent"), text)


def _led_to(channel: Channel, feeds: Mapping[FeedId, Feed]) -> Channel:
    ways = [(feed, _way(feed, channel)) for feed in feeds.values() if channel.id in feed.channels]
    high = {feed.id for feed, way in ways if (way.priority or feed.priority) == "high"}
    urgent = {feed.id for feed, way in ways if _is_urgent(feed, way)} & high
    digests = {feed.id: way.digest for feed, way in ways if way.digest is not None}
    return replace(channel, high=frozenset(high), urgent=frozenset(urgent), digests=digests)


def _way(feed: Feed, channel: Channel) -> FeedRoute:
    return feed.routes.get(channel.id) or FeedRoute(channel=channel.id)


def _is_urgent(feed: Feed, way: FeedRoute) -> bool:
    return feed.urgent if way.urgent is None else way.urgent
