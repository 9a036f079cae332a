"""When the end of a post leads to another look for posts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import Platform
from bot.runner.work.delivering import Deliverer
from tests.contract.store_kit import owe
from tests.unit.runner.kit import channel, service

if TYPE_CHECKING:
    from pathlib import Path

TICKS = timedelta(seconds=0.5)


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
