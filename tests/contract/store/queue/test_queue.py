"""What is due gets one job: no second one while it waits, a new one when it is lost."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from bot.models.basics import FeedId, Reason
from bot.models.outbox import Unknown
from bot.store.engine import open_store
from bot.store.queue.due import AT_ONCE
from bot.store.queue.queue import CARRIES
from tests.contract.store_kit import NOW, after, begun, lane, owe, poll

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.store.engine import Store
    from tests.standins.postgres import PostgresServer

ROOT = Path(__file__).parents[4]
JOBS = (
    "SELECT queue_name, task_name, queueing_lock, args::text, scheduled_at"
    " FROM procrastinate_jobs ORDER BY id"
)


@pytest.fixture
def store(store_with_queue: Store) -> Store:
    return store_with_queue


async def rows(store: Store, statement: str = JOBS) -> Sequence[tuple[object, ...]]:
    def ask() -> Sequence[tuple[object, ...]]:
        with store.database.make() as tx:
            result = tx.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    return await store.database.run(ask)


async def locks(store: Store) -> list[object]:
    return [row[2] for row in await rows(store)]


async def look(
    store: Store,
    *,
    feeds: Sequence[str] = (),
    lanes: Sequence[str] = (),
    at: datetime = NOW,
    resting: Mapping[str, datetime] | None = None,
    is_woken: bool = True,
) -> int:
    return await store.queue.look(
        [FeedId(one) for one in feeds],
        [lane(one) for one in lanes],
        at,
        within=timedelta(hours=12),
        resting=resting or {},
        is_woken=is_woken,
    )


async def registered(store: Store, *feeds: str) -> None:
    await store.feeds.know_addresses({FeedId(one): f"https://{one}.example" for one in feeds}, NOW)


async def test_a_feed_that_is_due_gets_one_job_for_the_machines_that_poll(store: Store) -> None:
    await registered(store, "vn", "left-the-file")
    assert [await look(store, feeds=["vn"]), await look(store, feeds=["vn"])] == [1, 0]
    [(queue, task, lock, args, at)] = await rows(store)
    assert (queue, task, lock, args, at) == ("poll", "poll", "poll:vn", '{"feeds": ["vn"]}', None)


async def test_a_poll_soon_due_is_scheduled_and_one_later_is_left_to_a_later_look(
    store: Store,
) -> None:
    await registered(store, "soon", "later")
    for name, seconds in (("soon", 4), ("later", 60)):
        await store.feeds.claim_due_feeds([FeedId(name)], NOW, limit=1, force=True)
        await store.feeds.finish_poll(poll(name, at=NOW, next_poll=after(seconds=seconds)))
    await look(store, feeds=["soon", "later"])
    assert [(row[2], row[4]) for row in await rows(store)] == [("poll:soon", after(seconds=4))]


async def test_a_feed_that_is_paused_or_being_polled_gets_no_job(store: Store) -> None:
    await registered(store, "paused", "polled")
    await store.feeds.claim_due_feeds([FeedId("polled")], NOW, limit=1)
    reason = Reason(code="operator", text="by hand")
    await store.desk.pause("feed", "paused", reason, NOW)
    assert await look(store, feeds=["paused", "polled"]) == 0


async def test_a_poll_that_died_gets_a_job_though_the_next_one_is_not_due(store: Store) -> None:
    """As one that a hub called for: it is told of, and made up for."""
    await registered(store, "vn")
    await store.feeds.claim_due_feeds([FeedId("vn")], NOW, limit=1)
    await store.feeds.finish_poll(poll("vn", at=NOW, next_poll=after(hours=2)))
    await store.feeds.claim_due_feeds([FeedId("vn")], NOW, limit=1, force=True)
    at = (after(seconds=59), after(seconds=120))  # with its claim, and without
    assert [await look(store, feeds=["vn"], at=one) for one in at] == [0, 1]


async def test_a_lane_gets_a_job_when_it_may_send(store: Store) -> None:
    await owe(store, "story", channel="tg")
    await look(store, lanes=["tg", "idle"])
    [(queue, task, lock, args, _)] = await rows(store)
    assert (queue, task, lock, args) == ("deliver", "deliver", "deliver:tg", '{"channel": "tg"}')


async def test_a_job_that_is_worked_leaves_room_for_the_one_after_it(store: Store) -> None:
    await owe(store, "story", channel="tg")
    await look(store, lanes=["tg"])
    await rows(store, "UPDATE procrastinate_jobs SET status = 'doing'")
    await look(store, lanes=["tg"])
    assert await locks(store) == ["deliver:tg", "deliver:tg"]


async def test_a_post_in_doubt_gets_a_search(store: Store) -> None:
    await owe(store, "story", channel="tg")
    delivery = await begun(store, lane("tg"))
    doubt = Unknown(reason=Reason(code="timeout", text="no answer"), search_at=NOW)
    await store.outbox.finish(delivery, doubt, NOW)
    await look(store, lanes=["tg"])
    [row] = await rows(store)
    assert row[1:4] == ("settle", "settle:tg", f'{{"channel": "tg", "delivery": {delivery.id}}}')


async def test_the_queue_stays_short_however_many_feeds_are_due(store: Store) -> None:
    names = [f"f{number}" for number in range(AT_ONCE + 10)]
    await registered(store, *names)
    assert [await look(store, feeds=names), await look(store, feeds=names)] == [AT_ONCE, 0]
    assert len(await rows(store)) == AT_ONCE / CARRIES
    await rows(store, "DELETE FROM procrastinate_jobs WHERE queueing_lock = 'poll:f0'")
    assert await look(store, feeds=names) == CARRIES


async def test_polls_that_are_due_together_are_one_job_and_its_last_says_when(store: Store) -> None:
    names = ["a", "b", "c", "d"]
    await registered(store, *names)
    for name, seconds in zip(names, (1, 2, 2.5, 4), strict=True):
        await store.feeds.claim_due_feeds([FeedId(name)], NOW, limit=1, force=True)
        await store.feeds.finish_poll(poll(name, at=NOW, next_poll=after(seconds=seconds)))
    await look(store, feeds=names)
    assert sorted(row[3:] for row in await rows(store)) == [
        ('{"feeds": ["a", "b"]}', after(seconds=2)),
        ('{"feeds": ["c"]}', after(seconds=2.5)),
        ('{"feeds": ["d"]}', after(seconds=4)),
    ]


async def test_polls_that_a_node_is_about_to_claim_get_no_second_job(store: Store) -> None:
    await registered(store, "vn", "other")
    await look(store, feeds=["vn", "other"])
    await rows(store, "UPDATE procrastinate_jobs SET status = 'doing'")
    assert await look(store, feeds=["vn", "other"]) == 0
    # One of them hangs: the job is not over, but the other feed may be due again.
    await rows(store, "UPDATE procrastinate_events SET at = at - interval '3 seconds'")
    assert await look(store, feeds=["other"]) == 1


async def test_jobs_that_are_lost_are_made_again_within_a_minute(store: Store) -> None:
    await registered(store, "vn")
    assert [await look(store, feeds=["vn"]), await look(store, feeds=["vn"])] == [1, 0]
    await rows(store, "DELETE FROM procrastinate_jobs")
    assert await look(store, feeds=["vn"], at=after(seconds=59), is_woken=False) == 0
    assert await look(store, feeds=["vn"], at=after(seconds=61), is_woken=False) == 1


async def test_a_look_that_nobody_woke_asks_little_where_nothing_is_to_do(store: Store) -> None:
    await registered(store, "left-the-file")
    await look(store, feeds=["vn"])
    counted: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", count)
    assert await look(store, feeds=["vn"], lanes=["tg"], at=after(seconds=3), is_woken=False) == 0
    event.remove(store.database.engine, "before_cursor_execute", count)
    assert len(counted) == 1


async def test_what_was_called_too_early_rests(store: Store) -> None:
    await registered(store, "vn")
    resting = {"poll:vn": after(seconds=2)}
    await look(store, feeds=["vn"], resting=resting)
    assert [row[4] for row in await rows(store)] == [after(seconds=2)]


async def test_the_state_tells_what_is_due_and_for_how_long(store: Store) -> None:
    await registered(store, "vn", "other")
    for name in ("vn", "other"):
        await look(store, feeds=[name])
    await rows(
        store, "UPDATE procrastinate_jobs SET status = 'doing' WHERE queueing_lock = 'poll:other'"
    )
    await rows(store, "UPDATE procrastinate_events SET at = at - interval '90 seconds'")
    state = await store.queue.state()
    assert state is not None
    assert (state.due, state.running) == (1, 1)
    assert state.oldest is not None
    assert timedelta(seconds=90) <= state.oldest < timedelta(seconds=150)


async def test_a_database_that_no_node_used_has_no_queue(postgres: PostgresServer) -> None:
    for url in (":memory:", postgres.url(postgres.new_database())):
        one = open_store(url, create=True)
        assert await one.queue.state() is None
        await one.close()


async def test_the_shell_of_procrastinate_shows_the_queue_as_the_page_says(
    store: Store, queue_url: str, tmp_path: Path
) -> None:
    await registered(store, "vn")
    await look(store, feeds=["vn"])
    page = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    [script] = re.findall(r"(?ms)^```sh\n(cat .*?)^```$", page)
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", script.replace("/opt/newsbot/bin", str(Path(sys.executable).parent))),
        stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": queue_url},
    )
    out, _ = await shell.communicate()
    assert re.search(r"#\d+ poll on poll - \[todo\]", out.decode())
