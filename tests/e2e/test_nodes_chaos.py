"""Three nodes for twenty minutes of kills, freezes, cut networks, database restarts and wrong clocks.

`NEWSBOT_MINUTES=5 NEWSBOT_SEED=3 make chaos`. Its short form is `test_nodes.py`.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest

from tests.e2e.nodes_kit import chats_of, titles_in, with_channels
from tests.e2e.nursery import CLOCK_AHEAD
from tests.standins.relay import Relay
from tests.standins.serving import in_thread

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

MINUTES = float(os.environ.get("NEWSBOT_MINUTES", "20"))
SEED = int(os.environ.get("NEWSBOT_SEED", "7"))
NODES, FEEDS = 3, [f"f{number:02}" for number in range(30)]
CHATS = chats_of("abcdef")
FROZEN_MOST, CUT_MOST, AWAY_MOST = 120.0, 60.0, 20.0
"""Seconds."""
CLOCK_MOST = 4 * 86400.0
"""Seconds: news is posted for two days."""
PACE = 4.5
"""Seconds between two stories: a chat takes one each 3."""
SETTLED = 46.0
"""After so many seconds a later post surely stands behind every one that is in doubt."""


class Machine:
    """A node with its own way to the database."""

    def __init__(self, bot: World, number: int, relay: Relay, database: str) -> None:
        self._bot = bot
        self._clocks = random.Random(f"{SEED} {number}")
        self.relay = relay
        self._config = bot.home / f"node-{number}.toml"
        url = f"postgresql://newsbot@127.0.0.1:{relay.port}/{database}"
        text = bot.config.read_text(encoding="utf-8")
        self._config.write_text(f'database = "{url}"\n{text}', encoding="utf-8")
        self.log = (bot.home / f"node-{number}.log").open("a")
        self.process = self._start()
        self.well_at = 0.0

    def _start(self) -> subprocess.Popen[str]:
        # Each start finds the machine's clock elsewhere: right, or wrong by days.
        ahead = self._clocks.choice([0.0, self._clocks.uniform(-CLOCK_MOST, CLOCK_MOST)])
        return self._bot.start(
            "run", "-c", str(self._config), stderr=self.log.fileno(), **{CLOCK_AHEAD: str(ahead)}
        )

    def kill(self) -> None:
        self._end()
        self.process = self._start()

    def freeze(self, until: float) -> None:
        self.process.send_signal(signal.SIGSTOP)
        self.well_at = until

    def cut(self, until: float) -> None:
        self.relay.cut()
        self.well_at = until

    def recover(self) -> None:
        """End what troubles it; one that ended by itself is started again, as systemd does."""
        self.well_at = 0.0
        self.relay.mend()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)

    def watch(self) -> None:
        if self.process.poll() is not None:
            self.process.communicate()
            self.process = self._start()

    def end(self) -> None:
        self.recover()
        self._end()
        self.log.close()

    def _end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Chaos:
    """What befalls the machines, by chance."""

    def __init__(self, machines: list[Machine], postgres: PostgresServer) -> None:
        self._machines = machines
        self._postgres = postgres
        self._chance = random.Random(SEED)
        self.count: Counter[str] = Counter()

    def strike(self) -> None:
        now = time.monotonic()
        for one in self._machines:
            one.watch()
            if one.well_at and now >= one.well_at:
                one.recover()
        well = [one for one in self._machines if not one.well_at]
        # One machine at least is well, or nothing would happen for minutes.
        if len(well) < 2:
            return
        what = self._chance.choice(["kill", "kill", "freeze", "cut", "restart"])
        one = self._chance.choice(well)
        self.count[what] += 1
        if what == "kill":
            one.kill()
        elif what == "freeze":
            one.freeze(now + self._chance.uniform(2, FROZEN_MOST))
        elif what == "cut":
            one.cut(now + self._chance.uniform(2, CUT_MOST))
        else:
            self._postgres.stop()
            time.sleep(self._chance.uniform(0, AWAY_MOST))
            self._postgres.start()

    def pause(self) -> float:
        return self._chance.uniform(1, 8)


@pytest.fixture
def machines(bot: World, postgres: PostgresServer) -> Iterator[list[Machine]]:
    feeds = [bot.feed(name, channels=[*CHATS], storm=0) for name in FEEDS]
    bot.write(with_channels(bot, CHATS) + "".join(feeds))
    database = postgres.new_database()
    with ExitStack() as stack:
        relays = [stack.enter_context(in_thread(Relay(postgres.socket))) for _ in range(NODES)]
        made = [Machine(bot, number, relay, database) for number, relay in enumerate(relays)]
        for one in made:
            stack.callback(one.end)
        bot.use_database(postgres.url(database))
        yield made


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_whatever_befalls_three_nodes_each_story_is_posted_once_in_each_channel(
    bot: World, machines: list[Machine], postgres: PostgresServer
) -> None:
    chaos = Chaos(machines, postgres)
    stories = 0
    end = time.monotonic() + MINUTES * 60
    next_story = next_strike = time.monotonic() + 5
    while (now := time.monotonic()) < end:
        if now >= next_story:
            bot.add(FEEDS[stories % len(FEEDS)], title(stories))
            stories, next_story = stories + 1, now + PACE
        if now >= next_strike:
            chaos.strike()
            next_strike = time.monotonic() + chaos.pause()
        time.sleep(0.1)
    for one in machines:
        one.recover()
        one.watch()
    wait_for_stories(bot, stories, 600)
    # A last story stands behind what is in doubt.
    time.sleep(SETTLED)
    bot.add(FEEDS[0], title(stories))
    stories += 1
    wait_for_stories(bot, stories, 600, settled=True)
    check(bot, stories)
    print(f"{stories} stories in {len(CHATS)} channels, lost 0, doubled 0; {dict(chaos.count)}")  # noqa: T201


def title(number: int) -> str:
    return f"Tin mang số hiệu {number:04d} của hôm nay"


def numbers(bot: World, chat: int) -> list[int]:
    found = [re.search(r"số hiệu (\d{4})", title) for title in titles_in(bot, chat)]
    return [int(one[1]) for one in found if one]


def wait_for_stories(bot: World, count: int, seconds: float, *, settled: bool = False) -> None:
    """Wait until all are in the outbox and sent; before the last one some may be in doubt."""
    fine = {"sent"} if settled else {"sent", "unknown"}

    def is_done() -> bool:
        states = {state: len(titles) for state, titles in bot.states().items()}
        return sum(states.values()) == count * len(CHATS) and states.keys() <= fine

    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, {one: len(rows) for one, rows in bot.states().items()}
        time.sleep(2)


def check(bot: World, count: int) -> None:
    for name, chat in CHATS.items():
        shown = numbers(bot, chat)
        assert Counter(shown) == Counter(range(count)), f"{name}: lost or doubled"
        for feed in range(len(FEEDS)):
            of_feed = [number for number in shown if number % len(FEEDS) == feed]
            assert of_feed == sorted(of_feed), f"{name}: {FEEDS[feed]} lost its order"
