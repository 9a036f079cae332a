from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.engine import Store
from tests.in_turn import in_turn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kept import KeptStores
    from tests.standins.postgres import PostgresServer


@pytest.fixture(scope="session")
def prepared_postgres(postgres: PostgresServer) -> str:
    """A database for all tests of this worker: making the tables each time would be slow."""
    return postgres.url(postgres.new_database())


@pytest.fixture(scope="session")
def kept_urls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {"memory": ":memory:", "file": f"sqlite:///{tmp_path_factory.mktemp('kept')}/news.db"}


@pytest.fixture(scope="session")
def server_url(postgres: PostgresServer) -> str:
    """The database on a server whose stores are kept."""
    return postgres.url(postgres.new_database())


@pytest.fixture(
    params=["memory", "file", "postgresql", pytest.param("three nodes", marks=pytest.mark.soak)]
)
async def store(
    request: pytest.FixtureRequest, kept_stores: KeptStores, kept_urls: dict[str, str]
) -> Store:
    """An empty store on every database that the program supports."""
    kind: str = request.param
    if kind in kept_urls:
        return await kept_stores.emptied(kept_urls[kind])
    url: str = request.getfixturevalue("server_url")
    if kind == "postgresql":
        return await kept_stores.emptied(url)
    store, *others = await kept_stores.shared(url, 3)
    for one in others:
        one.database.owner = store.database.owner
    return in_turn([store, *(Store(one.database) for one in others)])


@pytest.fixture(params=["file", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database that several processes can open."""
    if request.param == "file":
        return f"sqlite:///{tmp_path}/news.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    url: str = request.getfixturevalue("prepared_postgres")
    server.empty(url)
    return url


@pytest.fixture(params=["file", "postgresql"])
async def shared(
    request: pytest.FixtureRequest, kept_stores: KeptStores, kept_urls: dict[str, str]
) -> tuple[Store, ...]:
    """Two processes' views of one database."""
    is_file = request.param == "file"
    url: str = kept_urls["file"] if is_file else request.getfixturevalue("server_url")
    return await kept_stores.shared(url, 2)
