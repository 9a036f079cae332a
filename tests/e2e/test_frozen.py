"""A node that stands still for longer than its claims last, and wakes when another did its work."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.e2e.world import stop
from tests.standins.faults import stall

if TYPE_CHECKING:
    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

SCRATCH = -100900
CHATS = {name: -100300 - number for number, name in enumerate("abcdef")}
CHANNELS = "".join(
    f'[[channels]]\nid = "{name}"\naccount = "tg"\nchat = {chat}\nscratch_chat = {SCRATCH}\n'
    "max_per_hour = 1200\nmax_per_day = 9000\n"
    for name, chat in CHATS.items()
)
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
    for chat in (*CHATS.values(), SCRATCH):
        bot.telegram.add_chat(chat, type_="supergroup")
    bot.write(CHANNELS + bot.feed("vn", BEFORE, channels=list(CHATS)))
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
    for chat in CHATS.values():
        assert _titles(bot, chat) == Counter([BEFORE, MEANWHILE, AFTER])


def _titles(bot: World, chat: int) -> Counter[str]:
    return Counter(post["text"].split("\n", 1)[0] for post in bot.telegram.posts(chat))


def _wait_until_posted(bot: World, title: str) -> None:
    bot.wait_for(lambda: all(_titles(bot, chat)[title] for chat in CHATS.values()), seconds=90)


def _end_claims(postgres: PostgresServer, database: str) -> None:
    with psycopg.connect(postgres.dsn(database)) as connection:
        connection.execute("UPDATE deliveries SET lease_until = lease_until - 60000000")
        connection.execute("UPDATE feeds SET lease_until = lease_until - 60000000")
