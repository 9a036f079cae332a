"""Settings that are allowed and hardly meant are warnings; X's rules are mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.config import Config

    Load = Callable[..., Config]

TELEGRAM = """
[accounts.tg]
platform = "telegram"
token = { env = "FAKE_TOKEN" }
[[channels]]
id = "a"
account = "tg"
chat = "@tincongnghe"
"""
UNNAMED = "although nobody named that"
SECOND = '[[channels]]\nid = "b"\naccount = "tg"\n'
FEED = '[[feeds]]\nid = "f"\nurl = "https://a.example/f.rss"\n'
X = """
[accounts.x]
platform = "x"
api_key = {{ env = "A" }}
api_secret = {{ env = "B" }}
access_token = {{ env = "C" }}
access_token_secret = {{ env = "D" }}
budget = {{ per_day = {day}, per_month = {month} }}
[[channels]]
id = "x"
account = "x"
"""
TO_X = FEED + 'channels = ["x"]\n'


def warnings_of(load: Load, text: str) -> list[str]:
    """Return the warnings without file, line and column, but for that of ways nobody named."""
    return [line for line in every_warning(load, text) if UNNAMED not in line]


def every_warning(load: Load, text: str) -> list[str]:
    return [line.partition("newsbot.toml:")[2].split(" ", 1)[1] for line in load(text).warnings]


def test_feeds_of_an_old_file_that_reach_a_chat_unnamed_are_told_in_one_line(load: Load) -> None:
    console = '[[channels]]\nid = "t"\nplatform = "console"\n'
    feeds = FEED + FEED.replace('"f"', '"g"').replace("f.rss", "g.rss")
    assert every_warning(load, TELEGRAM + console + feeds) == [
        (
            'feeds.f: no channels: 2 feeds are routed to "a" although nobody named that: write '
            '`channels` in each, or once [defaults] channels = ["a"]'
        )
    ]
    assert every_warning(load, TELEGRAM + FEED + 'channels = ["a"]\n') == []
    assert every_warning(load, '[defaults]\nchannels = ["a"]\n' + TELEGRAM + FEED) == []
    assert every_warning(load, console + FEED) == []
    # A file's only channel can be meant alone.
    assert every_warning(load, TELEGRAM + FEED) == []


def test_a_channel_that_is_enabled_later_gets_no_feed_that_defaults_lead_elsewhere(
    load: Load,
) -> None:
    second = SECOND + 'chat = "@kenhkhac"\n'
    config = load('[defaults]\nchannels = ["b", "b"]\n' + TELEGRAM + second + FEED)
    assert config.feeds["f"].channels == ("b",)
    with pytest.raises(ConfigError, match=r'defaults\.channels: there is no channel "c"'):
        load('[defaults]\nchannels = ["c"]\n' + TELEGRAM + FEED)


def test_the_sample_on_its_way_to_a_chat_is_told(load: Load, folder: Path) -> None:
    (folder / "sample").mkdir()
    (folder / "sample" / "feed.xml").write_text("<rss/>", encoding="utf-8")
    sample = '[[feeds]]\nid = "s"\nurl = "sample/feed.xml"\nchannels = ["a"]\n'
    (line,) = every_warning(load, TELEGRAM + sample)
    assert line.startswith('feeds.s: is the sample, and is routed to "a"')


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param(TELEGRAM + FEED, None, id="good"),
        pytest.param(
            TELEGRAM + 'digest = { at = ["09:00"], days = "sat" }\n' + FEED,
            'feeds.f: stories wait up to 168 hours for the digest of "a", and older ones than '
            "max_age are dropped before it: raise max_age of the feed",
            id="weekly digest of young news",
        ),
        pytest.param(
            TELEGRAM + 'digest = { at = ["09:00"], days = "sat,sun,tue,thu" }\n' + FEED,
            None,
            id="digest often enough",
        ),
        pytest.param(
            TELEGRAM + FEED + "channels = []",
            "channels.a: no enabled feed leads here, so nothing is posted",
            id="channel without feeds",
        ),
        pytest.param(
            TELEGRAM + SECOND + 'chat = "@TinCongNghe"\n' + FEED,
            'channels.b.chat: is the chat of channel "a" as well (line 8): a story that is routed to '
            "both is posted there twice",
            id="same chat",
        ),
        pytest.param(
            TELEGRAM + "topic = 1\n" + SECOND + 'chat = "@tincongnghe"\n' + FEED,
            'channels.b.chat: is the chat of channel "a" as well (line 8): a story that is routed to '
            "both is posted there twice",
            id="the topic General",
        ),
        pytest.param(
            'timezone = "Etc/GMT+7"\n' + TELEGRAM + FEED,
            'timezone: "Etc/GMT+7" has its sign turned around, as POSIX has it: UTC+7 is '
            '"Etc/GMT-7"',
            id="zone west, east meant",
        ),
        pytest.param(TELEGRAM + SECOND + 'chat = "@other_chat"\n' + FEED, None, id="other chat"),
        pytest.param(
            TELEGRAM + "topic = 1\n" + SECOND + 'chat = "@tincongnghe"\ntopic = 2\n' + FEED,
            None,
            id="other topic",
        ),
        pytest.param(
            TELEGRAM + SECOND + 'chat = "@tincongnghe"\nenabled = false\n' + FEED,
            None,
            id="same chat, disabled",
        ),
        pytest.param(
            TELEGRAM + 'quiet_hours = "06:30-06:00"\n' + FEED,
            "channels.a.quiet_hours: leave 30 minutes a day to post in, and waiting stories may "
            "grow too old",
            id="quiet nearly all day",
        ),
        pytest.param(TELEGRAM + 'quiet_hours = "23:00-06:00"\n' + FEED, None, id="quiet nights"),
        pytest.param(
            X.format(day=2, month=40) + TO_X,
            "accounts.x.budget: pays for 6 posts a day, while the channels of this account may post "
            "60 a day for 12.00 USD (360.00 a month): the rest waits; raise it, lower max_per_day, "
            'or write link = "never"',
            id="budget per month too small",
        ),
        pytest.param(
            X.format(day=1, month=400) + TO_X,
            "accounts.x.budget: pays for 5 posts a day, while the channels of this account may post "
            "60 a day for 12.00 USD (360.00 a month): the rest waits; raise it, lower max_per_day, "
            'or write link = "never"',
            id="budget per day too small",
        ),
        pytest.param(X.format(day=12, month=360) + TO_X, None, id="budget just enough"),
        pytest.param(
            X.format(day=361, month=360) + TO_X,
            "accounts.x.budget.per_day: per_day (361.00 USD) is more than per_month (360.00 USD): "
            "one day may spend the whole month's budget; 12.00 a day would last for a month",
            id="budget per day above the month's",
        ),
        pytest.param(X.format(day=360, month=360) + TO_X, None, id="budget of one day a month"),
        pytest.param(
            X.format(day=2, month=40) + 'link = "never"\n' + TO_X, None, id="no links, cheap"
        ),
        pytest.param(
            X.format(day=2, month=60) + 'link = "never"\nimages = 4\n' + TO_X,
            "accounts.x.budget: pays for 57 posts a day, while the channels of this account may "
            "post 60 a day for 2.10 USD (63.00 a month): the rest has fewer pictures or waits; "
            'raise it, lower max_per_day, or write image = "never"',
            id="words of four pictures",
        ),
        pytest.param(
            X.format(day=2, month=60) + 'link = "never"\nimages = 4\nimage = "never"\n' + TO_X,
            'channels.x.images: has no effect with image = "never": posts show no picture',
            id="no words",
        ),
        pytest.param(X.format(day=2, month=40) + "max_per_day = 6\n" + TO_X, None, id="few"),
        pytest.param(
            TELEGRAM + 'images = 4\nshare = ["telegram", "copy"]\n' + FEED,
            "channels.a.share: an album has no buttons: what `share` names stands as links in its "
            'text, but "copy" is left out there',
            id="album without a button",
        ),
        pytest.param(
            TELEGRAM + 'images = 4\nshare = ["telegram", "x"]\n' + FEED, None, id="album with links"
        ),
        pytest.param(
            TELEGRAM + 'share = ["copy"]\n' + FEED, None, id="one picture with its button"
        ),
        pytest.param(
            TELEGRAM + 'images = 2\nimage = "never"\n' + FEED,
            'channels.a.images: has no effect with image = "never": posts show no picture',
            id="album without pictures",
        ),
        pytest.param(
            TELEGRAM + 'layout = "rich"\nvideo = "auto"\n' + FEED,
            "channels.a.video: counts only where a plain post takes a rich message's place: that shows "
            "pictures itself",
            id="film in a rich message",
        ),
        pytest.param(
            TELEGRAM + 'layout = "rich"\nimages = 2\n' + FEED,
            "channels.a.images: counts only where a plain post takes a rich message's place: that shows "
            "pictures itself",
            id="album in a rich message",
        ),
        pytest.param(
            X.format(day=12, month=360) + "images = 4\n" + TO_X,
            "channels.x.images: shows nothing: a post with a link shows its card instead of "
            'pictures; write link = "budget" or "never"',
            id="album beside a card",
        ),
        pytest.param(
            X.format(day=12, month=360) + 'images = 4\nlink = "never"\n' + TO_X,
            None,
            id="album on X",
        ),
        pytest.param(
            X.format(day=0.01, month=1) + "enabled = false\n" + TELEGRAM + FEED, None, id="disabled"
        ),
    ],
)
def test_a_setting_that_is_hardly_meant_is_a_warning(
    text: str, warning: str | None, load: Load
) -> None:
    found = [
        line for line in warnings_of(load, text) if "is routed to no enabled channel" not in line
    ]
    assert found == ([warning] if warning else [])


def test_quiet_all_day(load: Load) -> None:
    with pytest.raises(ConfigError, match="is the whole day, which leaves no time"):
        load(TELEGRAM + 'quiet_hours = "00:00-24:00"\n' + FEED)


def test_one_address_under_two_names_to_two_x_accounts(load: Load) -> None:
    one = X.format(day=12, month=360)
    accounts = one + one.replace("accounts.x", "accounts.y").replace('"x"', '"y"').replace(
        'platform = "y"', 'platform = "x"'
    )
    twin = TO_X.replace('"f"', '"g"').replace('["x"]', '["y"]')
    with pytest.raises(ConfigError, match='is the address of feed "f" as well') as caught:
        load(accounts + TO_X + twin.replace("a.example/f.rss", "a.example/f.rss?utm_source=x"))
    assert ": feeds.g.url: " in str(caught.value)
    assert load(accounts + TO_X + twin.replace("f.rss", "g.rss")).feeds["g"]


def test_a_template_that_leaves_out_what_the_channel_asks_for_is_told(load: Load) -> None:
    (found,) = warnings_of(load, TELEGRAM + 'more = "expandable"\n' + FEED)
    assert found.startswith("channels.a.more: shows nothing: ")
    assert found.endswith("{% if more %}<blockquote expandable>{{ more }}</blockquote>{% endif %}")


def test_what_a_node_does_means_nothing_on_one_machine(load: Load) -> None:
    nodes = '[nodes]\nroles = ["poll"]\n'
    plain = '[[channels]]\nid = "t"\nplatform = "console"\n' + FEED
    assert warnings_of(load, nodes + plain) == [
        "nodes: means nothing with SQLite, on which one machine does everything"
    ]
    shared = 'database = "postgresql://newsbot@db.example/news"\n'
    assert warnings_of(load, shared + nodes + plain) == []
    assert load(shared + nodes + plain).nodes.roles == ("poll",)


def test_a_node_that_does_nothing_is_a_mistake(load: Load) -> None:
    with pytest.raises(ConfigError, match="names no role"):
        load("[nodes]\nroles = []\n")
