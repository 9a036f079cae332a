"""What commands do on the database, beside whoever runs on it: none of them ever creates one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from bot.cli.options import run_async
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.config import Config
    from bot.store.engine import Store

_Result = TypeVar("_Result")

NOTHING_RAN = "nothing ran yet, so there is nothing to act on: no database"


def with_store(config: Config, use: Callable[[Store | None], Awaitable[_Result]]) -> _Result:
    """Run `use` on the existing database, or on None where there is none."""
    from bot.app import existing_store

    async def run() -> _Result:
        async with existing_store(config, os.environ) as store:
            return await use(store)

    return run_async(run())


def act(config: Config, action: Callable[..., Awaitable[_Result]]) -> _Result:
    """Run `action` on the store, at the time that it goes by.

    Raises NewsbotError where there is no database.
    """
    from bot.clock import utc_now

    async def on(store: Store | None) -> _Result:
        if store is None:
            raise NewsbotError(NOTHING_RAN)
        clock = await store.clock(utc_now)
        return await action(store, clock())

    return with_store(config, on)
