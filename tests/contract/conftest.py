from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.engine import Store


@pytest.fixture(params=["memory", "file"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on every database that the program supports."""
    url = ":memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/news.db"
    opened = open_store(url, create=True)
    yield opened
    await opened.close()


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' views of one database."""
    url = f"sqlite:///{tmp_path}/shared.db"
    first, second = open_store(url, create=True), open_store(url, create=True)
    yield first, second
    await first.close()
    await second.close()
