from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.engine import Store


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = open_store(":memory:", create=True)
    yield opened
    await opened.close()
