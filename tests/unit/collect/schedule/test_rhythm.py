"""What is remembered of a feed's history, and what it foretells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.collect.schedule.rhythm import Rhythm, hour_of_week, learn, minute_rates, rates, unpack

MONDAY = datetime(2025, 11, 3, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def workdays(weeks: int, *hours: int, minute: int = 0) -> list[datetime]:
    """Return moments at the same hours of each workday."""
    return [
        MONDAY + week * 7 * DAY + day * DAY + hour * HOUR + minute * MINUTE
        for week in range(weeks)
        for day in range(5)
        for hour in hours
    ]


def seen(*moments: datetime) -> Rhythm:
    rhythm = Rhythm()
    for moment in moments:
        rhythm = learn(rhythm, [moment], since=moment - MINUTE, now=moment + MINUTE)
    return rhythm


def test_the_record_survives_the_store() -> None:
    rhythm = seen(*workdays(2, 9, 15, minute=7))
    known = replace(rhythm, ttl=60, skip_hours=0b1011 << 20, skip_days=96)
    again = unpack(known.pack())
    assert again.pack() == known.pack()
    assert (again.ttl, again.skip_hours, again.skip_days) == (60, 0b1011 << 20, 96)
    assert again.days == pytest.approx(rhythm.days, rel=0.001)
    assert len(known.pack()) < 800


def test_a_feed_of_a_million_items_has_a_record_too() -> None:
    crowded = replace(seen(MONDAY), hours=(1e6,) * 168, minutes=(3e6,) * 60)
    assert max(unpack(crowded.pack()).minutes) == pytest.approx(60_000, rel=0.01)


@pytest.mark.parametrize("record", [None, b"", b"\x01", b"\x02" * 900])
def test_a_record_of_another_kind_says_nothing(record: bytes | None) -> None:
    assert unpack(record) == Rhythm()


def test_hours_with_news_are_foretold_and_others_are_not() -> None:
    found = rates(seen(*workdays(8, 9, 10, 15)))
    assert found[hour_of_week((MONDAY + 9 * HOUR).timestamp())] > 4
    assert found[hour_of_week((MONDAY + 3 * HOUR).timestamp())] < 0.3
    assert found[hour_of_week((MONDAY + 5 * DAY + 9 * HOUR).timestamp())] < 1
    assert sum(found) / len(found) == pytest.approx(1, abs=0.05)


def test_one_day_says_little() -> None:
    """Twenty items within an hour are one piece of evidence, not twenty."""
    found = rates(seen(*(MONDAY + 9 * HOUR + number * MINUTE for number in range(20))))
    assert max(found) < 8
    assert min(found) > 0.5


def test_what_was_weeks_ago_is_forgotten() -> None:
    old = seen(*workdays(8, 3))
    new = old
    for moment in workdays(16, 15):
        at = moment + 8 * 7 * DAY
        new = learn(new, [at], since=at - MINUTE, now=at + MINUTE)
    hour = hour_of_week((MONDAY + 3 * HOUR).timestamp())
    assert rates(new)[hour] < rates(old)[hour] / 5


def test_the_minute_is_learned_where_news_is_regular() -> None:
    found = minute_rates(seen(*workdays(8, *range(8, 20), minute=30)))
    assert found[30] > 20
    assert found[29] < 1
    assert minute_rates(Rhythm()) == (1.0,) * 60


def test_evidence_for_a_rhythm_grows_and_evidence_against_one_too() -> None:
    assert seen(*workdays(4, 9)).trust > 3
    contrary = [MONDAY + number * 31 * HOUR for number in range(20)]
    assert seen(*contrary).trust < seen(*workdays(4, 9)).trust - 3


def test_the_first_poll_shows_a_past() -> None:
    now = MONDAY + 30 * DAY
    old = [now - timedelta(days=number, hours=2) for number in range(200)]
    rhythm = learn(Rhythm(), [*old, None, now + DAY], since=None, now=now)
    assert 30 < rhythm.days < 45
    assert sum(rhythm.minutes) == pytest.approx(rhythm.news)


def test_news_without_a_date_came_in_between() -> None:
    rhythm = learn(Rhythm(), [None], since=MONDAY + 9 * HOUR, now=MONDAY + 11 * HOUR)
    assert rhythm.hours[hour_of_week((MONDAY + 10 * HOUR).timestamp())] == 1
    assert sum(rhythm.minutes) == 0


def test_news_dated_before_the_last_poll_appeared_after_it() -> None:
    rhythm = learn(Rhythm(), [MONDAY], since=MONDAY + 9 * HOUR, now=MONDAY + 9 * HOUR + 20 * MINUTE)
    assert rhythm.hours[hour_of_week((MONDAY + 9 * HOUR).timestamp())] == 1
    assert sum(rhythm.minutes) == 0


def test_after_a_long_absence_the_hour_is_not_guessed() -> None:
    assert learn(Rhythm(), [None], since=MONDAY, now=MONDAY + DAY) == Rhythm()
