"""The configuration as the rest of the program sees it: frozen records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bot.models.nodes import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from bot.models.basics import AccountId, ChannelId, FeedId
    from bot.models.nodes import Role
    from bot.models.settings import Account, Channel, Feed, SecretRef
    from bot.models.times import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The chat that hears of trouble; the Telegram account can write to it."""

    account: AccountId
    chat: str | int
    feed_errors: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The chat in which `users`, people by their numbers, approve posts and give commands.

    It gets the summary of the week at `summary`; None is never.
    """

    account: AccountId
    chat: str | int
    users: tuple[int, ...]
    summary: Times | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Level and form of the log, where command line and environment name no other."""

    level: str = "info"
    format: Literal["auto", "text", "json"] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """An address of this machine on which something is answered."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """Return it as the configuration writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics(Listen):
    """Where figures are served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Web(Listen):
    """Where the desk is served to browsers, and hubs are answered.

    The internet reaches the place as `public_url`, without a slash at its end; None: not at all.
    """

    public_url: str | None
    token: SecretRef | None

    @property
    def has_desk(self) -> bool:
        """Tell whether the desk is served: whom no token keeps out must come from this machine.

        A web server in front that passes the internet on comes from this machine, too.
        """
        return self.token is not None or self.public_url is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """What this machine does of what machines on one PostgreSQL share, and how much at a time."""

    roles: tuple[Role, ...] = ROLES
    concurrency: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectDefaults:
    """The values for a feed that has none of its own; `max_age` None is any age."""

    every: timedelta
    every_min: timedelta
    every_max: timedelta
    first_run: int
    max_age: timedelta | None
    storm: int
    fetch_page: Literal["never", "auto", "always"]
    allow_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without mistakes; everything is in the order of the file.

    `base_dir` is absolute; relative paths start there. `database` is an address with an absolute
    path, or the name of a secret (see `database_url`); `is_database_named` is false where the file
    names none. `proxy` is an address, "off", or the name of a secret (see `proxies_of`). `feeds`,
    `channels` and `accounts` hold the disabled ones too, and a feed's `channels` may name disabled
    channels. `same_story_window` None means that outlets are not merged. `warnings` are lines ready
    to be shown.
    """

    path: Path
    base_dir: Path
    language: str
    timezone: ZoneInfo
    database: str | SecretRef = field(repr=False)
    contact: str | None
    feeds: Mapping[FeedId, Feed]
    channels: Mapping[ChannelId, Channel]
    accounts: Mapping[AccountId, Account]
    alerts: Alerts | None
    collect: CollectDefaults
    same_story_window: timedelta | None
    remember: timedelta
    explain_for: timedelta
    log: Log = Log()
    metrics: Metrics | None = None
    web: Web | None = None
    desk: Desk | None = None
    nodes: Nodes = Nodes()
    is_database_named: bool = True
    proxy: str | SecretRef | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()
