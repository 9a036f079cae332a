"""Runs a store's method on the store's thread: synchronous inside, awaited outside."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from bot.store.db.faults import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from sqlalchemy import Connection

    from bot.store.db.database import Database


class _HasDatabase(Protocol):
    @property
    def database(self) -> Database: ...


_Self = TypeVar("_Self", bound=_HasDatabase)
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")

_TRIES = 5


def in_worker(
    method: Callable[Concatenate[_Self, _Params], _Result],
) -> Callable[Concatenate[_Self, _Params], Coroutine[Any, Any, _Result]]:
    """Make the synchronous `method` a coroutine that runs on its database's thread.

    A caller that is cancelled does not undo a call that has begun: its transaction ends whole.
    Where another machine was faster, the method runs again on the new state.
    """

    @wraps(method)
    async def call(self: _Self, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        work = partial(method, self, *args, **kwargs)
        return await self.database.run(partial(repeated, work))

    return call


def reads(
    work: Callable[Concatenate[Connection, _Params], _Result],
) -> Callable[Concatenate[_HasDatabase, _Params], Coroutine[Any, Any, _Result]]:
    """Make the function `work` a method that reads one consistent view of the database."""

    @wraps(work)
    def method(self: _HasDatabase, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        with self.database.read() as tx:
            return work(tx, *args, **kwargs)

    return in_worker(method)


def writes(
    work: Callable[Concatenate[Connection, _Params], _Result], *, durable: bool = True
) -> Callable[Concatenate[_HasDatabase, _Params], Coroutine[Any, Any, _Result]]:
    """Make the function `work` a method that is one writing transaction (see `Database.write`)."""

    @wraps(work)
    def method(self: _HasDatabase, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        with self.database.write(durable=durable) as tx:
            return work(tx, *args, **kwargs)

    return in_worker(method)


async def in_steps(database: Database, steps: Iterator[int]) -> int:
    """Run `steps` one by one on the store's thread, and return the sum of their results.

    Other work, such as a poll's, comes between two of them.
    """
    total = 0
    while (count := await database.run(partial(next, steps, None))) is not None:
        total += count
    return total


def repeated(work: Callable[[], _Result]) -> _Result:
    """Do `work`, again on the new state where another machine was faster. Raises StoreError."""
    for _ in range(_TRIES - 1):
        try:
            return work()
        except Conflict:
            continue
    return work()
