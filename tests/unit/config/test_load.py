"""What a configuration without mistakes comes to."""

from __future__ import annotations

from dataclasses import fields
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot.config import Alerts, CollectDefaults, Config, Log, Metrics, Web, load_config
from bot.config.schema.channel_table import BacklogTable, ChannelTable
from bot.config.schema.route_table import RouteTable
from bot.config.schema.tables import (
    AlertsTable,
    BudgetTable,
    CollectTable,
    DedupeTable,
    FeedTable,
    FileTable,
    LogTable,
    MetricsTable,
    PricesTable,
    WebTable,
)
from bot.errors import ConfigError
from bot.format.share import TARGETS
from bot.models.basics import ChannelId, Platform
from bot.models.settings import Backlog, Budget, Channel, Feed, FeedRoute, Prices, SecretRef
from bot.models.times import Hours

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config.schema.keys import Table

    Load = Callable[..., Config]

EXAMPLE = Path(__file__).parents[3] / "config" / "newsbot.toml"

TELEGRAM = """
[accounts.tg]
platform = "telegram"
token = { env = "FAKE_TOKEN" }
[[channels]]
id = "tg"
account = "tg"
chat = "@tincongnghe"
"""
X_ACCOUNT = """
[accounts.{name}]
platform = "x"
api_key = {{ env = "A" }}
api_secret = {{ file = "b" }}
access_token = {{ credential = "c" }}
access_token_secret = {{ env = "D" }}
budget = {{ per_day = 2, per_month = 40.1 }}
[[channels]]
id = "{name}"
account = "{name}"
enabled = {enabled}
"""
X = X_ACCOUNT.format(name="x", enabled="true")
CONSOLE = '[[channels]]\nid = "terminal"\nplatform = "console"\n'
FEED = '[[feeds]]\nid = "f"\nurl = "https://a.example/f.rss"\n'


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


# --- the example --------------------------------------------------------------------------------


def test_the_example_runs_as_it_is() -> None:
    config = load_config(EXAMPLE, environ={})
    assert config.warnings == ()
    enabled = [channel.id for channel in config.channels.values() if channel.enabled]
    assert enabled == ["terminal"]
    sample = config.feeds["sample"]
    assert (sample.is_local, sample.max_age) == (True, None)
    assert sample.channels == ("terminal",)
    assert Path(sample.url).read_bytes().startswith(b"<?xml")
    assert all(feed.channels[0] == "terminal" for feed in config.feeds.values())


def test_one_word_enables_each_channel_of_the_example(folder: Path) -> None:
    (folder / "sample").mkdir()
    (folder / "sample" / "feed.xml").write_text("<rss/>", encoding="utf-8")
    text = EXAMPLE.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    (folder / "newsbot.toml").write_text(text, encoding="utf-8")
    config = load_config(folder / "newsbot.toml", environ={})
    # No channel gets a feed by being enabled: the file names the terminal only.
    assert {feed.channels for feed in config.feeds.values()} == {("terminal",)}


# --- defaults -----------------------------------------------------------------------------------


def test_an_empty_file_is_all_defaults(load: Load, folder: Path) -> None:
    config = load("")
    assert config.language == "vi"
    assert config.timezone == ZoneInfo("Asia/Ho_Chi_Minh")
    assert config.database == f"sqlite:///{folder}/newsbot.db"
    assert (config.contact, config.alerts) == (None, None)
    assert (config.feeds, config.channels, config.accounts) == ({}, {}, {})
    assert config.collect.every == minutes(15)
    assert config.collect.max_age == timedelta(days=2)
    assert (config.same_story_window, config.remember) == (timedelta(days=2), timedelta(days=400))
    assert config.explain_for == timedelta(days=30)
    assert [line.partition(": ")[2] for line in config.warnings] == [
        "feeds: no feed is enabled, so nothing is polled",
        "channels: no channel is enabled, so nothing is posted",
    ]


def test_feed_defaults(load: Load) -> None:
    feed = load('language = "en"\n' + CONSOLE + FEED).feeds["f"]
    assert (feed.every, feed.every_min, feed.every_max) == (minutes(15), minutes(5), minutes(360))
    assert (feed.first_run, feed.storm, feed.fetch_page) == (1, 20, "auto")
    assert (feed.max_age, feed.allow_hosts, feed.headers) == (timedelta(days=2), (), {})
    assert (feed.enabled, feed.is_local, feed.name, feed.language) == (True, False, None, "en")
    assert feed.stated_language is None


