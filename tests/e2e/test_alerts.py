"""Alerts reach the operator's chat through python-telegram-bot, once, whatever happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app import alert_chat
from bot.config import load_config
from bot.models import FeedId, Poll, Reason, Validators
from bot.operate.alerts.watch import AlertWatch
from bot.publish.telegram import TelegramAccount
from bot.store.engine import Store, open_store
from tests.e2e.world import World, wait_for
from tests.standins.faults import answer, drop
from tests.standins.telegram import TOKEN, TelegramServer, error_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHAT = -100777
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WHY = Reason(code="http", text="the server answered 503")


class Desk:
    """A watch over a store in memory, its clock in hand, and the chat it writes to."""

    def __init__(self, store: Store, server: TelegramServer, watch: AlertWatch) -> None:
        self.store = store
        self.server = server
        self.watch = watch
        self.now = START

    def texts(self) -> list[str]:
        return [message["text"] for message in self.server.posts(CHAT)]

    async def poll(self, *feeds: str, error: Reason | None = WHY) -> None:
        for feed in feeds:
            poll = Poll(
                feed=FeedId(feed),
                at=self.now,
                next_poll=self.now,
                validators=Validators(),
                error=error,
            )
            await self.store.feeds.finish_poll(poll)

    async def round(self, *, after: timedelta = timedelta(0)) -> None:
        self.now += after
        await self.watch.round()


def config_text(server: TelegramServer, feeds: int) -> str:
    many = "".join(
        f'[[feeds]]\nid = "f{n}"\nurl = "https://example.org/{n}"\n' for n in range(feeds)
    )
    return (
        f'language = "en"\n[alerts]\naccount = "tg"\nchat = {CHAT}\nfeed_errors = 2\n'
        f'[accounts.tg]\nplatform = "telegram"\ntoken.env = "T"\napi_url = "{server.base}"\n'
        f'[[channels]]\nid = "tin"\naccount = "tg"\nchat = "@tincongnghe"\n{many}'
    )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = open_store(":memory:", create=True)
    async with TelegramServer() as server:
        server.add_chat(CHAT)
        path = tmp_path / "newsbot.toml"
        path.write_text(config_text(server, 200), encoding="utf-8")
        config = load_config(path, environ={})
        assert config.alerts is not None
        account = TelegramAccount(TOKEN, server.base, connect=2, read=2, total=5)
        made: list[Desk] = []
        watch = AlertWatch(
            config,
            store,
            account.publisher(alert_chat(config.alerts)),
            lambda: made[0].now if made else START,
        )
        made.append(Desk(store, server, watch))
        yield made[0]
        await account.close()
    await store.close()


async def test_two_hundred_feeds_fail_and_recover_in_two_messages(desk: Desk) -> None:
    feeds = [f"f{number}" for number in range(200)]
    await desk.poll(*feeds)
    await desk.round()
    assert desk.texts() == []
    await desk.poll(*feeds)
    await desk.round()
    (first,) = desk.texts()
    assert "(200)" in first
    assert "and 180 more" in first
    for _ in range(9):
        await desk.poll(*feeds)
        await desk.round(after=timedelta(minutes=20))
    assert len(desk.texts()) == 1
    await desk.poll(*feeds, error=None)
    await desk.round(after=timedelta(minutes=20))
    assert len(desk.texts()) == 2
    assert "well again (200)" in desk.texts()[1]
    assert await desk.store.alerts.notes() == []


async def test_messages_become_fewer_where_trouble_goes_on(desk: Desk) -> None:
    for number in range(120):
        await desk.poll(f"f{number}")
        await desk.poll(f"f{number}")
        await desk.round(after=timedelta(seconds=30))
    assert 4 <= len(desk.texts()) <= 9  # in an hour
    told = sum(int(found) for text in desk.texts() for found in re.findall(r"\((\d+)\)", text))
    await desk.round(after=timedelta(minutes=15))
    assert told <= 120
    assert all(note.told_at for note in await desk.store.alerts.notes())


@pytest.mark.parametrize(
    "fault",
    [
        drop(),
        answer(502, "<html>bad gateway</html>"),
        answer(429, error_body(429, "Too Many Requests", {"retry_after": 90})),
        answer(403, error_body(403, "Forbidden: bot was kicked")),
        answer(401, error_body(401, "Unauthorized")),
    ],
    ids=["hang-up", "502", "429", "403", "401"],
)
async def test_what_telegram_did_not_take_is_told_later(desk: Desk, fault) -> None:
    desk.server.faults.next(fault, times=2)
    await desk.poll("f1")
    await desk.poll("f1")
    await desk.round()
    await desk.round(after=timedelta(seconds=10))
    assert len(desk.server.requests) == 1, "it waits before the next try"
    await desk.round(after=timedelta(minutes=2))
    await desk.poll("f1", error=None)
    assert desk.texts() == []
    await desk.round(after=timedelta(minutes=20))
    (text,) = desk.texts()
    assert "well again (1)" in text
    assert "503" in text
    assert "16:00 – 16:22" in text


async def test_a_restart_tells_nothing_twice_and_forgets_nothing(desk: Desk, tmp_path) -> None:
    await desk.poll("f1")
    await desk.poll("f1")
    await desk.round()
    config = load_config(tmp_path / "newsbot.toml", environ={})
    account = TelegramAccount(TOKEN, desk.server.base)
    assert config.alerts is not None
    second = AlertWatch(
        config, desk.store, account.publisher(alert_chat(config.alerts)), lambda: desk.now
    )
    await second.round()
    assert len(desk.texts()) == 1
    await desk.poll("f1", error=None)
    await second.round()
    assert len(desk.texts()) == 2
    await account.close()


async def test_a_pause_is_told_with_the_command_that_ends_it(desk: Desk) -> None:
    why = Reason(code="forbidden", text="chat @tincongnghe cannot be posted to")
    await desk.store.desk.pause("channel", "tin", why, START)
    await desk.round()
    await desk.store.desk.resume("channel", "tin")
    await desk.round(after=timedelta(minutes=2))
    first, second = desk.texts()
    assert "newsbot resume channel:tin" in first
    assert "cannot be posted to" in first
    assert second.startswith("Goes on again (1)")
    operator = Reason(code="operator", text="paused by the operator")
    await desk.store.desk.pause("channel", "tin", operator, START)
    await desk.round(after=timedelta(hours=2))
    assert len(desk.texts()) == 2


@pytest.mark.long
def test_the_service_alerts_in_the_operators_language(bot: World) -> None:
    bot.telegram.add_chat(CHAT)
    bot.write(
        f'[alerts]\naccount = "tg"\nchat = {CHAT}\nfeed_errors = 1\n'
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        f'[[feeds]]\nid = "gone"\nurl = "{bot.web.base}/gone.rss"\n'
    )
    with bot.service():
        wait_for(lambda: bot.telegram.posts(CHAT), seconds=60)
    (message,) = bot.telegram.posts(CHAT)
    assert message["text"].startswith("Nguồn tin lỗi nhiều lần liên tiếp (1)\n• gone: ")
    assert "newsbot preview --feed gone" in message["text"]
