"""A worker that is called for one subject at a time claims for all that were asked for meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from bot.errors import StoreError
from bot.runner.work.called import CalledWorker

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.runner.assembly import Assembly


class Printer(CalledWorker[str, str]):
    """Prints what is due of a subject, which is a page of that name."""

    doing = "print"
    limit = 60.0

    def __init__(self, *due: str) -> None:
        super().__init__(cast("Assembly", None), on_end=lambda: None)
        self.due = set(due)
        self.claims: list[list[str]] = []
        self.printed: list[str] = []
        self.may_claim = asyncio.Event()
        self.may_print = asyncio.Event()

    async def _claim(self, assembly: Assembly) -> Sequence[str]:
        return await self._claim_those(self.due, assembly)

    async def _claim_those(self, asked: Collection[str], assembly: Assembly) -> Sequence[str]:
        self.claims.append(sorted(asked))
        await self.may_claim.wait()
        if "broken" in asked:
            raise StoreError("the database is away")
        return sorted(self.due.intersection(asked))

    def _key(self, claim: str) -> str:
        return claim

    def _subject(self, claim: str) -> str:
        return claim

    async def _work(self, claim: str, assembly: Assembly) -> None:
        await self.may_print.wait()
        self.printed.append(claim)


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_call_ends_when_the_work_is_done_and_says_whether_there_was_any() -> None:
    printer = Printer("a")
    printer.may_claim.set()
    call = asyncio.create_task(printer.look_after("a"))
    await turns()
    assert not call.done()
    printer.may_print.set()
    assert await call == set()
    assert await printer.look_after("nothing") == {"nothing"}
    assert printer.printed == ["a"]


async def test_calls_that_come_while_others_claim_are_claimed_together() -> None:
    printer = Printer("a", "b", "c")
    printer.may_print.set()
    calls = [asyncio.create_task(printer.look_after("a"))]
    await turns()
    calls += [asyncio.create_task(printer.look_after(one)) for one in "bcd"]
    await turns()
    printer.may_claim.set()
    assert await asyncio.gather(*calls) == [set(), set(), set(), {"d"}]
    assert printer.claims == [["a"], ["b", "c", "d"]]


async def test_a_call_for_several_is_one_claim_and_ends_with_the_last_of_them() -> None:
    printer = Printer("a", "b")
    printer.may_claim.set()
    call = asyncio.create_task(printer.look_after("a", "b", "c"))
    await turns()
    assert not call.done()
    printer.may_print.set()
    assert await call == {"c"}
    assert (printer.claims, sorted(printer.printed)) == ([["a", "b", "c"]], ["a", "b"])


async def test_a_call_that_is_given_up_still_begins_what_it_claimed() -> None:
    printer = Printer("a")
    call = asyncio.create_task(printer.look_after("a"))
    await turns()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    printer.may_claim.set()
    printer.may_print.set()
    await turns()
    await printer.jobs.wait()
    assert printer.printed == ["a"]


async def test_a_claim_that_fails_is_no_work_and_stops_nobody() -> None:
    printer = Printer("a")
    printer.may_claim.set()
    printer.may_print.set()
    assert await printer.look_after("broken") == {"broken"}
    assert await printer.look_after("a") == set()
    assert printer.jobs.crashes == 1
