"""Which machines work, with which configuration, and how much waits for them."""

from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from bot.config import load_config
from bot.models.alerts import Presence
from bot.models.basics import FeedId
from bot.models.nodes import COPYING, Node
from bot.operate.alerts.silence import SilenceWatch
from bot.operate.alerts.snapshot import Watches, take_snapshot
from bot.operate.alerts.stalled import Patience, StallWatch
from bot.operate.browser.now import PAGE
from bot.operate.state.metrics import Figures
from bot.operate.state.status import status_json
from bot.operate.state.status_tables import print_status
from bot.store.db.faults import OtherTables
from bot.store.tables.schema import REVISION, WORKS_FROM
from tests.unit.operate.browser.kit import NOW, newsroom, visiting

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config
    from bot.models.nodes import Role
    from bot.store.engine import Store

UNSEEN = Presence(running=None)
FIRST = Node(
    id="a1",
    host="may-1",
    version="1.0.0",
    roles=("poll", "deliver"),
    config="aaaaaaaaaaaa",
    config_at=NOW - timedelta(hours=1),
    saved_at=NOW - timedelta(hours=1),
    running=3,
    seen_at=NOW,
)
SECOND = replace(FIRST, id="b2", host="may-2", roles=("poll",), running=0)


def text_of(status: dict[str, Any], config: Config) -> str:
    with redirect_stdout(StringIO()) as out:
        print_status(status, config)
    return out.getvalue()


@pytest.fixture
def store(store_with_queue: Store) -> Store:
    return store_with_queue


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "newsbot.toml"
    path.write_text(
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        '[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'
    )
    return load_config(path, environ={})


async def told(config: Config, store: Store, at: datetime = NOW) -> dict[str, Any]:
    return await status_json(config, store, at, presence=UNSEEN)


async def test_status_shows_each_machine_and_the_queue(config: Config, store: Store) -> None:
    for node in (FIRST, SECOND):
        await store.nodes.sign(node)
    await store.feeds.know_addresses({FeedId("f"): "https://example.org/f"}, NOW)
    await store.queue.look([FeedId("f")], [], NOW, within=None, resting={}, is_woken=True)
    status = await told(config, store)
    assert status["running"] is True
    assert [(one["host"], one["state"], one["running"]) for one in status["nodes"]] == [
        ("may-1", "alive", 3),
        ("may-2", "alive", 0),
    ]
    assert (status["queue"]["due"], status["queue"]["running"]) == (1, 0)
    shown = text_of(status, config)
    assert "may-2" in shown
    assert "poll, deliver" in shown
    assert "jobs: 1 due" in shown


async def test_a_machine_that_is_silent_for_a_minute_is_shown_so_and_forgotten_in_an_hour(
    config: Config, store: Store
) -> None:
    await store.nodes.sign(FIRST)
    status = await told(config, store, NOW + timedelta(minutes=1))
    assert [one["state"] for one in status["nodes"]] == ["silent"]
    assert status["running"] is False
    assert "newsbot does not run" in status["troubles"][0]["text"]
    await store.nodes.sign(replace(SECOND, seen_at=NOW + timedelta(minutes=59)))
    assert [node.id for node in await store.nodes.all()] == ["a1", "b2"]
    await store.nodes.sign(replace(SECOND, seen_at=NOW + timedelta(hours=2)))
    assert [node.id for node in await store.nodes.all()] == ["b2"]
    await store.nodes.leave("b2")
    assert await store.nodes.all() == []


async def test_a_machine_of_an_older_release_gives_no_sign_any_more_and_leaves(
    store: Store,
) -> None:
    def say(version: str, works_from: str) -> None:
        with store.database.make() as tx:
            tx.exec_driver_sql(
                "UPDATE alembic_version SET version_num = %s, works_from = %s",
                (version, works_from),
            )

    await store.nodes.sign(FIRST)
    await store.database.run(partial(say, "9999", "9999"))
    try:
        with pytest.raises(OtherTables):
            await store.nodes.sign(FIRST)
        await store.nodes.leave(FIRST.id)
    finally:
        await store.database.run(partial(say, REVISION, WORKS_FROM))
    assert await store.nodes.all() == []


async def test_a_machine_with_an_older_file_is_a_trouble_after_two_minutes(
    config: Config, store: Store
) -> None:
    newer = replace(SECOND, config="bbbbbbbbbbbb", config_at=NOW, saved_at=NOW)
    for node in (FIRST, newer):
        await store.nodes.sign(node)
    assert (await told(config, store))["troubles"] == []
    for node in (FIRST, newer):
        await store.nodes.sign(replace(node, seen_at=NOW + timedelta(minutes=2)))
    status = await told(config, store, NOW + timedelta(minutes=2))
    [trouble] = status["troubles"]
    assert trouble["kind"] == "nodes"
    assert trouble["subject"] == "may-1"
    assert "may-1 works with another configuration than may-2" in trouble["text"]
    assert "may-1" in trouble["remedy"]
    assert [one["behind"] for one in status["nodes"]] == [True, False]
    assert "aaaaaaaaaaaa (behind)" in text_of(status, config)


@pytest.mark.parametrize(
    ("role", "lost", "does_not"),
    [("deliver", "poll", "no feed is polled"), ("poll", "deliver", "nothing is posted")],
)
async def test_work_that_no_living_machine_does_is_a_trouble_with_its_remedy(
    config: Config, store: Store, role: Role, lost: Role, does_not: str
) -> None:
    silent = replace(FIRST, roles=(lost,), seen_at=NOW - timedelta(minutes=1))
    for node in (silent, replace(SECOND, roles=(role,))):
        await store.nodes.sign(node)
    [trouble] = (await told(config, store))["troubles"]
    assert (trouble["kind"], trouble["subject"]) == ("roles", lost)
    assert does_not in trouble["text"]
    assert f"`newsbot run --role {lost}`" in trouble["remedy"]
    await store.nodes.sign(replace(silent, seen_at=NOW))
    assert (await told(config, store))["troubles"] == []


async def test_an_alert_of_work_that_no_machine_does_waits_for_one_that_starts_again(
    config: Config, store: Store
) -> None:
    await store.nodes.sign(replace(FIRST, roles=("deliver",), seen_at=NOW + timedelta(minutes=2)))
    watches = Watches(SilenceWatch(store.alerts), StallWatch(), roles=Patience(COPYING))
    seen = [
        (await take_snapshot(config, store, watches, NOW + after, UNSEEN)).unfilled
        for after in (timedelta(0), timedelta(minutes=1), timedelta(minutes=2))
    ]
    assert seen == [(), (), ("poll",)]


async def test_the_page_shows_the_machines(tmp_path: Path, store: Store) -> None:
    for node in (FIRST, replace(SECOND, seen_at=NOW - timedelta(minutes=5))):
        await store.nodes.sign(node)
    async with visiting(newsroom(tmp_path, store), (PAGE,)) as browser:
        page = await (await browser.get("/")).text()
    assert "may-1" in page
    assert "3 jobs" in page
    assert "silent" in page


async def test_figures_tell_of_each_machine(config: Config, store: Store) -> None:
    await store.nodes.sign(FIRST)
    figures = Figures(config, store, lambda: NOW + timedelta(seconds=5))
    said = (await figures.answer_metrics(None)).body.decode()  # type: ignore[arg-type,union-attr]
    labels = 'host="may-1",node="a1",roles="poll deliver",version="1.0.0"'
    assert f"newsbot_node_jobs{{{labels}}} 3.0" in said
    assert f"newsbot_node_silent_seconds{{{labels}}} 5.0" in said
    assert 'newsbot_jobs{state="due"} 0.0' in said
