"""Times stand in the operator's zone and name it, those in stored reasons as well."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.moments import local_time, with_local_times

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MOMENT = datetime(2026, 11, 29, 20, 30, 5, tzinfo=UTC)


def test_a_time_names_its_zone() -> None:
    assert local_time(MOMENT, HANOI) == "2026-11-30 03:30 +07"
    assert local_time(MOMENT, HANOI, seconds=True) == "2026-11-30 03:30:05 +07"
    assert local_time(MOMENT, ZoneInfo("Europe/Berlin")) == "2026-11-29 21:30 CET"
    assert local_time(None, HANOI) == "never"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("until 2026-11-29 20:30 UTC, no later", "until 2026-11-30 03:30 +07, no later"),
        ("2026-01-01 00:00 UTC to 2026-01-01 18:00 UTC", "2026-01-01 07:00 +07 to 2026-01-02 01:00 +07"),
        ("2026-11-29 20:30 +07", "2026-11-29 20:30 +07"),
        ("2026-11-29 20:30 UTCX", "2026-11-29 20:30 UTCX"),
        ("words of a feed: 2026-02-30 20:30 UTC", "words of a feed: 2026-02-30 20:30 UTC"),
        ("and 9999-12-31 20:30 UTC", "and 9999-12-31 20:30 UTC"),
    ],
)  # fmt: skip
def test_times_in_a_stored_text_are_shown_in_the_zone(stored: str, shown: str) -> None:
    assert with_local_times(stored, HANOI) == shown
