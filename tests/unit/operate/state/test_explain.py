"""`newsbot explain`: why several items are one story, and the text as it was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.models.basics import ChannelId, DeliveryId, DeliveryState, FeedId, Reason, StoryId
from bot.models.stories import Article
from bot.models.views import DeliveryRow, ItemRow, PassedOver, StoryTrace
from bot.operate.state.explain import matched_by, trace_json, trace_lines

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST = ItemRow(
    feed=FeedId("a"),
    id="1",
    link="https://example.org/tin?utm_source=rss",
    title="Chip mới của Việt Nam ra mắt",
    first_seen=NOW,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "Đã sửa", "link": None}, ["id"]),
        ({"feed": "b", "title": "Tựa khác", "link": "http://www.example.org/tin"}, ["link"]),
        ({"feed": "b", "link": None, "title": "CHIP MỚI của Viet Nam – ra mắt!"}, ["title"]),
        ({}, ["id", "link", "title"]),
        ({"feed": "b", "link": "https://other.example/x", "title": "Gần giống"}, []),
        ({"feed": "b", "link": None, "title": ""}, []),
    ],
)
def test_the_keys_that_made_it_the_same_story_are_named(
    changes: dict[str, object], expected: list[str]
) -> None:
    assert matched_by(FIRST, ()) == []
    assert matched_by(replace(FIRST, **changes), (FIRST,)) == expected


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(hours=3), "dated 2026-11-23 12:00 UTC, posted then"),
        (
            timedelta(days=3),
            "dated 2026-11-26 09:00 UTC, more than a day ahead: taken as undated, posted at once",
        ),
        (-timedelta(hours=3), None),
    ],
)
def test_a_date_to_come_is_told_with_its_item(ahead: timedelta, told: str | None) -> None:
    item = replace(FIRST, published=NOW + ahead)
    trace = StoryTrace(
        id=StoryId(1),
        feed=item.feed,
        title=item.title,
        link=item.link,
        published=item.published,
        first_seen=NOW,
        last_seen=NOW,
        items=(item,),
        passed_over=(),
        deliveries=(),
    )
    (shown,) = trace_json(trace)["items"]
    assert (shown["reason"] and shown["reason"]["text"]) == told
    lines = [line.strip() for line in trace_lines(trace, ZoneInfo("UTC")) if "dated" in line]
    assert lines == ([f"{told} (future_date)"] if told else [])


def delivery(**changes: object) -> DeliveryRow:
    values = {
        "id": DeliveryId(7),
        "story": StoryId(1),
        "channel": ChannelId("tin"),
        "feed": FeedId("a"),
        "state": DeliveryState.SENT,
        "reason": None,
        "attempts": 1,
        "due": NOW,
        "created_at": NOW,
        "sent_at": NOW + timedelta(minutes=2),
        "remote_id": "55",
        "url": "https://t.me/tin/55",
        "cost": None,
        "text": "Dòng một\nDòng hai",
    } | changes
    return DeliveryRow(**values)


def test_every_stage_is_told() -> None:
    again = replace(FIRST, feed=FeedId("b"), id="x", title="Khác hẳn")
    trace = StoryTrace(
        id=StoryId(1),
        feed=FeedId("a"),
        title=FIRST.title,
        link=FIRST.link,
        published=NOW - timedelta(minutes=9),
        first_seen=NOW,
        last_seen=NOW,
        items=(FIRST, again),
        passed_over=(
            PassedOver(
                channel=ChannelId("x"),
                reason=Reason(code="first_run", text="beyond the newest 1 (first_run)"),
                at=NOW,
            ),
        ),
        deliveries=(
            delivery(),
            delivery(state=DeliveryState.PENDING, sent_at=None, text=None),
            delivery(state=DeliveryState.FAILED, reason=Reason(code="bad_request", text="no text")),
        ),
    )
    lines = list(trace_lines(trace, ZoneInfo("Asia/Ho_Chi_Minh")))
    assert lines[0] == FIRST.title
    assert lines[1] == "  written 2026-11-23 15:51 +07, says the feed"
    text = "\n".join(lines)
    for part in (
        "found   2026-11-23 16:00 +07 in a",
        "skipped x: beyond the newest 1 (first_run)\n",
        "no text (bad_request)",
        "the same story by: link",
        "sent 2026-11-23 16:02 +07, as https://t.me/tin/55",
        "| Dòng một\n          | Dòng hai",
        "`newsbot preview --channel tin` shows how",
    ):
        assert part in text
    document = trace_json(trace)
    assert [item["matched_by"] for item in document["items"]] == [[], ["link"]]
    assert document["published"] == "2026-11-23T08:51:00Z"


def test_the_lead_tells_where_its_sentences_stood_and_what_was_passed_over() -> None:
    article = Article(
        title="Chip mới",
        paragraphs=(
            "Bạn đã nghe tin gì chưa? Nhà máy ở Huế làm ra con chip đầu tiên trong tháng này.",
            "Dây chuyền có 200 kỹ sư và chạy từ tháng chín năm nay.",
        ),
        origins=("summary", "page"),
    )
    trace = StoryTrace(
        id=StoryId(1),
        feed=FIRST.feed,
        title=FIRST.title,
        link=FIRST.link,
        published=None,
        first_seen=NOW,
        last_seen=NOW,
        items=(FIRST,),
        passed_over=(),
        deliveries=(),
        article=article,
    )
    text = "\n".join(trace_lines(trace, ZoneInfo("UTC")))
    lead = trace_json(trace)["lead"]

    assert (
        "Nhà máy ở Huế làm ra con chip đầu tiên trong tháng này.\" from the feed's summary" in text
    )
    assert (
        "Dây chuyền có 200 kỹ sư và chạy từ tháng chín năm nay.\" from the article's page" in text
    )
    assert 'without "Bạn đã nghe tin gì chưa?": it asks' in text
    assert [one["from"] for one in lead["sentences"]] == ["summary", "page"]
    assert lead["passed_over"] == [{"text": "Bạn đã nghe tin gì chưa?", "reason": "it asks"}]
    assert trace_json(replace(trace, article=None))["lead"] is None
    before = replace(article, origins=())  # as an earlier version stored it
    assert {
        one["from"] for one in trace_json(replace(trace, article=before))["lead"]["sentences"]
    } == {None}
