"""Counts of reactions as the Bot API sends them, and as nobody should."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.publish.telegram.reactions import read_reactions
from bot.publish.telegram.updates import read_update

HEART = {"type": {"type": "emoji", "emoji": "❤"}, "total_count": 3}
CUSTOM = {"type": {"type": "custom_emoji", "custom_emoji_id": "5" * 400}, "total_count": 4}
PAID = {"type": {"type": "paid"}, "total_count": 5}
CHAT = {"id": -100123, "type": "channel", "title": "Tin", "username": "TinCongNghe"}
RAW = {"chat": CHAT, "message_id": 7, "date": 1_795_000_000, "reactions": [HEART, CUSTOM, PAID]}


def read(**parts: Any) -> Any:
    return read_reactions(RAW | parts)


def test_every_kind_of_reaction_counts() -> None:
    found = read()
    assert (found.count, found.message) == (12, 7)
    assert found.chats == ("-100123", "@TinCongNghe")
    assert found.at == datetime.fromtimestamp(1_795_000_000, UTC)


def test_reactions_that_are_taken_back_are_none() -> None:
    assert read(reactions=[]).count == 0


def test_an_update_of_reactions_is_read_with_its_chat() -> None:
    update = read_update({"update_id": 1, "message_reaction_count": RAW})
    assert update is not None
    assert update.reactions == read()
    assert update.event is None
    assert [place.id for place in update.places] == [-100123]


@pytest.mark.parametrize(
    ("counts", "sum_"),
    [
        ([{"total_count": 10**400}], 0),
        ([{"total_count": 2**53 - 1}] * 3, 2**53),
        ([{"total_count": -5}, HEART], 3),
        ([{"total_count": True}, {"total_count": "9"}, {}, None, 4, HEART], 3),
        ([{"type": {"emoji": "\ud800\u202e<b>" * 999}, "total_count": 2}], 2),
    ],
)
def test_a_hostile_count_neither_counts_nor_harms(counts: list[Any], sum_: int) -> None:
    assert read(reactions=counts).count == sum_


@pytest.mark.parametrize(
    "parts",
    [
        {"date": 10**18},
        {"date": -1},
        {"date": "now"},
        {"date": None},
        {"message_id": "7"},
        {"message_id": 10**40},
        {"chat": None},
        {"chat": {"id": "x"}},
        {"reactions": None},
        {"reactions": {"total_count": 1}},
    ],
)
def test_what_is_no_count_is_nothing(parts: dict[str, Any]) -> None:
    assert read(**parts) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(sorted(RAW)), values) | values)
def test_nothing_that_comes_raises(raw: Any) -> None:
    read_reactions(raw)
    read_reactions(RAW | raw if isinstance(raw, dict) else raw)
