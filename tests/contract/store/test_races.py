"""Several processes on one database, and processes that are killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, DeliveryState
from bot.models.outbox import Begun, Unknown
from bot.store.engine import open_store
from tests.contract.store_kit import (
    DAY_START,
    MONTH_START,
    NOW,
    WHY,
    begun,
    charge,
    claim,
    lane,
    owe,
    post,
    rows,
    sent,
    settle,
    states,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store

S = DeliveryState


async def test_two_polls_of_one_story_owe_it_once(shared: tuple[Store, Store]) -> None:
    names = [f"s{number}" for number in range(20)]
    for name in names:
        await asyncio.gather(
            *(
                tell(store, story(name, owed=("tg", "x")), feed=feed)
                for store, feed in zip(shared, "fg", strict=True)
            )
        )
    assert len(await rows(shared[0])) == 2 * len(names)


async def test_two_claims_never_get_the_same(shared: tuple[Store, Store]) -> None:
    channels = [f"c{number}" for number in range(30)]
    for channel in channels:
        await owe(shared[0], f"for {channel}", channel=channel)
    lanes = [lane(channel) for channel in channels]
    found: list[str] = []
    for _ in range(10):
        both = await asyncio.gather(*(claim(store, *lanes, limit=5) for store in shared))
        found += [delivery.channel for deliveries in both for delivery in deliveries]
    assert sorted(found) == sorted(channels)


async def test_two_claims_of_feeds_never_get_the_same(shared: tuple[Store, Store]) -> None:
    feeds = [f"f{number}" for number in range(30)]
    found: list[str] = []
    for _ in range(10):
        both = await asyncio.gather(
            *(store.feeds.claim_due_feeds(feeds, NOW, limit=5) for store in shared)
        )
        found += [state.feed for states in both for state in states]
    assert sorted(found) == sorted(feeds)


async def test_two_begins_never_overspend(shared: tuple[Store, Store]) -> None:
    channels = [f"c{number}" for number in range(10)]
    for channel in channels:
        await owe(shared[0], channel, channel=channel)
    lanes = [lane(channel, "acc") for channel in channels]
    claimed = [
        (store, delivery)
        for store, half in zip(shared, (lanes[:5], lanes[5:]), strict=True)
        for delivery in await claim(store, *half)
    ]
    answers = await asyncio.gather(
        *(
            store.outbox.begin(delivery.id, post(delivery.channel), NOW, charge(30))
            for store, delivery in claimed
        )
    )
    assert sorted(answers) == [Begun.OVER_BUDGET] * 7 + [Begun.YES] * 3
    assert await shared[0].desk.spent("acc", DAY_START, MONTH_START) == (90, 90)


async def test_the_operator_beside_a_running_service(shared: tuple[Store, Store]) -> None:
    service, command = shared
    await owe(service, "a", "b")
    (first,) = await claim(service)
    await command.desk.pause("channel", ChannelId("tg"), WHY, NOW)
    assert await service.outbox.begin(first.id, post(), NOW) is Begun.LOST
    await command.desk.drop(first.id, NOW)
    await command.desk.resume("channel", ChannelId("tg"))
    assert await titles(service) == ["b"]


_CRASHES = """
import asyncio, os, signal, sys
from bot.store.engine import open_store
from tests.contract.store_kit import *

async def work(url, step):
    store = open_store(url, create=True)
    await store.feeds.claim_due_feeds(["f"], NOW, limit=1)
    if step > 0: await owe(store, "a", "b")
    if step > 1: (delivery,) = await claim(store)
    if step > 2: await store.outbox.begin(delivery.id, post(), NOW)
    if step > 3: await store.outbox.finish(delivery, sent(), NOW)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(work(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.parametrize(
    ("step", "found", "next_title"),
    [
        (0, [], []),
        (1, [S.PENDING, S.PENDING], ["a"]),
        (2, [S.PENDING, S.PENDING], ["a"]),
        (3, [S.UNKNOWN, S.PENDING], []),
        (4, [S.SENT, S.PENDING], ["b"]),
    ],
    ids=["claimed feed", "polled", "claimed", "sending", "sent"],
)
async def test_killed(tmp_path: Path, step: int, found: list[S], next_title: list[str]) -> None:
    url = f"sqlite:///{tmp_path}/killed.db"
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", _CRASHES, url, str(step)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    store = open_store(url, create=False)
    interrupted = await store.outbox.recover(NOW)
    assert len(interrupted) == (1 if step == 3 else 0)
    assert await states(store) == found
    assert await titles(store) == next_title
    for one in interrupted:
        await settle(store, Unknown(reason=one.reason))
        assert await titles(store) == ["b"]
    assert len(await store.feeds.claim_due_feeds(["f"], NOW, limit=1, force=True)) == 1
    await store.close()


def test_closing_leaves_one_file(tmp_path: Path) -> None:
    asyncio.run(open_store(f"sqlite:///{tmp_path}/one.db", create=True).close())
    assert [path.name for path in tmp_path.iterdir()] == ["one.db"]


async def test_closed_and_opened_again(url: str) -> None:
    for title in ("a", "b", "c"):
        store = open_store(url, create=True)
        await owe(store, "a", "b", "c")
        assert await store.outbox.recover(NOW) == []
        delivery = await begun(store)
        assert delivery.article.title == title
        await store.outbox.finish(delivery, sent(), NOW)
        await store.close()
