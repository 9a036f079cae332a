"""Posts of the desk: found by words, shown as sent, and changed as on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.models.basics import DeliveryState, Platform
from bot.operate.browser import posts
from bot.operate.browser.pages import Visitor
from bot.operate.preview.markup import nodes_of_text
from tests.contract.store_kit import attempt, lane, owe, sent
from tests.unit.operate.browser.kit import newsroom

if TYPE_CHECKING:
    from pathlib import Path

    from bot.operate.browser.newsroom import Newsroom
    from bot.store.engine import Store

ME = Visitor(name="me")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def room(store: Store, tmp_path: Path) -> Newsroom:
    await owe(store, f"Chip mới {HOSTILE}", channel="t")
    await attempt(store, sent("1"), lane("t"))
    await owe(store, "Xe điện", channel="t")
    return newsroom(tmp_path, store)


async def titles(room: Newsroom, **query: str) -> list[str]:
    return [one.row.title for one in (await posts.read(room, query)).posts]


async def test_posts_are_found_by_words_state_and_channel(room: Newsroom) -> None:
    assert await titles(room) == ["Xe điện", f"Chip mới {HOSTILE}"]
    assert await titles(room, q="chip moi") == [f"Chip mới {HOSTILE}"]
    assert await titles(room, state="pending") == ["Xe điện"]
    assert await titles(room, q="chip", state="pending") == []
    assert await titles(room, q="tin") == [f"Chip mới {HOSTILE}"], "its text alone says so"
    assert await titles(room, q="tin", state="pending") == []
    assert await titles(room, channel="other") == []
    assert await titles(room, state="nonsense") == await titles(room)


async def test_nothing_of_a_feed_is_markup(room: Newsroom) -> None:
    page = posts.view(await posts.read(room, {"q": "chip", "channel": "t"}))
    assert "&lt;script&gt;" in page
    assert "<script" not in page


async def test_a_quotation_that_is_folded_says_so_in_the_language_of_the_file(
    room: Newsroom,
) -> None:
    found = await posts.read(room, {"state": "sent"})
    nodes = nodes_of_text(Platform.TELEGRAM, "<blockquote expandable>Tiếp.</blockquote>")
    page = posts.view(replace(found, language="vi", posts=[replace(found.posts[0], nodes=nodes)]))
    assert 'title="chạm để mở"' in page


async def test_a_waiting_post_is_dropped_and_sent_after_all(room: Newsroom) -> None:
    (waiting,) = (await posts.read(room, {"state": "pending"})).posts
    form = {"id": str(waiting.row.id), "channel": "t"}
    assert await posts.drop(room, form, ME) == f"delivery {waiting.row.id} is dropped"
    (dropped,) = (await posts.read(room, {"q": "dien"})).posts
    assert dropped.row.state is DeliveryState.DROPPED
    assert (dropped.may_drop, dropped.may_retry) == (False, True)
    page = posts.view(await posts.read(room, {"q": "dien"}))
    assert "dropped by the operator at 2026-11-23 16:00 +07" in page
    await posts.retry(room, form, ME)
    assert await titles(room, state="pending") == ["Xe điện"]


@pytest.mark.parametrize("form", [{}, {"id": "x"}, {"id": "99", "channel": "t"}, {"id": "1"}])
async def test_what_does_not_stand_is_not_deleted(room: Newsroom, form: dict[str, str]) -> None:
    with pytest.raises(NewsbotError):
        await posts.retract(room, form, ME)
