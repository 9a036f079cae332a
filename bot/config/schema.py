"""The configuration file as pydantic models: every key with its type and default.

Each model stands for one table of the file. Keys that a table must have are in `required`, with
what they are for, and have a default here: so a table with mistakes still yields its other keys,
and what depends on them is checked in the same run. `docs/configuration.md` explains all keys.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from bot.config.addresses import (
    parse_api_url,
    parse_contact,
    parse_database,
    parse_feed_url,
    parse_headers,
    parse_host,
    parse_listen,
)
from bot.config.values import (
    parse_chat,
    parse_duration,
    parse_duration_or_off,
    parse_gap,
    parse_hashtag,
    parse_hashtags_map,
    parse_hours,
    parse_id,
    parse_language,
    parse_money,
    parse_name,
    parse_own_language,
    parse_secret,
    parse_silent,
    parse_template,
    parse_texts,
    parse_timezone,
)
from bot.config.wording import Mistake, nearest, one_of, quote
from bot.format.share import CLOSED, TARGETS
from bot.models.settings import Hours, SecretRef


def parse_share(name: str) -> str:
    """Read the name of a share target; services that cannot be shared to name another."""
    if name in TARGETS:
        return name
    if name == "zalo":
        raise Mistake(f'"zalo" has no plain share link; use {quote(CLOSED[name])}')
    if name in CLOSED:
        raise Mistake(f"{quote(name)} is closed; use {quote(CLOSED[name])}")
    raise Mistake(
        f"unknown share target {quote(name)}, expected {one_of(TARGETS)}{nearest(name, TARGETS)}"
    )


def parse_share_labels(value: object) -> dict[str, str]:
    """Read the operator's own words on buttons: target, or "comments", to text."""
    known = (*TARGETS, "comments")
    labels = parse_texts(value)
    for name in labels:
        if name not in known:
            raise Mistake(f"unknown button {quote(name)}{nearest(name, known)}")
    return labels


Chat = Annotated[str | int, PlainValidator(parse_chat)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Duration = Annotated[timedelta, PlainValidator(parse_duration)]
DurationOrOff = Annotated[timedelta | None, PlainValidator(parse_duration_or_off)]
Hashtag = Annotated[str, PlainValidator(parse_hashtag)]
Host = Annotated[str, PlainValidator(parse_host)]
Id = Annotated[str, PlainValidator(parse_id)]
Language = Annotated[str, PlainValidator(parse_language)]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]
Money = Annotated[int, PlainValidator(parse_money)]
OwnLanguage = Annotated[str, PlainValidator(parse_own_language)]
Secret = Annotated[SecretRef | None, PlainValidator(parse_secret)]
ShareTarget = Annotated[str, AfterValidator(parse_share)]


class Table(BaseModel):
    """A table of the file: no unknown keys, no conversion between types."""

    # Deferred: only the tables that a file has are worth the time of building their validators.
    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
    )
    required: ClassVar[dict[str, str]] = {}


class CollectTable(Table):
    """[collect]: how feeds are polled, and which of their items are news."""

    every: Duration = timedelta(minutes=15)
    every_min: Duration = timedelta(minutes=5)
    every_max: Duration = timedelta(hours=6)
    first_run: Count = 1
    max_age: DurationOrOff = timedelta(days=2)
    storm: Count = 20
    fetch_page: Literal["never", "auto", "always"] = "auto"
    allow_hosts: list[Host] = []


class DedupeTable(Table):
    """[dedupe]: what counts as told before."""

    same_story_window: DurationOrOff = timedelta(hours=48)
    remember: Duration = timedelta(days=400)


class AlertsTable(Table):
    """[alerts]: where the operator is told of trouble."""

    required: ClassVar[dict[str, str]] = {
        "account": "the Telegram account that sends the alerts",
        "chat": "the chat that receives the alerts",
    }
    account: Id = ""
    chat: Chat = 0
    feed_errors: Limit = 5


