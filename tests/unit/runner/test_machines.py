"""A service that shares a PostgreSQL with a machine that fell silent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.clock import SteadyClock
from bot.models.basics import DeliveryState, Platform
from bot.store.engine import open_store
from bot.store.outbox.leases import LEASE
from tests.contract.store_kit import begun, lane, owe, states
from tests.unit.runner.kit import Service, Wall, channel

if TYPE_CHECKING:
    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer

S = DeliveryState
POLICIES = ("resend", "drop", "hold")


async def reach(store: Store, wanted: list[S]) -> None:
    for _ in range(3000):
        if await states(store) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {await states(store)}")


@pytest.mark.long
async def test_a_post_of_a_silent_machine_follows_the_policy(postgres: PostgresServer) -> None:
    url = postgres.url(postgres.new_database())
    silent, store = open_store(url, create=True), open_store(url, create=True)
    wall = Wall()
    for policy in POLICIES:
        await owe(silent, policy, channel=policy, at=wall() - timedelta(minutes=2))
        # Its lease runs out after the service has started and looked for old ones, which takes
        # seconds on a busy machine.
        await begun(silent, lane(policy), at=wall() - LEASE + timedelta(seconds=8))

    one = Service(store, wall, SteadyClock(wall))
    routes = [channel(name, platform=Platform.TELEGRAM, on_unknown=name) for name in POLICIES]
    await one.runner.exchange(one.assembly([], routes))
    async with one.running():
        assert await states(store) == [S.SENDING] * 3
        await reach(store, [S.SENT, S.DROPPED, S.UNKNOWN])
    assert one.posts() == {("resend", "resend"): 1}
    await silent.close()
    await store.close()
