"""What of a configuration takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models import Channel, Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config import Alerts, Config
    from bot.format.templates import Template
    from bot.models import AccountId, ChannelId, Feed, FeedId
    from bot.publish.telegram import TelegramAccount
    from bot.publish.x import XAccount

    Secrets = Mapping[AccountId, Mapping[str, str]]
    Clients = Mapping[AccountId, TelegramAccount | XAccount]


def enabled_feeds(config: Config) -> dict[FeedId, Feed]:
    """Return the feeds to poll."""
    return {id_: feed for id_, feed in config.feeds.items() if feed.enabled}


def enabled_channels(config: Config) -> dict[ChannelId, Channel]:
    """Return the channels to post to."""
    return {id_: channel for id_, channel in config.channels.items() if channel.enabled}


def routed(
    feeds: Mapping[FeedId, Feed], channels: Mapping[ChannelId, Channel]
) -> dict[FeedId, Feed]:
    """Leave out the channels that are not enabled: enabling one later is its first run."""
    from dataclasses import replace

    return {
        id_: replace(feed, channels=tuple(name for name in feed.channels if name in channels))
        for id_, feed in feeds.items()
    }


def template_of(channel: Channel) -> Template:
    """Compile the channel's template. Raises TemplateError."""
    from bot.format.templates import compile_template

    return compile_template(channel.template, channel.platform)


def alert_chat(alerts: Alerts) -> Channel:
    """Return the chat of the alerts as a channel that is only ever sent finished text."""
    from bot.models import ChannelId, TemplateText

    return Channel(
        id=ChannelId("[alerts]"),
        platform=Platform.TELEGRAM,
        template=TemplateText(name="", source=""),
        account=alerts.account,
        chat=alerts.chat,
    )
