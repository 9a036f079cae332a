"""Ends of jobs that come together are looked after together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from bot.runner.work.bell import REST, Bell
from tests.pipeline.simulated import SimulatedLoop

START = datetime(2026, 5, 22, tzinfo=UTC)


def looks(rings: list[float], until: float) -> list[float]:
    """Return when one looks who is rung for at the times `rings`, in seconds."""
    loop, found = SimulatedLoop(START), []

    async def look(bell: Bell, began: float) -> None:
        while True:
            await bell.heard()
            found.append(round(loop.time() - began, 3))

    async def live() -> None:
        bell, began = Bell(), loop.time()
        looking = asyncio.create_task(look(bell, began))
        for at in rings:
            await asyncio.sleep(began + at - loop.time())
            bell.ring()
        await asyncio.sleep(began + until - loop.time())
        looking.cancel()

    loop.run(live())
    return found


def test_a_single_end_is_looked_after_at_once() -> None:
    assert looks([1.0, 2.0], 9) == [1.0, 2.0]


def test_a_hundred_ends_of_a_second_are_ten_looks_and_the_last_end_is_seen() -> None:
    rings = [number / 100 for number in range(100)]
    seen = looks(rings, 9)
    assert len(seen) <= 1 / REST + 1
    assert seen[0] == 0
    assert rings[-1] <= seen[-1] <= rings[-1] + REST
