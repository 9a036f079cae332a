"""A service with twenty good feeds and one of each poison goes on with the good ones."""

from __future__ import annotations

import contextlib
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.world import World, stop
from tests.standins import feeds as feed_servers
from tests.standins.feeds import Reply, redirect, trouble
from tests.standins.poison import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

    from tests.standins.feeds import FeedServer
    from tests.standins.postgres import PostgresServer

GOOD = 20
CHAT = 1_002_000
UNIT_MEMORY = 768
"""MiB: less than half of the unit's MemoryMax, which leaves room for one costly document more."""
REFUSED = {"JSON with NUL", "UTF-16", "attributes", "empty gzip members", "tags with comments"}
"""Some of the poisons that are no feed for anybody; others are read, cheaply."""


def name_of(poison: str) -> str:
    return "poison-" + "".join(sign if sign.isalnum() else "-" for sign in poison.lower())


def memory_of(process: int) -> float:
    """Return the MiB that a process and its children hold, shared pages once (proc(5), PSS)."""
    total = 0.0
    with contextlib.suppress(OSError):  # it ended meanwhile
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) / 1024
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            total += memory_of(int(child))
    return total


def channels(bot: World) -> str:
    for number in range(GOOD + 1):
        bot.telegram.add_chat(-CHAT - number)
    return "".join(
        f'[[channels]]\nid = "c{number}"\naccount = "tg"\nchat = {-CHAT - number}\nmax_per_hour = 1200\n'
        for number in range(GOOD + 1)
    )


def good_feeds(bot: World) -> str:
    return "".join(
        bot.feed(f"good{number}", title(number, 0), fetch_page="never", channels=[f"c{number}"])
        for number in range(GOOD)
    )  # fmt: skip


def poisoned_feeds(web: FeedServer, replies: dict[str, Reply], life: str = "") -> str:
    addresses = {
        name_of(poison) + life: web.serve(f"/{name_of(poison)}{life}.rss", reply)
        for poison, reply in replies.items()
    }
    return "".join(
        f'[[feeds]]\nid = "{name}"\nurl = "{address}"\nchannels = ["c{GOOD}"]\n'
        for name, address in addresses.items()
    )


def title(feed: int, number: int) -> str:
    return f"Tin thứ {number} của nguồn mang số {feed} trong ngày hôm nay"


@pytest.mark.long
def test_posts_of_good_feeds_leave_beside_poisoned_ones_that_are_named(bot: World) -> None:
    replies = {poison: Reply(body) for poison, body in DOCUMENTS.items()}
    bot.write(channels(bot) + poisoned_feeds(bot.web, replies) + good_feeds(bot))
    most = 0.0

    def feeds() -> dict[str, Any]:
        return {feed["id"]: feed for feed in bot.json("status")["feeds"]}

    def sent(number: int) -> bool:
        nonlocal most
        most = max(most, memory_of(process.pid))
        titles = bot.states().get("sent", [])
        return {title(feed, number) for feed in range(GOOD)} <= set(titles)

    with (bot.home / "err.txt").open("w+") as err:
        process = bot.start("run", stderr=err.fileno(), anew=True)
        try:
            bot.wait_for(lambda: sent(0), 90)
            poisons = {name_of(poison) for poison in DOCUMENTS}
            bot.wait_for(lambda: all(feeds()[one]["state"] != "new" for one in poisons), 90)
            for feed in range(GOOD):
                bot.add(f"good{feed}", title(feed, 1))
            bot.wait_for(lambda: sent(1), 90)
            found = feeds()
            assert process.poll() is None
        finally:
            stop(process)
        err.seek(0)
        told = err.read()
    assert process.returncode == 0
    for poison in REFUSED:
        feed = found[name_of(poison)]
        assert (feed["state"], feed["errors"] > 0) == ("failing", True)
        assert feed["reason"]
        assert f"feed failed feed={name_of(poison)}" in told
    assert {found[f"good{number}"]["state"] for number in range(GOOD)} == {"ok"}
    assert "internal error" not in told
    assert "Traceback" not in told
    assert 0 < most < UNIT_MEMORY


LIVES = 3
BAD_SERVERS = {
    "silent": trouble("hold_headers"),
    "stops": trouble("hold_body"),
    "endless": trouble("endless"),
    "no HTTP": trouble("bad_http"),
    "resets": trouble("reset"),
}
SLACK = 10.0
"""Seconds that posts may leave later beside poison: twenty feeds, two cores, and other work."""


