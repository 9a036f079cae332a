"""Alerts reach the operator's chat through python-telegram-bot, once, whatever happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.app.enabled import alert_chat
from bot.config import load_config
from bot.errors import DatabaseLost, Rejected, StoreError, Unreachable
from bot.models.alerts import Presence
from bot.models.basics import FeedId, Reason
from bot.models.feeds import Poll, Validators
from bot.models.outbox import Failed, Stopped, Unknown
from bot.operate.alerts.alerter import Alerter
from bot.operate.state.status import status_json
from bot.pipeline.outcomes import outcome_of
from bot.publish.telegram.account import TelegramAccount
from bot.store.engine import Store, open_store
from bot.store.operator.alerts import AlertBook
from tests.contract.store_kit import attempt, charge, claim, lane, owe, post, sent
from tests.standins.faults import answer, drop
from tests.standins.telegram import TOKEN, TelegramServer, error_body
from tests.standins.telegram_checks import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from bot.config import Config
    from bot.models.alerts import Note
    from tests.e2e.world import World
    from tests.standins.postgres import PostgresServer

CHAT = -100777
KEYS = "".join(
    f'{name}.env = "T"\n'
    for name in ("api_key", "api_secret", "access_token", "access_token_secret")
)
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WHY = Reason(code="http", text="the server answered 503")


class Desk:
    """A watch over a store in memory, its clock in hand, and the chat it writes to."""

    def __init__(
        self, config: Config, store: Store, server: TelegramServer, account: TelegramAccount
    ) -> None:
        self.config = config
        self.store = store
        self.server = server
        self.account = account
        self.now = START
        self.watch = self.another()

    def another(self, **keys: Any) -> Alerter:
        """Return the alerter of a service that was started anew."""
        assert self.config.alerts is not None
        chat = self.account.publisher(alert_chat(self.config.alerts))
        return Alerter(self.config, self.store, chat, lambda: self.now, **keys)

    def texts(self) -> list[str]:
        return [message["text"] for message in self.server.posts(CHAT)]

    async def poll(self, *feeds: str, error: Reason | None = WHY) -> None:
        for feed in feeds:
            poll = Poll(
                feed=FeedId(feed),
                at=self.now,
                next_poll=self.now + timedelta(minutes=50),
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
        f'[accounts.acc]\nplatform = "x"\nbudget = {{ per_day = 1, per_month = 40 }}\n{KEYS}'
        '[[channels]]\nid = "xtin"\naccount = "acc"\n'
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
        account = TelegramAccount(TOKEN, server.base, read=2, total=5)
        yield Desk(config, store, server, account)
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


class FullBook(AlertBook):
    """Reads, and cannot write while the disk `is_full`."""

    is_full = True

    async def write(self, changed: Iterable[Note], gone: Iterable[Note]) -> None:
        if self.is_full:
            raise StoreError("database newsbot.db cannot grow: the disk is full; free some space")
        await super().write(changed, gone)


async def test_a_disk_that_takes_no_note_is_told_all_the_same_and_once(desk: Desk) -> None:
    book = desk.store.alerts = FullBook(desk.store.database)
    await desk.poll("f1")
    await desk.poll("f1")
    for seconds, count in ((0, 0), (30, 0), (40, 1), (3600, 1)):
        with pytest.raises(StoreError):
            await desk.round(after=timedelta(seconds=seconds))
        assert len(desk.texts()) == count
    (told,) = desk.texts()
    assert "the disk is full; free some space" in told
    assert "The database does not work" in told
    book.is_full = False
    await desk.round(after=timedelta(minutes=20))
    assert "f1" in desk.texts()[1]


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
async def test_an_alert_that_telegram_did_not_take_is_told_later(desk: Desk, fault) -> None:
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
    second = Alerter(
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


async def bring_trouble(desk: Desk) -> None:
    """Make one of each kind, as the store sees them."""
    store, x_lane = desk.store, lane("xtin", "acc")
    dollar = 1_000_000

    async def spend(name: str, cost: int) -> None:
        await owe(store, name, channel="xtin", feed="f9", at=desk.now)
        price = charge(cost, per_day=dollar, per_month=40 * dollar)
        await attempt(store, sent(name), x_lane, at=desk.now, price=price)

    for hours in range(12):
        await owe(store, f"tin {hours}", channel="(nowhere)", feed="f0", at=desk.now)
        desk.now += timedelta(hours=1)
    desk.now += timedelta(days=3)
    await desk.poll("f0", error=None)
    await desk.poll("f1")
    await desk.poll("f1")
    await spend("bài đắt", 850_000)
    for name, outcome in (("a", Unknown(reason=WHY)), ("b", Failed(reason=WHY))):
        await owe(store, name, channel="tin", feed="f9", at=desk.now)
        await attempt(store, outcome, lane("tin", "tg"), at=desk.now)
    await owe(store, "c", channel="xtin", feed="f9", at=desk.now)
    credit = Reason(code="no_credit", text="buy credit for account acc")
    await attempt(
        store, Stopped(scope="account", reason=credit, probe_after=()), x_lane, at=desk.now
    )


async def test_each_kind_of_trouble_in_one_message_with_what_to_do(desk: Desk) -> None:
    await bring_trouble(desk)
    await desk.round()
    (text,) = desk.texts()
    told = dict(section.split("\n", 1) for section in text.split("\n\n"))
    wanted = {
        "Feeds that fail again and again (1)": (
            "f1: it never worked: the server answered 503",
            "pause feed:f1",
        ),
        "Feeds that are unusually silent (1)": ("f0: nothing new since", "preview --feed f0"),
        "Paused by newsbot (1)": ("account acc: buy credit", "resume account:acc"),
        "Posts that may or may not have arrived": ("tin: 1 post", "retry ID"),
        "Posts that failed": ("tin: 1 post", "--state failed --channel tin"),
        "Budget": ("account acc: 0.85 of 1.00 USD spent this day", "raise accounts.acc.budget"),
    }
    assert told.keys() == wanted.keys()
    for heading, (line, remedy) in wanted.items():
        assert line in told[heading]
        assert remedy in told[heading].rpartition("→")[2]


async def test_the_end_of_a_trouble_is_told_and_a_full_budget_too(desk: Desk) -> None:
    await bring_trouble(desk)
    await desk.round()
    await desk.store.desk.resume("account", "acc")
    await owe(desk.store, "f0 wakes up", channel="(nowhere)", feed="f0", at=desk.now)
    await desk.poll("f1", error=None)
    price = charge(150_000, per_day=1_000_000, per_month=40_000_000)
    await attempt(desk.store, sent("rest"), lane("xtin", "acc"), at=desk.now, price=price)
    await desk.round(after=timedelta(minutes=2))
    _, text = desk.texts()
    assert "well again (1)" in text
    assert "Feeds with news again (1)" in text
    assert "Goes on again (1)" in text
    assert "1.00 of 1.00 USD spent this day" in text
    await desk.round(after=timedelta(minutes=20))
    assert len(desk.texts()) == 2


async def test_a_clock_that_is_set_back_holds_no_alert_back(desk: Desk) -> None:
    await desk.poll("f1")
    await desk.poll("f1")
    await desk.round()
    desk.now -= timedelta(hours=1)
    await desk.poll("f2")
    await desk.poll("f2")
    await desk.round()
    assert len(desk.texts()) == 1, "at most one a minute"
    await desk.round(after=timedelta(minutes=2))
    assert len(desk.texts()) == 2


REFUSED = Unreachable("unreachable", "no connection to api.x.com: refused")


async def test_a_channel_in_which_nothing_gets_out_is_told_once_and_its_end(desk: Desk) -> None:
    x_lane = lane("xtin", "acc")
    await owe(desk.store, "a", channel="xtin", feed="elsewhere", at=desk.now)
    for _ in range(12):  # three hours
        for claimed in await claim(desk.store, x_lane, at=desk.now):
            await desk.store.outbox.begin(claimed.id, post("xtin"), desk.now)
            refused = outcome_of(REFUSED, claimed, desk.now)
            await desk.store.outbox.finish(claimed, refused, desk.now)
        await desk.round(after=timedelta(minutes=15))
    (text,) = desk.texts()
    assert text.startswith(
        "Channels in which nothing gets out (1)\n• xtin: nothing got out since 2026-11-23 16:00 +07: "
        "no connection to api.x.com: refused; next try 2026-11-23 17:"
    )
    by_operator = Reason(code="operator", text="paused by the operator")
    await desk.store.desk.pause("account", "acc", by_operator, desk.now)
    await desk.round(after=timedelta(minutes=5))
    assert len(desk.texts()) == 1, "a pause of the operator's is no end"
    await desk.store.desk.resume("account", "acc")
    await attempt(desk.store, sent(), x_lane, at=desk.now + timedelta(minutes=20))
    await desk.round(after=timedelta(minutes=21))
    assert desk.texts()[1].startswith("Channels that go on, or have nothing to send any more (1)")


async def status_of(desk: Desk) -> list[dict[str, str]]:
    runs = Presence(running=True)
    return (await status_json(desk.config, desk.store, desk.now, presence=runs))["troubles"]


async def test_a_wrong_chat_is_trouble_before_the_first_alert_is_due(desk: Desk) -> None:
    async def ask() -> str | None:
        raise Rejected("chat_not_found", f"chat {CHAT} does not exist for the bot")

    with structlog.testing.capture_logs() as logs:
        await desk.another(ask=ask).round()
    (trouble,) = await status_of(desk)
    assert (trouble["kind"], trouble["subject"]) == ("alerts", str(CHAT))
    assert trouble["text"] == (
        f"Alerts do not reach their chat: since 2026-11-23 16:00 +07: chat {CHAT} does not exist for "
        "the bot"
    )
    assert "`newsbot chats`" in trouble["remedy"]
    assert logs[0]["event"] == "alerts cannot be sent"
    assert desk.texts() == [], "nobody is told by an alert that alerts do not arrive"

    async def ask_again() -> str | None:
        return None

    await desk.another(ask=ask_again).round()
    assert await status_of(desk) == [], "the chat was mended"


@pytest.mark.parametrize(
    ("fault", "at_once"),
    [
        (answer(403, error_body(403, "Forbidden: bot was kicked")), True),
        (answer(400, error_body(400, "Bad Request: chat not found")), True),
        (answer(429, error_body(429, "Too Many Requests", {"retry_after": 43200})), True),
        (drop(), False),
        (answer(502, "<html>bad gateway</html>"), False),
        (answer(429, error_body(429, "Too Many Requests", {"retry_after": 90})), False),
    ],
)
async def test_status_says_that_alerts_do_not_arrive(desk: Desk, fault, at_once: bool) -> None:
    desk.server.faults.next(fault, times=9)
    await desk.poll("f1")
    await desk.poll("f1")
    await desk.round()
    kinds = [one["kind"] for one in await status_of(desk)]
    assert ("alerts" in kinds) is at_once
    await desk.round(after=timedelta(minutes=61))
    kinds = [one["kind"] for one in await status_of(desk)]
    assert "alerts" in kinds
    desk.server.faults.clear()
    await desk.round(after=timedelta(hours=12))
    assert len(desk.texts()) == 1
    assert "alerts" not in [one["kind"] for one in await status_of(desk)]


class LockedBook(AlertBook):
    """Can be read, and not written: another program holds the lock."""

    async def take_turn(self) -> bool:
        raise StoreError(
            "database newsbot.db is locked by another program for more than 10 seconds"
        )


async def test_a_locked_database_is_told_although_it_can_be_read(desk: Desk) -> None:
    desk.store.alerts = LockedBook(desk.store.database)
    for seconds in (0, 61):
        with pytest.raises(StoreError):
            await desk.round(after=timedelta(seconds=seconds))
    (text,) = desk.texts()
    assert "is locked by another program" in text


async def test_of_two_nodes_one_tells_and_the_other_goes_on_where_it_is_gone(
    desk: Desk, postgres: PostgresServer
) -> None:
    url = postgres.url(postgres.new_database())
    stores = open_store(url, create=True), open_store(url, create=True)
    watches = []
    for desk.store in stores:
        watches.append(desk.another())
    await desk.poll("f1")
    await desk.poll("f1")
    for watch in (*watches, *watches):
        await watch.round()
    (text,) = desk.texts()
    assert "f1" in text
    with stores[0].database.write() as tx:
        tx.exec_driver_sql("UPDATE desk_readers SET lease_until = lease_until - 60000000")
    await desk.poll("f2")
    await desk.poll("f2")
    desk.now += timedelta(minutes=2)
    for watch in (watches[1], watches[0], watches[1]):
        await watch.round()
    assert ["f2" in text for text in desk.texts()] == [False, True]
    for store in stores:
        await store.close()


@pytest.mark.parametrize(("is_teller", "minutes"), [(True, 1), (False, 10)])
async def test_that_the_database_is_away_is_told_first_by_the_node_that_tells(
    desk: Desk, *, is_teller: bool, minutes: int
) -> None:
    class Elsewhere(AlertBook):
        async def take_turn(self) -> bool:
            return is_teller

    desk.store.alerts = Elsewhere(desk.store.database)
    await desk.round()
    desk.store.alerts = LockedBook(desk.store.database)
    for minute in range(minutes + 1):
        assert (minute, desk.texts()) == (minute, [])
        with pytest.raises(StoreError):
            await desk.round(after=timedelta(minutes=1))
    assert len(desk.texts()) == 1


async def test_the_loss_of_the_database_is_the_last_word(desk: Desk) -> None:
    lost = DatabaseLost("database newsbot.db was deleted while newsbot ran: put it back")
    desk.store.database.lost = lost
    with pytest.raises(DatabaseLost):
        await desk.round()
    assert desk.texts() == []
    await desk.watch.last_word(str(lost))
    (text,) = desk.texts()
    assert "was deleted while newsbot ran: put it back" in text


async def test_polls_that_are_late_are_told(desk: Desk) -> None:
    await desk.poll("f1", error=None)
    await desk.round(after=timedelta(minutes=65))
    assert desk.texts() == [], "as for a moment after a reload that enables a feed again"
    await desk.round(after=timedelta(minutes=1))
    (text,) = desk.texts()
    assert text.startswith(
        "newsbot runs, but its polls are late\n• the earliest is 16 minutes late"
    )


@pytest.mark.long
def test_the_service_alerts_in_the_operators_language(bot: World) -> None:
    bot.telegram.add_chat(CHAT)
    bot.write(
        f'[alerts]\naccount = "tg"\nchat = {CHAT}\nfeed_errors = 1\n'
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        f'[[feeds]]\nid = "gone"\nurl = "{bot.web.base}/gone.rss"\n'
    )
    with bot.service():
        bot.wait_for(lambda: bot.telegram.posts(CHAT), seconds=60)
    (message,) = bot.telegram.posts(CHAT)
    assert message["text"].startswith("Nguồn tin lỗi nhiều lần liên tiếp (1)\n• gone: ")
    assert "newsbot preview --feed gone" in message["text"]


async def test_a_chat_that_moved_silences_no_alert(desk: Desk) -> None:
    desk.server.add_chat(-1001000000700)
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    moved = ApiError(400, text, {"migrate_to_chat_id": -1001000000700})
    desk.server.chat(CHAT).refusal = moved
    with structlog.testing.capture_logs() as logs:
        for feed in ("f1", "f2"):
            await desk.poll(feed)
            await desk.poll(feed)
            await desk.round(after=timedelta(minutes=20))
    assert len(desk.server.posts(-1001000000700)) == 2
    told = [entry["event"] for entry in logs if entry["log_level"] == "warning"]
    assert told == ["the chat of alerts has a new id: set alerts.chat = -1001000000700"]
