"""When the end of a post leads to another look for posts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import FeedId, Platform
from bot.models.times import Hours
from bot.runner.work.delivering import Deliverer
from tests.contract.store_kit import owe
from tests.unit.runner.kit import channel, service

if TYPE_CHECKING:
    from pathlib import Path

TICKS = timedelta(seconds=0.5)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("platform", "ticks", "rings"),
    [(Platform.TELEGRAM, TICKS, 0), (Platform.TELEGRAM, None, 1), (Platform.CONSOLE, TICKS, 1)],
)
async def test_a_post_rings_where_its_channel_may_send_again_before_the_next_tick(
    tmp_path: Path, platform: Platform, ticks: timedelta | None, rings: int
) -> None:
    heard: list[None] = []
    async with service(tmp_path) as one:
        await owe(one.store, "a", at=one.clock())
        assembly = one.assembly([], [channel("tg", platform=platform)])
        deliverer = Deliverer(assembly, on_end=lambda: heard.append(None), ticks=ticks)
        await deliverer.tick()
        await deliverer.jobs.wait()
        assert one.posts().total() == 1
    assert len(heard) == rings


@pytest.mark.parametrize("is_urgent", [True, False])
async def test_urgent_news_is_due_in_quiet_hours_and_the_rest_after_them(
    tmp_path: Path, *, is_urgent: bool
) -> None:
    """`once` waits for what is due within its time: it must not leave urgent news behind."""
    async with service(tmp_path) as one:
        await owe(one.store, "a", "b", at=one.clock())
        now = one.clock()
        quiet = Hours(start=(now - HOUR).time(), end=(now + HOUR).time())
        urgent = frozenset({FeedId("f")} if is_urgent else ())
        held = channel("tg", quiet_hours=quiet, high=urgent, urgent=urgent)
        deliverer = Deliverer(one.assembly([], [held]), on_end=lambda: None)
        due = await deliverer.next_due()
    assert due is not None
    assert (due - now < HOUR / 2) is is_urgent