@pytest.mark.parametrize(
    ("text", "template", "share", "hashtags", "limits"),
    [
        (TELEGRAM, "telegram.html.j2", ("telegram", "facebook", "copy"), 3, (6, 60)),
        (X, "x.txt.j2", (), 2, (6, 60)),
        (CONSOLE, "console.txt.j2", (), 3, (None, None)),
    ],
    ids=["telegram", "x", "console"],
)
def test_channel_defaults(
    text: str,
    template: str,
    share: tuple[str, ...],
    hashtags: int,
    limits: tuple[int | None, int | None],
    load: Load,
    folder: Path,
) -> None:
    (channel,) = load(text).channels.values()
    assert channel.template.name == str(folder / "templates" / template)
    assert channel.template.source == f"{template}: {{{{ title }}}}"
    assert (channel.share, channel.hashtags_max) == (share, hashtags)
    assert (channel.max_per_hour, channel.max_per_day) == limits
    assert (channel.min_gap, channel.quiet_hours, channel.silent) == (timedelta(0), None, False)
    assert (channel.on_unknown, channel.image, channel.preview) == ("hold", "auto", "large")
    assert (channel.link, channel.comments, channel.enabled) == ("always", True, True)
    assert (channel.edit_window, channel.language) == (timedelta(hours=12), "vi")


def test_account_defaults(load: Load) -> None:
    config = load(TELEGRAM + X)
    telegram, x = config.accounts.values()
    assert (telegram.api_url, telegram.budget, telegram.prices) == (
        "https://api.telegram.org",
        None,
        None,
    )
    assert telegram.secrets == {"token": SecretRef(kind="env", name="FAKE_TOKEN")}
    assert x.api_url == "https://api.x.com"
    assert x.budget == Budget(per_day=2_000_000, per_month=40_100_000)
    assert x.prices == Prices(post=15_000, post_with_link=200_000)
    assert {key: ref.kind for key, ref in x.secrets.items()} == {
        "api_key": "env",
        "api_secret": "file",
        "access_token": "credential",
        "access_token_secret": "env",
    }


# --- everything set -----------------------------------------------------------------------------


def test_every_key_of_a_telegram_channel(load: Load, folder: Path) -> None:
    (folder / "templates" / "own").mkdir()
    (folder / "templates" / "own" / "t.j2").write_text("Tin: {{ title }}", encoding="utf-8")
    channel = load(
        TELEGRAM.replace('"@tincongnghe"', "-1001234567890")
        + """
        platform = "telegram"
        topic = 12
        enabled = false
        language = "en"
        template = "own/t.j2"
        languages = ["vi", "pt-BR"]
        share = ["copy", "x", "hackernews"]
        share_labels = { copy = "Chép", comments = " Bàn luận " }
        comments = false
        hashtags_max = 0
        hashtags_allowed = ["#AI"]
        hashtags_map = { "trí tuệ" = "#AI" }
        max_per_hour = 1200
        max_per_day = 28800
        min_gap = "2m"
        quiet_hours = "23:00-06:00"
        silent = "21:00 - 24:00"
        on_unknown = "resend"
        scratch_chat = -1001234567891
        edit_window = "off"
        backlog = { newest = 2, rest = "drop" }
        image = "never"
        preview = "above"
        """
    ).channels["tg"]
    assert (channel.chat, channel.topic, channel.enabled) == (-1001234567890, 12, False)
    assert (channel.language, channel.template.source) == ("en", "Tin: {{ title }}")
    assert (channel.share, channel.comments) == (("copy", "x", "hackernews"), False)
    assert channel.languages == ("vi", "pt-BR")
    assert channel.share_labels == {"copy": "Chép", "comments": "Bàn luận"}
    assert (channel.hashtags_allowed, channel.hashtags_map) == (("AI",), {"trí tuệ": "AI"})
    assert (channel.hashtags_max, channel.max_per_hour, channel.max_per_day) == (0, 1200, 28800)
    assert channel.min_gap == minutes(2)
    assert channel.quiet_hours == Hours(start=time(23), end=time(6))
    assert channel.silent == Hours(start=time(21), end=time(0))
    assert (channel.on_unknown, channel.scratch_chat) == ("resend", -1001234567891)
    assert (channel.edit_window, channel.image, channel.preview) == (None, "never", "above")


