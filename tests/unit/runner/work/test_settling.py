"""A look that takes long, in a service that lives or is killed meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import Platform
from bot.models.outbox import Unknown
from bot.models.posts import Receipt, SearchResult
from bot.runner.work.settling import Settler
from bot.store.engine import open_store
from tests.contract.store_kit import NOW, WHY, after, attempt, claim, lane, owe, states
from tests.unit.runner.kit import Service, channel, service

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bot.models.outbox import Sought


class Searcher:
    """Finds the post when it is told to. Implements `Finder`."""

    first_search = sure_after = timedelta(0)

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()

    def reads_most(self, _: Sought) -> int:
        return 0

    async def find(self, _: Sought) -> SearchResult:
        self.began.set()
        await self.may_end.wait()
        return SearchResult(receipt=Receipt(remote_id="7"))


def settler_of(one: Service, searcher: Searcher, now: Callable[[], datetime]) -> Settler:
    slow = channel("tg", platform=Platform.TELEGRAM)
    assembly = replace(one.assembly([], [slow]), now=now)
    route = replace(assembly.routes[slow.id], finder=searcher)
    assembly = replace(assembly, routes={slow.id: route})
    return Settler(assembly, busy=frozenset, on_end=lambda: None)


async def test_a_look_keeps_its_claim_while_the_service_lives_and_no_longer(tmp_path: Path) -> None:
    searcher = Searcher()
    async with service(tmp_path) as one:
        now = NOW
        settler = settler_of(one, searcher, lambda: now)
        other = open_store(f"sqlite:///{tmp_path}/news.db", create=False)
        await owe(one.store, "a")
        await attempt(one.store, Unknown(reason=WHY, search_at=NOW))
        for second in range(240):
            now = after(seconds=second)
            await settler.tick()
            await claim(other, at=now)
            assert await other.outbox.claim_searches([lane()], now, limit=9) == []
        await searcher.began.wait()
        assert len(settler.jobs) == 1

        # Nothing ticks any more: the process was killed.
        now = after(seconds=299)
        await claim(other, at=now)
        assert len(await other.outbox.claim_searches([lane()], now, limit=9)) == 1
        searcher.may_end.set()
        await settler.jobs.wait()
        assert await states(other) == ["unknown"]
        await other.close()


async def test_a_look_that_outlived_its_claim_goes_on_instead_of_a_second(tmp_path: Path) -> None:
    searcher = Searcher()
    async with service(tmp_path) as one:
        now = NOW
        settler = settler_of(one, searcher, lambda: now)
        await owe(one.store, "a")
        await attempt(one.store, Unknown(reason=WHY, search_at=NOW))
        await settler.tick()
        await searcher.began.wait()
        now = after(minutes=5)  # the machine slept
        await claim(one.store, at=now)
        await settler.tick()
        assert len(settler.jobs) == 1
        searcher.may_end.set()
        await settler.jobs.wait()
        assert await states(one.store) == ["sent"]


async def test_a_full_queue_leaves_a_look_its_turn(tmp_path: Path) -> None:
    quick = Searcher()
    quick.may_end.set()
    async with service(tmp_path) as one:
        now = one.clock()
        await owe(one.store, "doubt", at=now, feed="a")
        await attempt(one.store, Unknown(reason=WHY, search_at=now), at=now)
        await owe(one.store, *[f"g{number}" for number in range(60)], at=now, feed="g")
        assembly = one.assembly([], [channel("tg")])
        (route,) = assembly.routes.values()
        route = replace(route, finder=quick)
        await one.runner.exchange(replace(assembly, routes={route.channel.id: route}))
        async with one.running():
            await quick.began.wait()
            assert one.posts().total() < 40
