"""recognise_channels: a channel's id is a name, its place is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId
from tests.contract.store_kit import attempt, claim, lane, owe, rows, sent, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

TG, NEW = ChannelId("tg"), ChannelId("new")


async def recognise(store: Store, **places: str) -> dict[str, str]:
    return await store.desk.recognise_channels({ChannelId(id_): at for id_, at in places.items()})


async def test_a_renamed_channel_keeps_its_history(store: Store) -> None:
    await recognise(store, tg="@tin", x="x")
    await owe(store, "a")
    await attempt(store, sent())
    assert await recognise(store, new="@tin", x="x") == {TG: NEW}
    assert [row.channel for row in await rows(store)] == ["new"]
    (decided,) = await tell(store, story("a", owed=("new",)))
    assert decided.owed == (), "it was posted there before"


@pytest.mark.parametrize(
    "places",
    [
        {"new": "@elsewhere"},
        {"tg": "@tin", "new": "@tin"},
        {"new": "@tin", "newer": "@tin"},
        {"tg": "@tin"},
        {"tg": "@moved"},
    ],
    ids=["other place", "beside", "two at once", "the same", "moved"],
)
async def test_other_changes_rename_nothing(store: Store, places: dict[str, str]) -> None:
    await recognise(store, tg="@tin")
    await owe(store, "a")
    assert await recognise(store, **places) == {}
    assert [row.channel for row in await rows(store)] == ["tg"]


async def test_two_channels_that_change_names_change_histories(store: Store) -> None:
    await recognise(store, tg="@tin", x="@x")
    await owe(store, "a", channel="tg")
    await owe(store, "b", channel="x")
    assert await recognise(store, tg="@x", x="@tin") == {"tg": "x", "x": "tg"}
    assert sorted((row.items[0].title, row.channel) for row in await rows(store)) == [
        ("a", "x"),
        ("b", "tg"),
    ]


async def test_a_name_that_has_a_history_of_its_own_is_not_overwritten(store: Store) -> None:
    await recognise(store, tg="@tin", x="@x")
    await owe(store, "a", channel="tg")
    await owe(store, "a", channel="x")
    assert await recognise(store, x="@tin") == {}
    assert sorted(row.channel for row in await rows(store)) == ["tg", "x"]


async def test_a_channel_that_comes_back_under_another_name_is_known(store: Store) -> None:
    await recognise(store, tg="@tin")
    await owe(store, "a")
    await recognise(store)
    assert await recognise(store, new="@tin") == {TG: NEW}


async def test_a_name_comes_back_over_what_was_written_under_it_meanwhile(store: Store) -> None:
    """A poll, or a round of claims, that began before a channel was renamed ends after that."""
    await recognise(store, tg="@tin")
    await owe(store, "a")
    await attempt(store, sent())
    await recognise(store, new="@tin")
    await claim(store, lane("tg"))
    await tell(store, story("a", owed=("tg",)), story("b", owed=("tg",)))
    await tell(store, story("c", owed=("new",)))
    await claim(store, lane("new"))
    assert await recognise(store, tg="@tin") == {NEW: TG}
    found = sorted((row.items[0].title, row.state.value) for row in await rows(store))
    assert found == [("a", "sent"), ("b", "pending"), ("c", "pending")]
    assert {row.channel for row in await rows(store)} == {"tg"}
