"""The configuration file from its path to a frozen `Config`, or all its mistakes at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.config.mistakes import no_such, quote
from bot.config.records import Alerts, CollectDefaults, Config, Log, Metrics
from bot.config.schema.addresses import absolute_database, has_password
from bot.config.schema.tables import (
    SECTIONS,
    AlertsTable,
    CollectTable,
    DedupeTable,
    FileTable,
    LogTable,
    MetricsTable,
)
from bot.config.sections.accounts import read_accounts
from bot.config.sections.channels import ChannelReader
from bot.config.sections.feeds import FeedReader
from bot.config.sections.intervals import check_rhythm, rhythm_of
from bot.config.sections.table import read_table
from bot.config.sections.template_files import TemplateFiles
from bot.config.text.document import Document, read_file
from bot.config.warnings import tell_doubts
from bot.errors import ConfigError
from bot.models.basics import AccountId, Platform
from bot.models.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Account, Channel, Feed


def load_config(path: Path, *, environ: Mapping[str, str], content: bytes | None = None) -> Config:
    """Read and check the file at `path`, or `content` as the bytes of it.

    Of `environ`, only $STATE_DIRECTORY matters. Raises ConfigError with every mistake, one line
    each: `FILE:LINE:COLUMN: KEY: what is wrong`. No secret is read.
    """
    document = Document(path, read_file(path) if content is None else content)
    config = _read_config(document, path, environ)
    if document.problems:
        raise ConfigError(document.problems)
    return config


def _read_config(document: Document, path: Path, environ: Mapping[str, str]) -> Config:
    top = {key: value for key, value in document.data.items() if key not in SECTIONS}
    file = read_table(FileTable, top, (), document)
    collect = _read_collect(document)
    dedupe = read_table(DedupeTable, document.table("dedupe"), ("dedupe",), document)
    accounts = read_accounts(document)
    templates = TemplateFiles(document.base_dir)
    reader = ChannelReader(document, templates, accounts=accounts, language=file.language)
    channels = {
        id_: replace(channel, timezone=file.timezone) for id_, channel in reader.read().items()
    }
    feeds = FeedReader(document, collect, channels=channels, language=file.language).read()
    alerts = _read_alerts(document, accounts)
    _warn(document, file, feeds=feeds, channels=channels)
    if not document.problems:
        tell_doubts(document, feeds=feeds, channels=channels, accounts=accounts)
    return Config(
        path=path,
        base_dir=document.base_dir,
        language=file.language,
        timezone=file.timezone,
        database=_database(file.database, document, environ),
        contact=file.contact,
        feeds=feeds,
        channels=channels,
        accounts=accounts,
        alerts=alerts,
        collect=_defaults(collect),
        same_story_window=dedupe.same_story_window,
        remember=dedupe.remember,
        log=Log(**read_table(LogTable, document.table("log"), ("log",), document).model_dump()),
        metrics=_read_metrics(document),
        planned=tuple((document.name_of(key), document.line_of(key)) for key in document.planned),
        warnings=tuple(document.warnings),
    )


def _read_collect(document: Document) -> CollectTable:
    raw = document.table("collect")
    table = read_table(CollectTable, raw, ("collect",), document)
    check_rhythm(table, raw, ("collect",), document)
    return table


def _defaults(collect: CollectTable) -> CollectDefaults:
    rhythm = rhythm_of(CollectTable(), collect)
    return CollectDefaults(
        every=rhythm.every,
        every_min=rhythm.every_min,
        every_max=rhythm.every_max,
        first_run=collect.first_run,
        max_age=collect.max_age,
        storm=collect.storm,
        fetch_page=collect.fetch_page,
        allow_hosts=tuple(collect.allow_hosts),
    )


def _read_alerts(document: Document, accounts: Mapping[AccountId, Account]) -> Alerts | None:
    raw = document.table("alerts")
    if "alerts" not in document.data:
        return None
    table = read_table(AlertsTable, raw, ("alerts",), document)
    where = ("alerts", "account")
    names = document.table("accounts")
    account = accounts.get(AccountId(table.account))
    if table.account and table.account not in names:
        document.problem(where, no_such("account", table.account, names))
    elif account is not None and account.platform is not Platform.TELEGRAM:
        text = f'must be an account of platform "telegram"; {quote(account.id)} is not'
        document.problem(where, text)
    return Alerts(account=AccountId(table.account), chat=table.chat, feed_errors=table.feed_errors)


def _read_metrics(document: Document) -> Metrics | None:
    raw = document.table("metrics")
    if "metrics" not in document.data:
        return None
    host, port = read_table(MetricsTable, raw, ("metrics",), document).listen
    return Metrics(host=host, port=port)


def _database(
    given: str | SecretRef | None, document: Document, environ: Mapping[str, str]
) -> str | SecretRef:
    if isinstance(given, SecretRef):
        return replace(given, place=document.place(("database",)))
    if given is not None:
        return absolute_database(given, document.base_dir)
    # systemd separates several state directories by colons (systemd.exec(5), RuntimeDirectory=).
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return absolute_database(
        f"sqlite:///{state or document.base_dir}/newsbot.db", document.base_dir
    )


def _warn(
    document: Document,
    file: FileTable,
    *,
    feeds: Mapping[FeedId, Feed],
    channels: Mapping[ChannelId, Channel],
) -> None:
    if isinstance(file.database, str) and has_password(file.database):
        text = 'a password stands in this file; name it instead, such as { env = "DATABASE_URL" }'
        document.warn(("database",), text)
    if not any(feed.enabled for feed in feeds.values()):
        document.warn(("feeds",), "no feed is enabled, so nothing is polled")
    if not any(channel.enabled for channel in channels.values()):
        document.warn(("channels",), "no channel is enabled, so nothing is posted")
