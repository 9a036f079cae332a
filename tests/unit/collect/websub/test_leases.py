"""A lease is renewed before its end, and a hub that refuses is asked ever more rarely."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.collect.websub.leases import WANTED, lease_of, next_try

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("stated", "lease"),
    [
        ("86400", DAY),
        (" 3600 ", timedelta(hours=1)),
        ("", WANTED),
        ("soon", WANTED),
        ("-1", WANTED),
        ("²", WANTED),
        ("9" * 12, timedelta(days=90)),
        ("9" * 40, WANTED),
    ],
)
def test_a_lease_is_as_the_hub_says_within_bounds(stated: str, lease: timedelta) -> None:
    found = lease_of(stated, NOW)
    assert found.expires == NOW + lease
    assert NOW < found.renew_at < found.expires


def test_a_lease_of_a_second_is_not_renewed_each_second() -> None:
    assert lease_of("1", NOW).renew_at >= NOW + timedelta(minutes=5)


def test_a_hub_is_asked_again_later_each_time_and_once_a_day_at_least() -> None:
    waits = [next_try(NOW, attempts) - NOW for attempts in range(1, 40)]
    assert waits[0] == timedelta(minutes=5)
    assert waits == sorted(waits)
    assert waits[-1] == DAY
    assert next_try(NOW, 1, timedelta(hours=2)) == NOW + timedelta(hours=2)
    assert next_try(NOW, 1, timedelta(days=30)) == NOW + DAY
