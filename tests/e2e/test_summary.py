"""The summary of the week reaches the desk once: over the stand-in, with a clock as a value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from bot.config.schema.times import parse_weekly
from bot.operate.summary.sending import Summary
from tests.e2e.desk_kit import DESK, Desk, desk_line
from tests.kept import next_process
from tests.mortal import Killed, Life, Mortal
from tests.standins.faults import answer, drop
from tests.standins.telegram import TelegramServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.store.engine import Store
    from tests.e2e.fault_kit import Line
    from tests.kept import KeptStores
    from tests.standins.faults import Fault

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
GREENWICH, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


class Telling(Desk):
    """A desk with the summary that `make` returns for its chat."""

    def __init__(self, make: Callable[[Any], Summary], server: TelegramServer, line: Line) -> None:
        self._make = make
        super().__init__(server, line)

    def summary(self, chat: Any) -> Summary:
        return self._make(chat)


class Chat:
    """The chat of the desk with a summary, and what people see there."""

    def __init__(
        self,
        store: Store,
        server: TelegramServer,
        *,
        life: Life | None = None,
        at: str = "mon 08:00",
        zone: ZoneInfo = GREENWICH,
    ) -> None:
        self.life = life or Life(None)
        self.server = server
        self.store = store
        self.line = desk_line(store, server, approval=None)
        self.line.now = MONDAY - 3 * DAY
        self.at, self.zone = at, zone
        self.desk = Telling(self.summary, server, self.line)

    def summary(self, chat: Any) -> Summary:
        channel = self.line.route.channel
        config: Any = SimpleNamespace(
            channels={channel.id: channel},
            accounts={},
            feeds={},
            alerts=None,
            language="vi",
            timezone=self.zone,
        )
        mortal: Any = SimpleNamespace(
            week=Mortal(self.store.week, self.life), desk=self.store.desk, alerts=self.store.alerts
        )
        times = parse_weekly(self.at)
        assert times is not None
        return Summary(
            Mortal(chat, self.life), mortal, config, times=times, now=lambda: self.line.now
        )

    async def close(self) -> None:
        await self.desk.client.close()
        await self.line.client.close()

    async def post(self, *titles: str) -> None:
        """Let the channel post, days before the summary."""
        await self.line.owe(*titles)
        for _ in titles:
            await self.line.round(self.line.deliverer)
            self.line.now += HOUR

    async def round(self, at: datetime, *faults: Fault) -> None:
        """Let the service hear, and show what there is to show."""
        self.line.now = at
        await self.desk.service.read(0)
        for fault in faults:
            self.server.faults.next(fault)
        for _ in range(3):
            await self.desk.service.show()

    @property
    def texts(self) -> list[str]:
        return [one["text"] for one in self.desk.cards() if "text" in one]

    @property
    def pictures(self) -> list[str]:
        return [one["caption"] for one in self.desk.cards() if "photo" in one]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as found:
        yield found


@pytest.fixture
async def chat(server: TelegramServer, store: Store) -> AsyncIterator[Chat]:
    found = Chat(store, server)
    await found.post("Tin thứ nhất", "Tin thứ hai")
    yield found
    await found.close()


async def test_the_summary_comes_at_its_time_with_its_picture(chat: Chat) -> None:
    await chat.round(MONDAY - MINUTE)
    assert chat.desk.cards() == []
    await chat.round(MONDAY)
    (text,), (caption,) = chat.texts, chat.pictures
    assert text.startswith("Tuần 16/11 – 22/11\n\nBài đăng: 2\n• tin: 2")
    assert caption == "Bài đăng theo ngày, 16/11 – 22/11\n🟦 tin"
    await chat.round(MONDAY + HOUR)
    assert len(chat.desk.cards()) == 2
    await chat.round(MONDAY + 7 * DAY)
    assert len(chat.texts) == len(chat.pictures) == 2
    assert chat.texts[1].startswith("Tuần 23/11 – 29/11\n\nBài đăng: 0")


async def test_the_best_rated_posts_are_in_the_summary(chat: Chat) -> None:
    where = chat.server.chat(chat.line.route.channel.chat or "")
    first, second = sorted(where.messages)
    chat.server.updates.react(where, first, 2, date=chat.line.now.timestamp())
    chat.server.updates.react(where, second, 5, 7, date=chat.line.now.timestamp())
    await chat.round(MONDAY)
    best = chat.texts[0].partition("Bài được đánh giá cao nhất\n")[2]
    assert best.splitlines() == ["• 12 · Tin thứ hai (tin)", "• 2 · Tin thứ nhất (tin)"]


async def test_after_an_outage_it_comes_up_to_a_day_late(chat: Chat) -> None:
    await chat.round(MONDAY + DAY)
    assert len(chat.texts) == 1


async def test_after_more_than_a_day_it_is_left_out(chat: Chat) -> None:
    await chat.round(MONDAY + DAY + MINUTE)
    assert chat.desk.cards() == []


async def test_a_service_that_began_after_the_time_tells_of_no_week(
    server: TelegramServer, store: Store
) -> None:
    chat = Chat(store, server)
    chat.line.now = MONDAY + HOUR
    await chat.post("Tin đầu tiên")
    await chat.round(MONDAY + 3 * HOUR)
    assert chat.desk.cards() == []
    await chat.close()


@pytest.mark.parametrize("fault", [drop(after=True), answer(500, after=True), answer(502)])
async def test_a_summary_that_may_have_arrived_is_not_sent_again(chat: Chat, fault: Fault) -> None:
    await chat.round(MONDAY, fault)
    arrived = len(chat.texts)
    for hours in range(1, 5):
        await chat.round(MONDAY + hours * HOUR)
    assert (len(chat.texts), chat.pictures) == (arrived, [])
    assert await chat.store.week.outcomes(MONDAY) == {"text": "unknown"}


async def test_what_telegram_did_not_take_is_sent_later(chat: Chat) -> None:
    busy = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
    await chat.round(MONDAY, answer(429, {**busy, "parameters": {"retry_after": 1}}))
    assert chat.desk.cards() == []
    await chat.round(MONDAY + HOUR)
    assert len(chat.texts) == len(chat.pictures) == 1


async def test_a_chat_without_the_bot_gets_it_when_that_is_mended(chat: Chat) -> None:
    chat.desk.chat.bot_status = "left"
    await chat.round(MONDAY)
    chat.desk.chat.bot_status = "administrator"
    await chat.round(MONDAY + HOUR)
    assert len(chat.texts) == len(chat.pictures) == 1


async def test_a_refused_picture_leaves_the_text(chat: Chat) -> None:
    chat.desk.chat.bot_status = "member"
    chat.desk.chat.forbidden = frozenset({"can_send_photos"})
    for hours in range(3):
        await chat.round(MONDAY + hours * HOUR)
    assert (len(chat.texts), chat.pictures) == (1, [])
    assert await chat.store.week.outcomes(MONDAY) == {"text": "sent", "picture": "failed"}


@pytest.mark.parametrize(
    ("at", "slot"),
    [
        # The clock jumps from 2 to 3 on 2026-03-29, and shows 2 to 3 twice on 2026-10-25.
        ("sun 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("sun 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("mon 08:00", datetime(2026, 3, 30, 6, 0, tzinfo=UTC)),
        ("mon 08:00", datetime(2026, 10, 26, 7, 0, tzinfo=UTC)),
    ],
)
async def test_it_comes_once_where_clocks_change(
    server: TelegramServer, store: Store, at: str, slot: datetime
) -> None:
    chat = Chat(store, server, at=at, zone=BERLIN)
    chat.line.now = slot - 2 * DAY
    await chat.post("Một tin")
    await chat.round(slot - MINUTE)
    assert chat.desk.cards() == []
    for minutes in (0, 30, 60, 90, 120):
        await chat.round(slot + minutes * MINUTE)
    assert len(chat.texts) == len(chat.pictures) == 1
    await chat.close()


async def die_and_go_on(store: Store, server: TelegramServer, ends_at: int) -> tuple[bool, bool]:
    """Return whether the first process was killed, and whether the summary was sent."""
    was_killed, at = False, MONDAY
    before = set(server.add_chat(DESK, type_="supergroup").messages)
    for life in (Life(ends_at), Life(None)):
        store = await next_process(store)
        chat = Chat(store, server, life=life)
        try:
            if not was_killed:
                await chat.post("Một tin")
            await chat.round(at)
        except Killed:
            was_killed, at = True, MONDAY + 5 * MINUTE
        else:
            at = MONDAY + HOUR
        outcomes = await store.week.outcomes(MONDAY)
        await chat.close()
    new = [one for number, one in chat.desk.chat.messages.items() if number not in before]
    texts = [one for one in new if "text" in one]
    assert len(texts) <= 1
    assert len(new) - len(texts) <= len(texts)
    assert texts or outcomes == {"text": "sending"}, "what was not sent is known"
    return was_killed, bool(texts)


async def test_killed_at_any_step_it_is_never_sent_twice(
    kept_stores: KeptStores, server: TelegramServer
) -> None:
    step, unsent, was_killed = 0, 0, True
    while was_killed:
        was_killed, was_sent = await die_and_go_on(await kept_stores.emptied(), server, step)
        unsent += not was_sent
        step += 1
    assert step > 10
    # Between the claim and the first byte: the step after the one, and the step before the other.
    assert unsent == 2