class LogTable(Table):
    """[log]: what the log tells, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class MetricsTable(Table):
    """[metrics]: figures for Prometheus, and whether the service lives."""

    required: ClassVar[dict[str, str]] = {
        "listen": 'the address to answer on, such as "127.0.0.1:9464"'
    }
    listen: Annotated[tuple[str, int], PlainValidator(parse_listen)] = ("127.0.0.1", 9464)


class BudgetTable(Table):
    """budget of an X account: the most it may spend, in US dollars."""

    required: ClassVar[dict[str, str]] = {
        "per_day": "the most to spend in a day, in US dollars such as 2.0",
        "per_month": "the most to spend in a month, in US dollars such as 40.0",
    }
    per_day: Money
    per_month: Money


class PricesTable(Table):
    """prices of X, in US dollars (docs.x.com/x-api/getting-started/pricing)."""

    post: Money = 15_000
    post_with_link: Money = 200_000
    alt_text: Money = 5_000
    read: Money = 1_000
    delete: Money = 10_000


class TelegramTable(Table):
    """[accounts.NAME] with platform = "telegram"."""

    required: ClassVar[dict[str, str]] = {"token": "the token that @BotFather gave you"}
    platform: Literal["telegram"] = "telegram"
    token: Secret = None
    api_url: Annotated[str, PlainValidator(parse_api_url)] = "https://api.telegram.org"


class XTable(Table):
    """[accounts.NAME] with platform = "x": OAuth 1.0a keys of the app and of the account."""

    required: ClassVar[dict[str, str]] = {
        "api_key": "the app's API key",
        "api_secret": "the app's API key secret",
        "access_token": "the account's access token",
        "access_token_secret": "the account's access token secret",
        "budget": (
            "X charges for every post, so an account needs a limit in US dollars, "
            "such as { per_day = 2.0, per_month = 40.0 }"
        ),
    }
    platform: Literal["x"] = "x"
    api_key: Secret = None
    api_secret: Secret = None
    access_token: Secret = None
    access_token_secret: Secret = None
    api_url: Annotated[str, PlainValidator(parse_api_url)] = "https://api.x.com"
    budget: BudgetTable | None = None
    prices: PricesTable = PricesTable()


class BacklogTable(Table):
    """backlog of a channel: what is told after an outage."""

    newest: Count = 5
    rest: Literal["digest", "drop"] = "digest"


class ChannelTable(Table):
    """[[channels]]: where stories are told. None means the default of the channel's platform."""

    required: ClassVar[dict[str, str]] = {"id": "the name that feeds and commands use"}
    id: Id = ""
    platform: Literal["telegram", "x", "console"] | None = None
    account: Id | None = None
    chat: Chat | None = None
    topic: Limit | None = None
    enabled: bool = True
    language: OwnLanguage | None = None
    template: Annotated[str | None, PlainValidator(parse_template)] = None
    languages: list[Language] = []
    share: list[ShareTarget] | None = None
    share_labels: Annotated[dict[str, str], PlainValidator(parse_share_labels)] = {}
    comments: bool = True
    hashtags_max: Annotated[int, Field(ge=0, le=30)] | None = None
    hashtags_allowed: list[Hashtag] = []
    hashtags_map: Annotated[dict[str, str], PlainValidator(parse_hashtags_map)] = {}
    max_per_hour: Limit | None = None
    max_per_day: Limit | None = None
    min_gap: Annotated[timedelta, PlainValidator(parse_gap)] = timedelta(0)
    quiet_hours: Annotated[Hours | None, PlainValidator(parse_hours)] = None
    silent: Annotated[bool | Hours, PlainValidator(parse_silent)] = False
    on_unknown: Literal["hold", "resend", "drop"] = "hold"
    scratch_chat: Chat | None = None
    edit_window: DurationOrOff = timedelta(hours=12)
    backlog: BacklogTable = BacklogTable()
    protect_content: bool = False
    image: Literal["never", "auto"] = "auto"
    preview: Literal["large", "small", "above", "off"] = "large"
    link: Literal["always", "never", "budget"] = "always"


class FeedTable(CollectTable):
    """[[feeds]]: a feed to poll, with its own values for any key of [collect]."""

    required: ClassVar[dict[str, str]] = {
        "id": "the name that commands and logs use",
        "url": "the address of the feed, or the path of a local file",
    }
    id: Id = ""
    url: Annotated[str, PlainValidator(parse_feed_url)] = ""
    channels: list[Id] | None = None
    enabled: bool = True
    name: Annotated[str | None, PlainValidator(parse_name)] = None
    language: Annotated[str | None, PlainValidator(parse_language)] = None
    hashtags: list[Hashtag] = []
    headers: Annotated[dict[str, str], PlainValidator(parse_headers)] = {}


class FileTable(Table):
    """The keys at the top of the file; its tables are read one by one."""

    language: OwnLanguage = "vi"
    timezone: Annotated[ZoneInfo, PlainValidator(parse_timezone)] = ZoneInfo("Asia/Ho_Chi_Minh")
    database: Annotated[str | SecretRef | None, PlainValidator(parse_database)] = None
    contact: Annotated[str | None, PlainValidator(parse_contact)] = None


def tables() -> list[type[Table]]:
    """Return the model of every table of the file."""
    return [
        value
        for value in globals().values()
        if isinstance(value, type) and issubclass(value, Table) and value is not Table
    ]
