"""`status` tells in one line until when a feed is subscribed, or why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.models.basics import FeedId, Reason
from bot.models.subscriptions import SubscriptionStatus
from bot.operate.state.hubs import hub_json, print_hubs

if TYPE_CHECKING:
    import pytest

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WHY = Reason(code="http_403", text="403 Forbidden")


def row(**fields: object) -> SubscriptionStatus:
    return SubscriptionStatus(**{"feed": FeedId("f"), "hub": "https://hub.example/"} | fields)


def test_a_feed_without_a_hub_has_none() -> None:
    assert hub_json(None, NOW) is None


def test_a_subscription_that_is_over_is_none() -> None:
    found = hub_json(row(expires=NOW - timedelta(seconds=1), reason=WHY), NOW)
    assert found is not None
    assert (found["until"], found["reason"]) == (None, {"code": "http_403", "text": WHY.text})


def test_a_line_for_each_feed_that_names_a_hub(capsys: pytest.CaptureFixture[str]) -> None:
    good = hub_json(row(expires=NOW + timedelta(days=9), pushed_at=NOW, is_trusted=True), NOW)
    bad = hub_json(row(reason=WHY), NOW)
    feeds = [{"id": "good", "hub": good}, {"id": "bad", "hub": bad}, {"id": "none", "hub": None}]
    print_hubs({"feeds": feeds}, ZoneInfo("UTC"))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert any(line[:3] == ["good", "https://hub.example/", "2026-12-02"] for line in lines)
    assert any(line[:4] == ["bad", "https://hub.example/", "not", "subscribed"] for line in lines)
    assert any("403" in line for line in lines)
    assert not any(line[0] == "none" for line in lines)


def test_nothing_is_printed_where_no_feed_names_a_hub(capsys: pytest.CaptureFixture[str]) -> None:
    print_hubs({"feeds": [{"id": "none", "hub": None}]}, ZoneInfo("UTC"))
    assert capsys.readouterr().out == ""
