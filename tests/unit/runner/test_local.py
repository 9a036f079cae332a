"""New assembly, clocks that jump and SIGTERM while posts flow: nothing lost, nothing doubled."""

import asyncio
import logging
import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import utc_now
from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import FetchOutcome, Validators
from bot.models.outbox import Stopped
from bot.models.settings import Backlog, Feed
from bot.models.times import Hours
from bot.models.views import FeedStatus
from bot.runner.sd_notify import overdue
from bot.store.engine import open_store
from tests.away import LateOutbox
from tests.contract.store_kit import article, attempt, claim, lane, owe, rows, story, tell
from tests.unit.runner.kit import News, Service, Wall, channel, feed, service

HOUR = timedelta(hours=1)
ITEMS = 12


def title(number: int) -> str:
    return f"Tin công nghệ mang số hiệu {number:04d} của hôm nay"


def everything(channels: str, count: int) -> Counter[tuple[str, str]]:
    return Counter((name, title(number)) for name in channels for number in range(count))


async def start(one: Service, channels: str = "ab", count: int = ITEMS) -> None:
    one.news.titles = [title(number) for number in range(count)]
    assembly = one.assembly([feed("vn", *channels)], [channel(name) for name in channels])
    await one.runner.exchange(assembly)


async def test_sigterm_under_load(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shown: Counter[tuple[str, str]] = Counter()
    for count in (7, 15, 60):
        async with service(tmp_path) as one:
            await start(one, "abc", 20)
            async with one.running() as task:
                await one.shows(count - shown.total())
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.wait_for(task, 15)
            shown += one.posts()
    assert shown == everything("abc", 20)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("jump", [HOUR, -HOUR, -HOUR * 7, HOUR * 24 * 365])
async def test_a_clock_that_jumps_under_load(tmp_path: Path, jump: timedelta) -> None:
    wall = Wall()
    async with service(tmp_path, wall) as one:
        await start(one)
        async with one.running():
            await one.shows(6)
            wall.offset += jump
            await one.shows(2 * ITEMS, seconds=12)
            one.news.titles.append(title(ITEMS))
            await one.shows(2 * ITEMS + 2, seconds=5)
            wall.offset -= jump
            one.news.titles.append(title(ITEMS + 1))
            await one.shows(2 * ITEMS + 4, seconds=5)
        assert one.posts() == everything("ab", ITEMS + 2)


async def test_a_clock_set_back_between_two_runs_delays_nothing(tmp_path: Path) -> None:
    wall = Wall()
    async with service(tmp_path, wall) as one:
        await start(one, "a", 3)
        async with one.running():
            await one.shows(3)
    wall.offset -= HOUR
    async with service(tmp_path, wall) as one:
        await start(one, "a", 5)
        async with one.running():
            await one.shows(2, seconds=5)
        assert one.posts() == everything("a", 5) - everything("a", 3)


async def test_quiet_hours_go_by_the_wall_clock(tmp_path: Path) -> None:
    """A steady clock that is ahead must not wake people up."""
    async with service(tmp_path) as one:
        await start(one, "a", 1)
        now = one.wall()
        quiet = {"quiet_hours": Hours(start=(now - HOUR / 2).time(), end=(now + HOUR / 2).time())}
        one.clock._anchor = now + 2 * HOUR
        await one.runner.exchange(one.assembly([feed("vn", "a")], [channel("a", **quiet)]))
        async with one.running():
            await one.polled(3)
            assert len(await one.store.desk.deliveries()) == 1
            assert one.posts().total() == 0
            await one.runner.exchange(one.assembly([feed("vn", "a")], [channel("a")]))
            await one.shows(1)


async def test_new_parts_under_load(tmp_path: Path) -> None:
    """Channels and feeds come, change and go again and again while posts flow."""
    async with service(tmp_path) as one:
        one.news.titles = [title(number) for number in range(ITEMS)]
        both = ([feed("vn", "a", "b")], [channel("a"), channel("b")])
        alone = ([feed("vn", "a")], [channel("a")])
        changed = ([feed("vn", "a", "b", url="https://moved.example.org")],
                   [channel("a", min_gap=timedelta(seconds=0.01)), channel("b")])  # fmt: skip
        await one.runner.exchange(one.assembly(*both))
        async with one.running():
            for _ in range(6):
                for feeds, channels in (alone, changed, both):
                    await asyncio.sleep(0.06)
                    await one.runner.exchange(one.assembly(feeds, channels))
            await one.shows(2 * ITEMS)
            one.news.titles.append(title(ITEMS))
            await one.shows(2 * ITEMS + 2)
        assert one.posts() == everything("ab", ITEMS + 1)


async def test_a_post_in_flight_ends_with_what_it_began_with(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        await start(one, "a", 2)
        slow = one.boards["a"]
        slow.seconds = 0.8
        async with one.running():
            await one.until(lambda: slow.under_way)
            del one.boards["a"]
            posts = await one.runner.exchange(one.assembly([feed("vn", "a")], [channel("a")]))
            assert len(posts) == 1
            await asyncio.wait(posts, timeout=10)
            await slow.close()
            await one.shows(1)
        assert (slow.posts, one.boards["a"].posts) == ([title(1)], [title(0)])


async def test_a_feed_that_is_to_be_polled_more_often_is_polled_now(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        one.news.titles = [title(0)]
        rare = feed("vn", "a", every=HOUR)
        await one.runner.exchange(one.assembly([rare], [channel("a")]))
        async with one.running():
            await one.shows(1)
            one.news.titles.append(title(1))
            await one.runner.exchange(one.assembly([feed("vn", "a")], [channel("a")]))
            await one.shows(2, seconds=5)


async def test_a_feed_that_leads_to_a_new_channel_is_polled_now(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        one.news.titles = [title(0)]
        rare = feed("vn", "a", every=HOUR)
        await one.runner.exchange(one.assembly([rare], [channel("a")]))
        async with one.running():
            await one.shows(1)
            both = replace(rare, channels=(ChannelId("a"), ChannelId("b")))
            await one.runner.exchange(one.assembly([both], [channel("a"), channel("b")]))
            await one.shows(2, seconds=5)
        assert one.posts() == everything("ab", 1)


async def test_no_claim_is_under_way_while_channels_are_renamed(tmp_path: Path) -> None:
    """It would find, and send, what a poll still writes for the former name."""
    async with service(tmp_path) as one:
        old = one.assembly([feed("vn", "a")], [channel("a")])
        await one.runner.exchange(replace(old, places={ChannelId("a"): "@tin"}))
        await owe(one.store, "Tin", channel="a")
        new = one.assembly([feed("vn", "b")], [channel("b")])
        async with one.runner._deliverer.turn:
            renaming = asyncio.create_task(
                one.runner.exchange(replace(new, places={ChannelId("b"): "@tin"}))
            )
            await asyncio.sleep(0)
            assert [row.channel for row in await rows(one.store)] == ["a"]
        await renaming
        assert [row.channel for row in await rows(one.store)] == ["b"]


@pytest.mark.parametrize(
    ("chat", "again"), [("@tin", 0), ("@khac", ITEMS)], ids=["the same chat", "another chat"]
)
async def test_a_channel_renamed_under_load_keeps_its_history(
    tmp_path: Path, chat: str, again: int
) -> None:
    """Under its new id it goes on in its chat; in another chat it is another channel."""
    async with service(tmp_path) as one:
        one.news.titles = [title(number) for number in range(ITEMS)]
        old = one.assembly([feed("vn", "a")], [channel("a")])
        new = one.assembly([feed("vn", "b")], [channel("b")])
        await one.runner.exchange(replace(old, places={ChannelId("a"): "@tin"}))
        async with one.running():
            await one.shows(ITEMS)
            await one.runner.exchange(replace(new, places={ChannelId("b"): chat}))
            one.news.titles.append(title(ITEMS))
            await one.shows(ITEMS + again + 1)
            await one.polled(2)
        assert len(one.boards["a"].posts) == ITEMS
        assert sorted(one.boards["b"].posts) == [
            title(number) for number in range(ITEMS - again, ITEMS + 1)
        ]


async def test_a_hanging_job_stops_the_watchdog_and_idling_does_not(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        loop = asyncio.get_running_loop()
        await start(one, "a", 1)
        async with one.running():
            await one.shows(1)
            await one.polled(1)
            assert not overdue(one.runner.signs(), loop.time())
            one.boards["a"].seconds = 2.0
            one.news.titles.append(title(1))
            await one.until(lambda: one.boards["a"].under_way)
            names = {sign.name for sign in one.runner.signs()}
            assert {"polling", "delivering", "housekeeping", "delivery 2"} <= names
            assert not overdue(one.runner.signs(), loop.time())
            assert overdue(
                [sign for sign in one.runner.signs() if "delivery" in sign.name], loop.time() + 301
            )


async def test_a_hung_store_stops_the_watchdog(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        loop = asyncio.get_running_loop()
        await start(one, "a", 1)
        async with one.running():
            await one.shows(1)
            hang = asyncio.Event()
            released = asyncio.create_task(_hang(one, hang))
            await asyncio.sleep(1.2)
            first = {s.name: s.since for s in one.runner.signs()}
            await asyncio.sleep(0.8)
            assert {s.name: s.since for s in one.runner.signs()}["polling"] == first["polling"]
            assert overdue(one.runner.signs(), loop.time() + 61)
            hang.set()
            await released


async def _hang(one: Service, until: asyncio.Event) -> None:
    """Keep the store's thread busy until the event is set."""
    gate = threading.Event()
    busy = asyncio.create_task(one.store.database.run(gate.wait))
    await until.wait()
    gate.set()
    await busy


async def test_a_digest_is_posted_within_the_wait_of_once(tmp_path: Path) -> None:
    """Nobody ran it for two days: the feed comes back with a backlog."""
    wall = Wall()
    async with service(tmp_path, wall) as one:
        await tell(one.store, story("old", owed=()), feed="vn", at=wall() - 50 * HOUR)
        await claim(one.store, lane("a"), at=wall() - 50 * HOUR)
    async with service(tmp_path, wall) as one:
        one.news.titles = [title(number) for number in range(4)]
        backlog = Backlog(newest=1)
        assembly = one.assembly([feed("vn", "a")], [channel("a", backlog=backlog)])
        await one.runner.exchange(assembly)
        assert await one.runner.once(timedelta(seconds=30))
        shown = one.boards["a"].posts
    assert len(shown) == 2
    assert any(title(1) in text and title(3) in text for text in shown)


@pytest.mark.parametrize("wait", [timedelta(0), timedelta(seconds=20)])
async def test_once_stores_proof_that_came_while_the_database_was_locked(
    tmp_path: Path, wait: timedelta
) -> None:
    async with service(tmp_path) as one:
        one.store.outbox = LateOutbox(one.store.database)
        one.news.titles = [title(0)]
        await one.runner.exchange(one.assembly([feed("vn", "a")], [channel("a")]))
        assert await one.runner.once(wait)
        assert [row.state for row in await rows(one.store)] == ["sent"]
    assert list(tmp_path.glob("*.proofs")) == []  # noqa: ASYNC240 - a few files


async def test_a_restart_tries_a_paused_channel_at_once(tmp_path: Path) -> None:
    """Whoever restarts has mended something; a run by cron mends nothing."""
    reason = Reason(code="bad_token", text="no such token")
    pause = Stopped(scope="channel", reason=reason, probe_after=(HOUR,))
    async with service(tmp_path) as one:
        assembly = one.assembly([], [channel("a")])
        await one.runner.exchange(assembly)
        await owe(one.store, "Tin", channel="a")
        await attempt(one.store, pause, lane("a", "acc"), at=one.clock())
        assert await one.runner.once(timedelta(0))
        assert one.boards["a"].posts == []
        async with one.running():
            await one.shows(1)


async def test_stories_that_outgrew_their_age_in_an_outage_are_in_no_digest(tmp_path: Path) -> None:
    wall = Wall()
    away = wall() - HOUR * 24 * 5
    async with service(tmp_path, wall) as one:
        await claim(one.store, lane("a"), at=away)
        old = [
            story(title(n), owed=("a",), article=replace(article(title(n)), published=away))
            for n in range(3)
        ]
        await tell(one.store, *old, feed="vn", at=away)
    async with service(tmp_path, wall) as one:
        backlog = Backlog(newest=0)
        assembly = one.assembly([feed("vn", "a")], [channel("a", backlog=backlog)])
        await one.runner.exchange(assembly)
        assert await one.runner.once(timedelta(0))
        reasons = [row.reason and row.reason.code for row in await rows(one.store)]
        assert reasons == ["too_old"] * 3


class Stuck(News):
    """A server that never answers."""

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        self.polls += 1
        self._happened.set()
        return await asyncio.Future()


class Faulty(News):
    """A feed that meets a fault of newsbot."""

    async def fetch(self, feed: Feed, validators: Validators) -> FetchOutcome:
        self.polls += 1
        self._happened.set()
        raise AssertionError("a fault")


async def status_of(one: Service) -> FeedStatus:
    (status,) = await one.store.desk.feed_status([FeedId("vn")])
    return status


async def test_a_stop_in_the_middle_of_a_poll_is_no_failure(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        one.news = Stuck(one.happened)
        await start(one)
        async with one.running():
            await one.polled(1)
        assert (await status_of(one)).errors == 0
    async with service(tmp_path) as one:
        await start(one)
        async with one.running():
            await one.shows(2 * ITEMS)
        status = await status_of(one)
        assert (status.errors, status.reason) == (0, None)


async def test_a_feed_that_meets_a_fault_of_newsbot_backs_off_and_is_named(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        one.news = Faulty(one.happened)
        await start(one)
        async with one.running():
            await one.polled(2)
            await one.runner._poller.jobs.wait()
            status = await status_of(one)
        assert status.errors >= 2
        assert status.reason is not None
        assert status.reason.code == "internal_error"
        assert status.next_poll > one.clock() + timedelta(seconds=1)


async def test_a_feed_whose_poll_a_kill_interrupted_is_named_and_told_later(tmp_path: Path) -> None:
    killed = open_store(f"sqlite:///{tmp_path}/news.db", create=True)
    await killed.feeds.claim_due_feeds([FeedId("vn")], utc_now(), limit=1)
    await killed.close()
    async with service(tmp_path) as one:
        await start(one)
        async with one.running():
            await one.shows(2 * ITEMS)
            # The first poll of this life failed without asking.
            assert one.runner._poller.failed == 1
