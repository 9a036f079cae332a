"""Commands on the database, beside a service that runs on it: none of them creates one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bot.cli.options import run_async, surroundings
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from bot.config import Config
    from bot.store.engine import Store

_Result = TypeVar("_Result")


def with_store(config: Config, use: Callable[[Store | None], Awaitable[_Result]]) -> _Result:
    """Run `use` on the existing database, or on None where there is none."""
    from bot.app.stores import existing_store

    async def run() -> _Result:
        async with existing_store(config, surroundings(config.path)) as store:
            return await use(store)

    return run_async(run())


def at_home(config: Config) -> AbstractContextManager[None]:
    """Work as the owner of the configuration's database while the block runs."""
    from bot.app.owner import as_owner_of
    from bot.app.stores import file_of_database

    environ = surroundings(config.path)
    return as_owner_of(file_of_database(config, environ), environ)


def existing(store: Store | None, config: Config, purpose: str = "act on") -> Store:
    """Return the store. Raises NewsbotError where there is no database, or none any more."""
    if store is None:
        from bot.app.stores import refuse_lost

        refuse_lost(config, surroundings(config.path))
        text = f"nothing ran yet, so there is nothing to {purpose}: no database"
        raise NewsbotError(f"{text}{_other_service(config)}")
    return store


def _other_service(config: Config) -> str:
    """Return a hint where the installed service runs with another configuration than this one."""
    from bot.operate.setup.installed import installed_config

    other = installed_config()
    if other is None or other == config.path.absolute():
        return ""
    return f" for {config.path}; the installed service runs with -c {other}"


async def now_of(store: Store) -> datetime:
    """Return the time that the database goes by."""
    from bot.clock import utc_now

    clock = await store.clock(utc_now)
    return clock()


def act(config: Config, action: Callable[..., Awaitable[_Result]]) -> _Result:
    """Run `action` on the store and its time. Raises NewsbotError where there is no database."""

    async def on(store: Store | None) -> _Result:
        found = existing(store, config)
        return await action(found, await now_of(found))

    return with_store(config, on)
