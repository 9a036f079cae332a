"""The hours and days that a feed names for skipping."""

from __future__ import annotations

import pytest

from bot.collect.parse import parse_feed
from bot.collect.parse.skipping import skipped_days, skipped_hours
from bot.models.feeds import FetchedFeed


@pytest.mark.parametrize(
    ("text", "hours", "days"),
    [
        ("", set(), set()),
        ("<skipHours><hour>0</hour><hour> 23 </hour></skipHours>", {0, 23}, set()),
        ("<skipHours><hour>24</hour><hour>x</hour></skipHours>", {0}, set()),
        ("<skipDays><day>Saturday</day>\n<day>Sun</day></skipDays>", set(), {5, 6}),
        ("<skipDays><day>Caturday</day></skipDays>", set(), set()),
        ("<hour>3</hour><skipHours><hour>4</hour>", set(), set()),
        (f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in range(24))}</skipHours>", set(), set()),
        (
            "<skipDays>"
            + "".join(
                f"<day>{n}day</day>"
                for n in ["Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun"]
            )
            + "</skipDays>",
            set(),
            set(),
        ),
    ],
)
def test_skipped_hours_and_days(text: str, hours: set[int], days: set[int]) -> None:
    assert skipped_hours(text.encode()) == hours
    assert skipped_days(text.encode()) == days


def test_a_parsed_feed_names_them() -> None:
    body = (
        b"<rss version='2.0'><channel><title>A</title><skipHours><hour>3</hour></skipHours>"
        b"<skipDays><day>Sunday</day></skipDays></channel></rss>"
    )
    parsed = parse_feed(FetchedFeed(url="https://a.vn/rss", body=body))
    assert (parsed.skip_hours, parsed.skip_days) == ({3}, {6})
