"""Delays are counted in a few steps, of which median and 95 % are told."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.hours import STEPS, hour_of, moment_of, share_of, step_of


@given(st.lists(st.integers(0, STEPS[-1]), min_size=1, max_size=50))
def test_the_median_is_told_within_a_step(seconds: list[int]) -> None:
    counts = Counter(step_of(timedelta(seconds=one)) for one in seconds)
    told = share_of(counts, 0.5)
    assert told is not None
    low, high = sorted(seconds)[(len(seconds) - 1) // 2], sorted(seconds)[len(seconds) // 2]
    assert low <= median(seconds) <= high
    below = [0, *STEPS][STEPS.index(step_of(timedelta(seconds=low)))]
    assert below <= told.total_seconds() <= step_of(timedelta(seconds=high))


def test_nothing_is_told_of_no_posts() -> None:
    assert share_of({}, 0.95) is None


@pytest.mark.parametrize(("seconds", "step"), [(0, 10), (10, 10), (11, 20), (10**9, STEPS[-1])])
def test_a_delay_is_counted_at_the_next_step(seconds: int, step: int) -> None:
    assert step_of(timedelta(seconds=seconds)) == step


def test_the_longest_of_twenty_is_the_95_percent_at_most() -> None:
    counts = {60: 19, 3600: 1}
    assert share_of(counts, 0.95) == timedelta(seconds=60)
    assert share_of(counts, 1.0) == timedelta(hours=1)


def test_an_hour_is_counted_from_1970() -> None:
    at = datetime(2026, 11, 29, 6, 59, 59, tzinfo=UTC)
    assert moment_of(hour_of(at)) == at.replace(minute=0, second=0)
