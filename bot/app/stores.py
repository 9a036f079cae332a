"""Which database a command works on, and whether it may make one."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from bot.config import database_url
from bot.errors import DatabaseMissing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.config import Config
    from bot.models.settings import Channel
    from bot.store.engine import Store


@asynccontextmanager
async def owned_store(
    config: Config, environ: Mapping[str, str], *, anew: bool = False
) -> AsyncIterator[Store]:
    """Yield the database, made if need be, with its instance lock.

    Raises InstanceLocked, and DatabaseLost where there was one that is gone, unless an empty one
    is wanted (`anew`).
    """
    from bot.clock import utc_now
    from bot.store.db.lock import instance_lock
    from bot.store.engine import disown_store, own_store

    url = database_url(config, environ)
    with instance_lock(url):
        store = own_store(url, now=utc_now(), anew=anew)
        try:
            yield store
        finally:
            await disown_store(store, utc_now())


def is_running(config: Config, environ: Mapping[str, str]) -> bool | None:
    """Tell whether a newsbot runs on the database; None where that cannot be seen from here."""
    from bot.store.db.address import file_of, parse_address
    from bot.store.db.lock import holder_of

    url = database_url(config, environ)
    return None if file_of(parse_address(url)) is None else holder_of(url) is not None


@asynccontextmanager
async def existing_store(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Store | None]:
    """Yield the database beside whoever runs on it, None where there is none yet."""
    from bot.store.engine import open_store

    try:
        store = open_store(database_url(config, environ), create=False)
    except DatabaseMissing:
        yield None
        return
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def store_for_test(
    config: Config, channel: Channel, environ: Mapping[str, str]
) -> AsyncIterator[Store]:
    """Yield the database; before the first run one in memory, or a new one for a paid post.

    A paid post must be remembered, so that later ones stay within the budget. A new database knows
    no feed, so that the first run is the same with it as without. Raises StoreError.
    """
    from bot.store.engine import open_store

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(existing_store(config, environ))
        if store is None and _costs(config, channel):
            store = await stack.enter_async_context(owned_store(config, environ))
        elif store is None:
            store = open_store(":memory:", create=True)
            stack.push_async_callback(store.close)
        yield store


def _costs(config: Config, channel: Channel) -> bool:
    return channel.account is not None and config.accounts[channel.account].budget is not None


@asynccontextmanager
async def copied_store(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Store]:
    """Yield a copy in memory of the database, empty where there is none, to try things out on."""
    from bot.store.engine import open_store

    async with existing_store(config, environ) as original:
        copy = await original.copy_to_memory() if original else open_store(":memory:", create=True)
        try:
            yield copy
        finally:
            await copy.close()
