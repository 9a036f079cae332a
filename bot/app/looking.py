"""Commands that fetch and show, and send nothing."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from bot.app.adapters import account_clients, feed_fetcher, offloading, page_fetcher, probe_of
from bot.app.enabled import (
    alert_chat,
    chat_of,
    enabled_channels,
    enabled_feeds,
    routed,
    template_of,
)
from bot.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.app.adapters import Secrets
    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.feeds import Page
    from bot.models.settings import Channel, Feed
    from bot.operate.preview.previews import Preview, Read
    from bot.operate.setup.chats import AccountChats
    from bot.operate.setup.online import Finding
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.x.account import XAccount


async def previews(
    config: Config, wanted: Iterable[tuple[Feed, Iterable[Channel]]], *, limit: int
) -> list[list[Preview]]:
    """Return the previews of each feed in its channels; all feeds are fetched side by side."""
    from bot.operate.preview.previews import Stage, render_previews, wanted_pages

    pairs = [(feed, {channel.id: channel for channel in channels}) for feed, channels in wanted]
    templates = {id_: template_of(one) for _, channels in pairs for id_, one in channels.items()}
    now = utc_now()
    reads = await read_feeds(config, [feed for feed, _ in pairs])
    links = [
        (feed, wanted_pages(feed, read, now, limit=limit))
        for (feed, _), read in zip(pairs, reads, strict=True)
    ]
    pages = await read_pages(config, links)
    return [
        render_previews(
            feed,
            read,
            Stage(channels=channels, templates=templates, now=now),
            limit=limit,
            pages=pages,
        )
        for (feed, channels), read in zip(pairs, reads, strict=True)
    ]


async def read_feeds(config: Config, feeds: Sequence[Feed]) -> list[Read]:
    """Return what each feed holds, or why it cannot be read; all are fetched side by side."""
    from bot.operate.preview.previews import read_feed

    with offloading() as offload:
        async with feed_fetcher(config) as fetcher:
            reads = (read_feed(feed, fetcher=fetcher, offload=offload) for feed in feeds)
            return await asyncio.gather(*reads)


async def read_pages(
    config: Config, wanted: Iterable[tuple[Feed, Sequence[str]]]
) -> dict[str, Page]:
    """Return what the pages say, by their address; nothing where one cannot be read."""
    from bot.models.feeds import Page
    from bot.pipeline.articles import pages_of

    wanted = [(feed, links) for feed, links in wanted if links]
    if not wanted:
        return {}
    found: dict[str, Page] = {}
    with offloading() as offload:
        async with page_fetcher(config) as fetcher:
            answers = await asyncio.gather(*(fetcher.fetch_pages(*one) for one in wanted))
        for (_, links), fetched in zip(wanted, answers, strict=True):
            pages = await pages_of(fetched, links, offload)
            read = (page if isinstance(page, Page) else Page() for page in pages)
            found |= zip(links, read, strict=True)
    return found


async def online_findings(
    config: Config, secrets: Secrets, progress: Callable[[int, int], None]
) -> list[Finding]:
    """Ask all accounts of `secrets` and read all enabled feeds, side by side; sends nothing.

    `progress` is told how many of them are done, and of how many.
    """
    accounts = account_clients(config, secrets)
    feeds = list(routed(enabled_feeds(config), enabled_channels(config)).values())
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, len(accounts) + len(feeds))

    asking = (_ask_account(config, id_, client, step) for id_, client in accounts.items())
    *found, of_feeds = await asyncio.gather(*asking, _read_all(config, feeds, step))
    return [*chain.from_iterable(found), *of_feeds]


async def _ask_account(
    config: Config, id_: AccountId, client: TelegramAccount | XAccount, done: Callable[[], None]
) -> list[Finding]:
    from bot.operate.setup.online import check_account

    channels = enabled_channels(config).values()
    own = [channel for channel in channels if channel.account == id_]
    if config.alerts and config.alerts.account == id_:
        own.append(alert_chat(config.alerts))
    try:
        return await check_account(id_, probe_of(client, own), own)
    finally:
        await client.close()
        done()


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
    with offloading() as offload:
        async with feed_fetcher(config) as fetcher:
            return await check_feeds(
                feeds,
                stage,
                read=partial(read_feed, fetcher=fetcher, offload=offload),
                timezone=config.timezone,
                progress=done,
            )


async def telegram_chats(config: Config, secrets: Secrets) -> list[AccountChats]:
    """Return the chats that the Telegram accounts of `secrets` see; sends nothing."""
    from bot.operate.setup.chats import chats_of_account
    from bot.publish.telegram.account import TelegramAccount

    async def look(id_: AccountId, client: TelegramAccount) -> AccountChats:
        own = [channel for channel in config.channels.values() if channel.account == id_]
        if config.alerts and config.alerts.account == id_:
            own.append(alert_chat(config.alerts))
        try:
            return await chats_of_account(client, own, partial(chat_of, "(seen)", id_))
        finally:
            await client.close()

    clients = account_clients(config, secrets).items()
    looks = (look(id_, one) for id_, one in clients if isinstance(one, TelegramAccount))
    return await asyncio.gather(*looks)
