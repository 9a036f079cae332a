"""Which database a command works on, and whether it may make one."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.owner import as_owner_of
from bot.config import database_url
from bot.errors import ConfigError, DatabaseMissing
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.config import Config
    from bot.models.alerts import Presence
    from bot.models.settings import Channel
    from bot.store.engine import Store


@asynccontextmanager
async def owned_store(
    config: Config, environ: Mapping[str, str], *, anew: bool = False, by_turns: bool = False
) -> AsyncIterator[Store]:
    """Yield the database, made if need be, with its instance lock.

    `by_turns` says that this run is one of many short ones: between them nothing is amiss.

    Raises InstanceLocked, and DatabaseLost where there was one that is gone, unless an empty one
    is wanted (`anew`); ConfigError where another one is the configuration's, too.
    """
    from bot.clock import utc_now
    from bot.store.db.lock import instance_lock
    from bot.store.engine import disown_store, own_store

    url = database_url(config, environ)
    file = file_of_database(config, environ)
    refuse_two(config, file)
    with as_owner_of(file, environ), instance_lock(url, by_turns=by_turns):
        store = own_store(url, now=utc_now(), anew=anew, beside=_beside(config, environ))
        try:
            yield store
        finally:
            await disown_store(store, utc_now())


def file_of_database(config: Config, environ: Mapping[str, str]) -> Path | None:
    """Return the file of the database, None where that is on a server. Raises ConfigError."""
    from bot.store.db.address import file_of, parse_address

    return file_of(parse_address(database_url(config, environ)))


def _beside(config: Config, environ: Mapping[str, str]) -> Path:
    """Return the folder for the files about a database that is on a server."""
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(state) if state else config.base_dir


def refuse_two(config: Config, file: Path | None) -> None:
    """Raise ConfigError where a database lies in $STATE_DIRECTORY, and one beside the file.

    Whichever newsbot took, it would post again what the other one has posted. So it would if it
    made the one in $STATE_DIRECTORY, before that beside the file was moved there.
    """
    beside = config.base_dir / "newsbot.db"
    if config.is_database_named or file is None or file == beside or not _has_content(beside):
        return
    if _has_content(file):
        text = told(
            "{path} has two databases, {file} and {beside}: move the wrong one away",
            path=config.path,
            file=file,
            beside=beside,
        )
    else:
        text = told(
            "the database of {path} is {beside} so far, and the service's would be {file}: "
            "move it there (with the service stopped, `mv {beside}* {folder}/ && chown "
            "--reference={folder} {folder}/*`)",
            path=config.path,
            beside=beside,
            file=file,
            folder=file.parent,
        )
    raise ConfigError([told('{why}, or name the right one: database = "sqlite:///PATH"', why=text)])


def _never_was(url: str) -> bool:
    """Tell whether surely no database was ever at `url`, without the libraries that know databases.

    Beside one lie its lock, its journals, copies and notes, all under its name.
    """
    plain = re.fullmatch(r"sqlite:///([^?]+)", url)
    if plain is None:
        return False
    file = Path(plain[1])
    return not any(_may_hold(place, file.name) for place in (file.parent, file.parent / "backups"))


def _may_hold(folder: Path, beginning: str) -> bool:
    """Tell whether a name in `folder` begins so, or whether that cannot be seen."""
    try:
        return any(path.name.startswith(beginning) for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # opening the database says why, and what to do


def _has_content(database: Path) -> bool:
    try:
        return database.stat().st_size > 0
    except OSError:
        return False


def refuse_lost(config: Config, environ: Mapping[str, str]) -> None:
    """Raise DatabaseLost where there is no database, but there was one."""
    file = file_of_database(config, environ)
    if file is not None and not _has_content(file):
        from bot.store.db.session import check_before_use

        check_before_use(file)


def presence(config: Config, environ: Mapping[str, str]) -> Presence:
    """Tell whether a newsbot runs on the database."""
    from bot.store.db.lock import presence_of

    return presence_of(database_url(config, environ))


@asynccontextmanager
async def existing_store(
    config: Config, environ: Mapping[str, str], *, as_root: bool = False
) -> AsyncIterator[Store | None]:
    """Yield the database beside whoever runs on it, None where there is none yet.

    Root works on it as its owner, but stays root (`as_root`) to write a file elsewhere: SQLite
    gives its own files to the owner. Raises ConfigError where another one is the configuration's,
    too.
    """
    url = database_url(config, environ)
    if _never_was(url) and _never_was(f"sqlite:///{config.base_dir / 'newsbot.db'}"):
        yield None
        return
    from bot.store.engine import open_store

    file = file_of_database(config, environ)
    refuse_two(config, file)
    with as_owner_of(None if as_root else file, environ):
        try:
            store = open_store(url, create=False, beside=_beside(config, environ))
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
