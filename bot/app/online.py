"""Asks platforms and servers for `check --online` and `chats`; sends nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from bot.app.adapters import account_clients, feed_fetcher, probe_of
from bot.app.enabled import (
    alert_chat,
    chat_of,
    desk_chat,
    enabled_channels,
    enabled_feeds,
    routed,
    template_of,
)
from bot.clock import utc_now
from bot.offload import child_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.app.adapters import Secrets
    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.settings import Channel, Feed
    from bot.operate.setup.chats import AccountChats
    from bot.operate.setup.online import AboutPlaces, Finding
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.x.account import XAccount
    from bot.store.engine import Store


async def online_findings(
    config: Config, secrets: Secrets, progress: Callable[[int, int], None]
) -> AboutPlaces:
    """Ask all accounts of `secrets` and read all enabled feeds, side by side; sends nothing.

    `progress` is told how many of them are done, and of how many.
    """
    from bot.operate.setup.online import AboutPlaces

    accounts = account_clients(config, secrets)
    feeds = list(routed(enabled_feeds(config), enabled_channels(config)).values())
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, len(accounts) + len(feeds))

    asking = (_ask_account(config, id_, client, step) for id_, client in accounts.items())
    found, of_feeds = await asyncio.gather(asyncio.gather(*asking), _read_all(config, feeds, step))
    return AboutPlaces(
        findings=[*chain.from_iterable(one.findings for one in found), *of_feeds],
        profiles=dict(chain.from_iterable(one.profiles.items() for one in found)),
    )


async def _ask_account(
    config: Config, id_: AccountId, client: TelegramAccount | XAccount, done: Callable[[], None]
) -> AboutPlaces:
    from bot.operate.setup.online import check_account

    channels = enabled_channels(config).values()
    own = [channel for channel in channels if channel.account == id_]
    own += _chats_of_operators(config, id_)
    try:
        found = await check_account(id_, probe_of(client, own), own)
        unrated = await _unrated(config, id_, client, found.findings)
        return replace(found, findings=[*found.findings, *unrated])
    finally:
        await client.close()
        done()


async def _unrated(
    config: Config, id_: AccountId, client: TelegramAccount | XAccount, found: Sequence[Finding]
) -> list[Finding]:
    """Return the channels without ratings, of the bot whose updates are read for the desk."""
    from bot.operate.setup.rated import unrated
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.telegram.chats import is_administrator

    if config.desk is None or config.desk.account != id_ or not isinstance(client, TelegramAccount):
        return []
    channels = (one for one in enabled_channels(config).values() if one.account == id_)
    return await unrated(channels, found, partial(is_administrator, client))


async def _read_all(
    config: Config, feeds: Sequence[Feed], done: Callable[[], None]
) -> list[Finding]:
    from bot.operate.preview.previews import Stage, read_feed
    from bot.operate.setup.online import check_feeds

    channels = enabled_channels(config)
    stage = Stage(
        channels=channels,
        templates={id_: template_of(channel) for id_, channel in channels.items()},
        now=utc_now(),
    )
    async with child_processes() as offload, feed_fetcher(config) as fetcher:
        return await check_feeds(
            feeds,
            stage,
            read=partial(read_feed, fetcher=fetcher, offload=offload),
            timezone=config.timezone,
            progress=done,
        )


def _chats_of_operators(config: Config, account: AccountId) -> list[Channel]:
    """Return the chats of the alerts and of the desk that this account writes to."""
    alerts, desk = config.alerts, config.desk
    found = [alert_chat(alerts)] if alerts and alerts.account == account else []
    return [*found, desk_chat(desk)] if desk and desk.account == account else found


async def telegram_chats(
    config: Config, secrets: Secrets, store: Store | None = None
) -> list[AccountChats]:
    """Return the chats that the Telegram accounts of `secrets` see; sends nothing.

    Where a service reads the updates of a bot for the desk, Telegram gives them to nobody else:
    the service has noted the chats in the `store`.
    """
    from bot.operate.setup.chats import chats_of_account
    from bot.publish.telegram.account import TelegramAccount

    async def ask(id_: AccountId, client: TelegramAccount) -> AccountChats:
        own = [channel for channel in config.channels.values() if channel.account == id_]
        own += _chats_of_operators(config, id_)
        noted = await store.updates.places(id_) if store else []
        is_read = store is not None and await store.updates.is_read(id_, utc_now())
        try:
            return await chats_of_account(
                client, own, partial(chat_of, "(seen)", id_), noted=noted, asks=not is_read
            )
        finally:
            await client.close()

    clients = account_clients(config, secrets).items()
    answers = (ask(id_, one) for id_, one in clients if isinstance(one, TelegramAccount))
    return await asyncio.gather(*answers)
