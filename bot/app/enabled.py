"""The feeds, channels and accounts of a configuration that take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import Platform
from bot.models.settings import Channel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config import Alerts, Config, Desk
    from bot.format.templates import Template
    from bot.models.basics import AccountId, ChannelId, FeedId
    from bot.models.feeds import Routing
    from bot.models.settings import Account, Feed


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


def routing_of(config: Config) -> Routing:
    """Return where the enabled feeds lead; a channel that is disabled keeps its queue."""
    from bot.models.feeds import Routing

    return Routing(
        leads={id_: frozenset(feed.channels) for id_, feed in enabled_feeds(config).items()},
        known=frozenset(config.feeds),
    )


def telegram_accounts(config: Config) -> dict[AccountId, Account]:
    """Return the accounts on Telegram that are in use, all of them where none is yet."""
    every = {
        id_: account
        for id_, account in config.accounts.items()
        if account.platform is Platform.TELEGRAM
    }
    used = {channel.account for channel in enabled_channels(config).values()}
    used |= {one.account for one in (config.alerts, config.desk) if one is not None}
    return {id_: account for id_, account in every.items() if id_ in used} or every


def template_of(channel: Channel) -> Template:
    """Compile the channel's templates, and return that of its posts. Raises TemplateError."""
    from bot.format.templates import compile_digest, compile_template

    for digest in channel.every_digest:
        compile_digest(digest.template, channel.platform)
    return compile_template(channel.template, channel.platform)


def alert_chat(alerts: Alerts) -> Channel:
    """Return the chat of the alerts as a channel that is only ever sent finished text."""
    return chat_of("[alerts]", alerts.account, alerts.chat)


def desk_chat(desk: Desk) -> Channel:
    """Return the chat of the desk as a channel that is only ever sent finished text."""
    return chat_of("[desk]", desk.account, desk.chat)


def chat_of(name: str, account: AccountId, chat: str | int) -> Channel:
    """Return a chat of Telegram as a channel without a template."""
    from bot.models.basics import ChannelId
    from bot.models.settings import TemplateText

    return Channel(
        id=ChannelId(name),
        platform=Platform.TELEGRAM,
        template=TemplateText(name="", source=""),
        account=account,
        image="never",
        chat=chat,
    )
