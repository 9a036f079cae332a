"""The daily copy of the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest

from bot.models.basics import FeedId
from bot.models.feeds import Poll, Validators
from bot.models.settings import Feed
from bot.runner.assembly import Assembly
from bot.runner.work.housekeeping import back_up
from bot.store.db.backup import backups_of
from bot.store.engine import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.pipeline.judging import CollectPorts

NOW = datetime(2026, 5, 22, 9, 0, tzinfo=UTC)
FEED = Feed(id=FeedId("f"), url="https://a.vn/rss", channels=())


@pytest.fixture
async def assembly(tmp_path: Path) -> AsyncIterator[Assembly]:
    store = open_store(f"sqlite:///{tmp_path}/news.db", create=True)
    yield Assembly(
        feeds={FEED.id: FEED},
        routes={},
        store=store,
        collect=cast("CollectPorts", None),  # a copy reads no feed
        timezone=ZoneInfo("UTC"),
        remember=None,
        now=lambda: NOW,
    )
    await store.close()


async def copies_after(assembly: Assembly, *hours: float) -> list[int]:
    """Return how many copies there are after housekeeping at each of the hours."""
    file = assembly.store.database.file
    assert file is not None
    found = []
    for hour in hours:
        then = NOW + timedelta(hours=hour)
        await back_up(replace(assembly, wall=lambda then=then: then))
        found.append(len(backups_of(file)))
    return found


async def test_a_database_that_remembers_nothing_is_not_copied(assembly: Assembly) -> None:
    assert await copies_after(assembly, 0, 25) == [0, 0]


async def test_one_that_remembers_something_is_copied_once_a_day(assembly: Assembly) -> None:
    poll = Poll(feed=FEED.id, at=NOW, next_poll=NOW, validators=Validators())
    await assembly.store.feeds.finish_poll(poll)
    assert await copies_after(assembly, 0, 1, 23.9, 24, 25) == [1, 1, 1, 2, 2]
