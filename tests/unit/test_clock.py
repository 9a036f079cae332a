"""Time never goes back, whatever happens to the clock on the wall."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SteadyClock, utc_now

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Time:
    """A wall clock that can be set, and seconds that pass."""

    def __init__(self) -> None:
        self.wall = NOON
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return self.wall

    def elapsed(self) -> float:
        return self.seconds

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds


def test_it_tells_the_wall_clocks_time() -> None:
    time = Time()
    clock = SteadyClock(time, time.elapsed)
    for _ in range(5):
        assert clock() == time.wall
        time.passes(0.7)


def test_it_follows_a_clock_set_forward_at_once() -> None:
    time = Time()
    clock = SteadyClock(time, time.elapsed)
    time.wall += HOUR
    assert clock() == NOON + HOUR


@pytest.mark.parametrize("looks", [1, 3600])
def test_set_back_it_goes_on_at_half_speed_until_caught_up(looks: int) -> None:
    time = Time()
    clock = SteadyClock(time, time.elapsed)
    time.wall -= HOUR
    assert clock() == NOON
    for _ in range(looks):
        time.passes(3600 / looks)
        clock()
    assert clock() == NOON + HOUR / 2
    time.passes(3600)
    assert clock() == time.wall == NOON + HOUR
    time.passes(60)
    assert clock() == time.wall


def test_it_never_goes_back() -> None:
    time = Time()
    clock = SteadyClock(time, time.elapsed)
    told = [clock()]
    for jump in (3600, -3600, -3600, 7200, -1, 0.5, -86_400):
        time.wall += timedelta(seconds=jump)
        time.passes(10)
        told.append(clock())
    assert told == sorted(told)


def test_it_starts_no_earlier_than_what_has_passed() -> None:
    time = Time()
    clock = SteadyClock(time, time.elapsed, since=NOON + HOUR)
    assert clock() == NOON + HOUR
    assert SteadyClock(time, time.elapsed, since=NOON - HOUR)() == NOON


def test_without_anything_else_it_is_the_real_time() -> None:
    assert abs(SteadyClock()() - utc_now()) < timedelta(seconds=5)
