"""A copy of the database that is put back: held until the operator looked, and blamed on nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import FeedId
from bot.store.engine import own_store
from tests.contract.store_kit import NOW, after, claim, owe, rows

if TYPE_CHECKING:
    from pathlib import Path


async def test_deliveries_of_a_copy_are_held_and_its_polls_have_not_failed(tmp_path: Path) -> None:
    file = tmp_path / "news.db"
    store = own_store(f"sqlite:///{file}", now=NOW)
    await owe(store, "a", "b")
    await claim(store)
    await store.feeds.claim_due_feeds([FeedId("f")], after(hours=1), limit=9)
    copy = await store.back_up(after(hours=1))
    await store.close()
    assert copy is not None
    file.write_bytes(copy.read_bytes())

    again = own_store(f"sqlite:///{file}", now=after(hours=2))
    try:
        assert again.is_copy
        assert {(one.state.value, one.reason and one.reason.code) for one in await rows(again)} == {
            ("held", "restored")
        }
        (state,) = await again.feeds.claim_due_feeds([FeedId("f")], after(hours=3), limit=9)
        assert (state.interrupted, state.errors) == (None, 0)
    finally:
        await again.close()
