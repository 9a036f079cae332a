"""Two polls of a host at a time, and a gap between their beginnings."""

from __future__ import annotations

import asyncio

from bot.runner.work.hosts import AT_ONCE, GAP, HostTurns


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


async def begin(turns: HostTurns, host: str, *, gap: float = GAP) -> None:
    async with turns.turn(host, gap=gap):
        pass


async def test_polls_of_one_host_begin_apart() -> None:
    time = Time()
    turns = HostTurns(time=lambda: time.now, sleep=time.sleep)
    for _ in range(3):
        await begin(turns, "a.vn")
    assert time.waits == [GAP, GAP]


async def test_another_host_and_a_host_of_the_operator_wait_for_nobody() -> None:
    time = Time()
    turns = HostTurns(time=lambda: time.now, sleep=time.sleep)
    await begin(turns, "a.vn")
    await begin(turns, "b.vn")
    for _ in range(3):
        await begin(turns, "nas.lan", gap=0)
    assert time.waits == []


async def test_a_host_that_was_left_alone_is_asked_at_once() -> None:
    time = Time()
    turns = HostTurns(time=lambda: time.now, sleep=time.sleep)
    await begin(turns, "a.vn")
    time.now = 60
    await begin(turns, "a.vn")
    assert time.waits == []


async def test_no_more_than_two_polls_of_a_host_run_at_a_time() -> None:
    turns, running, most = HostTurns(), 0, 0
    full, go = asyncio.Event(), asyncio.Event()

    async def poll() -> None:
        nonlocal running, most
        async with turns.turn("a.vn", gap=0):
            running += 1
            most = max(most, running)
            if running == AT_ONCE:
                full.set()
            await go.wait()
            running -= 1

    polls = [asyncio.create_task(poll()) for _ in range(6)]
    await full.wait()
    go.set()
    await asyncio.gather(*polls)
    assert most == AT_ONCE


async def test_a_host_for_which_many_wait_is_crowded_until_they_had_their_turn() -> None:
    turns, go = HostTurns(), asyncio.Event()

    async def poll(host: str) -> None:
        async with turns.turn(host, gap=0):
            await go.wait()

    polls = [asyncio.create_task(poll("a.vn")) for _ in range(9)]
    polls.append(asyncio.create_task(poll("b.vn")))
    await asyncio.sleep(0)
    assert turns.crowded == {"a.vn"}
    polls[-2].cancel()
    go.set()
    await asyncio.gather(*polls, return_exceptions=True)
    assert turns.crowded == frozenset()
    await asyncio.wait_for(begin(turns, "a.vn", gap=0), 1)
