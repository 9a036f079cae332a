"""Several machines on one PostgreSQL, as processes: what one leaves undone the others do."""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.e2e.nodes_kit import chats_of, counts_in, titles_in, with_channels
from tests.e2e.nursery import CLOCK_AHEAD
from tests.e2e.world import stop

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

CHATS = chats_of("abc")
FEEDS = ("mot", "hai", "ba")
POLLED, POSTED = "] feed polled feed=", "] posted channel="


class Machines:
    """Nodes on one database, and what they said."""

    def __init__(self, bot: World, postgres: PostgresServer, stack: ExitStack) -> None:
        self._bot = bot
        self._stack = stack
        self.url = postgres.url(postgres.new_database())
        self.posted: list[str] = []

    def prepare(self) -> None:
        feeds = [self._bot.feed(name, channels=[*CHATS], storm=0) for name in FEEDS]
        self._bot.write(with_channels(self._bot, CHATS) + "".join(feeds))
        self._bot.use_database(self.url)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        process = self._bot.start("run", *arguments, **environ)
        self._stack.callback(process.kill)
        return process

    def add(self, *titles: str) -> None:
        """Publish news in all feeds, by turns."""
        for number, title in enumerate(titles):
            self._bot.add(FEEDS[number % len(FEEDS)], title)
            self.posted.append(title)

    def wait_until_told(self, seconds: float) -> None:
        """Wait until each channel shows all that was published; then nothing stands twice."""
        wanted = Counter(self.posted)
        self._bot.wait_for(
            lambda: all(not wanted - shown for shown in counts_in(self._bot, CHATS)), seconds
        )
        assert counts_in(self._bot, CHATS) == [wanted] * len(CHATS)

    def marks(self) -> Counter[str]:
        """Count the nodes that work with each configuration."""
        with psycopg.connect(self.url) as connection:
            return Counter(mark for (mark,) in connection.execute("SELECT config FROM nodes"))

    def forget_jobs(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def machines(bot: World, postgres: PostgresServer) -> Iterator[Machines]:
    with ExitStack() as stack:
        made = Machines(bot, postgres, stack)
        made.prepare()
        yield made


@pytest.mark.long
def test_three_nodes_share_the_work_and_a_kill_costs_a_lease_and_wrong_clocks_nothing(
    bot: World, machines: Machines
) -> None:
    nodes = [machines.start(**{CLOCK_AHEAD: str(days * 86400)}) for days in (0, 3, -3)]
    machines.add(*(f"Tin số {number}" for number in range(6)))
    bot.wait_for(lambda: len(titles_in(bot, CHATS["a"])) >= 2, 60)
    nodes[0].send_signal(signal.SIGKILL)
    machines.forget_jobs()
    machines.add(*(f"Tin số {number}" for number in range(6, 12)))
    machines.wait_until_told(150)
    assert set(bot.states()) == {"sent"}
    said = [stop(node)[1] for node in nodes]
    assert all(POSTED in one for one in said[1:])


@pytest.mark.long
def test_one_node_polls_without_any_secret_and_another_sends(
    bot: World, machines: Machines
) -> None:
    machines.add("Một tin")
    poller = machines.start("--role", "poll", TELEGRAM_TOKEN="")
    sender = machines.start("--role", "deliver")
    machines.wait_until_told(60)
    bot.wait_for(lambda: machines.marks().total() == 2)
    [mark] = machines.marks()
    assert mark, "each tells with which configuration it works, here the same one"
    said = {"poll": stop(poller)[1], "deliver": stop(sender)[1]}
    told = {name: (POLLED in text, POSTED in text) for name, text in said.items()}
    assert told == {"poll": (True, False), "deliver": (False, True)}
