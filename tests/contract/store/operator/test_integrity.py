"""`state check` finds each contradiction that the table of states forbids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text, update

from bot.store.stories.settled import settle
from bot.store.tables.schema import story_keys
from bot.store.tables.settled import settled_keys
from tests.contract.store_kit import NOW, after, key, owe

if TYPE_CHECKING:
    from bot.store.engine import Store


async def harm(store: Store, statement: str, **values: object) -> None:
    """Do to the rows what no code of the program does."""

    def work() -> None:
        with store.database.write() as tx:
            tx.execute(text(statement), values)

    await store.database.run(work)


async def test_a_healthy_database_has_no_faults(store: Store) -> None:
    await owe(store, "a", "b")
    assert await store.faults(NOW) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("state = 'gone'", "deliveries that have no known state: 1"),
        ("state = 'sent'", "deliveries that are sent, but not when: 1"),
        ("state = 'sending'", "deliveries that are being sent, but their text is not kept: 1"),
        ("state = 'unknown'", "deliveries that are unknown, but not since when: 1"),
        ("state = 'held'", "deliveries that are held by nobody, or not held by somebody: 1"),
        ("held_by = 'channel'", "deliveries that are held by nobody, or not held by somebody: 1"),
    ],
)
async def test_a_state_that_contradicts_its_columns_is_told(
    store: Store, change: str, fault: str
) -> None:
    await owe(store, "a")
    await harm(store, f"UPDATE deliveries SET {change}")  # noqa: S608 - a constant of this test
    assert await store.faults(NOW) == [fault]


async def test_a_time_that_is_still_to_come_is_told(store: Store) -> None:
    await owe(store, "a")
    assert await store.faults(after(days=-3)) == [
        "1 delivery has times that are still to come: was the clock wrong?",
        "1 story has times that are still to come: was the clock wrong?",
        "1 feed has times that are still to come: was the clock wrong?",
    ]


async def test_a_key_without_its_story_is_told(store: Store) -> None:
    def work() -> None:
        with store.database.write() as tx:
            tx.execute(insert(story_keys).values(key=b"0123456789abcdef", feed="", story=99))

    await owe(store, "a")
    await store.database.run(work)
    assert await store.faults(NOW) == ["1 key of stories that do not exist"]


async def test_a_row_of_settled_keys_that_lacks_a_day_is_told(store: Store) -> None:
    def work() -> None:
        with store.database.write() as tx:
            settle(tx, {key("a"): 20_000, key("b"): 20_000})
            tx.execute(update(settled_keys).values(days=b"\x4e"))

    await owe(store, "c")
    await store.database.run(work)
    assert await store.faults(NOW) == ["settled_keys: 2 rows with keys or days missing"]
