from __future__ import annotations

import gc
import logging
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.kept import KeptStores
from tests.standins.postgres import Unavailable, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets what it starts in the background ignore Ctrl-C; the tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


os.environ["LANGUAGE"] = "en"  # what `init` says to a person follows that of the machine


@pytest.hookimpl(optionalhook=True)  # known to pytest-xdist alone
def pytest_xdist_auto_num_workers() -> int:
    """More workers than cores: the tests of the whole program wait most of their time."""
    return (os.cpu_count() or 1) + 3


@pytest.hookimpl(trylast=True)  # after pytest-randomly, whose order is kept among equals
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, or one worker ends with it while the others are idle."""
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """Let no collection of garbage read thousands of tests again: they stay to the end."""
    gc.collect()
    gc.freeze()


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("long"):
        return 0
    return 1 if "e2e" in item.path.parts else 2


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command that a test runs in this process sets up a log to a stream that is closed later."""
    handlers, levels = list(logging.root.handlers), _levels()
    yield
    for logger, level in _levels().items():
        if level != levels.get(logger, logging.NOTSET):
            logger.setLevel(levels.get(logger, logging.NOTSET))
    for handler in set(logging.root.handlers).difference(handlers):
        logging.root.removeHandler(handler)


def _levels() -> dict[logging.Logger, int]:
    """The level of each logger, the libraries' too: a log for debugging sets some of them."""
    known = logging.root.manager.loggerDict.values()
    loggers = [logging.root, *(one for one in known if isinstance(one, logging.Logger))]
    return {logger: logger.level for logger in loggers}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each worker of the test run that needs it."""
    try:
        server = running_postgres()
        running = server.__enter__()
    except Unavailable as why:
        pytest.skip(f"no PostgreSQL: {why}")
    try:
        yield running
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def kept_stores() -> Iterator[KeptStores]:
    kept = KeptStores()
    yield kept
    kept.close()


@pytest.fixture
async def store(kept_stores: KeptStores) -> Store:
    """An empty store in memory."""
    return await kept_stores.emptied()


@pytest.fixture(scope="session")
def queue_url(postgres: PostgresServer) -> str:
    """A database on a server for all tests of this worker that want a queue."""
    return postgres.url(postgres.new_database())


@pytest.fixture
async def store_with_queue(kept_stores: KeptStores, queue_url: str) -> Store:
    """An empty store on a server, and an empty queue."""
    store = await kept_stores.emptied(queue_url)
    await store.queue.prepare()
    return store
