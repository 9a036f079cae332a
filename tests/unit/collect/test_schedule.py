from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.schedule import next_poll
from bot.models import (
    Feed,
    FeedId,
    FetchedFeed,
    FetchFailed,
    FetchOutcome,
    NotModified,
    Reason,
    Validators,
)

NOW = datetime(2025, 11, 3, 10, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEED = Feed(id=FeedId("tin"), url="https://example.org/rss")


def fetched(max_age: timedelta | None = None) -> FetchedFeed:
    return FetchedFeed(url=FEED.url, body=b"", max_age=max_age)


def failure(code: str = "http_500", retry_after: timedelta | None = None) -> FetchFailed:
    return FetchFailed(reason=Reason(code=code, text=code), retry_after=retry_after)


def wait(
    outcome: FetchOutcome, *, errors: int = 0, ttl: timedelta | None = None, **changes: object
) -> timedelta:
    feed = replace(FEED, **changes)
    return next_poll(feed, outcome, errors=errors, now=NOW, ttl=ttl) - NOW


def about(expected: timedelta) -> object:
    return pytest.approx(expected, abs=expected * 0.1)


@pytest.mark.parametrize(
    ("outcome", "ttl", "expected"),
    [
        (fetched(), None, 15 * MINUTE),
        (NotModified(validators=Validators()), None, 15 * MINUTE),
        (fetched(HOUR), None, HOUR),
        (NotModified(validators=Validators(), max_age=HOUR), None, HOUR),
        (fetched(MINUTE), None, 15 * MINUTE),
        (fetched(), HOUR, HOUR),
        (fetched(2 * HOUR), HOUR, 2 * HOUR),
        (fetched(30 * DAY), None, 6 * HOUR),
        (fetched(), 30 * DAY, 6 * HOUR),
    ],
)
def test_a_server_may_lengthen_the_interval(outcome, ttl, expected) -> None:
    assert wait(outcome, ttl=ttl) == about(expected)


def test_the_interval_stays_within_the_operators_bounds() -> None:
    assert wait(fetched(), every=MINUTE, every_min=5 * MINUTE) == about(5 * MINUTE)
    assert wait(fetched(), every=DAY, every_max=6 * HOUR) == about(6 * HOUR)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [(1, 30 * MINUTE), (2, HOUR), (3, 2 * HOUR), (4, 4 * HOUR), (5, 6 * HOUR), (10**9, 6 * HOUR)],
)
def test_failures_double_the_interval(errors: int, expected: timedelta) -> None:
    assert wait(failure(), errors=errors) == about(expected)


@pytest.mark.parametrize("code", ["dns", "unreachable"])
@pytest.mark.parametrize(
    ("errors", "expected"),
    [(1, MINUTE), (2, 2 * MINUTE), (5, 16 * MINUTE), (9, 4 * HOUR + 16 * MINUTE), (99, 6 * HOUR)],
)
def test_without_a_network_it_is_tried_again_soon(
    code: str, errors: int, expected: timedelta
) -> None:
    """A service may start before the network is up."""
    assert wait(failure(code), errors=errors) == about(expected)


@pytest.mark.parametrize(
    ("asked", "least"), [(2 * HOUR, 2 * HOUR), (10 * HOUR, 10 * HOUR), (9 * DAY, DAY)]
)
def test_retry_after_is_a_not_before(asked: timedelta, least: timedelta) -> None:
    got = wait(failure("http_429", asked), errors=1)
    assert least <= got <= least * 1.1


def test_a_short_retry_after_does_not_shorten_the_back_off() -> None:
    assert wait(failure("http_503", timedelta(seconds=1)), errors=1) == about(30 * MINUTE)


def test_what_is_gone_is_looked_for_once_a_day() -> None:
    assert wait(failure("gone"), errors=1) == about(DAY)


def test_short_intervals_are_exact() -> None:
    changes = {"every": timedelta(seconds=2), "every_min": timedelta(seconds=1)}
    assert wait(fetched(), **changes) == timedelta(seconds=2)


def test_local_files() -> None:
    assert wait(fetched(), is_local=True) == 15 * MINUTE
    assert wait(failure("file_missing"), errors=5, is_local=True) == MINUTE
    seconds = timedelta(seconds=2)
    assert wait(failure("file_missing"), errors=5, is_local=True, every=seconds) == seconds


def test_feeds_polled_together_drift_apart_and_the_same_way_each_time() -> None:
    dues = [wait(fetched(), id=FeedId(f"f{number}")) for number in range(100)]
    assert len(set(dues)) > 95
    assert dues == [wait(fetched(), id=FeedId(f"f{number}")) for number in range(100)]


spans = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3))


@given(
    st.sampled_from(["http_500", "gone", "dns"]),
    st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=366)),
    st.integers(0, 10_000),
    spans, spans, spans,
)  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_the_next_poll_is_neither_at_once_nor_never(code, asked, errors, every, low, high) -> None:
    changes = {"every": every, "every_min": low, "every_max": high}
    got = wait(failure(code, asked), errors=errors, **changes)
    # Where no request left this machine, one is tried again after a minute.
    least = (
        min(low, every, timedelta(minutes=1)) if code in {"dns", "unreachable"} else min(low, every)
    )
    assert least * 0.9 <= got <= max(low, high, DAY) * 1.1
    assert got >= min(asked or timedelta(0), DAY)
