"""Runs a store's method on the store's thread: synchronous inside, awaited outside."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.store.database import Database


class _HasDatabase(Protocol):
    @property
    def database(self) -> Database: ...


_Self = TypeVar("_Self", bound=_HasDatabase)
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def in_worker(
    method: Callable[Concatenate[_Self, _Params], _Result],
) -> Callable[Concatenate[_Self, _Params], Coroutine[Any, Any, _Result]]:
    """Make the synchronous `method` a coroutine that runs on its database's thread.

    A caller that is cancelled does not undo a call that has begun: its transaction ends whole.
    """

    @wraps(method)
    async def call(self: _Self, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        return await self.database.run(partial(method, self, *args, **kwargs))

    return call
