from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer


@pytest.fixture(scope="session")
def prepared_postgres(postgres: PostgresServer) -> str:
    """A database for all tests of this worker: making the tables each time would be slow."""
    return postgres.url(postgres.new_database())


def _url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url: str = request.getfixturevalue("prepared_postgres")
        server.empty(url)
        return url
    return ":memory:" if kind == "memory" else f"sqlite:///{tmp_path}/news.db"


@pytest.fixture(params=["memory", "file", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on every database that the program supports."""
    opened = open_store(_url(request.param, request, tmp_path), create=True)
    yield opened
    await opened.close()


@pytest.fixture(params=["file", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database that several processes can open."""
    return _url(request.param, request, tmp_path)


@pytest.fixture
async def shared(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' views of one database."""
    first, second = open_store(url, create=True), open_store(url, create=True)
    yield first, second
    await first.close()
    await second.close()
