"""A lane that must wait is remembered for a moment, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.models.outbox import Slot
from bot.store.outbox.busy import BusyLanes
from tests.contract.store_kit import NOW, lane

HOUR = timedelta(hours=1)
LANE = lane("c")


@pytest.mark.parametrize(
    ("seconds", "is_busy"), [(-3600, False), (0, True), (1.9, True), (2, False), (3600, False)]
)
def test_a_lane_is_busy_from_the_look_on_for_two_seconds(seconds: float, is_busy: bool) -> None:
    busy = BusyLanes()
    busy.note(LANE, NOW + HOUR, NOW)
    assert busy.is_busy(LANE, NOW + timedelta(seconds=seconds)) is is_busy


def test_a_lane_is_busy_no_longer_than_its_pace_keeps_it() -> None:
    busy = BusyLanes()
    busy.note(LANE, NOW + timedelta(seconds=1), NOW)
    assert not busy.is_busy(LANE, NOW + timedelta(seconds=1))


def test_another_lane_of_the_channel_is_not_busy() -> None:
    busy = BusyLanes()
    busy.note(LANE, NOW + HOUR, NOW)
    assert not busy.is_busy(replace(LANE, is_quiet=True), NOW)
    assert not busy.is_busy(lane("d"), NOW)


def test_the_lanes_of_past_slots_are_forgotten() -> None:
    busy = BusyLanes()
    for hour in range(100):
        begin = NOW + hour * HOUR
        busy.note(
            replace(LANE, slot=Slot(begin=begin, end=begin + HOUR, most=1)), begin + HOUR, begin
        )
    assert len(busy._known) == 1
