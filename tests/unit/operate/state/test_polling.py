"""How often a feed is polled, and why, as `status` tells it."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from bot.collect.schedule.rhythm import Rhythm
from bot.models.basics import FeedId
from bot.models.settings import Feed
from bot.models.views import FeedStatus
from bot.operate.state.polling import moved_json, polling_json
from tests.unit.collect.schedule.test_plan import BUSY
from tests.unit.collect.schedule.test_rhythm import HOUR, MONDAY

HANOI = timezone(timedelta(hours=7))
FEED = Feed(id=FeedId("f"), url="https://a.vn/rss")
WISHES = Rhythm(ttl=180, skip_hours=1, skip_days=64).pack()


def told(feed: Feed = FEED, **row: object) -> dict[str, object]:
    return polling_json(feed, FeedStatus(id=feed.id, **row), MONDAY + 3 * HOUR, HANOI)


@pytest.mark.parametrize(
    ("feed", "row", "every", "words"),
    [
        (FEED, {}, 900, "as configured: no rhythm of it is known yet"),
        (Feed(id=FeedId("f"), url="/f.xml", is_local=True), {}, 900, "as configured"),
        (Feed(id=FeedId("f"), url="https://a", enabled=False), {}, None, "it is not polled"),
        (FEED, {"paused": True}, None, "it is not polled"),
        (FEED, {"errors": 3, "next_poll": MONDAY + 5 * HOUR}, 7200, "it failed 3 times in a row"),
        (FEED, {"errors": 1, "next_poll": MONDAY}, 0, "it failed once"),
        (FEED, {"rhythm": WISHES}, 900, "as the feed asks: not before 3 h, not in the hours"),
    ],
)
def test_the_interval_and_its_reason(feed, row, every, words) -> None:
    found = told(feed, **row)
    assert found["every"] == every
    assert words in found["why"]


def test_a_rhythm_is_told_in_local_time() -> None:
    found = told(rhythm=BUSY.pack())
    assert found["every"] > 900 * 1.5
    assert found["why"].startswith("learned from its news of 26 days: ")
    assert "every 5 min when most of it comes (" in found["why"]
    assert " 16:00)" in found["why"] or " 17:00)" in found["why"]


def test_the_new_address_of_a_feed_is_shown_without_secrets() -> None:
    assert moved_json(FeedStatus(id=FeedId("f"))) is None
    row = FeedStatus(id=FeedId("f"), moved="https://b.vn/rss?token=geheim")
    assert moved_json(row) == "https://b.vn/rss?token=***"
