"""The configuration file from its path to a frozen `Config`, or all its mistakes at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from bot.config.mistakes import no_such, quote
from bot.config.records import Alerts, CollectDefaults, Config, Desk, Log, Metrics, Nodes, Web
from bot.config.schema.addresses import absolute_database, is_loopback
from bot.config.schema.desk_table import DeskTable
from bot.config.schema.keys import Table
from bot.config.schema.service_tables import (
    AlertsTable,
    LogTable,
    MetricsTable,
    NodesTable,
    WebTable,
)
from bot.config.schema.tables import SECTIONS, CollectTable, DedupeTable, DefaultsTable, FileTable
from bot.config.sections.accounts import read_accounts
from bot.config.sections.approvals import with_approvals
from bot.config.sections.channels import ChannelReader
from bot.config.sections.digests import DigestReader
from bot.config.sections.feeds import FeedReader
from bot.config.sections.intervals import check_intervals, intervals_of
from bot.config.sections.routes import led_to
from bot.config.sections.table import read_table, record
from bot.config.sections.template_files import TemplateFiles
from bot.config.text.document import Document, read_file
from bot.config.warnings import note_warnings
from bot.errors import ConfigError
from bot.models.basics import AccountId, Platform
from bot.models.settings import SecretRef
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.config.text.positions import Path as KeyPath
    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Account, Channel, Feed

T = TypeVar("T", bound=Table)


def load_config(path: Path, *, environ: Mapping[str, str], content: bytes | None = None) -> Config:
    """Read and check the file at `path`, or `content` as the bytes of it.

    Of `environ`, only $STATE_DIRECTORY matters. Raises ConfigError with every mistake, one line
    each: `FILE:LINE:COLUMN: KEY: the mistake`. No secret is read.
    """
    document = Document(path, read_file(path) if content is None else content)
    config = _read_config(document, path, environ)
    if document.problems:
        raise ConfigError(document.problems)
    note_warnings(document, config)
    return replace(config, warnings=tuple(document.warnings))


def _read_config(document: Document, path: Path, environ: Mapping[str, str]) -> Config:
    top = {key: value for key, value in document.data.items() if key not in SECTIONS}
    file = read_table(FileTable, top, (), document)
    collect = _section(CollectTable, "collect", document)
    check_intervals(collect, ("collect",), document)
    dedupe = _section(DedupeTable, "dedupe", document)
    accounts = read_accounts(document)
    channels, feeds = _read_ways(document, file, collect, dedupe, accounts)
    return Config(
        path=path,
        base_dir=document.base_dir,
        language=file.language,
        timezone=file.timezone,
        database=_database(file.database, document, environ),
        is_database_named=file.database is not None,
        contact=file.contact,
        proxy=_proxy(file.proxy, document),
        feeds=feeds,
        channels=channels,
        accounts=accounts,
        desk=_read_desk(document, accounts),
        alerts=_read_alerts(document, accounts),
        collect=record(CollectDefaults, collect, **intervals_of(CollectTable(), collect)),
        same_story_window=dedupe.same_story_window,
        remember=dedupe.remember,
        explain_for=dedupe.explain_for,
        log=record(Log, _section(LogTable, "log", document)),
        metrics=_read_metrics(document),
        web=_read_web(document),
        nodes=_read_nodes(document),
    )


def _read_ways(
    document: Document,
    file: FileTable,
    collect: CollectTable,
    dedupe: DedupeTable,
    accounts: Mapping[AccountId, Account],
) -> tuple[Mapping[ChannelId, Channel], Mapping[FeedId, Feed]]:
    """Return the channels and the feeds, which say more of one another than each table does."""
    templates = TemplateFiles(document.base_dir)
    digests = DigestReader(document=document, templates=templates)
    channels = ChannelReader(
        document=document,
        templates=templates,
        digests=digests,
        accounts=accounts,
        language=file.language,
        timezone=file.timezone,
    ).read()
    feeds = FeedReader(
        document=document,
        collect=collect,
        channels=channels,
        digests=digests,
        language=file.language,
        defaults=_section(DefaultsTable, "defaults", document),
        same_story=dedupe.same_story_window,
    ).read()
    channels = led_to(channels, feeds)
    return with_approvals(channels, feeds, document, has_desk="desk" in document.data), feeds


def _section(model: type[T], name: str, document: Document) -> T:
    return read_table(model, document.table(name), (name,), document)


def _read_alerts(document: Document, accounts: Mapping[AccountId, Account]) -> Alerts | None:
    if "alerts" not in document.data:
        return None
    table = _section(AlertsTable, "alerts", document)
    _check_telegram(table.account, ("alerts", "account"), document, accounts)
    return record(Alerts, table)


def _read_desk(document: Document, accounts: Mapping[AccountId, Account]) -> Desk | None:
    if "desk" not in document.data:
        return None
    table = _section(DeskTable, "desk", document)
    _check_telegram(table.account, ("desk", "account"), document, accounts)
    if "users" in document.table("desk") and document.table("desk")["users"] == []:
        document.problem(
            ("desk", "users"), marked("names nobody: expected at least one person's number")
        )
    return record(Desk, table)


def _check_telegram(
    name: str, where: KeyPath, document: Document, accounts: Mapping[AccountId, Account]
) -> None:
    names = document.table("accounts")
    account = accounts.get(AccountId(name))
    if name and name not in names:
        document.problem(where, no_such("account", name, names))
    elif account is not None and account.platform is not Platform.TELEGRAM:
        text = told(
            'must be an account of platform "telegram"; {account} is not', account=quote(account.id)
        )
        document.problem(where, text)


def _read_metrics(document: Document) -> Metrics | None:
    if "metrics" not in document.data:
        return None
    host, port = _section(MetricsTable, "metrics", document).listen
    return Metrics(host=host, port=port)


def _read_web(document: Document) -> Web | None:
    if "web" not in document.data:
        return None
    table = _section(WebTable, "web", document)
    host, port = table.listen
    token = table.token and replace(table.token, place=document.place(("web", "token")))
    web = Web(host=host, port=port, public_url=table.public_url, token=token)
    if token is None and not is_loopback(host):
        text = told(
            "{address} is reached by other machines, so the desk needs a token: "
            'add token = {{ env = "NEWSBOT_WEB_TOKEN" }}, or listen on 127.0.0.1',
            address=quote(web.address),
        )
        document.problem(("web", "listen"), text)
    return web


def _read_nodes(document: Document) -> Nodes:
    table = _section(NodesTable, "nodes", document)
    if not table.roles:
        document.problem(
            ("nodes", "roles"), marked('names no role: expected "poll", "deliver" or both')
        )
    return record(Nodes, table, roles=tuple(dict.fromkeys(table.roles)))


def _proxy(given: str | SecretRef | None, document: Document) -> str | SecretRef | None:
    if isinstance(given, SecretRef):
        return replace(given, place=document.place(("proxy",)))
    return given


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
