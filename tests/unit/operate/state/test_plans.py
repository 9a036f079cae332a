"""What a waiting delivery waits for, as the commands tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.config import load_config
from bot.models.basics import ChannelId, DeliveryId, DeliveryState, FeedId, StoryId
from bot.models.views import DeliveryRow
from bot.operate.state.deliveries import delivery_json
from bot.operate.state.plans import in_words, next_plans, plan_for

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # ten o'clock in Hanoi
HOUR = timedelta(hours=1)
FILE = """
[[channels]]
id = "digest"
platform = "console"
digest = { at = ["07:30", "19:00"] }
[[channels]]
id = "timed"
platform = "console"
post_at = ["07:00", "12:00"]
[[channels]]
id = "quiet"
platform = "console"
quiet_hours = "09:00-11:00"
[[feeds]]
id = "f"
url = "https://example.org/rss"
channels = ["digest", "timed", "quiet"]
[[feeds]]
id = "flash"
url = "https://example.org/flash"
channels = ["digest", "timed", "quiet"]
priority = "high"
urgent = true
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "newsbot.toml"
    path.write_text(FILE, encoding="utf-8")
    return load_config(path, environ={})


def row(channel: str, **keys: Any) -> DeliveryRow:
    values: dict[str, Any] = {
        "id": DeliveryId(1),
        "story": StoryId(1),
        "channel": ChannelId(channel),
        "feed": FeedId("f"),
        "state": DeliveryState.PENDING,
        "reason": None,
        "attempts": 0,
        "due": NOW - HOUR / 2,
        "created_at": NOW,
        "sent_at": None,
        "remote_id": None,
        "url": None,
        "cost": None,
        "text": None,
    }
    return DeliveryRow(**values | keys)


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (row("digest"), "waits for the digest of 2026-11-23 19:00 +07"),
        (row("timed"), "waits for 2026-11-23 12:00 +07"),
        (row("quiet"), "waits for the end of quiet hours at 2026-11-23 11:00 +07"),
        (row("timed", due=NOW + 9 * HOUR), "waits for 2026-11-24 07:00 +07"),
        # Due before the last time: it is its turn.
        (row("digest", due=NOW - 9 * HOUR), "waits for the digest of 2026-11-23 07:30 +07"),
        (row("timed", due=NOW - 9 * HOUR), None),
        (row("timed", attempts=1, attempted_at=NOW - HOUR, due=NOW), None),
        (row("digest", wanted_at=NOW), None),
        (row("digest", feed=FeedId("(digest)"), tells=True), None),
        (row("digest", feed=FeedId("flash")), None),
        (row("quiet", feed=FeedId("flash")), None),
        (row("timed", state=DeliveryState.SENT), None),
        (row("removed"), None),
    ],
)
def test_what_is_waited_for(config: Config, delivery: DeliveryRow, words: str | None) -> None:
    plan = plan_for(delivery, config, NOW)
    assert (None if plan is None else in_words(plan, config.timezone)) == words


def test_programs_get_it_in_utc_and_no_columns_of_ours(config: Config) -> None:
    found = delivery_json(row("digest"), plan_for(row("digest"), config, NOW))
    assert found["waits_for"] == {"what": "digest", "at": "2026-11-23T12:00:00Z"}
    assert not {"attempted_at", "wanted_at", "tells"} & found.keys()


def test_the_next_times_of_a_channel(config: Config) -> None:
    found = {
        name: [(plan.what, plan.at) for plan in next_plans(channel, config, NOW)]
        for name, channel in config.channels.items()
    }
    assert found == {
        "digest": [("digest", NOW + 9 * HOUR)],
        "timed": [("post_at", NOW + 2 * HOUR)],
        "quiet": [],
    }
