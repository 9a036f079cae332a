"""The tables of the file as pydantic models: every key with its type, default and meaning.

A table with mistakes still yields its other keys, so that one run finds all mistakes. `make schema`
writes the JSON Schema and the tables of the reference from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot.config.schema.channel_table import BacklogTable, ChannelTable, DigestTable
from bot.config.schema.desk_table import APPROVE, THEN, WITHIN, DeskTable
from bot.config.schema.keys import Table, key, required
from bot.config.schema.kinds import (
    ApiUrl,
    Contact,
    Count,
    CutAfter,
    Database,
    Duration,
    DurationOrOff,
    FeedUrl,
    Hashtag,
    Headers,
    Host,
    Id,
    LanguageOfArticles,
    Money,
    Name,
    OwnLanguage,
    ProxyAddress,
    Removed,
    Secret,
    Term,
    TimeZone,
)
from bot.config.schema.route_table import RouteOrId, RouteTable
from bot.config.schema.service_tables import (
    AlertsTable,
    LogTable,
    MetricsTable,
    NodesTable,
    WebTable,
)
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping


class FileTable(Table):
    """The keys at the top of the file; its tables are read one by one."""

    language: OwnLanguage = key(
        "vi", "the language of the bot's own words, and of feeds and channels that name none"
    )
    timezone: TimeZone = key(
        "Asia/Ho_Chi_Minh",
        "the time zone of quiet hours, and of the days and months that budgets count",
    )
    database: Database = key(
        None,
        'the memory of the bot: `"sqlite:///FILE"` or `"postgresql://USER@HOST/NAME"`; '
        "name a secret where the address holds a password",
        default_is="`newsbot.db` in `$STATE_DIRECTORY` or the unit's, else beside the file",
    )
    contact: Contact = key(
        None, "shown to the owners of feeds in the User-Agent, so that they can reach you"
    )
    proxy: ProxyAddress = key(
        None,
        "the proxy for everything that leaves this machine: feeds, pages, pictures and platforms; "
        '`"http://HOST:PORT"` or `"socks5://HOST:PORT"`, a secret where a password is in it, or '
        '`"off"`; hosts in `$NO_PROXY` are reached without it; a change needs a restart',
        default_is="`$HTTPS_PROXY`, `$HTTP_PROXY`, `$ALL_PROXY`",
    )


class CollectTable(Table):
    """[collect]: how feeds are polled, and which of their items are news."""

    every: Duration = key(
        "15m",
        "how often a feed is polled on the average: more often when its news mostly comes, within "
        "`every_min` and `every_max`",
    )
    every_min: Duration = key(
        "5m",
        "no server is asked more often; gives way to a shorter `every`, unless both stand "
        "in one table: that is a mistake. Where the network is away and no server was "
        "asked, the bot tries again after one minute, then two, four, and so on",
    )
    every_max: Duration = key(
        "6h", "never less often, errors aside; gives way to a longer `every` in the same manner"
    )
    first_run: Count = key(
        1, "how many items of a new feed are posted, newest first; the rest count as seen"
    )
    max_age: DurationOrOff = key("2d", "older items are never posted")
    storm: Count = key(
        20,
        "a poll after the first that brings more new stories to post than this posts "
        "nothing: these stories and later ones of the feed are held, you get one alert, and "
        "`newsbot feeds release ID` sends them at the pace of the channels, as many as "
        "their queues hold ([backlog](#backlog)), or with `--drop` gives them up; 0 turns "
        "this off. After an outage of the bot or of the feed a poll may bring "
        "so many more for each whole hour that it is late",
    )
    fetch_page: Literal["never", "auto", "always"] = key(
        "auto",
        'whether to read the article\'s page for a lead and a picture; `"auto"`: when the '
        "feed gives no good lead, a short one only, or no large picture. Pages on private "
        "addresses are refused unless `allow_hosts` names them",
    )
    allow_hosts: list[Host] = key(
        [],
        "hosts that may be reached although they are on a private network, by links, redirects "
        "and feeds; without scheme, port and path. A feed whose own address names a private "
        "host (`192.168.1.10`, `localhost`, `nas`, `feeds.lan`) needs no entry",
    )


class DefaultsTable(Table):
    """[defaults]: what holds for feeds that do not say."""

    channels: list[Id] | None = key(
        None,
        "where the stories of feeds go that name no `channels`; without it a channel that is "
        "enabled later gets the stories of feeds that were never meant for it",
        default_is="every channel that costs nothing: all but those on X; `check` warns where "
        "that is a chat",
    )


class DedupeTable(Table):
    """[dedupe]: which stories are the same, and for how long they are remembered."""

    same_story_window: DurationOrOff = key(
        "48h",
        "how long after an outlet's report of an event another outlet's is the same story, posted "
        'once in each channel; `"off"` posts each. It begins when 3,000 reports of a language were '
        "read: before, nothing is merged, and `explain` shows what is related",
    )
    remember: Duration = key(
        "400d",
        "how long stories are remembered; a feed that was not read for so long begins as a new one "
        "(`first_run`)",
    )
    explain_for: Duration = key(
        "30d",
        "how long titles, texts and posts of stories stay after they left their feed, for "
        "`explain` and corrections; from then on only their keys are remembered",
    )


class TelegramTable(Table):
    """[accounts.ID] of Telegram."""

    platform: Literal["telegram"] = required(
        marked("the platform of the account"), stand_in="telegram"
    )
    token: Secret = required(marked("the token that @BotFather gave you"), stand_in=None)
    api_url: ApiUrl = key(
        "https://api.telegram.org",
        "the address of the Bot API; another one for your own Bot API server",
    )


class BudgetTable(Table):
    """The most that an account of X may spend."""

    per_day: Money = required(marked("the most to spend in a day, in US dollars such as 2.0"))
    per_month: Money = required(marked("the most to spend in a month, in US dollars such as 40.0"))


class PricesTable(Table):
    """The prices of requests to X (https://docs.x.com/x-api/getting-started/pricing)."""

    post: Money = key(0.015, "a post without a link")
    post_with_link: Money = key(0.2, "a post with a link")
    alt_text: Money = key(
        0.005,
        "the alternative text of a picture, on top of its post: a post without a link "
        "carries the article's picture",
    )
    read: Money = key(
        0.001, "a post of the account's own that is read, to find out whether one arrived"
    )
    delete: Money = key(0.01, "a post that is deleted by `newsbot retract`")


class XTable(Table):
    """[accounts.ID] of X, with OAuth 1.0a keys of the app and of the account."""

    platform: Literal["x"] = required(marked("the platform of the account"), stand_in="x")
    api_key: Secret = required(marked("the app's API key"), stand_in=None)
    api_secret: Secret = required(marked("the app's API key secret"), stand_in=None)
    access_token: Secret = required(marked("the account's access token"), stand_in=None)
    access_token_secret: Secret = required(
        marked("the account's access token secret"), stand_in=None
    )
    api_url: ApiUrl = key("https://api.x.com", "the address of X's API")
    budget: BudgetTable | None = required(
        marked(
            "X charges for every post, so an account needs a limit in US dollars, "
            "such as { per_day = 2.0, per_month = 40.0 }"
        ),
        stand_in=None,
    )
    prices: PricesTable = key({}, "the prices of requests", default_is="X's prices")


class FeedTable(CollectTable):
    """[[feeds]]: a feed to poll, with its own values for any key of [collect]."""

    id: Id = required(marked("the name that commands and logs use"), stand_in="")
    url: FeedUrl = required(
        marked("the address of the feed, or the path of a local file"), stand_in=""
    )
    channels: list[RouteOrId] | None = key(
        None,
        'where its stories go: ids of channels, or [tables](#route): `["a", { id = "b", include = '
        '["AI"] }]`; disabled channels may stand here and get nothing. One feed (or one address '
        "under two ids) may not be routed to two X channels: X forbids identical posts",
        default_is="those of [defaults](#defaults)",
    )
    enabled: bool = key(True, "a disabled feed is not polled")
    name: Name = key(None, "the source's name in posts", default_is="the feed's own title")
    language: LanguageOfArticles = key(
        None,
        "the language of the articles, whatever the feed claims",
        default_is="that of the item or its feed, else the file's",
    )
    hashtags: list[Hashtag] = key([], "hashtags of every story of the feed, with or without `#`")
    remove: list[Removed] = key(
        [],
        "phrases that are left out of headlines and texts, in any case; one between slashes is a "
        'regular expression: `["(Dân trí)", "/^Ảnh: .*$/"]`. An expression that takes more than '
        "a quarter of a second is refused here, and switched off by the service. `preview` shows "
        "the parts that were left out",
    )
    cut_after: list[CutAfter] = key(
        [], "phrases with which the text of an article is over: they and all that follows go"
    )
    include: list[Term] = key(
        [],
        "only items that one of these [terms](#filters) matches are posted",
        default_is="`[]`: all",
    )
    exclude: list[Term] = key([], "items that one of these [terms](#filters) matches are not")
    priority: Literal["normal", "high"] = key(
        "normal",
        '`"high"`: its stories go before all that waits in their channels, without waiting for '
        "`min_gap`; the other limits hold",
    )
    urgent: bool = key(
        False,
        'with `priority = "high"`: its stories wait neither for the end of `quiet_hours` nor for '
        "`post_at`",
    )
    approve: bool | None = key(None, APPROVE, default_is="the channel's")
    approve_within: Duration | None = key(None, WITHIN, default_is="the channel's")
    then: Literal["skip", "post"] | None = key(None, THEN, default_is="the channel's")
    headers: Headers = key({}, "further request headers")


TABLES: Mapping[str, type[Table]] = {
    "Top of the file": FileTable,
    "[collect]": CollectTable,
    "[defaults]": DefaultsTable,
    "[dedupe]": DedupeTable,
    "[alerts]": AlertsTable,
    "[desk]": DeskTable,
    "[log]": LogTable,
    "[metrics]": MetricsTable,
    "[web]": WebTable,
    "[nodes]": NodesTable,
    '[accounts.ID] with platform = "telegram"': TelegramTable,
    '[accounts.ID] with platform = "x"': XTable,
    "budget": BudgetTable,
    "prices": PricesTable,
    "[[channels]]": ChannelTable,
    "digest": DigestTable,
    "backlog": BacklogTable,
    "[[feeds]]": FeedTable,
    "route": RouteTable,
}
"""Heading in the reference -> the table, in its order."""

SECTIONS = (
    "collect",
    "defaults",
    "dedupe",
    "alerts",
    "desk",
    "log",
    "metrics",
    "web",
    "nodes",
    "accounts",
    "channels",
    "feeds",
)
"""The tables of the file; every other key at its top is in `FileTable`."""
