"""How fast and at which hours, on the days when clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models.basics import ChannelId, Platform
from bot.models.settings import Channel, TemplateText
from bot.models.times import Hours
from bot.publish.pace import is_quiet, lane_of, pace_of, quiet_until

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes its clocks by half an hour
NIGHT = Hours(start=time(23), end=time(6))
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def channel(platform: Platform = Platform.TELEGRAM, **keys: Any) -> Channel:
    return Channel(
        id=ChannelId("c"), platform=platform, template=TemplateText(name="t", source=""), **keys
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("platform", "seconds", "windows"),
    [
        (Platform.TELEGRAM, 3.05, ()),
        (Platform.X, 1, ((timedelta(minutes=15), 100),)),
        (Platform.CONSOLE, 0, ()),
    ],
)
def test_the_platforms_own_pace(platform: Platform, seconds: float, windows) -> None:
    lane = lane_of(channel(platform), NOW, HANOI)
    assert lane.pace.gap == timedelta(seconds=seconds)
    assert lane.account_pace.windows == windows


@pytest.mark.parametrize("platform", list(Platform))
def test_the_operators_limits_come_on_top(platform: Platform) -> None:
    own = channel(platform, max_per_hour=6, max_per_day=60, min_gap=timedelta(minutes=2))
    pace = pace_of(own)
    assert pace.gap == pace_of(channel(platform)).gap
    assert pace.windows == ((timedelta(minutes=2), 1), (HOUR, 6), (DAY, 60))


def test_a_smaller_gap_than_the_platforms_is_of_no_use() -> None:
    assert pace_of(channel(min_gap=timedelta(seconds=1))) == pace_of(channel())


def test_telegram_never_gets_more_than_its_limits() -> None:
    assert timedelta(minutes=1) / pace_of(channel()).gap <= 20
    assert timedelta(seconds=1) / lane_of(channel(), NOW, HANOI).account_pace.gap <= 30


@pytest.mark.parametrize(
    ("keys", "most"),
    [({"max_per_day": 60}, 120), ({"max_per_day": 1}, 5), ({}, 1000)],
    ids=["two days", "never less than the newest", "no limit"],
)
def test_a_queue_is_bounded(keys: dict[str, int], most: int) -> None:
    assert lane_of(channel(**keys), NOW, HANOI).most == most


def test_a_lane_is_closed_in_quiet_hours() -> None:
    quiet = channel(quiet_hours=NIGHT)
    assert not lane_of(quiet, NOW, HANOI).is_quiet
    assert lane_of(quiet, NOW + timedelta(hours=12), HANOI).is_quiet


@pytest.mark.parametrize(
    ("hours", "hanoi", "may_send"),
    [
        (NIGHT, time(22, 59), True),
        (NIGHT, time(23), False),
        (NIGHT, time(0), False),
        (NIGHT, time(5, 59, 59), False),
        (NIGHT, time(6), True),
        (Hours(start=time(12), end=time(13)), time(11, 59), True),
        (Hours(start=time(12), end=time(13)), time(12, 30), False),
        (Hours(start=time(12), end=time(13)), time(13), True),
        (Hours(start=time(8), end=time(8)), time(8), True),
        (None, time(3), True),
    ],
)
def test_quiet_hours_are_local(hours: Hours | None, hanoi: time, may_send: bool) -> None:
    now = datetime.combine(datetime(2026, 11, 23), hanoi, HANOI).astimezone(UTC)  # noqa: DTZ001  # only its date is used
    assert is_quiet(channel(quiet_hours=hours), now, HANOI) is not may_send


@pytest.mark.parametrize(
    ("tz", "quiet", "now", "expected"),
    [
        # 23:30 in Hanoi: opens at 6:00 the next day.
        (HANOI, NIGHT, utc(2026, 11, 23, 16, 30), utc(2026, 11, 23, 23)),
        # Spring: 6:00 in Berlin is an hour earlier in UTC than the day before.
        (BERLIN, NIGHT, utc(2026, 3, 27, 23), utc(2026, 3, 28, 5)),
        (BERLIN, NIGHT, utc(2026, 3, 28, 23), utc(2026, 3, 29, 4)),
        # Autumn: an hour later.
        (BERLIN, NIGHT, utc(2026, 10, 24, 22), utc(2026, 10, 25, 5)),
        # 2:30 does not exist on that day: the clock jumps from 2:00 to 3:00.
        (
            BERLIN,
            Hours(start=time(23), end=time(2, 30)),
            utc(2026, 3, 29, 0, 15),
            utc(2026, 3, 29, 1),
        ),
        # 2:30 comes twice: the first one opens.
        (
            BERLIN,
            Hours(start=time(23), end=time(2, 30)),
            utc(2026, 10, 25, 0, 15),
            utc(2026, 10, 25, 0, 30),
        ),
        # Now is the second 2:15: the second 2:30 opens.
        (
            BERLIN,
            Hours(start=time(23), end=time(2, 30)),
            utc(2026, 10, 25, 1, 15),
            utc(2026, 10, 25, 1, 30),
        ),
    ],
)
def test_opens_when_the_clock_on_the_wall_says_so(tz, quiet, now, expected) -> None:
    assert quiet_until(channel(quiet_hours=quiet), now, tz) == expected


def test_an_open_channel_opens_now() -> None:
    now = utc(2026, 11, 23, 5, 4, 3)
    assert quiet_until(channel(quiet_hours=NIGHT), now, HANOI) == now
    assert quiet_until(channel(), now, HANOI) == now


minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
change_days = st.sampled_from(
    [utc(2026, 3, 28, 12), utc(2026, 10, 24, 12), utc(2026, 4, 4, 6), utc(2026, 10, 3, 6)]
)


@settings(deadline=None, max_examples=60)
@given(
    minutes,
    minutes,
    change_days,
    st.integers(0, 24 * 3600),
    st.sampled_from([HANOI, BERLIN, LORD_HOWE]),
)
def test_quiet_hours_end_at_the_first_minute_outside_of_them(start, end, day, seconds, tz) -> None:
    now = day + timedelta(seconds=seconds)
    quiet = channel(quiet_hours=Hours(start=start, end=end))
    opening = quiet_until(quiet, now, tz)
    assert opening >= now
    assert not is_quiet(quiet, opening, tz)
    if opening > now:
        assert opening - now <= timedelta(days=2)
        assert is_quiet(quiet, opening - timedelta(seconds=1), tz)
        step = max((opening - now) / 50, timedelta(seconds=1))
        assert not any(
            not is_quiet(quiet, now + n * step, tz) for n in range(50) if now + n * step < opening
        )
