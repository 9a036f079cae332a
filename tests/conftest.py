from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.standins.postgres import Unavailable, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.standins.postgres import PostgresServer


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
