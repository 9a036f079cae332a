from __future__ import annotations

from datetime import UTC, datetime
from time import struct_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse.dates import parse_date

TEN = datetime(2025, 11, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 03 Nov 2025 10:00:00 GMT",
        "Mon, 03 Nov 2025 10:00:00 +0000",
        "Mon, 3 Nov 25 10:00 Z",
        "3 November 2025 10:00:00",
        "Mon, 03 Nov 2025 17:00:00 ICT",
        "Mon, 03 Nov 2025 17:00:00 +07",
        "Mon, 03 Nov 2025 17:00:00 +7",
        "Mon, 03 Nov 2025 17:00:00 +0700",
        "Mon, 03 Nov 2025 17:00:00 +07:00",
        "Mon, 03 Nov 2025 17:00:00 GMT+7",
        "Mon, 03 Nov 2025 17:00:00 GMT+0700",
        "Mon, 03 Nov 2025 05:00:00 EST",
        "Mon, 03 Nov 2025 11:00:00 CET",
        "Mon, 03 Nov 2025 15:30:00 IST",
        "Mon, 03 Nov 2025 19:00:00 JST",
        "Mon, 03 Nov 2025 13:00:00 MSK (Moscow)",
        "Thứ Hai, 03 Nov 2025 10:00:00",
        "2025-11-03T10:00:00Z",
        "2025-11-03T17:00:00+07:00",
        "2025-11-03T10:00:00.123456Z",
        "2025-11-03 10:00",
        "20251103T10:00:00Z",
        "03/11/2025 10:00",
        "3/11/2025 10:00:00",
        "03-11-2025 10:00:00",
        "03.11.2025, 10:00",
        "11/03/2025 10:00:00 AM",
        "03/11/2025 10:00:00 SA",
        "03/11/2025 17:00 GMT+7",
        "Thứ hai, 03/11/2025, 17:00 GMT+7",
        "Thứ hai, 03/11/2025 - 10:00",
        "10:00 03/11/2025",
        "10:00, 03/11/2025",
        "1762164000",
        "1762164000000",
        "  Mon, 03 Nov 2025 10:00:00 GMT\n",
    ],
)
def test_formats_of_one_moment(text: str) -> None:
    assert parse_date(text) == TEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/11/2025 17:00", TEN),
        ("2025-11-03T17:00:00", TEN),
        ("Mon, 03 Nov 2025 17:00:00", TEN),
        ("03/11/2025 05:00 CH", TEN),
        ("2025-11-03T10:00:00Z", TEN),
        ("03/11/2025", datetime(2025, 11, 2, 17, tzinfo=UTC)),
    ],
)
def test_in_a_vietnamese_feed_a_date_without_zone_is_local(text: str, expected: datetime) -> None:
    assert parse_date(text, vietnamese=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31/12/2025", datetime(2025, 12, 31, tzinfo=UTC)),
        ("12/31/2025", datetime(2025, 12, 31, tzinfo=UTC)),
        ("03/11/2025 12:30 AM", datetime(2025, 3, 11, 0, 30, tzinfo=UTC)),
        ("03/11/2025 12:30 PM", datetime(2025, 3, 11, 12, 30, tzinfo=UTC)),
        ("2025-11-03T24:00:00Z", datetime(2025, 11, 4, tzinfo=UTC)),
        ("2025-06-30T23:59:60Z", datetime(2025, 6, 30, 23, 59, 59, tzinfo=UTC)),
        ("01 Jan 99 00:00 GMT", datetime(1999, 1, 1, tzinfo=UTC)),
    ],
)
def test_odd_corners(text: str, expected: datetime) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "31/02/2025",
        "32 Jan 2025",
        "2025-13-01",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "1994-12-31",
        "2101-01-01",
        "Mon, 03 Xxx 2025 10:00:00 GMT",
        "2025-11-03T25:00:00Z",
        "Mon, 03 Nov 2025 10:00:00 +9900",
        "9999999999",
        "0000000000",
        "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
        "-",
        "?",
        None,
        7,
        ["2025"],
    ],
)
def test_no_date(text: object) -> None:
    assert parse_date(text) is None


def test_feedparser_helps_out_with_its_own_formats() -> None:
    known = struct_time((2025, 11, 3, 10, 0, 0, 0, 307, 0))
    assert parse_date("2025년 11월 03일", known) == TEN
    assert parse_date("03/11/2025 10:00", None) == TEN


@pytest.mark.parametrize(
    "fallback", [struct_time((1, 1, 1, 0, 0, 0, 0, 1, 0)), (1, 2), "x", {"a": 1}]
)
def test_a_useless_fallback(fallback: object) -> None:
    assert parse_date("?", fallback) is None


@given(st.text(alphabet="0123456789/:-+., TZAPMGSCHovthứ", max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_text_gives_a_sane_moment_or_none(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or (1995 <= moment.year <= 2100 and moment.tzinfo is UTC)
