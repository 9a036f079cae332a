"""PostgreSQL is unreachable, ends, or answers at another address: nodes wait, say so, and go on."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.e2e.nodes_kit import chats_of, titles_in, with_channels
from tests.e2e.world import stop
from tests.standins.faults import stall
from tests.standins.relay import Relay
from tests.standins.serving import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

CHATS = chats_of("ab")
_AWAY = "(cannot be reached|lost the connection|ended the connection|is not ready yet)"
BEFORE, MEANWHILE, AFTER = "Tin trước đó", "Tin trong lúc mất kết nối", "Tin sau đó"


class Network:
    """Two addresses of one server."""

    def __init__(self, server: PostgresServer, first: Relay, second: Relay) -> None:
        self.server = server
        self.first = first
        self.second = second

    def url(self, database: str) -> str:
        hosts = f"127.0.0.1:{self.first.port},127.0.0.1:{self.second.port}"
        return f"postgresql://newsbot@{hosts}/{database}"

    def cut(self) -> None:
        self.first.cut()
        self.second.cut()

    def mend(self) -> None:
        self.first.mend()
        self.second.mend()

    def move(self) -> None:
        """The second address is that of the server from now on."""
        self.first.cut()
        self.second.mend()


TROUBLES: dict[str, tuple[Callable[[Network], None], Callable[[Network], None]]] = {
    "unreachable": (Network.cut, Network.mend),
    "restarted": (lambda here: here.server.stop(), lambda here: here.server.start()),
    "failed over": (Network.cut, Network.move),
}


# A server that fails over was unreachable before; the others are for `make soak`.
@pytest.mark.long
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param("unreachable", marks=pytest.mark.soak),
        pytest.param("restarted", marks=pytest.mark.soak),
        "failed over",
    ],
)
def test_nodes_wait_for_their_database_and_go_on_by_themselves(
    bot: World, postgres: PostgresServer, trouble: str
) -> None:
    """A post is out while it is away: its proof is kept, and written when it is back."""
    begin, end = TROUBLES[trouble]
    database = postgres.new_database()
    channels = with_channels(bot, CHATS, scratch=False)
    with ExitStack() as stack:
        relays = [stack.enter_context(in_thread(Relay(postgres.socket))) for _ in range(2)]
        network = Network(postgres, *relays)
        bot.write(channels + bot.feed("vn", BEFORE, channels=list(CHATS)))
        bot.use_database(network.url(database))
        nodes = [bot.start("run") for _ in range(2)]
        bot.wait_for(lambda: _sent(bot) == 2)

        asked = len(bot.telegram.requests)
        bot.telegram.faults.next(stall(3, after=True), times=2)
        bot.add("vn", MEANWHILE)
        bot.wait_for(lambda: len(bot.telegram.requests) == asked + 2)
        begin(network)
        bot.wait_for(lambda: _proofs(bot) == len(CHATS))
        told = bot.run("status")
        bot.add("vn", AFTER)
        end(network)
        bot.wait_for(lambda: _sent(bot) == 6, seconds=60)
        said = [stop(node)[1] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], said
    for text in (told.stderr, *said):
        assert re.search(rf"database {database} on \S+ or \S+ {_AWAY}", text), text
    assert told.returncode == 1
    _check(bot, "".join(said))


def _proofs(bot: World) -> int:
    files = bot.home.glob("*.proofs")
    return sum(len(json.loads(file.read_text())["posts"]) for file in files)


def _sent(bot: World) -> int:
    return len(bot.states().get("sent", ()))


def _check(bot: World, said: str) -> None:
    for chat in CHATS.values():
        assert titles_in(bot, chat) == [BEFORE, MEANWHILE, AFTER]
    assert said.count("posted, but the database cannot be written") == 2
    # Of two nodes in one folder each reads what the other could not store.
    assert said.count("stored what could not be stored before") >= len(CHATS)
    assert not list(bot.home.glob("*.proofs"))
    assert "internal error" not in said
