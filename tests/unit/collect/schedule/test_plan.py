"""How requests are spread over the week."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.schedule.due import next_poll, with_plan
from bot.collect.schedule.plan import plan_of, planned
from bot.collect.schedule.rhythm import HOURS, Rhythm, unpack
from bot.models.basics import FeedId
from bot.models.feeds import NotModified, Validators
from bot.models.settings import Feed
from tests.unit.collect.schedule.test_rhythm import DAY, HOUR, MINUTE, MONDAY, seen, workdays

FEED = Feed(id=FeedId("tin"), url="https://example.org/rss")
SAME = NotModified(validators=Validators())
BUSY = with_plan(seen(*workdays(8, 9, 10, 15, minute=30)), FEED)


def week(rhythm: Rhythm, feed: Feed = FEED) -> list[int]:
    """Return how many polls each hour of a week gets."""
    now, counts = MONDAY, Counter[int]()
    while now < MONDAY + 7 * DAY:
        counts[int((now - MONDAY) / HOUR)] += 1
        now = next_poll(feed, SAME, errors=0, now=now, rhythm=rhythm)
    return [counts[hour] for hour in range(HOURS)]


def test_requests_come_where_the_news_is_and_stay_within_the_budget() -> None:
    polls = week(BUSY)
    assert polls[9] >= 6
    assert polls[3] <= 2
    assert sum(polls) <= 7 * 96 * 1.05


def test_without_a_history_they_are_even() -> None:
    assert set(week(Rhythm())) <= {3, 4, 5}


def test_the_poll_follows_the_minute_of_the_news() -> None:
    start = MONDAY + 9 * HOUR + 24 * MINUTE
    due = next_poll(FEED, SAME, errors=0, now=start, rhythm=BUSY)
    assert 31 * MINUTE <= due - MONDAY - 9 * HOUR <= 32 * MINUTE


def test_the_plan_is_made_again_for_other_intervals_only() -> None:
    assert with_plan(BUSY, FEED) is BUSY
    stored = unpack(BUSY.pack())
    assert with_plan(stored, FEED) is stored
    rarer = planned(BUSY, fewest=0.5, most=1.5)
    assert set(rarer.plan) != set(BUSY.plan)
    assert min(plan_of(rarer).hours) > 0.45
    assert max(plan_of(rarer).hours) < 1.6


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        (0b1110 << 9, 0, 13 * HOUR),
        (1 << 23, 0, None),
        (0, 1, DAY),
        (0, 0b1111111, 9 * HOUR + 15 * MINUTE + DAY),
    ],
)
def test_hours_and_days_that_the_feed_skips_are_skipped(hours, days, expected) -> None:
    now = MONDAY + 9 * HOUR + 50 * MINUTE
    known = Rhythm(skip_hours=hours, skip_days=days)
    due = next_poll(FEED, SAME, errors=0, now=now, rhythm=known) - MONDAY
    if expected is None:
        assert 10 * HOUR < due < 10 * HOUR + 10 * MINUTE
    else:
        assert due == pytest.approx(expected, abs=40 * MINUTE)


bounds = st.fixed_dictionaries(
    {
        name: st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3))
        for name in ("every", "every_min", "every_max")
    }
)
moments = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=7))


@given(bounds, moments, st.integers(0, 2000))
@settings(deadline=None, max_examples=150)
def test_no_poll_leaves_the_operators_bounds(keys, start, ttl) -> None:
    feed = Feed(id=FeedId("tin"), url="https://example.org/rss", **keys)
    known = with_plan(Rhythm(**{**fields(BUSY), "ttl": ttl}), feed)
    now = MONDAY + start
    wait = next_poll(feed, SAME, errors=0, now=now, rhythm=known) - now
    longest = max(keys["every_min"], keys["every_max"])
    slack = timedelta(microseconds=10)  # moments are floating-point seconds
    assert min(max(keys["every_min"], timedelta(minutes=ttl)), longest) - slack <= wait
    assert wait <= longest + slack


def fields(rhythm: Rhythm) -> dict[str, object]:
    names = ("at", "days", "last_day", "trust", "hours", "minutes")
    return {name: getattr(rhythm, name) for name in names}
