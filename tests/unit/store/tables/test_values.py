"""Columns, records and search keys: what goes in comes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from bot.models.basics import DeliveryState
from bot.models.stories import Article
from bot.store.stories.search import search_form
from bot.store.tables.columns import EPOCH, Prose, State, UtcTime, storable
from bot.store.tables.records import article_from_json, article_to_json

DIALECT = sqlite.dialect()
moments = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(exclude_categories=[]), max_size=40)
lists = st.lists(texts, max_size=3).map(tuple)


@given(moments)
@settings(deadline=None, max_examples=200)
def test_a_time_comes_back_to_the_microsecond(moment: datetime) -> None:
    kind = UtcTime()
    stored = kind.process_bind_param(moment, DIALECT)
    assert isinstance(stored, int)
    assert kind.process_result_value(stored, DIALECT) == moment


@given(moments, moments)
@settings(deadline=None, max_examples=100)
def test_times_are_stored_in_their_order(one: datetime, other: datetime) -> None:
    kind = UtcTime()
    stored = [kind.process_bind_param(moment, DIALECT) for moment in (one, other)]
    assert (stored[0] < stored[1]) == (one < other)


def test_other_zones_are_the_same_moment() -> None:
    local = datetime(1970, 1, 1, 7, tzinfo=timezone(timedelta(hours=7)))
    assert UtcTime().process_bind_param(local, DIALECT) == 0
    assert UtcTime().process_result_value(0, DIALECT) == EPOCH


def test_a_naive_time_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        UtcTime().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001 - the mistake


@pytest.mark.parametrize("kind", [UtcTime(), State(), Prose(9)])
def test_nothing_stays_nothing(kind: UtcTime | State | Prose) -> None:
    assert kind.process_bind_param(None, DIALECT) is None


@pytest.mark.parametrize("kind", [UtcTime(), State()])
def test_nothing_comes_back_as_nothing(kind: UtcTime | State) -> None:
    assert kind.process_result_value(None, DIALECT) is None


@pytest.mark.parametrize("state", list(DeliveryState))
def test_states_are_stored_by_name(state: DeliveryState) -> None:
    stored = State().process_bind_param(state, DIALECT)
    assert type(stored) is str
    assert State().process_result_value(stored, DIALECT) is state


@given(texts)
@settings(deadline=None, max_examples=300)
def test_any_text_becomes_storable(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored
    assert storable(stored) == stored


def test_good_text_is_left_alone() -> None:
    assert storable("Điện thoại 📱 “mới”\n") == "Điện thoại 📱 “mới”\n"


def test_long_text_is_cut() -> None:
    assert Prose(3).process_bind_param("ắắắắ", DIALECT) == "ắắắ"


articles = st.builds(
    Article,
    title=texts,
    paragraphs=lists,
    link=st.none() | texts,
    source=texts,
    published=st.none() | moments,
    categories=lists,
    hashtags=lists,
    image=st.none() | texts,
    comments=st.none() | texts,
    language=texts,
)


@given(articles)
@settings(deadline=None, max_examples=200)
def test_an_article_comes_back_whole(article: Article) -> None:
    assert article_from_json(json.loads(json.dumps(article_to_json(article)))) == article


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Trung Quốc", "trung quoc"),
        ("ĐIỆN THOẠI", "dien thoai"),
        ("đường", "duong"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("日本語", "日本語"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert search_form(text) == folded


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=200)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert search_form(search_form(text)) == search_form(text)