def test_every_key_of_a_feed(load: Load) -> None:
    feed = load(
        CONSOLE
        + FEED
        + """
        channels = ["terminal", "terminal"]
        enabled = false
        name = " VnExpress "
        language = "pt-BR"
        hashtags = ["#CôngNghệ", "AI"]
        headers = { Authorization = "Bearer fake" }
        every = "1h"
        every_min = "30m"
        every_max = "1d"
        first_run = 0
        max_age = "off"
        storm = 0
        fetch_page = "never"
        allow_hosts = ["Intranet.example", "[::1]", "10.0.0.1"]
        """
    ).feeds["f"]
    assert (feed.channels, feed.enabled) == (("terminal",), False)
    assert (feed.name, feed.language) == ("VnExpress", "pt-BR")
    assert feed.stated_language == "pt-BR"
    assert feed.hashtags == ("CôngNghệ", "AI")
    assert feed.headers == {"Authorization": "Bearer fake"}
    assert "fake" not in repr(feed)
    assert (feed.every, feed.every_min, feed.every_max) == (minutes(60), minutes(30), minutes(1440))
    assert (feed.first_run, feed.storm, feed.fetch_page, feed.max_age) == (0, 0, "never", None)
    assert feed.allow_hosts == ("intranet.example", "::1", "10.0.0.1")


def test_a_feed_may_say_more_of_its_way_to_one_channel(load: Load) -> None:
    feed = load(
        TELEGRAM
        + CONSOLE
        + FEED
        + 'channels = ["terminal", { id = "tg", include = ["AI", "bán dẫn"], exclude = ["Apple"] }]'
    ).feeds["f"]
    assert feed.channels == ("terminal", "tg")
    route = FeedRoute(channel=ChannelId("tg"), include=("AI", "bán dẫn"), exclude=("Apple",))
    assert feed.routes == {"tg": route}


def test_a_table_with_the_id_alone_is_the_id(load: Load) -> None:
    feed = load(CONSOLE + FEED + 'channels = ["terminal", { id = "terminal" }]').feeds["f"]
    assert (feed.channels, feed.routes) == (("terminal",), {})


def test_top_level_and_alerts(load: Load) -> None:
    config = load(
        """
        language = "en"
        timezone = "Europe/Berlin"
        contact = "https://example.org/bot"
        [dedupe]
        same_story_window = "off"
        remember = "30d"
        explain_for = "10d"
        [alerts]
        account = "tg"
        chat = -5
        """
        + TELEGRAM
    )
    assert (config.language, config.channels["tg"].language) == ("en", "en")
    assert (config.timezone.key, config.contact) == ("Europe/Berlin", "https://example.org/bot")
    assert (config.same_story_window, config.remember) == (None, timedelta(days=30))
    assert config.explain_for == timedelta(days=10)
    assert config.alerts == Alerts(account=config.accounts["tg"].id, chat=-5)


def test_prices_and_own_servers(load: Load) -> None:
    config = load(
        X.replace(
            "[[channels]]",
            'prices.post = 0.01\napi_url = "http://127.0.0.1:8081/x//"\n[[channels]]',
        )
    )
    assert config.accounts["x"].prices == Prices(post=10_000, post_with_link=200_000)
    assert config.accounts["x"].api_url == "http://127.0.0.1:8081/x"


@pytest.mark.parametrize(
    ("dollars", "micro"),
    [
        ("0", 0),
        ("0.1", 100_000),
        ("0.29", 290_000),
        ("1e-6", 1),
        ("1e-7", 0),
        ("12.000001", 12_000_001),
    ],
)
def test_money_is_exact(dollars: str, micro: int, load: Load) -> None:
    budget = load(X.replace("per_day = 2", f"per_day = {dollars}")).accounts["x"].budget
    assert budget is not None
    assert budget.per_day == micro


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "email"])
def test_share_targets_of_telegram(target: str, load: Load) -> None:
    assert load(TELEGRAM + f'share = ["{target}"]').channels["tg"].share == (target,)


def test_share_on_the_console_may_be_a_mail(load: Load) -> None:
    assert load(CONSOLE + 'share = ["email"]').channels["terminal"].share == ("email",)


@pytest.mark.parametrize("key", ["share = []", "comments = false", "silent = false"])
def test_settings_that_x_has_anyway_are_no_mistake(key: str, load: Load) -> None:
    assert load(X + key).channels["x"].share == ()


@pytest.mark.parametrize("contact", ["mailto:a@b.example", "a@b.example", "http://b.example/"])
def test_contacts(contact: str, load: Load) -> None:
    assert load(f'contact = "{contact}"').contact == contact


def test_shipped_templates_serve_where_there_are_no_own_ones(tmp_path: Path) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_text(CONSOLE, encoding="utf-8")
    template = load_config(path, environ={}).channels["terminal"].template
    assert Path(template.name).name == "console.txt.j2"
    assert template.source


