"""The programs that `collecting` compares, each resident in a process of its own.

Reads lines "SCENARIO ROUND" from standard input, polls every feed of the scenario once, and answers
with one line of JSON: CPU seconds of the process and its children, and their memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

AT_ONCE = 64
_TICK, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def tree() -> Iterator[int]:
    """Yield this process and those that it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    waiting = [os.getpid()]
    while waiting:
        yield (pid := waiting.pop())
        waiting += parents.get(pid, [])


def cpu() -> float:
    """Return the CPU seconds of the tree, ended children included; one counts in scheduler time.

    /proc/PID/stat counts in ticks of 10 ms, schedstat in nanoseconds.
    """
    total = 0.0
    for pid in tree():
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0]) / 1e9
    return total


def memory() -> list[float]:
    """Return the resident MiB of each process of the tree, this one first."""
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in tree())
    return [round(count * _PAGE / 2**20, 1) for count in pages]


def addresses(base: str, scenario: str, round_: int, count: int) -> list[str]:
    run = round_ if scenario == "all" else 0
    return [f"{base}/{scenario}/{run}/{number}" for number in range(count)]


async def floor(base: str, count: int, _: Path) -> AsyncIterator[Any]:
    """aiohttp, validators and a hash of the body: what no program with aiohttp goes below."""
    import aiohttp

    known: dict[str, tuple[str, bytes]] = {}
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(url: str) -> bool:
            etag, digest = known.get(url, ("", b""))
            headers = {"If-None-Match": etag} if etag else {}
            async with session.get(url, headers=headers) as response:
                if response.status == HTTPStatus.NOT_MODIFIED:
                    return False
                new = hashlib.blake2b(await response.read(), digest_size=16).digest()
                known[url] = (response.headers.get("ETag", ""), new)
                return new != digest

        async def cycle(scenario: str, round_: int) -> str:
            changed = await asyncio.gather(
                *(one(url) for url in addresses(base, scenario, round_, count))
            )
            return f"{sum(changed)} changed"

        yield cycle


async def reader(base: str, count: int, folder: Path) -> AsyncIterator[Any]:
    from reader import make_reader

    made: dict[str, Any] = {}

    async def cycle(scenario: str, round_: int) -> str:
        name = f"{scenario}{round_ if scenario == 'all' else ''}"
        if name not in made:
            made[name] = make_reader(str(folder / f"reader-{name}.db"))
            for url in addresses(base, scenario, round_, count):
                made[name].add_feed(url)
        made[name].update_feeds(scheduled=False)
        return f"{made[name].get_entry_counts().total} items"

    yield cycle


async def newsbot(base: str, count: int, folder: Path) -> AsyncIterator[Any]:
    """The service's own poller, store in a file, children and all; nothing is delivered."""
    from contextlib import AsyncExitStack

    from bot.app.long_lived import pass_over_long_lived
    from bot.clock import utc_now
    from bot.collect.http.fetcher import HttpFetcher
    from bot.log.output import configure
    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Feed
    from bot.offload import child_processes
    from bot.pipeline.judging import CollectPorts
    from bot.runner.assembly import Assembly
    from bot.runner.work.polling import Poller
    from bot.store.engine import open_store

    class NoPages:
        async def fetch_pages(self, _: Feed, links: Sequence[str]) -> list[Any]:
            assert not links
            return []

    def feeds(scenario: str, round_: int) -> dict[FeedId, Feed]:
        every = [
            Feed(
                id=FeedId(f"{scenario}-{url.rsplit('/', 2)[-2]}-{number}"),
                url=url,
                channels=(ChannelId("tin"),),
                max_age=None,
                fetch_page="never",
                same_story=timedelta(hours=48),
            )
            for number, url in enumerate(addresses(base, scenario, round_, count))
        ]
        return {feed.id: feed for feed in every}

    configure("info")
    async with AsyncExitStack() as stack:
        store = open_store(f"sqlite:///{folder}/newsbot.db", create=True)
        stack.push_async_callback(store.close)
        fetcher = HttpFetcher(contact=None, version="bench")
        collect = CollectPorts(
            fetcher=await stack.enter_async_context(fetcher),
            feeds=store.feeds,
            stories=store.stories,
            pages=NoPages(),
            offload=await stack.enter_async_context(child_processes()),
            events=store.events,
        )

        reports: list[Any] = []

        class Watch:
            def polled(self, report: Any, _: float) -> None:
                reports.append(report)

            def delivered(self, *_: object) -> None:
                raise AssertionError("nothing is delivered here")

            def settled(self, *_: object) -> None:
                raise AssertionError("nothing is sought here")

        pollers: dict[str, Poller] = {}

        def poller_of(scenario: str, round_: int) -> Poller:
            assembly = Assembly(
                feeds=feeds(scenario, round_),
                routes={},
                store=store,
                collect=collect,
                timezone=ZoneInfo("UTC"),
                remember=timedelta(days=400),
                now=utc_now,
                observers=(Watch(),),
            )
            return Poller(assembly, on_end=lambda: None)

        async def cycle(scenario: str, round_: int) -> str:
            name = f"{scenario}{round_ if scenario == 'all' else ''}"
            if name not in pollers:
                pollers[name] = poller_of(scenario, round_)
            reports.clear()
            await pollers[name].poll_all()
            failed = sum(report.outcome == "failed" for report in reports)
            unread = sum(report.outcome == "not_modified" for report in reports)
            new = sum(report.new for report in reports)
            return f"{len(reports)} polls, {failed} failed, {unread} not modified, {new} new"

        pass_over_long_lived()  # as the service does
        yield cycle


async def main(name: str, base: str, count: int, folder: Path) -> None:
    programs = {"floor": floor, "reader": reader, "newsbot": newsbot}
    async for cycle in programs[name](base, count, folder):
        while line := await asyncio.to_thread(sys.stdin.readline):
            scenario, round_ = line.split()
            before = cpu()
            found = await cycle(scenario, int(round_))
            answer = {"cpu": cpu() - before, "memory": memory(), "found": found}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
