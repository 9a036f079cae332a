"""A node does what the jobs of its roles call for, and loses nothing with a job."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from structlog.testing import capture_logs

from bot.clock import SteadyClock
from bot.errors import StoreError
from bot.models.nodes import ROLES
from bot.runner.nodes.runner import NodeRunner, Place
from bot.store.db.postgres import connection_arguments
from bot.store.engine import open_store
from tests.unit.runner.kit import Service, Wall, channel, feed

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Sequence

    from bot.models.feeds import PollReport
    from bot.models.nodes import Role
    from tests.standins.postgres import PostgresServer

CHANNELS = ("a", "b")


class Polls:
    """Sees polls that ended. Implements `Observer`."""

    def __init__(self, happened: asyncio.Event) -> None:
        self.count = 0
        self._happened = happened

    def polled(self, report: PollReport, seconds: float) -> None:
        self.count += 1
        self._happened.set()

    def delivered(self, *_: object) -> None:
        pass

    def settled(self, *_: object) -> None:
        pass


class Node(Service):
    """A service that is a node, on a database of its own."""

    def __init__(self, url: str, roles: Sequence[Role]) -> None:
        wall = Wall()
        super().__init__(open_store(url, create=True), wall, SteadyClock(wall))
        address = connection_arguments(self.store.database.engine)
        self.seen = Polls(self.happened)
        wired = self.assembly([feed("vn", *CHANNELS)], [channel(name) for name in CHANNELS])
        assembly = replace(wired, observers=(self.seen,))
        place = Place(database="news", address=address, roles=roles, concurrency=8)
        self.runner = NodeRunner(assembly, place)  # type: ignore[assignment]
        self._url = url

    async def ask(self, statement: str) -> list[tuple[Any, ...]]:
        url = self._url
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            cursor = await connection.execute(statement)  # type: ignore[arg-type]
            return await cursor.fetchall() if cursor.description else []


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.url(postgres.new_database())


@asynccontextmanager
async def node(url: str, *roles: Role) -> AsyncIterator[Node]:
    one = Node(url, roles or ROLES)
    try:
        yield one
    finally:
        await one.store.close()


async def test_news_is_polled_and_posted_by_jobs_that_leave_nothing_behind(url: str) -> None:
    async with node(url) as one:
        one.news.titles = ["Một", "Hai"]
        async with one.running():
            await one.shows(4)
        assert set(one.posts().values()) == {1}
        left = await one.ask("SELECT status::text FROM procrastinate_jobs")
        assert {status for (status,) in left} <= {"todo"}
        assert await one.ask("SELECT 1 FROM procrastinate_workers") == []


async def test_the_queue_is_emptied_while_it_runs_and_the_news_goes_on(url: str) -> None:
    async with node(url) as one:
        one.news.titles = ["Một"]
        async with one.running():
            await one.shows(2)
            await one.ask("DELETE FROM procrastinate_jobs")
            one.news.titles.append("Hai")
            await one.shows(4)
        assert set(one.posts().values()) == {1}


async def test_a_node_goes_on_after_its_connections_were_cut(
    url: str, postgres: PostgresServer
) -> None:
    async with node(url) as one:
        one.news.titles = ["Một"]
        async with one.running():
            await one.shows(2)
            postgres.cut_connections()
            one.news.titles.append("Hai")
            await one.shows(4)
        assert set(one.posts().values()) == {1}


async def test_the_jobs_of_a_worker_that_died_keep_no_lane_locked(url: str) -> None:
    async with node(url) as one:
        one.news.titles = ["Một"]
        await one.store.queue.prepare()
        await one.ask(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - interval '1 minute') RETURNING id) "
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, worker_id) "
            "SELECT 'poll', 'poll', 'poll:vn', 'doing', id FROM dead"
        )
        async with one.running():
            await one.shows(2)


@pytest.mark.parametrize(("role", "polls", "posts"), [("poll", True, 0), ("deliver", False, 2)])
async def test_a_node_does_only_what_its_role_is(
    url: str, role: Role, polls: bool, posts: int
) -> None:
    async with node(url, "poll") as before:
        before.news.titles = ["Một"]
        async with before.running():
            await before.until(lambda: before.seen.count)
    async with node(url, role) as one:
        one.news.titles = ["Một"]
        async with one.running():
            if polls:
                await one.polled(1)
            await one.shows(posts)
        assert bool(one.news.polls) is polls
        assert one.posts().total() == posts


async def test_a_node_tells_that_it_lives_and_that_it_ends(url: str) -> None:
    async with node(url) as one:
        async with one.running():
            await one.polled(1)
            await one.until(lambda: one.seen.count)
            [told] = await one.store.nodes.all()
            assert (told.id, told.roles) == (one.store.database.owner, ("poll", "deliver"))
            assert told.is_alive(one.clock())
        assert await one.store.nodes.all() == []


async def test_a_node_ends_when_another_release_changed_the_tables(url: str) -> None:
    async with node(url) as one:
        one.news.titles = ["Một"]
        async with one.running() as task:
            await one.shows(2)
            await one.ask("UPDATE alembic_version SET version_num = '9999', works_from = '9999'")
            one.news.titles.append("Hai")
            await one.runner._sign()  # type: ignore[attr-defined]
            with pytest.raises(StoreError, match="by a newer newsbot"):
                await task
        assert one.posts().total() == 2
        assert await one.ask("SELECT host FROM nodes") == []


async def test_a_node_that_stood_still_goes_on_when_others_took_its_jobs(url: str) -> None:
    with capture_logs() as log:
        async with node(url) as one:
            one.news.titles = ["Một"]
            async with one.running():
                await one.shows(2)
                await one.ask("DELETE FROM procrastinate_workers")
                one.news.titles.append("Hai")
                await one.shows(4)
    assert "this node stood still" in str(log)
