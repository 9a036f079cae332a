"""Two outlets in the same second, and the power cut between any two steps: told once, named once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.pipeline.correct import follow_correction
from bot.pipeline.deliver import deliver
from tests.pipeline.kit import Delivering
from tests.pipeline.test_collect import Collecting
from tests.pipeline.test_merging import ALSO, FIRST, ONE, SECOND, TWO, teach

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.models.settings import Feed
    from bot.store.engine import Store
    from tests.kept import KeptStores

MOST_STEPS = 60


class PowerCutError(Exception):
    """The power is off from here on."""


class Power:
    """Goes off before the store's call `at`; then no call works. Two polls hear at once."""

    def __init__(self, at: int = 10**9) -> None:
        self.at = at
        self.calls = 0
        self.both_heard = asyncio.Barrier(2)

    @property
    def is_off(self) -> bool:
        return self.calls > self.at

    async def call(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        self.calls += 1
        if self.is_off:
            await self.both_heard.abort()
            raise PowerCutError
        result = await work()
        if name == "hear":
            await self._wait_for_the_other_poll()
        return result

    async def _wait_for_the_other_poll(self) -> None:
        try:
            await self.both_heard.wait()
        except asyncio.BrokenBarrierError as error:
            raise PowerCutError from error


class Powered:
    """A part of the store whose calls need power."""

    def __init__(self, part: object, power: Power) -> None:
        self._part = part
        self._power = power

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        def call(*values: object, **named: object) -> Awaitable[Any]:
            return self._power.call(name, lambda: getattr(self._part, name)(*values, **named))

        return call


async def poll(store: Store, feed: Feed, body: str, power: Power, lane: Delivering) -> None:
    collecting = Collecting(store)
    parts: Any = {name: Powered(getattr(store, name), power) for name in ("feeds", "events")}
    collecting.ports = replace(collecting.ports, **parts)
    await collecting.poll(body, feed, lane.now)


async def both_polls(store: Store, power: Power, lane: Delivering) -> None:
    done = await asyncio.gather(
        poll(store, ONE, FIRST, power, lane),
        poll(store, TWO, SECOND, power, lane),
        return_exceptions=True,
    )
    for error in done:
        if error is not None:
            raise error


async def send_all(store: Store, power: Power, lane: Delivering) -> None:
    outbox: Any = Powered(store.outbox, power)
    events: Any = Powered(store.events, power)
    for _ in range(4):
        for delivery in await outbox.claim_due_deliveries([lane.lane], lane.now, limit=1):
            feed = ONE if delivery.feed == ONE.id else TWO
            await deliver(
                delivery, lane.route, store=outbox, now=lambda: lane.now, feed=feed, events=events
            )
        lane.now += timedelta(minutes=1)
        assert ALSO.edit_window
        for correction in await outbox.claim_corrections(
            [lane.lane], lane.now, within=ALSO.edit_window
        ):
            await follow_correction(correction, lane.route, store=outbox, now=lambda: lane.now)


async def test_two_outlets_in_the_same_second_are_told_once(store: Store) -> None:
    await teach(store)
    lane, power = Delivering(store, ALSO, can=frozenset({"edit"})), Power()
    await both_polls(store, power, lane)
    assert await lane.states() == ["pending", "pending"]
    await send_all(store, power, lane)
    assert sorted(await lane.states()) == ["dropped", "sent"]
    assert len(lane.platform.posts) == 1
    [(_, post)] = lane.platform.edits
    assert post.text.count("Cũng trên") == 1


async def test_a_power_cut_at_any_step_tells_once_and_names_the_other_outlet_at_most_once(
    kept_stores: KeptStores,
) -> None:
    steps = 0
    while await _is_cut(steps, await kept_stores.emptied()):
        steps += 1
        assert steps < MOST_STEPS
    assert steps > 6


async def _is_cut(at: int, store: Store) -> bool:
    """Cut the power at a step and go on after it; return whether there was such a step."""
    await teach(store)
    lane, power = Delivering(store, ALSO, can=frozenset({"edit"})), Power(at)
    await both_polls(store, Power(), lane)
    try:
        await send_all(store, power, lane)
    except PowerCutError:
        lane.now += timedelta(minutes=30)
        await send_all(store, Power(), lane)
    assert len(lane.platform.posts) == 1, at
    assert {post.text.count("Cũng trên") for _, post in lane.platform.edits} <= {1}, at
    return power.is_off