# --- rhythm -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("collect", "feed", "expected"),
    [
        pytest.param("", 'every = "1s"', ("1s", "1s", "6h"), id="below the default minimum"),
        pytest.param("", 'every = "1d"', ("5m", "1d", "1d"), id="above the default maximum"),
        pytest.param('every = "30s"', "", ("30s", "30s", "6h"), id="collect lowers the minimum"),
        pytest.param('every_min = "10m"', 'every = "1m"', ("1m", "1m", "6h"), id="feed wins"),
        pytest.param('every = "1m"', 'every_min = "10m"', ("10m", "10m", "6h"), id="feed bound"),
        pytest.param("", 'every_min = "7h"', ("7h", "7h", "7h"), id="minimum above all"),
        pytest.param("", 'every_max = "1m"', ("1m", "1m", "1m"), id="maximum below all"),
        pytest.param(
            "", 'every_min = "7h"\nevery = "8h"', ("7h", "8h", "8h"), id="two above the maximum"
        ),
        pytest.param(
            'every = "12h"', 'every_max = "1h"', ("5m", "1h", "1h"), id="maximum of the feed"
        ),
    ],
)
def test_rhythm(collect: str, feed: str, expected: tuple[str, str, str], load: Load) -> None:
    found = load(f"[collect]\n{collect}\n{CONSOLE}{FEED}{feed}").feeds["f"]
    spans = {"1s": 1, "30s": 30, "1m": 60, "5m": 300, "10m": 600, "1h": 3600, "6h": 21600}
    spans |= {"7h": 25200, "8h": 28800, "1d": 86400}
    seconds = tuple(spans[span] for span in expected)
    every_min, every, every_max = (
        span.total_seconds() for span in (found.every_min, found.every, found.every_max)
    )
    assert (every_min, every, every_max) == seconds


def test_collect_defaults_are_settled_too(load: Load) -> None:
    collect = load('[collect]\nevery = "30s"').collect
    assert (collect.every_min, collect.every) == (timedelta(seconds=30), timedelta(seconds=30))


# --- feeds and channels -------------------------------------------------------------------------


def test_default_channels_cost_nothing(load: Load) -> None:
    config = load(CONSOLE + TELEGRAM + X + FEED)
    assert config.feeds["f"].channels == ("terminal", "tg")
    config = load(CONSOLE + "enabled = false\n" + TELEGRAM + FEED)
    assert config.feeds["f"].channels == ("terminal", "tg")


def test_a_disabled_channel_may_be_named(load: Load) -> None:
    config = load(CONSOLE + TELEGRAM + "enabled = false\n" + FEED + 'channels = ["terminal", "tg"]')
    assert config.feeds["f"].channels == ("terminal", "tg")
    assert config.warnings == ()


@pytest.mark.parametrize("channels", ["[]", '["tg"]'])
def test_a_feed_that_leads_nowhere(channels: str, load: Load) -> None:
    config = load(CONSOLE + TELEGRAM + "enabled = false\n" + FEED + f"channels = {channels}")
    of_channel, warning = config.warnings
    assert ": channels.terminal: no enabled feed leads here" in of_channel
    assert ": feeds.f: is routed to no enabled channel" in warning


@pytest.mark.parametrize(
    ("first", "second", "feed"),
    [("true", "false", ""), ("false", "false", ""), ("true", "true", "enabled = false\n")],
)
def test_two_x_accounts_that_do_not_post_at_once(
    first: str, second: str, feed: str, load: Load
) -> None:
    text = X_ACCOUNT.format(name="a", enabled=first) + X_ACCOUNT.format(name="b", enabled=second)
    assert load(text + FEED + feed + 'channels = ["a", "b"]').feeds["f"]


def test_two_channels_of_one_x_account(load: Load) -> None:
    second = '[[channels]]\nid = "x2"\naccount = "x"\n'
    other = FEED.replace('"f"', '"g"').replace("f.rss", "g.rss") + 'channels = ["x2"]'
    config = load(X + second + FEED + 'channels = ["x"]\n' + other)
    assert config.feeds["g"].channels == ("x2",)
    with pytest.raises(ConfigError, match='"x" and "x2" belong to one X account; X refuses'):
        load(X + second + FEED + 'channels = ["x", "x2"]')


def test_one_name_for_feed_channel_and_account(load: Load) -> None:
    config = load(TELEGRAM + FEED.replace('"f"', '"tg"'))
    assert "tg" in config.feeds
    assert "tg" in config.channels
    assert "tg" in config.accounts


