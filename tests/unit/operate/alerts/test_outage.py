"""Most feeds fail at once: trouble after an hour, before each has failed often enough for its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.config import load_config
from bot.models.alerts import Condition, Presence
from bot.models.basics import FeedId, Reason
from bot.models.views import FeedStatus
from bot.operate.alerts.outage import outage
from bot.operate.alerts.snapshot import Snapshot
from bot.operate.state.health import judged, verdict
from bot.wording import ENGLISH, wording

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AWAY = Reason(code="dns", text="cannot find host a.example")
GONE = Reason(code="http_404", text="no feed is there: look for its new address on the site")


def config(folder: Path, feeds: int, more: str = "") -> Config:
    path = folder / "newsbot.toml"
    each = "".join(
        f'[[feeds]]\nid = "f{number}"\nurl = "https://f{number}.example/rss"\n{more}'
        for number in range(feeds)
    )
    path.write_text(f'[[channels]]\nid = "t"\nplatform = "console"\n{each}', encoding="utf-8")
    return load_config(path, environ={})


def seen(failing: int, feeds: int, **how: object) -> Snapshot:
    """Return a moment at which the first of the feeds have failed twice since two hours ago."""
    usual = {"errors": 2, "last_success": NOW - timedelta(hours=2), "reason": AWAY} | how
    rows = [
        FeedStatus(id=FeedId(f"f{number}"), **usual)
        if number < failing
        else FeedStatus(id=FeedId(f"f{number}"), last_success=NOW)
        for number in range(feeds)
    ]
    condition = Condition(feeds=tuple(rows), pauses=(), unknown={}, failed={}, storms={}, disk=None)
    return Snapshot(condition=condition, now=NOW, presence=Presence(running=True))


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("failing", "feeds", "how", "is_trouble"),
    [
        (9, 10, {}, True),
        (6, 10, {}, True),
        (5, 10, {}, False),
        (3, 3, {}, True),
        # So few are the feeds' own, and have the patience that the file gives each.
        (2, 2, {}, False),
        (9, 10, {"errors": 1}, False),
        (9, 10, {"last_success": NOW - HOUR - timedelta(minutes=15)}, True),
        (9, 10, {"last_success": NOW - HOUR - timedelta(minutes=14)}, False),
        (9, 10, {"last_success": None}, True),
        (9, 10, {"paused": True}, False),
        (9, 10, {"reason": None}, True),
    ],
)
def test_it_is_trouble_when_most_feeds_bring_nothing_for_an_hour(
    tmp_path: Path, failing: int, feeds: int, how: dict[str, object], is_trouble: bool
) -> None:
    found = list(outage(seen(failing, feeds, **how), config(tmp_path, feeds), ENGLISH))
    assert [one.kind for one in found] == ["outage"] * is_trouble


def test_an_hour_counts_from_when_a_feed_should_have_been_read(tmp_path: Path) -> None:
    rare = config(tmp_path, 3, 'every = "2h"\n')
    assert list(outage(seen(3, 3), rare, ENGLISH)) == []
    assert list(outage(seen(3, 3, last_success=NOW - 3 * HOUR), rare, ENGLISH)) != []


def test_disabled_feeds_are_none_of_them(tmp_path: Path) -> None:
    assert list(outage(seen(9, 9), config(tmp_path, 9, "enabled = false\n"), ENGLISH)) == []


def test_the_verdict_names_how_many_and_the_usual_reason(tmp_path: Path) -> None:
    moment, file = seen(9, 10), config(tmp_path, 10)
    (first, *rest) = moment.condition.feeds
    odd = FeedStatus(id=first.id, errors=2, last_success=first.last_success, reason=GONE)
    condition = Condition(
        feeds=(odd, *rest), pauses=(), unknown={}, failed={}, storms={}, disk=None
    )
    moment = Snapshot(condition=condition, now=NOW, presence=Presence(running=True))
    (trouble,) = judged(moment, file)
    assert trouble.text == (
        "9 of 10 feeds cannot be read, most often because: cannot find host a.example"
    )
    assert verdict(is_well=False, failing=9) == "not well:"
    (trouble,) = judged(moment, file, wording("vi"))
    assert trouble.text == (
        "9 trong 10 nguồn không đọc được, thường gặp nhất là: không tìm thấy máy chủ a.example"
    )
