"""The concrete adapters behind the ports. Heavy libraries load where they are used."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import bot
from bot.config.proxies import proxies_of
from bot.models.basics import Platform
from bot.models.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from bot.collect.http import HttpFetcher
    from bot.collect.http.hubs import HttpHubs
    from bot.collect.http.pages import HttpPageFetcher
    from bot.collect.http.pictures import HttpPictureFetcher
    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.posts import Post
    from bot.models.proxies import Proxies, Proxy
    from bot.models.settings import Account, Channel
    from bot.operate.setup.online import AccountProbe
    from bot.pipeline.route import Route
    from bot.ports import Publisher
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.x.account import XAccount

    Secrets = Mapping[AccountId, Mapping[str, str]]
    Clients = Mapping[AccountId, TelegramAccount | XAccount]


def feed_fetcher(config: Config) -> HttpFetcher:
    """Return the fetcher of feeds; to be entered with `async with`."""
    from bot.collect.http import HttpFetcher

    return HttpFetcher(contact=config.contact, version=bot.__version__, proxies=_proxies(config))


def page_fetcher(config: Config) -> HttpPageFetcher:
    """Return the fetcher of articles' pages; to be entered with `async with`."""
    from bot.collect.http.pages import HttpPageFetcher

    return HttpPageFetcher(
        contact=config.contact, version=bot.__version__, proxies=_proxies(config)
    )


def picture_fetcher(config: Config) -> HttpPictureFetcher:
    """Return the fetcher of pictures; to be entered with `async with`."""
    from bot.collect.http.pictures import HttpPictureFetcher

    return HttpPictureFetcher(
        contact=config.contact, version=bot.__version__, proxies=_proxies(config)
    )


def hub_client(config: Config) -> HttpHubs:
    """Return what asks hubs for subscriptions; to be entered with `async with`."""
    from bot.collect.http.hubs import HttpHubs

    return HttpHubs(contact=config.contact, version=bot.__version__, proxies=_proxies(config))


def _proxies(config: Config) -> Proxies:
    """Return the proxies. Raises ConfigError."""
    environ: Mapping[str, str] = os.environ
    if isinstance(config.proxy, SecretRef):
        from bot.operate.setup.installed import service_environ

        environ = service_environ(config.path, os.environ)
    return proxies_of(config, environ)


def account_clients(
    config: Config, secrets: Secrets
) -> dict[AccountId, TelegramAccount | XAccount]:
    """Return clients for the accounts whose `secrets` are given; to be closed."""
    found = _proxies(config)
    return {id_: _client(config.accounts[id_], values, found) for id_, values in secrets.items()}


def _client(
    account: Account, secrets: Mapping[str, str], proxies: Proxies
) -> TelegramAccount | XAccount:
    proxy = _proxy_of(account.api_url, proxies)
    if account.platform is Platform.TELEGRAM:
        from bot.publish.telegram.account import TelegramAccount

        return TelegramAccount(secrets["token"], account.api_url, proxy=proxy)
    from bot.publish.x.account import XAccount

    return XAccount(
        api_key=secrets["api_key"],
        api_secret=secrets["api_secret"],
        access_token=secrets["access_token"],
        access_token_secret=secrets["access_token_secret"],
        api_url=account.api_url,
        proxy=proxy,
    )


def _proxy_of(address: str, proxies: Proxies) -> Proxy | None:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return proxies.of(parts.scheme, parts.hostname or "", port)


def terminal(config: Config) -> Publisher:
    """Return the publisher that shows posts on standard output.

    Where that is also the log, and the log is JSON, as under systemd, a post is a line of it.
    """
    from bot.app.credentials import log_form
    from bot.publish.console import ConsolePublisher

    form, is_journal = log_form(os.environ, config)
    if form != "json" or not _is_one_file(sys.stdout, sys.stderr):
        return ConsolePublisher(sys.stdout)
    from bot.log.output import json_line

    def as_line(post: Post) -> str:
        return json_line(
            "post", "info", is_journal=is_journal, channel=post.channel, text=post.text
        )

    return ConsolePublisher(sys.stdout, as_line=as_line)


def _is_one_file(one: TextIO | None, other: TextIO | None) -> bool:
    try:
        return (
            one is not None
            and other is not None
            and os.path.sameopenfile(one.fileno(), other.fileno())
        )
    except (OSError, ValueError):
        return False


def with_account(route: Route, client: TelegramAccount | XAccount) -> Route:
    """Return `route` with the searches, edits and deletions that its platform allows."""
    channel = route.channel
    if channel.platform is Platform.X:
        from bot.publish.x.finder import XFinder
        from bot.publish.x.posts import XPosts

        x_client = cast("XAccount", client)
        return replace(route, finder=XFinder(x_client), deleter=XPosts(x_client))
    from bot.publish.telegram.finder import TelegramFinder
    from bot.publish.telegram.posts import TelegramPosts

    telegram = cast("TelegramAccount", client)
    posts = TelegramPosts(channel, telegram)
    finder = TelegramFinder(channel, telegram) if channel.scratch_chat else None
    return replace(route, finder=finder, editor=posts, deleter=posts)


async def lack_in(client: TelegramAccount | XAccount, channel: Channel) -> str | None:
    """Return what the bot lacks to write to the chat of `channel`. Raises PublishError."""
    from bot.publish.telegram.chats import chat_and_lack

    _, lack = await chat_and_lack(cast("TelegramAccount", client), channel)
    return f"chat {channel.chat}: {lack.text}" if lack else None


def probe_of(client: TelegramAccount | XAccount, channels: Sequence[Channel]) -> AccountProbe:
    """Return the questions of `check --online` to an account."""
    from bot.operate.setup.online import AccountProbe
    from bot.publish.telegram.account import TelegramAccount
    from bot.publish.telegram.chats import about_bot, about_chat

    if isinstance(client, TelegramAccount):
        return AccountProbe(
            account=partial(about_bot, client, channels[0]), chat=partial(about_chat, client)
        )
    return AccountProbe(account=client.who_am_i)
