"""The queue's tables are made once, by whoever comes first, and only where they are ours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer

NEWEST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
MARK = "SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')"
TRIGGERS = """
    SELECT count(*) FROM pg_trigger
    WHERE tgname = 'procrastinate_trigger_status_events_update_v1'
"""


@pytest.fixture
async def nodes(postgres: PostgresServer) -> AsyncIterator[tuple[Store, Store]]:
    url = postgres.url(postgres.new_database())
    both = open_store(url, create=True), open_store(url, create=True)
    yield both
    for one in both:
        await one.close()


async def told(store: Store, statement: str) -> object:
    def ask() -> object:
        with store.database.make() as tx:
            result = tx.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None

    return await store.database.run(ask)


async def test_two_nodes_that_start_at_once_make_the_tables_once(
    nodes: tuple[Store, Store],
) -> None:
    await asyncio.gather(*(one.queue.prepare() for one in nodes))
    await nodes[0].queue.prepare()
    assert await told(nodes[1], MARK) == NEWEST


async def test_tables_of_an_older_release_are_brought_up_to_date(
    nodes: tuple[Store, Store],
) -> None:
    store, _ = nodes
    await store.queue.prepare()
    older = "03.04.00_01_pre_add_retry_failed_job_procedure.sql"
    await told(store, f"COMMENT ON TABLE procrastinate_jobs IS '{older}'")
    await told(
        store, "DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs"
    )
    await store.queue.prepare()
    assert await told(store, TRIGGERS) == 1
    assert await told(store, MARK) == NEWEST


@pytest.mark.parametrize(
    ("mark", "word"),
    [("NULL", "another program"), ("'99.00.00_01_pre_much_later.sql'", "a newer newsbot")],
)
async def test_tables_of_somebody_else_stay_as_they_are(
    nodes: tuple[Store, Store], mark: str, word: str
) -> None:
    store, _ = nodes
    await store.queue.prepare()
    await told(store, f"COMMENT ON TABLE procrastinate_jobs IS {mark}")
    with pytest.raises(StoreError, match=word):
        await store.queue.prepare()
