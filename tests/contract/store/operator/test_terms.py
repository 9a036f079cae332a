"""What filters did lately: the terms that match nothing, and what was kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, Reason
from bot.models.reasons import ReasonCode
from bot.models.views import KeptOut
from tests.contract.store_kit import NOW, WHY, after, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

AI, APPLE = ("feeds.f.include", "AI"), ("channels.c.exclude", "Apple")
TG = ChannelId("tg")


async def test_a_term_that_never_matched_in_a_month_is_idle(store: Store) -> None:
    await store.desk.follow_terms({AI, APPLE}, NOW)
    assert await store.desk.idle_terms({AI, APPLE}, after(days=29)) == []
    await store.desk.note_matches({AI}, after(days=20))
    assert await store.desk.idle_terms({AI, APPLE}, after(days=31)) == [APPLE]
    assert await store.desk.idle_terms({AI, APPLE}, after(days=51)) == [APPLE, AI]
    assert await store.desk.idle_terms({AI}, after(days=51)) == [AI]


async def test_a_new_term_has_a_month_and_a_restart_changes_nothing(store: Store) -> None:
    await store.desk.follow_terms({AI}, NOW)
    await store.desk.follow_terms({AI, APPLE}, after(days=10))
    await store.desk.follow_terms({AI, APPLE}, after(days=31))
    assert await store.desk.idle_terms({AI, APPLE}, after(days=31)) == [AI]


async def test_a_term_that_left_the_file_is_forgotten_after_a_month(store: Store) -> None:
    await store.desk.follow_terms({AI, APPLE}, NOW)
    await store.desk.note_matches({APPLE}, NOW)
    await store.desk.follow_terms({AI}, after(days=29))
    await store.desk.follow_terms({AI, APPLE}, after(days=30))
    assert await store.desk.idle_terms({AI, APPLE}, after(days=31)) == [APPLE, AI]
    await store.desk.follow_terms({AI}, after(days=32))
    await store.desk.follow_terms({AI, APPLE}, after(days=33))
    assert await store.desk.idle_terms({AI, APPLE}, after(days=34)) == [AI]


async def test_what_was_kept_out_is_counted_by_channel_and_term(store: Store) -> None:
    by_ai = Reason(code=ReasonCode.FILTERED, text="AI")
    for name in ("one", "two"):
        await tell(store, story(name, owed=("x",), passed_over={TG: by_ai}))
    await tell(store, story("three", owed=(), passed_over={TG: WHY}))
    found = await store.desk.kept_out_since(after(days=-1))
    assert found == [KeptOut(channel=TG, why="AI", items=2)]
    assert await store.desk.kept_out_since(after(days=1)) == []
