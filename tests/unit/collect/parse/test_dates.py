from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from time import struct_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.parse.dates import DateStyle, parse_date, style_of

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
    assert parse_date(text, style=DateStyle(zone=timezone(timedelta(hours=7)))) == expected


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


EIGHT_PM = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Thứ Bảy, 28 Tháng 11 2026 20:00:00",
        "Thứ 7, 28 tháng 11, 2026 20:00",
        "Thứ bảy, ngày 28 tháng 11 năm 2026, 20:00",
        "28 Th11 2026 20:00:00",
        "Th11 28, 2026 8:00 CH",
        "28 tháng Mười Một 2026 20 giờ 00",
        "28/11/2026 20h00",
        "samedi 28 novembre 2026, 20 h 00",
        "Chủ nhật, 29/11/2026, 03:00 (GMT+7)",
        "03:00 29/11/2026 GMT+7",
        "03:00 - 29/11/2026 (UTC+07:00)",
        "20:00 28/11/2026 GMT",
        "2026-11-28 20:00:00 +0000 UTC",
        "28.11.2026 - 20:00 Uhr",
        "28/11/2026 8:00 tối",
        "Samstag, 28. November 2026, 20:00 Uhr",
        "Sa., 28 Nov. 2026 20:00:00",
        "samedi 28 novembre 2026 à 20h00",
        "sab, 28 nov 2026 20:00:00",
        "sabato 28 novembre 2026, ore 20:00",
        "sábado, 28 de noviembre de 2026 20:00",
        "sáb, 28 nov. 2026 8:00 p. m.",
        "28 de novembro de 2026 às 20:00",
        "28 ноября 2026 г., 20:00",
        "Сб, 28 ноя 2026 20:00:00",
        "sobota, 28 listopada 2026 20:00",
        "zaterdag 28 november 2026 om 20:00 uur",
        "sobota 28. listopadu 2026 20:00",
        "28. 11. 2026 20:00",
        "28 Kasım 2026 Cumartesi 20:00",
        "Cmt, 28 Kas 2026 20:00:00",
        "Saturday, November 28th, 2026 at 8:00 pm",
        "28th of November 2026 8 PM",
        "Sat, Nov 28 2026 8:00:00 PM",
        "2026 Nov 28 20:00",
        "28-Nov-2026 20:00:00",
        "Sat Nov 28 20:00:00 UTC 2026",
        "2026. november 28. 20:00",
    ],
)
def test_months_have_names_in_many_languages(text: str) -> None:
    assert parse_date(text) == EIGHT_PM


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("1er août 2026", 8),
        ("01 févr. 2026", 2),
        ("1. März 2026", 3),
        ("1 Mrz 2026", 3),
        ("mar, 1 dic 2026", 12),
        ("mar. 1 mars 2026", 3),
        ("1 ledna 2026", 1),
        ("1 září 2026", 9),
        ("1 czerwca 2026", 6),
        ("1 gru 2026", 12),
        ("1 мая 2026", 5),
        ("1 Ağustos 2026", 8),
        ("1 Şub 2026", 2),
        ("1 mei 2026", 5),
        ("1 set 2026", 9),
        ("1 giu 2026", 6),
        ("1 enero 2026", 1),
        ("tháng 4 1, 2026", 4),
        ("1 tháng Giêng 2026", 1),
        ("Sept. 1st, 2026", 9),
    ],
)
def test_short_and_inflected_months(text: str, month: int) -> None:
    assert parse_date(text) == datetime(2026, month, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "texts", "text", "expected"),
    [
        ("vi", [], "05/11/2026 08:30 AM", "2026-11-05T01:30"),
        ("vi", [], "05/11/2026 08:30 CH", "2026-11-05T13:30"),
        ("fr", [], "05/11/2026 08:30 AM", "2026-11-05T08:30"),
        ("en-GB", [], "05/11/2026 08:30 AM", "2026-11-05T08:30"),
        (None, ["28/11/2026 08:30 PM"], "05/11/2026 08:30 AM", "2026-11-05T08:30"),
        (None, ["11/28/2026"], "11/05/2026", "2026-11-05T00:00"),
        ("en-US", [], "11/05/2026", "2026-11-05T00:00"),
        ("en-US", ["28/11/2026"], "05/11/2026", "2026-11-05T00:00"),
        ("vi", ["11/28/2026 8:30 PM"], "11/05/2026 8:30 AM", "2026-11-05T01:30"),
        (None, ["28/11/2026", "11/28/2026"], "05/11/2026", "2026-11-05T00:00"),
        ("en", [], "11/05/2026 8:30 AM", "2026-11-05T08:30"),
        ("en", [], "05/11/2026", "2026-11-05T00:00"),
    ],
)
def test_the_language_or_the_other_dates_tell_whether_the_day_comes_first(
    language, texts, text, expected
) -> None:
    moment = parse_date(text, style=style_of(language, [*texts, None, 7]))
    assert moment == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    "text", ["Nov 2026", "28 2026", "1 2 3 Nov 2026", "28 Foo 2026", "the 3 best phones of 2026"]
)
def test_numbers_and_words_alone_are_no_date(text: str) -> None:
    assert parse_date(text) is None
