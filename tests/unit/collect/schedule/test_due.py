from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.schedule.due import next_poll
from bot.collect.schedule.rhythm import Rhythm
from bot.models.basics import FeedId, Reason
from bot.models.feeds import FetchedFeed, FetchFailed, FetchOutcome, NotModified, Validators
from bot.models.settings import Feed

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
    known = Rhythm(ttl=int((ttl or timedelta(0)) / MINUTE))
    return next_poll(feed, outcome, errors=errors, now=NOW, rhythm=known) - NOW


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
    """Also with the drift: every_min is "never more often", every_max "never less often"."""
    for number in range(50):
        feed = FeedId(f"f{number}")
        often = wait(fetched(), id=feed, every=MINUTE, every_min=5 * MINUTE)
        rarely = wait(fetched(), id=feed, every=DAY, every_max=6 * HOUR)
        assert 5 * MINUTE <= often <= 5.5 * MINUTE
        assert 5.4 * HOUR <= rarely <= 6 * HOUR


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (1, 30 * MINUTE),
        (2, HOUR),
        (3, 2 * HOUR),
        (4, 4 * HOUR),
        (5, 8 * HOUR),
        (7, DAY),
        (10**9, DAY),
    ],
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


def test_a_feed_that_is_gone_is_asked_for_once_a_day() -> None:
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
wishes = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=366))
bounds = st.fixed_dictionaries({"id": st.text(max_size=3).map(FeedId), "every": spans,
                                "every_min": spans, "every_max": spans})  # fmt: skip
failures_in_a_row = st.integers(1, 10_000)


@given(wishes, wishes, bounds)
@settings(deadline=None, max_examples=200)
def test_a_feed_that_is_well_is_polled_within_the_bounds(age, ttl, keys) -> None:
    got = wait(fetched(age), ttl=ttl, **keys)
    assert keys["every_min"] <= got <= max(keys["every_min"], keys["every_max"])


@given(st.sampled_from(["http_500", "bad_redirect", "gone"]), wishes, failures_in_a_row, bounds)
@settings(deadline=None, max_examples=200)
def test_a_server_that_failed_is_left_alone_and_not_for_ever(code, asked, errors, keys) -> None:
    got = wait(failure(code, asked), errors=errors, **keys)
    floor = min(asked or timedelta(0), DAY)
    least, longest = keys["every_min"], max(keys["every_min"], keys["every_max"])
    usual = min(max(keys["every"], least), longest)
    longest = max(longest, DAY)
    backed_off = max(DAY, usual) if code == "gone" else min(2 * usual, longest)
    assert got >= max(floor, least, backed_off * 0.9)
    assert got <= max(floor, backed_off if code == "gone" else longest) * 1.1


@given(st.sampled_from(["dns", "unreachable"]), failures_in_a_row, bounds)
@settings(deadline=None, max_examples=200)
def test_where_no_server_was_asked_a_minute_is_enough_however_long_every_min(
    code, errors, keys
) -> None:
    got = wait(failure(code), errors=errors, **keys)
    longest = max(keys["every_min"], keys["every_max"])
    usual = min(max(keys["every"], keys["every_min"]), longest)
    soon = MINUTE * 2 ** min(errors - 1, 20)
    backed_off = min(usual * 2 ** min(errors, 20), longest)
    assert got == about(min(soon, backed_off))
