"""A route tells how a channel wants its posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.format.templates import compile_template
from bot.models.times import Hours
from bot.pipeline.route import Route
from tests.pipeline.kit import CHANNEL, TEMPLATE, FakePlatform

NIGHT = Hours(start=time(21), end=time(7))


@pytest.mark.parametrize(
    ("silent", "by_night", "by_day"),
    [(True, True, True), (False, False, False), (NIGHT, True, False)],
)
def test_a_post_is_silent_always_or_in_hours_of_the_channels_timezone(
    silent: bool | Hours, by_night: bool, by_day: bool
) -> None:
    route = Route(
        channel=replace(CHANNEL, silent=silent),
        account=None,
        template=compile_template(TEMPLATE, CHANNEL.platform),
        publisher=FakePlatform(),
        timezone=ZoneInfo("Asia/Ho_Chi_Minh"),
    )
    assert route.is_silent(datetime(2026, 11, 23, 16, tzinfo=UTC)) is by_night
    assert route.is_silent(datetime(2026, 11, 23, 3, tzinfo=UTC)) is by_day
