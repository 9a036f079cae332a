"""Each set-up of docs/recipes.md: `check` takes it, and each channel gets what its text says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bot.app.enabled import enabled_channels, enabled_feeds, routed
from bot.cli import newsbot
from bot.cli.options import Settings
from bot.config import load_config
from bot.publish.pace import lane_of
from tests.pipeline.test_collect import Collecting

if TYPE_CHECKING:
    from bot.config import Config
    from bot.store.engine import Store

TEXT = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"(?ms)^## \d+\. ([^\n]+)\n.*?```toml\n(.*?)```", TEXT))
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FRIDAY = datetime(2026, 5, 22, tzinfo=ZONE)
SECRETS = dict.fromkeys(
    ("TELEGRAM_TOKEN", "X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"),
    "123456789:fake-fake-fake-fake-fake-fake-fake",
)
AI, CHIP, OFFER, PHONE = "Luật AI có hiệu lực", "Chip bán dẫn 2 nm", "[QC] Tủ lạnh", "iPhone 18"
HOLE, GOLD, WHO = "Lỗ hổng zero-day trong iOS", "Giá vàng hôm nay", "Mất việc, ai chịu?"
SOLD, LEAK = "Giảm sốc tới 50%", "iPhone 19 lộ diện"
VIETNAMESE = {
    AI: "<category>Chính sách</category><dc:creator>Nguyễn An</dc:creator>",
    CHIP: "<category>Bán dẫn</category>",
    OFFER: "<category>Đời sống</category>",
    PHONE: "<category>Mobile</category>",
    HOLE: "<category>Bảo mật</category>",
    GOLD: "<category>Kinh doanh</category>",
    WHO: "<category>Xã hội</category>",
    SOLD: "<category>Đời sống</category>",
    LEAK: "<category>Mobile</category>",
}
RUST, SQLITE, ASK, GARDEN = "Rust 2.0", "SQLite 4", "Ask HN: is Rust hiring?", "My garden"
ENGLISH = dict.fromkeys((RUST, SQLITE, ASK, GARDEN), "")
EVERYTHING = set(VIETNAMESE)

GETS: dict[str, dict[str, set[str]]] = {
    "One channel for each topic": {"everything": EVERYTHING, "ai": {AI}, "mobile": {PHONE, LEAK}},
    "No advertisements, whatever the feed": {"tin": EVERYTHING - {OFFER, SOLD}},
    "The few interesting items of a busy feed": {"dev": {RUST, SQLITE}},
    "A channel for each language": {"tieng-viet": EVERYTHING, "english": set(ENGLISH)},
    "One group with a topic for each subject": {"security": {HOLE}, "other": EVERYTHING - {HOLE}},
    "Little money for X": {"tin": EVERYTHING, "x-tin": {CHIP, PHONE}},
    "Morning, noon and evening": {"tin": EVERYTHING},
    "Urgent news by night": {"tin": EVERYTHING, "alarm": {HOLE}},
    "One section, or one author, of a large feed": {"columns": {AI, PHONE, LEAK}},
    "Quiet nights, slow weekends": {"tin": EVERYTHING - {GOLD}},
    "A person decides about X": {"tin": EVERYTHING, "x-tin": EVERYTHING - {GOLD}},
    "The week in one post": {"tin": EVERYTHING, "week": EVERYTHING - {OFFER, SOLD}},
}
WAITS: dict[str, dict[str, dict[str, bool]]] = {
    "Morning, noon and evening": {
        "tin": {"Fri 11:30": False, "Fri 12:00": True, "Sat 12:00": False, "Sat 20:00": True}
    },
    "Urgent news by night": {
        "tin": {"Sat 02:00": False, "Sat 06:00": True},
        "alarm": {"Sat 02:00": True},
    },
    "Quiet nights, slow weekends": {
        "tin": {"Sat 08:00": False, "Sat 09:00": True, "Fri 23:30": False}
    },
    "A person decides about X": {"tin": {"Fri 12:00": True}, "x-tin": {"Fri 12:00": False}},
    "The week in one post": {
        "tin": {"Fri 09:00": True},
        "week": {"Fri 09:00": False, "Sat 08:55": False, "Sat 09:00": True},
    },
}
"""Whether a channel posts at a time of which only the news from before it is waiting."""


def document(items: dict[str, str], at: datetime) -> str:
    """Return a feed of the items, all published a moment before."""
    entries = "".join(
        f"<item><title>{title}</title><link>https://vnexpress.net/{path(title)}/{crc32(title.encode())}.html</link>"
        f"<guid isPermaLink='false'>{title}</guid><description>{title}: tin số {n}.</description>"
        f"<pubDate>{format_datetime(at - timedelta(seconds=n))}</pubDate>{more}</item>"
        for n, (title, more) in enumerate(items.items(), 1)
    )
    space = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
    return f"<rss version='2.0' {space}><channel><title>Tin</title>{entries}</channel></rss>"


def path(title: str) -> str:
    return "so-hoa" if "iPhone" in title else "tin"


@pytest.fixture(params=RECIPES)
def recipe(request: Any) -> str:
    return str(request.param)


def written(recipe: str, home: Path) -> Path:
    file = home / "newsbot.toml"
    file.write_text(RECIPES[recipe], encoding="utf-8")
    return file


async def polled(config: Config, store: Store, at: datetime) -> Collecting:
    """Poll each feed twice, when it is new and when it has news; pages are not read."""
    collecting = Collecting(store)
    for feed in routed(enabled_feeds(config), enabled_channels(config)).values():
        news = ENGLISH if feed.id == "hackernews" else VIETNAMESE
        own = replace(feed, fetch_page="never")
        await collecting.poll(document({"Tin cũ": ""}, at), own, now=at - timedelta(hours=1))
        await collecting.poll(document({**news, "Tin cũ": ""}, at), own, now=at)
    return collecting


def test_there_are_ten_at_least_and_each_has_its_expectation() -> None:
    assert len(RECIPES) >= 10
    assert RECIPES.keys() == GETS.keys()
    assert WAITS.keys() <= GETS.keys()


def test_check_takes_it(recipe: str, tmp_path: Path) -> None:
    words = ["check", "-c", str(written(recipe, tmp_path))]
    done = CliRunner().invoke(newsbot, words, obj=Settings(), env=SECRETS)
    assert done.exit_code == 0, done.output
    assert "is good" in done.output
    assert "warning" not in done.output


async def test_each_channel_gets_what_the_recipe_says(
    recipe: str, tmp_path: Path, store: Store
) -> None:
    config = load_config(written(recipe, tmp_path), environ={})
    collecting = await polled(config, store, FRIDAY.astimezone(UTC))
    got: dict[str, set[str]] = {}
    for row in await collecting.rows():
        got.setdefault(row.channel, set()).add(row.items[0].title)
    assert {name: titles - {"Tin cũ"} for name, titles in got.items()} == GETS[recipe]


@pytest.mark.parametrize(
    ("recipe", "channel", "moment", "posts"),
    [
        (recipe, channel, moment, posts)
        for recipe, channels in WAITS.items()
        for channel, moments in channels.items()
        for moment, posts in moments.items()
    ],
)
async def test_a_channel_posts_when_the_recipe_says(
    recipe: str, channel: str, moment: str, posts: bool, tmp_path: Path, store: Store
) -> None:
    config = load_config(written(recipe, tmp_path), environ={})
    day, clock = moment.split()
    hour, minute = map(int, clock.split(":"))
    at = FRIDAY.replace(hour=hour, minute=minute) + timedelta(days=day == "Sat")
    await polled(config, store, (at - timedelta(minutes=20)).astimezone(UTC))
    (own,) = [one for one in config.channels.values() if one.id == channel]
    now = at.astimezone(UTC) + timedelta(seconds=5)
    lane = lane_of(own, now, config.timezone)
    assert bool(await store.outbox.claim_due_deliveries([lane], now, limit=1)) is posts