@pytest.mark.parametrize(
    "form", ["sub/f.xml", "./sub/f.xml", "{folder}/sub/f.xml", "file://{folder}/sub/f%2Exml"]
)
def test_local_feeds(form: str, load: Load, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "f.xml").write_text("<rss/>", encoding="utf-8")
    address = form.format(folder=folder)
    feed = load(CONSOLE + FEED.replace("https://a.example/f.rss", address)).feeds["f"]
    assert feed.is_local
    assert feed.url == str(folder / "sub" / "f.xml")


def test_addresses_are_kept_as_written(load: Load) -> None:
    address = "HTTP://user:fake@[::1]:8080/Tin%20mới?a=1#b"
    feed = load(CONSOLE + FEED.replace("https://a.example/f.rss", address)).feeds["f"]
    assert (feed.url, feed.is_local) == (address, False)


def test_the_order_of_the_file_is_kept(load: Load) -> None:
    feeds = "".join(FEED.replace('"f"', f'"{name}"') for name in "zay")
    assert list(load(CONSOLE + feeds).feeds) == ["z", "a", "y"]
    assert list(load(X + CONSOLE + TELEGRAM).channels) == ["x", "terminal", "tg"]


def test_relative_path_of_the_file(folder: Path) -> None:
    path = folder / "templates" / ".." / "newsbot.toml"
    path.write_text("", encoding="utf-8")
    config = load_config(path, environ={})
    assert config.path == path
    assert config.base_dir.is_absolute()


# --- platforms ------------------------------------------------------------------------------------


def test_platforms(load: Load) -> None:
    platforms = [channel.platform for channel in load(TELEGRAM + X + CONSOLE).channels.values()]
    assert platforms == [Platform.TELEGRAM, Platform.X, Platform.CONSOLE]


@pytest.mark.parametrize(
    ("table", "record", "renamed"),
    [
        (FileTable, Config, set()),
        (CollectTable, CollectDefaults, set()),
        (DedupeTable, Config, set()),
        (AlertsTable, Alerts, set()),
        (LogTable, Log, set()),
        (MetricsTable, Metrics, {"listen"}),
        (WebTable, Web, {"listen"}),
        (BudgetTable, Budget, set()),
        (PricesTable, Prices, set()),
        (ChannelTable, Channel, set()),
        (BacklogTable, Backlog, set()),
        (FeedTable, Feed, set()),
        (RouteTable, FeedRoute, {"id"}),
    ],
)
def test_every_key_has_its_field_in_the_record(
    table: type[Table], record: type[Any], renamed: set[str]
) -> None:
    assert set(table.model_fields) - {field.name for field in fields(record)} == renamed


def test_the_web_is_where_browsers_and_hubs_reach_the_service(load: Load) -> None:
    assert load("").web is None
    here = load('[web]\nlisten = "127.0.0.1:9000"\n').web
    assert here == Web(host="127.0.0.1", port=9000, public_url=None, token=None)
    found = load('[web]\npublic_url = "https://bot.example.org/news/"\n').web
    assert found is not None
    assert found.public_url == "https://bot.example.org/news"
    assert (here.has_desk, found.has_desk) == (True, False)


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "[::]:8080", "192.168.1.5:80"])
def test_a_desk_that_other_machines_reach_has_a_token(load: Load, address: str) -> None:
    with pytest.raises(ConfigError, match=r":2:10: web\.listen: .* needs a token: add token"):
        load(f'[web]\nlisten = "{address}"\n')
    found = load(f'[web]\nlisten = "{address}"\ntoken = {{ env = "T" }}\n').web
    assert found is not None
    assert (found.address, found.has_desk) == (address, True)


@pytest.mark.parametrize("address", ["bot.example.org:8080", "127.0.0.1", "127.0.0.1:0", "*:80"])
def test_the_desk_listens_on_an_address_of_this_machine(load: Load, address: str) -> None:
    with pytest.raises(ConfigError, match=r"web\.listen: must be an address"):
        load(f'[web]\nlisten = "{address}"\ntoken = {{ env = "T" }}\n')


@pytest.mark.parametrize(
    "address",
    [
        "http://bot.example.org",
        "bot.example.org",
        "https://",
        "https://bot.example.org/?a=1",
        "https://bot.example.org/?",
        "https://bot.example.org/#a",
        "https://me:word@bot.example.org",
        "https://localhost/",
        "https://127.0.0.1:8080",
        "https://[::1]/",
        "https://bot.example.org:port/",
        "https://bót.example.org",
        "https://bot.example.org/a b",
        "https://bot.example.org/{a",
    ],
)
def test_an_address_that_no_hub_can_call_safely_is_refused(load: Load, address: str) -> None:
    with pytest.raises(ConfigError, match=r"web\.public_url"):
        load(f'[web]\npublic_url = "{address}"\n')
