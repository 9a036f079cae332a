"""Polls of a server that hangs: they neither look stuck nor gather claims."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.models.basics import FeedId
from bot.models.feeds import MOVED_AFTER, FetchedFeed, Poll, Validators
from bot.runner.sd_notify import overdue
from bot.runner.work.hosts import AT_ONCE
from bot.runner.work.polling import Poller
from tests.unit.runner.kit import channel, feed, service

if TYPE_CHECKING:
    from pathlib import Path

    from bot.models.feeds import FetchOutcome
    from bot.models.settings import Feed
    from tests.unit.runner.kit import Service

DAY = 86_400.0
NOW = datetime(2026, 5, 22, 9, tzinfo=UTC)


def poller(one: Service, urls: list[str], *, most: int) -> tuple[Poller, list[str], asyncio.Event]:
    """Return a poller, the addresses that it asked for, and what ends the hanging of "a.vn"."""
    asked: list[str] = []
    go = asyncio.Event()
    fetch = one.news.fetch

    async def fetch_slowly(feed: Feed, validators: Validators) -> FetchOutcome:
        asked.append(feed.url)
        if "a.vn" in feed.url.lower():
            await go.wait()
        return await fetch(feed, validators)

    one.news.fetch = fetch_slowly  # type: ignore[method-assign]
    every = timedelta(hours=1)
    feeds = [feed(f"f{at:03}", "a", url=url, every=every) for at, url in enumerate(urls)]
    assembly = replace(one.assembly(feeds, [channel("a")]), polls_at_once=most)
    return Poller(assembly, on_end=one.happened.set), asked, go


async def ticks(poller: Poller, count: int) -> None:
    for _ in range(count):
        await poller.tick()
        await asyncio.sleep(0)


async def test_feeds_that_wait_for_a_hanging_server_do_not_stop_the_watchdog(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as one:
        polls, _, _ = poller(one, [f"http://127.0.0.1/a.vn/{at}" for at in range(9)], most=64)
        await ticks(polls, 3)
        later = asyncio.get_running_loop().time() + DAY
        assert len(polls.jobs) == 9
        assert len(overdue(polls.signs(), later)) == AT_ONCE
        await polls.stop()


async def test_a_hanging_server_gathers_no_claims(tmp_path: Path) -> None:
    hanging = [f"https://{host}/{at}" for at in range(40) for host in ("a.vn", "A.VN")]
    async with service(tmp_path) as one:
        polls, asked, go = poller(one, [*hanging, "https://b.vn/rss"], most=8)
        await ticks(polls, 5)
        assert len(polls.jobs) <= 8 + 1
        await one.until(lambda: "https://b.vn/rss" in asked)
        go.set()
        await polls.stop()


async def test_feeds_that_moved_to_one_server_take_turns_there(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        polls, asked, go = poller(one, [f"http://127.0.0.{at}/a.vn" for at in range(1, 6)], most=64)
        moved = Validators(moved="http://127.0.0.9/rss", agreeing=MOVED_AFTER)
        for at in range(5):
            done = Poll(feed=FeedId(f"f{at:03}"), at=NOW, next_poll=NOW, validators=moved)
            await one.store.feeds.finish_poll(done)
        await ticks(polls, 3)
        assert len(asked) == AT_ONCE
        go.set()
        await polls.stop()


async def test_each_poll_reads_one_pushed_document_and_notes_that_more_waits(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as one:
        polls, asked, _ = poller(one, ["http://127.0.0.1/rss"], most=8)
        assembly = polls._assembly
        one.news.titles.append("Tin đầu")
        await ticks(polls, 3)
        await polls.jobs.wait()
        assert len(asked) == 1
        noted: list[FeedId] = []

        async def push_more(feed: FeedId, _: datetime) -> None:
            noted.append(feed)

        one.store.subscriptions.push_more = push_more  # type: ignore[method-assign]
        id_ = FeedId("f000")
        for number in range(2):
            body = (
                f"<rss version='2.0'><channel><item><title>Tin số {number}</title>"
                f"<link>https://example.org/{number}</link></item></channel></rss>"
            )
            document = FetchedFeed(url="https://a.vn/", body=body.encode(), is_part=True)
            assembly.mailbox.put(id_, document)
        await ticks(polls, 3)
        await polls.jobs.wait()
        assert (len(asked), noted) == (1, [id_])
        titles = [row.title for row in await one.store.desk.deliveries(limit=0)]
        assert titles == ["Tin số 0", "Tin đầu"]
        await polls.stop()


async def test_what_a_hub_pushes_is_read_as_slowly_as_it_brings_news(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        polls, _, _ = poller(one, ["http://127.0.0.1/rss"], most=8)
        one.news.titles.append("Tin đầu")
        await ticks(polls, 3)
        await polls.jobs.wait()
        brought: list[tuple[FeedId, int]] = []
        mailbox, id_ = polls._assembly.mailbox, FeedId("f000")
        mailbox.brought = lambda feed, news: brought.append((feed, news))  # type: ignore[method-assign]
        items = "".join(
            f"<item><title>Tin số {number}</title><link>https://example.org/p{number}</link></item>"
            for number in range(3)
        )
        body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
        mailbox.put(id_, FetchedFeed(url="https://a.vn/", body=body, is_part=True))
        await ticks(polls, 3)
        await polls.jobs.wait()
        assert brought == [(id_, 3)]
        await polls.stop()
