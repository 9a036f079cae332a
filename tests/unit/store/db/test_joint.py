"""What is asked at the same time is answered together, and each has its own mistakes."""

from __future__ import annotations

import asyncio
import threading
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.store.db.address import parse_address
from bot.store.db.database import Database
from bot.store.db.faults import Conflict
from bot.store.db.joint import Joint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Doubling:
    """Doubles numbers; raises the `errors` first, and always where 13 is asked for."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked: list[list[int]] = []
        self.may_begin = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.may_begin.wait(10)
        self.asked.append(list(numbers))
        if self.errors:
            raise self.errors.pop(0)
        if 13 in numbers:
            raise KeyError("13")
        return [2 * number for number in numbers]


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    database = Database(parse_address(":memory:"))
    yield database
    await database.close()


async def answers(database: Database, work: Doubling, *numbers: int) -> list[object]:
    """Ask for the first while the store's thread is free, and for the rest while it is busy."""
    joint = Joint(database, work)
    asking = [asyncio.create_task(joint.ask(number)) for number in numbers]
    await asyncio.sleep(0)
    work.may_begin.set()
    return list(await asyncio.gather(*asking, return_exceptions=True))


async def test_each_gets_its_own_answer_and_few_turns_are_taken(database: Database) -> None:
    work = Doubling()
    assert await answers(database, work, *range(12)) == [2 * number for number in range(12)]
    assert list(chain(*work.asked)) == list(range(12))
    assert len(work.asked) <= 2


async def test_where_another_machine_was_faster_all_is_done_again(database: Database) -> None:
    work = Doubling(Conflict("faster"), Conflict("faster"))
    assert await answers(database, work, 1, 2, 3) == [2, 4, 6]


async def test_a_fault_of_the_store_is_told_to_all_that_it_met(database: Database) -> None:
    work = Doubling(StoreError("the disk is full"))
    found = await answers(database, work, 1, 2, 3)
    met = [number for number, answer in zip((1, 2, 3), found, strict=True) if answer != 2 * number]
    assert met == work.asked[0]
    assert all(isinstance(found[number - 1], StoreError) for number in met)


async def test_a_mistake_in_one_is_no_trouble_of_those_beside_it(database: Database) -> None:
    found = await answers(database, Doubling(), 1, 2, 13, 3)
    assert [found[0], found[1], found[3]] == [2, 4, 6]
    assert isinstance(found[2], KeyError)


async def test_who_gives_up_before_the_work_has_begun_asked_nothing(database: Database) -> None:
    work, busy = Doubling(), threading.Event()
    joint = Joint(database, work)
    work.may_begin.set()
    keeping = asyncio.create_task(database.run(lambda: busy.wait(10)))
    asking = [asyncio.create_task(joint.ask(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking[1]
    busy.set()
    assert [await asking[0], await asking[2], await keeping] == [2, 6, True]
    assert list(chain(*work.asked)) == [1, 3]
