"""A node that stands still for longer than its claims last, and wakes when another did its work."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.e2e.nodes_kit import chats_of, counts_in, with_channels
from tests.e2e.world import stop
from tests.standins.faults import stall

if TYPE_CHECKING:
    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

CHATS = chats_of("abcdef")
BEFORE, MEANWHILE, AFTER = "Tin đầu tiên", "Tin trong lúc đứng yên", "Tin cuối cùng"
ANSWERS_LATE = 3
"""So many posts are out, and their answers come when the node has been awake for a while."""


@pytest.mark.long
@pytest.mark.parametrize("minutes", [0, pytest.param(2, marks=pytest.mark.soak)])
def test_what_a_frozen_node_was_doing_is_done_once_and_it_goes_on_when_it_wakes(
    bot: World, postgres: PostgresServer, minutes: float
) -> None:
    """With 0 minutes its claims are ended by hand, as if they had run out."""
    database = postgres.new_database()
    bot.write(with_channels(bot, CHATS) + bot.feed("vn", BEFORE, channels=list(CHATS)))
    bot.use_database(postgres.url(database))
    frozen = bot.start("run")
    _wait_until_posted(bot, BEFORE)

    asked = len(bot.telegram.requests)
    bot.telegram.faults.next(stall(30 + 60 * minutes, after=True), times=ANSWERS_LATE)
    bot.add("vn", MEANWHILE)
    bot.wait_for(lambda: len(bot.telegram.requests) >= asked + ANSWERS_LATE)
    os.kill(frozen.pid, signal.SIGSTOP)
    stopped_at = time.monotonic()
    with bot.service():
        if not minutes:
            _end_claims(postgres, database)
        # One whose request had not left yet is in doubt until a later post stands in its chat.
        bot.wait_for(lambda: bot.states().keys() <= {"sent", "unknown"}, seconds=170)
        time.sleep(max(0, stopped_at + 60 * minutes - time.monotonic()))
        os.kill(frozen.pid, signal.SIGCONT)
        bot.add("vn", AFTER)
        _wait_until_posted(bot, AFTER)
        _, said = stop(frozen)
    assert frozen.returncode == 0, said
    assert bot.states() == {"sent": [AFTER] * 6 + [MEANWHILE] * 6 + [BEFORE] * 6}
    assert counts_in(bot, CHATS) == [{BEFORE: 1, MEANWHILE: 1, AFTER: 1}] * 6


def _wait_until_posted(bot: World, title: str) -> None:
    bot.wait_for(lambda: all(shown[title] for shown in counts_in(bot, CHATS)), seconds=90)


def _end_claims(postgres: PostgresServer, database: str) -> None:
    with psycopg.connect(postgres.dsn(database)) as connection:
        connection.execute("UPDATE deliveries SET lease_until = lease_until - 60000000")
        connection.execute("UPDATE feeds SET lease_until = lease_until - 60000000")
