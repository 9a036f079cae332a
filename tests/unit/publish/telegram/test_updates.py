"""Updates are read whatever they hold: wrong types, missing parts, names that turn text around."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.desk import Tap, Words
from bot.publish.telegram.updates import read_update

CHAT = {"id": -5, "type": "supergroup", "title": "Nhóm"}
AN = {"id": 7, "first_name": "An", "last_name": "Nguyễn", "username": "an"}
MESSAGE = {"message_id": 3, "chat": CHAT, "from": AN, "text": "chào"}
TAP = {"id": "t", "from": AN, "message": MESSAGE, "data": "p 1 0 0"}


def test_a_tap_and_a_text_are_read() -> None:
    tap = read_update({"update_id": 1, "callback_query": TAP})
    assert tap is not None
    assert isinstance(tap.event, Tap)
    assert (tap.event.by.name, tap.event.place.id, tap.event.data) == (
        "An Nguyễn (@an)",
        -5,
        "p 1 0 0",
    )
    keyboard = {
        "inline_keyboard": [[{"text": "x", "url": "https://a.vn"}], [{"callback_data": "i 9"}]]
    }
    answered = {**MESSAGE, "message_id": 2, "reply_markup": keyboard}
    said = read_update({"update_id": 2, "message": {**MESSAGE, "reply_to_message": answered}})
    assert said is not None
    assert isinstance(said.event, Words)
    assert (said.event.answers, said.event.about, said.event.text) == (2, "i 9", "chào")
    assert [place.id for place in said.places] == [-5]


@pytest.mark.parametrize(
    "update", [None, [], {}, {"update_id": "1"}, {"update_id": True}, {"update_id": 2**60}]
)
def test_what_is_no_update_is_none(update: Any) -> None:
    assert read_update(update) is None


@pytest.mark.parametrize("key", ["from", "chat", "message_id", "text"])
@pytest.mark.parametrize("wrong", [None, 5.5, "x", [], {}, True])
def test_a_part_of_a_wrong_type_makes_it_nothing_for_the_desk(key: str, wrong: Any) -> None:
    message = {**MESSAGE, key: wrong}
    update = read_update({"update_id": 1, "message": message})
    assert update is not None
    if key != "text" or not isinstance(wrong, str):
        assert update.event is None


def test_another_bot_is_nobody_and_names_are_one_clean_line() -> None:
    robot = read_update({"update_id": 1, "message": {**MESSAGE, "from": {**AN, "is_bot": True}}})
    assert robot is not None
    assert robot.event is None
    odd = {"id": 7, "first_name": "A\u202en\n" + "x" * 500}
    update = read_update({"update_id": 1, "message": {**MESSAGE, "from": odd}})
    assert update is not None
    assert isinstance(update.event, Words)
    assert update.event.by.name == ("An " + "x" * 500)[:60]


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "message",
                    "chat",
                    "from",
                    "id",
                    "text",
                    "entities",
                    "reply_markup",
                    "data",
                    "callback_query",
                    "inline_keyboard",
                    "message_id",
                    "reply_to_message",
                    "type",
                ]
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)


@given(VALUES, VALUES)
def test_no_update_breaks_the_reader(message: Any, tap: Any) -> None:
    update = read_update({"update_id": 1, "message": message, "callback_query": tap})
    assert update is not None
