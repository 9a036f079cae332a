"""Commands on the database, beside a service that runs on it: none of them creates one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from bot.cli.options import run_async
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store

_Result = TypeVar("_Result")


def with_store(config: Config, use: Callable[[Store | None], Awaitable[_Result]]) -> _Result:
    """Run `use` on the existing database, or on None where there is none."""
    from bot.app.stores import existing_store

    async def run() -> _Result:
        async with existing_store(config, os.environ) as store:
            return await use(store)

    return run_async(run())


def existing(store: Store | None, purpose: str = "act on") -> Store:
    """Return the store. Raises NewsbotError where there is no database."""
    if store is None:
        raise NewsbotError(f"nothing ran yet, so there is nothing to {purpose}: no database")
    return store


async def now_of(store: Store) -> datetime:
    """Return the time that the database goes by."""
    from bot.clock import utc_now

    clock = await store.clock(utc_now)
    return clock()


def act(config: Config, action: Callable[..., Awaitable[_Result]]) -> _Result:
    """Run `action` on the store and its time. Raises NewsbotError where there is no database."""

    async def on(store: Store | None) -> _Result:
        found = existing(store)
        return await action(found, await now_of(found))

    return with_store(config, on)
