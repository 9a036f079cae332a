"""Posts are found by the words of their text as it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, DeliveryState
from bot.store.operator import sent_texts
from tests.contract.store_kit import NOW, claim, owe, post, sent

if TYPE_CHECKING:
    from bot.store.engine import Store

TEXTS = (
    "<b>Vệ tinh</b>\n\nẢnh của Đà Nẵng &amp; Huế, độ phân giải 50 cm",
    "Trạm mặt đất ở Huế nhận ảnh",
    "50 % đường truyền",
)


@pytest.fixture
async def told(store: Store) -> Store:
    for number, text in enumerate(TEXTS):
        await owe(store, f"tít {number}")
        (delivery,) = await claim(store)
        await store.outbox.begin(delivery.id, post(text=text), NOW, None)
        await store.outbox.finish(delivery, sent(str(number)), NOW)
    await owe(store, "Huế chưa đăng")
    return store


async def found(store: Store, text: str, **chosen: object) -> list[int]:
    rows = await store.desk.find_sent(text, **{"limit": 40} | chosen)
    return [int(row.remote_id or -1) for row in rows]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("hue", [1, 0]),
        ("ANH huế", [1, 0]),
        ("da nang", [0]),
        ("đà & huế", [0]),
        ("amp", []),
        ("50", [2, 0]),
        ("50 %", [2]),
        ("do_phan", []),
        ("vệ tinh trạm", []),
        ("  ", []),
        ("\x00\ud800", []),
    ],
)
async def test_every_word_counts_and_no_accent(
    told: Store, asked: str, expected: list[int]
) -> None:
    assert await found(told, asked) == expected


async def test_by_state_and_channel_and_no_more_than_asked_for(told: Store) -> None:
    assert await found(told, "hue", limit=1) == [1]
    assert await found(told, "hue", state=DeliveryState.FAILED) == []
    assert await found(told, "hue", channel=ChannelId("tg")) == [1, 0]
    assert await found(told, "hue", channel=ChannelId("x")) == []


async def test_the_newest_posts_alone_are_read(
    told: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_texts, "LOOKED_AT", 2)
    assert await found(told, "hue") == [1]
