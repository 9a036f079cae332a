"""Polls that are written together fail together, and none is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.store.db.faults import Conflict
from bot.store.stories.quiet import QuietPolls
from tests.contract.store_kit import poll

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bot.models.feeds import Poll
    from bot.store.engine import Store


class Writes:
    """Notes the polls that it is to write, and raises what it was told to before."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.written: list[str] = []

    def __call__(self, _: Connection, polls: Sequence[Poll]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.written += [poll.feed for poll in polls]


async def finish(store: Store, writes: Writes) -> list[object]:
    quiet = QuietPolls(store.database, writes)
    polls = (quiet.finish(poll(f"f{number}")) for number in range(9))
    return list(await asyncio.gather(*polls, return_exceptions=True))


async def test_each_poll_is_written_once(store: Store) -> None:
    writes = Writes()
    assert await finish(store, writes) == [None] * 9
    assert writes.written == [f"f{number}" for number in range(9)]


async def test_where_another_machine_was_faster_all_are_written_again(store: Store) -> None:
    writes = Writes(Conflict("faster"), Conflict("faster"))
    assert await finish(store, writes) == [None] * 9
    assert sorted(writes.written) == [f"f{number}" for number in range(9)]


async def test_a_poll_that_could_not_be_written_is_told_of(store: Store) -> None:
    writes = Writes(StoreError("the disk is full"))
    failed = [error is not None for error in await finish(store, writes)]
    assert any(failed)
    assert [f"f{at}" for at, is_failed in enumerate(failed) if not is_failed] == writes.written


async def test_a_mistake_is_no_trouble_of_the_store(store: Store) -> None:
    with pytest.raises(KeyError):
        await QuietPolls(store.database, Writes(KeyError("mistake"))).finish(poll("a"))


async def test_polls_beside_a_mistake_do_not_pass_for_written(store: Store) -> None:
    writes = Writes(KeyError("mistake"))
    failed = [error is not None for error in await finish(store, writes)]
    assert any(failed)
    assert [f"f{at}" for at, is_failed in enumerate(failed) if not is_failed] == writes.written