class Nodes:
    """Machines that share one configuration and one database."""

    def __init__(self, bot: World, count: int) -> None:
        self._bot = bot
        self._count = count
        self.most = 0.0
        """MiB of the largest machine so far, its child processes included."""
        self.slowest = 0.0
        """Seconds until the last of the good feeds' posts had left."""

    @contextlib.contextmanager
    def running(self, life: str) -> Iterator[list[Popen[str]]]:
        with ExitStack() as stack:
            logs = [
                stack.enter_context((self._bot.home / f"err-{life}-{number}.txt").open("w"))
                for number in range(self._count)
            ]
            nodes = [self._bot.start("run", stderr=log.fileno(), anew=True) for log in logs]
            try:
                yield nodes
                assert [node.poll() for node in nodes] == [None] * self._count
            finally:
                for node in nodes:
                    stop(node)
        assert [node.returncode for node in nodes] == [0] * self._count

    def told(self, life: str) -> str:
        logs = self._bot.home.glob(f"err-{life}-*.txt")
        return "\n".join(log.read_text(encoding="utf-8") for log in logs)

    def wait_for_posts(self, nodes: list[Popen[str]], number: int) -> float:
        """Return the seconds until each good feed's post of that number stands in its chat."""
        began = time.monotonic()

        def have_all() -> bool:
            self.most = max(self.most, *(memory_of(node.pid) for node in nodes))
            chats = range(-CHAT - GOOD + 1, -CHAT + 1)
            return all(len(self._bot.telegram.posts(chat)) > number for chat in chats)

        self._bot.wait_for(have_all, 120)
        return time.monotonic() - began


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [1, 2])
def test_posts_leave_in_their_usual_time_beside_new_poison_at_each_start(
    bot: World, count: int, postgres: PostgresServer
) -> None:
    """Two machines share a PostgreSQL; "usual" are the same starts without poison, by turns."""
    nodes, news = Nodes(bot, count), 0
    base = channels(bot) + good_feeds(bot)
    replies = {poison: Reply(body) for poison, body in DOCUMENTS.items()} | BAD_SERVERS
    url = postgres.url(postgres.new_database())

    def write(poisons: str) -> None:
        bot.write(base + poisons)
        if count > 1:
            bot.use_database(url)

    def tell() -> None:
        for feed in range(GOOD):
            bot.add(f"good{feed}", title(feed, news))

    def live(life: str) -> Iterator[float]:
        """Yield how long the news took that was there at the start, and that which came later."""
        nonlocal news
        with nodes.running(life) as running:
            for _ in range(2):
                news += 1
                tell()
                yield nodes.wait_for_posts(running, news)

    write("")
    with nodes.running("first") as running:
        nodes.wait_for_posts(running, news)
    usual: list[float] = []
    delays: list[float] = []
    with feed_servers.in_thread() as web:
        circle = "/circle?" + "1" * 7_000
        replies["circle"] = redirect(web.url(circle))
        web.serve("/circle", replies["circle"])
        for number in range(LIVES):
            write("")
            usual += live(f"usual-{number}")
            life = f"-{number}"
            write(poisoned_feeds(web, replies, life))
            poisons = {name_of(poison) + life for poison in replies}
            days = live(life)
            delays += next(days), next(days)
            wait_for_tries(bot, poisons)
            feeds = {feed["id"]: feed for feed in bot.json("status")["feeds"]}
            assert not list(days)
            check(feeds, poisons, life, nodes.told(life))
    print(  # noqa: T201 - make soak reports it
        f"{count} node(s), {LIVES} lives, {len(replies)} poisons each: usually {shown(usual)} s, "
        f"beside poison {shown(delays)} s; {nodes.most:.0f} MiB at most"
    )
    # At a start, and later: by their medians, since the machine has other work as well.
    for place in range(2):
        assert median(delays[place::2]) < median(usual[place::2]) + SLACK
    assert 0 < nodes.most < UNIT_MEMORY


def shown(seconds: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in seconds)


def wait_for_tries(bot: World, wanted: set[str]) -> None:
    def have_all() -> bool:
        return not wanted & {
            feed["id"] for feed in bot.json("status")["feeds"] if feed["state"] == "new"
        }

    bot.wait_for(have_all, 180)


def check(feeds: dict[str, Any], poisons: set[str], life: str, told: str) -> None:
    """Assert that what is refused is named in `status` and in the log, and nothing else fails."""
    failing = {name for name, feed in feeds.items() if feed["state"] == "failing"}
    assert failing >= {name_of(poison) + life for poison in (*REFUSED, *BAD_SERVERS, "circle")}
    assert failing <= poisons
    assert all(feeds[name]["reason"] for name in failing)
    assert {name for name in failing if f"feed failed feed={name} " not in told} == set()
    assert "internal error" not in told
    assert "Traceback" not in told
