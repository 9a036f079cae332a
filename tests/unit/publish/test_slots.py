"""Fixed times as moments: once each, on the days when clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models.times import Times
from bot.publish.slots import last_time, next_time

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes its clocks by half an hour
BEIRUT = ZoneInfo("Asia/Beirut")  # jumps from midnight to one o'clock
DAY, WEEK = timedelta(days=1), 7


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def daily(*times: time) -> Times:
    return Times(of_days=(times,) * WEEK)


def on(day: int, *times: time) -> Times:
    return Times(of_days=tuple(times if one == day else () for one in range(WEEK)))


@pytest.mark.parametrize(
    ("times", "zone", "now", "last", "following"),
    [
        # Between two times, at one of them, and just before.
        (daily(time(7), time(12)), HANOI, utc(2026, 11, 23, 3), utc(2026, 11, 23, 0), utc(2026, 11, 23, 5)),
        (daily(time(7), time(12)), HANOI, utc(2026, 11, 23, 5), utc(2026, 11, 23, 5), utc(2026, 11, 24, 0)),
        (daily(time(7)), HANOI, utc(2026, 11, 22, 23, 59, 59), utc(2026, 11, 22), utc(2026, 11, 23)),
        # Once a week: on the day itself before and after it.
        (on(0, time(12)), HANOI, utc(2026, 11, 23, 4), utc(2026, 11, 16, 5), utc(2026, 11, 23, 5)),
        (on(0, time(12)), HANOI, utc(2026, 11, 23, 6), utc(2026, 11, 23, 5), utc(2026, 11, 30, 5)),
        # Spring in Berlin: 2:30 does not exist on the 29th, and is 3:30.
        (daily(time(2, 30)), BERLIN, utc(2026, 3, 29, 0, 59), utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 30)),
        (daily(time(2, 30)), BERLIN, utc(2026, 3, 29, 2), utc(2026, 3, 29, 1, 30), utc(2026, 3, 30, 0, 30)),
        # Autumn: 2:30 comes twice, and counts once.
        (daily(time(2, 30)), BERLIN, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)),
        (daily(time(2, 30)), BERLIN, utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30)),
        (daily(time(2, 15)), LORD_HOWE, utc(2026, 10, 3, 15, 50), utc(2026, 10, 3, 15, 45), utc(2026, 10, 4, 15, 15)),
        # Midnight itself is jumped over: the time is on the same day, at one o'clock.
        (daily(time(0)), BEIRUT, utc(2026, 3, 28, 22), utc(2026, 3, 28, 22), utc(2026, 3, 29, 21)),
    ],
)  # fmt: skip
def test_the_times_around_a_moment(times, zone, now, last, following) -> None:
    assert last_time(times, now, zone) == last
    assert next_time(times, now, zone) == following


@pytest.mark.parametrize("zone", [HANOI, BERLIN, LORD_HOWE, BEIRUT], ids=str)
@settings(max_examples=60, deadline=None)
@given(
    of_days=st.lists(
        st.lists(st.times().map(lambda t: t.replace(second=0, microsecond=0)), max_size=3),
        min_size=WEEK,
        max_size=WEEK,
    ).filter(any),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 - UTC follows
)
def test_no_time_is_left_out_and_none_comes_twice(zone, of_days, now) -> None:
    times = Times(of_days=tuple(tuple(sorted(set(one))) for one in of_days))
    start = now.replace(tzinfo=UTC)
    found, moment = [], start
    while moment < start + 8 * DAY:
        assert last_time(times, moment, zone) <= moment
        following = next_time(times, moment, zone)
        assert last_time(times, following, zone) == following > moment
        assert last_time(times, following - timedelta(seconds=1), zone) < following
        found.append(following.astimezone(zone))
        moment = following
    days = {one.date() for one in found[:-1]} - {found[0].date()}
    for day in days:
        shown = [one for one in found if one.date() == day]
        assert len(shown) <= len(times.of_days[day.weekday()])


def test_a_week_without_times_is_no_week_of_times() -> None:
    with pytest.raises(ValueError, match="not the times of a week"):
        Times(of_days=((),) * WEEK)
