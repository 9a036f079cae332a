"""Commands that help to set the bot up."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from bot.cli.database import with_store
from bot.cli.options import STOPPED, Settings, run_async, show, surroundings, with_settings
from bot.counted import counted
from bot.errors import ConfigError, NewsbotError
from bot.operate.say import say, say_as_is

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from bot.config import Config
    from bot.models.basics import FeedId
    from bot.models.profiles import Profile
    from bot.models.views import FeedStatus
    from bot.operate.setup.online import Finding
    from bot.store.engine import Store


@click.command()
@click.option(
    "--online",
    is_flag=True,
    help="Also ask the platforms and read every feed: tokens, rights, items, lengths.",
)
@with_settings
def check(settings: Settings, online: bool) -> None:
    """Validate configuration, secrets and templates; sends nothing."""
    from bot.config.credentials import check_readers
    from bot.operate.setup.check import check_accounts, check_templates

    settings.excerpts, settings.found = True, STOPPED
    config = settings.load()
    check_templates(config.channels.values())
    rights = check_readers(config)
    accounts = check_accounts(config, surroundings(config.path))
    warnings = [*config.warnings, *accounts, *rights, *_remembered(config, online=online)]
    findings = _ask_around(settings, config) if online else None
    document = _check_json(config, warnings, findings)
    show(settings, document, lambda: _print_check(config, warnings, findings))
    is_bad = any(finding.state == "failed" for finding in findings or ())
    raise click.exceptions.Exit(int(is_bad))


def _remembered(config: Config, *, online: bool) -> list[str]:
    """Return the warnings that only the database can give."""
    from bot.app.enabled import enabled_channels, enabled_feeds, routing_of
    from bot.cli.database import now_of, with_store
    from bot.filters.screen import terms_of
    from bot.operate.setup.check import check_chats, check_terms

    async def on(store: Store | None) -> list[str]:
        if store is None:
            return []
        numbers = await store.desk.numbers_of_chats()
        shared = check_chats(enabled_channels(config).values(), numbers)
        now, terms = await now_of(store), terms_of(enabled_feeds(config).values())
        idle = await store.desk.idle_terms(terms, now) if online else []
        in_vain = await store.desk.unrouted(routing_of(config), now)
        moved = _moved(config, await store.desk.feed_status(list(config.feeds)))
        return [*shared, *moved, *check_terms(idle), *_waiting_in_vain(in_vain)]

    try:
        return with_store(config, on)
    except ConfigError:
        raise
    except NewsbotError as error:
        return [str(error)]


def _moved(config: Config, found: Sequence[FeedStatus]) -> list[str]:
    """Return a warning for each feed that is asked at another address than the file's."""
    from bot.collect.addresses import public_url

    return [
        f"feed {row.id} moved for good and is asked at {public_url(row.moved)}: write that as its "
        f"url, or undo it with `newsbot feeds stay {row.id}`"
        for row in found
        if row.moved is not None and config.feeds[row.id].enabled
    ]


def _waiting_in_vain(found: Counter[FeedId]) -> list[str]:
    """Return a warning where the next start or reload drops what waits in the database."""
    if not found:
        return []
    feeds = ", ".join(f"{feed} ({count})" for feed, count in sorted(found.items()))
    waits = counted(found.total(), "delivery waits", "deliveries wait")
    text = f"{waits} for channels to which their feeds lead no more"
    return [f"{text}: {feeds}; newsbot drops them at its next start or reload"]


def _check_json(
    config: Config, warnings: list[str], findings: list[Finding] | None
) -> dict[str, object]:
    from bot.app.enabled import enabled_channels, enabled_feeds

    return {
        "config": str(config.path),
        "feeds": len(enabled_feeds(config)),
        "channels": len(enabled_channels(config)),
        "warnings": warnings,
        # Every key of this release has an effect; scripts written for earlier ones read this.
        "later": [],
        **({} if findings is None else {"online": findings}),
    }


def _print_check(config: Config, warnings: list[str], findings: list[Finding] | None) -> None:
    from bot.app.enabled import enabled_channels, enabled_feeds

    for warning in warnings:
        say(f"warning: {warning}", err=True)
    feeds, channels = enabled_feeds(config).values(), enabled_channels(config).values()
    enabled = f"{counted(len(feeds), 'feed')}, {counted(len(channels), 'channel')} enabled"
    say(f"{config.path} is good: {enabled}")
    for channel in channels:
        leading = sum(channel.id in feed.channels for feed in feeds)
        say(f"  {channel.id} ({channel.platform}): {counted(leading, 'feed')}")
    if findings is not None:
        from bot.operate.setup.online import print_findings

        print_findings(findings)


def _ask_around(settings: Settings, config: Config) -> list[Finding]:
    """Ask the platforms and the feeds; the progress shows on a terminal."""
    from bot.app.credentials import operators_accounts
    from bot.app.enabled import enabled_channels
    from bot.app.online import online_findings

    channels = enabled_channels(config).values()
    secrets = settings.secrets(config, channels, also=operators_accounts(config), is_quiet=True)
    is_shown = sys.stderr.isatty()

    def progress(done: int, of: int) -> None:
        if is_shown:
            end = "\r\x1b[K" if done == of else ""
            say_as_is(
                f"\r{done} of {counted(of, 'account or feed', 'accounts and feeds')}{end}", err=True
            )

    found = run_async(online_findings(config, secrets, progress))
    _keep_names(config, found.profiles)
    return list(found.findings)


def _keep_names(config: Config, profiles: Mapping[str, Profile]) -> None:
    """Keep the names that readers see above posts, for previews, where there is a database."""

    async def keep(store: Store | None) -> None:
        if store is not None:
            await store.desk.keep_profiles(profiles)

    with suppress(NewsbotError):
        with_store(config, keep)


@click.command()
@with_settings
def chats(settings: Settings) -> None:
    """List the chats that the Telegram bot sees, with their ids; sends nothing.

    Those of the configuration, and where something happened in the last 24 hours: add the bot to
    a channel, write to it, or forward a post of the channel to it.
    """
    from bot.app.enabled import telegram_accounts
    from bot.app.online import telegram_chats
    from bot.operate.setup.chats import print_chats

    settings.found = []
    config = settings.load()
    accounts = telegram_accounts(config)
    if not accounts:
        raise NewsbotError(f"{config.path} has no account on Telegram")
    secrets = settings.secrets(config, (), also=accounts, is_quiet=True)
    found = with_store(config, lambda store: telegram_chats(config, secrets, store))
    rows = [row for one in found for row in one.rows]
    show(settings, rows, lambda: print_chats(rows) if rows else None)
    for note in (note for one in found for note in one.notes):
        say(f"newsbot: {note}", err=True)
    raise click.exceptions.Exit(int(not rows or not all(one.is_well for one in found)))


COMMANDS = (check, chats)
