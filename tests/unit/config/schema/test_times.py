"""Hours, times and days of the week, as they stand in the file."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from bot.config.mistakes import Mistake
from bot.config.schema.times import (
    parse_daily_hours,
    parse_days,
    parse_post_at,
    parse_silent,
    parse_times,
    parse_weekly,
)

MON, SAT, SUN = (datetime(2024, 1, day) for day in (1, 6, 7))  # noqa: DTZ001 - local times


def test_weekends_may_have_hours_of_their_own() -> None:
    quiet = parse_daily_hours({"weekdays": "23:00-06:00", "weekend": "00:00-08:00"})
    assert quiet.contains(MON.replace(hour=5))
    assert not quiet.contains(MON.replace(hour=7))
    assert quiet.contains(SAT.replace(hour=7))
    assert not quiet.contains(SUN.replace(hour=23, minute=30))
    assert quiet.contains(MON.replace(hour=23, minute=30))


def test_hours_of_weekdays_alone() -> None:
    quiet = parse_silent({"weekdays": "08:00-17:00"})
    assert not isinstance(quiet, bool)
    assert quiet.contains(MON.replace(hour=9))
    assert not quiet.contains(SAT.replace(hour=9))
    assert str(quiet) == "weekdays 08:00-17:00, weekend none"


def test_times_stand_in_the_order_of_the_day() -> None:
    assert parse_times(["12:00", "07:00", "12:00"]) == (time(7), time(12))
    assert str(parse_post_at(["12:00", "07:00"])) == "daily 07:00 12:00"


def test_times_of_the_weekend() -> None:
    times = parse_post_at({"weekdays": ["07:00"], "weekend": ["09:00", "20:00"]})
    assert times.of_days == ((time(7),),) * 5 + ((time(9), time(20)),) * 2
    assert str(times) == "mon tue wed thu fri 07:00, sat sun 09:00 20:00"


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("sat,sun", {5, 6}),
        ("weekend", {5, 6}),
        ("wed", {2}),
        ("sat-mon, wed", {5, 6, 0, 2}),
        ("mon-sun", set(range(7))),
    ],
)
def test_days(value: str, days: set[int]) -> None:
    assert parse_days(value) == days


@pytest.mark.parametrize("value", ["", "monday", "mon-", "mon;tue", "1-5", 5, ["mon"], "mon,"])
def test_what_is_no_day_is_told(value: object) -> None:
    with pytest.raises(Mistake, match='must be days such as "mon-fri"'):
        parse_days(value)


def test_a_moment_of_the_week_is_one_day_and_time() -> None:
    found = parse_weekly("mon 08:00")
    assert found is not None
    assert str(found) == "mon 08:00"
    assert parse_weekly("off") is None


@pytest.mark.parametrize(
    "value",
    [
        *("", "mon", "08:00", "Mon 08:00", "mon 8:00", "mon 24:00", "mon-fri 08:00", "mon  08:00"),
        *("mon 08:00\n", "weekend 08:00", "none", True, 8, None, ["mon 08:00"]),
    ],
)
def test_what_is_no_moment_of_the_week_is_told(value: object) -> None:
    with pytest.raises(Mistake, match='must be a day and a time such as "mon 08:00", or "off"'):
        parse_weekly(value)


@pytest.mark.parametrize(
    "value", [[], ["7:00"], ["24:00"], "07:00", [7], {}, ["07:00\n"], {"weekend": []}, None]
)
def test_what_is_no_list_of_times_is_told(value: object) -> None:
    with pytest.raises(Mistake, match="must be"):
        parse_post_at(value)


def test_an_unknown_key_of_a_week_is_told() -> None:
    with pytest.raises(Mistake, match='unknown key "weekends"; did you mean "weekend"'):
        parse_daily_hours({"weekends": "00:00-08:00"})


def test_hundreds_of_times_are_a_mistake() -> None:
    many = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30)]
    with pytest.raises(Mistake, match="at most 48 times, not 72"):
        parse_times(many)
