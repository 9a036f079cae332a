"""What a post costs SQLite, which plans by what it is asked and not by what the tables hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.contract.store_kit import attempt, lane, owe, sent, statements

if TYPE_CHECKING:
    from bot.store.engine import Store

# All rows of the outbox, or all that ever went through an account.
_DEAR = re.compile(
    r"SCAN deliveries|SEARCH deliveries USING .*deliveries_of_account \(account=\?\)"
)


async def test_no_statement_of_a_post_goes_through_all_posts(store: Store) -> None:
    """Each finds its rows by an index: a year of posts must not make the next one dear."""
    await owe(store, "a", "b")

    async def post_one() -> None:
        await attempt(store, sent(), lane("tg", "acc", chat="@tin"), chat="@tin")

    made = await statements(store, post_one)
    assert any("deliveries.search_at IS NOT NULL" in one for one in made)
    for statement in made:
        with store.database.read() as tx:
            marks = ("x",) * statement.count("?")
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", marks).all()
        assert [row[3] for row in plan if _DEAR.fullmatch(row[3])] == [], statement
