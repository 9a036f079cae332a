"""Wires the desk: its chat, and those who read and show."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.app.adapters import Clients
    from bot.config import Config
    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Feed
    from bot.operate.desk.commands import Fetching
    from bot.operate.desk.service import DeskService
    from bot.operate.preview.previews import Preview
    from bot.pipeline.route import Route
    from bot.store.engine import Store


def desk_service(
    config: Config,
    store: Store,
    accounts: Clients,
    *,
    routes: Mapping[ChannelId, Route],
    feeds: Mapping[FeedId, Feed],
    now: Callable[[], datetime],
    began: datetime | None = None,
) -> DeskService | None:
    """Return the desk, None without one, and on a dry run."""
    client = accounts.get(config.desk.account) if config.desk else None
    if config.desk is None or client is None:
        return None
    from bot.app.enabled import desk_chat
    from bot.operate.desk.commanding import Commanding
    from bot.operate.desk.commands import Commands
    from bot.operate.desk.deciding import Deciding
    from bot.operate.desk.reading import Reading
    from bot.operate.desk.service import DeskService
    from bot.operate.desk.showing import Showing
    from bot.operate.summary.sending import Summary
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.telegram.desk import TelegramDesk
    from bot.wording import wording

    assert isinstance(client, TelegramAccount)  # noqa: S101 - as the configuration was checked
    chat = TelegramDesk(desk_chat(config.desk), client)
    words, zone, users = wording(config.language), config.timezone, config.desk.users
    deciding = Deciding(chat, store, routes=routes, words=words, timezone=zone, now=now)
    commands = Commands(
        config, store, routes=routes, words=words, fetching=_fetching(config), now=now, began=began
    )
    reading = Reading(
        chat,
        store,
        config.desk.account,
        users=users,
        deciding=deciding,
        commanding=Commanding(chat, commands, words=words, users=users, now=now),
        now=now,
    )
    showing = Showing(chat, store, routes=routes, feeds=feeds, words=words, timezone=zone, now=now)
    name = str(config.desk.chat)
    times = config.desk.summary
    summary = Summary(chat, store, config, times=times, now=now) if times is not None else None
    return DeskService(reading, showing, book=store.alerts, name=name, now=now, summary=summary)


def _fetching(config: Config) -> Fetching:
    """Return how commands fetch feeds, as those of the command line do."""
    from bot.app.enabled import enabled_channels
    from bot.app.previewing import previews
    from bot.app.refetching import refetch_article
    from bot.log import get_logger
    from bot.operate.desk.commands import Fetching

    def note(text: str) -> None:
        get_logger(__name__).warning(text)

    async def of_feed(feed: Feed) -> list[Preview]:
        every = enabled_channels(config)
        channels = [every[name] for name in feed.channels if name in every]
        wanted = [(feed, channels)]
        (found,) = await previews(config, wanted, os.environ, limit=1, note=note)
        return found

    return Fetching(previews=of_feed, article=partial(refetch_article, config))
