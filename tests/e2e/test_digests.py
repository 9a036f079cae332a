"""Digests against the platforms' stand-ins: taken as they are, found again, corrected, paid once."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.outbox import Edited
from bot.models.settings import Digest
from bot.models.times import Times
from tests.e2e.fault_kit import IMAGE, SCRATCH, Line, telegram_line, x_line
from tests.pipeline.kit import NOW, tell
from tests.shipped import DIGEST_HTML, DIGEST_TEXT
from tests.standins.faults import drop
from tests.standins.telegram import CHANNEL, TelegramServer
from tests.standins.x import XServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.models.settings import TemplateText
    from bot.store.engine import Store

DAY = timedelta(days=1)
EVERY_NOON = Times(of_days=((time(12),),) * 7)


def noon(template: TemplateText) -> Digest:
    return Digest(at=EVERY_NOON, template=template)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.add_chat(SCRATCH)
        yield running


@pytest.fixture
async def line(server: TelegramServer, store: Store) -> AsyncIterator[Line]:
    keys: dict[str, Any] = {"scratch_chat": SCRATCH, "edit_window": DAY}
    made = telegram_line(store, server, digest=noon(DIGEST_HTML), **keys)
    yield made
    await made.client.close()


async def test_telegram_takes_a_digest_with_its_picture_and_a_correction(
    server: TelegramServer, line: Line
) -> None:
    await tell(line, "Tiêu đề sai <&>", image=IMAGE)
    await line.owe("Tin thứ hai")
    await line.pass_time(DAY)
    (post,) = server.posts(CHANNEL)
    assert post["photo"]
    assert post["caption"].startswith("Điểm tin\n\n• Tin thứ hai\n• Tiêu đề sai <&>")
    links = [one["url"] for one in post["caption_entities"] if one["type"] == "text_link"]
    assert len(links) == 2
    await tell(line, "Tiêu đề đúng")
    assert isinstance(await line.correct(), Edited)
    (post,) = server.posts(CHANNEL)
    assert "• Tiêu đề đúng" in post["caption"]


async def test_a_digest_whose_answer_was_lost_stands_once(
    server: TelegramServer, line: Line
) -> None:
    await line.owe("Tin đầu")
    await line.pass_time(DAY)
    await line.owe("Một", "Hai")
    server.faults.next(drop(after=True))
    await line.pass_time(DAY)
    await line.owe("Tin cuối")
    await line.pass_time(2 * DAY)
    texts = [post["text"] for post in server.posts(CHANNEL)]
    assert [text.count("•") for text in texts] == [1, 2, 1]
    assert await line.states() == [
        "dropped",
        "sent",
        "dropped",
        "dropped",
        "sent",
        "dropped",
        "sent",
    ]


async def test_x_gets_headlines_without_links_and_is_paid_for_one_post(store: Store) -> None:
    def clock() -> float:
        return (line.now if line else NOW).timestamp()

    line: Line | None = None
    async with XServer(clock=clock) as server:
        line = x_line(store, server, digest=noon(DIGEST_TEXT))
        await line.owe("Một tin", "Hai tin")
        await line.pass_time(DAY)
        assert [post["text"] for post in server.posts()] == ["Điểm tin\n\n• Hai tin\n• Một tin"]
        cost = (await line.rows())[-1].cost
        await line.client.close()
    assert cost == 15_000
