"""A service drops what waits and would not pass the filters of its file any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.models.basics import ChannelId
from bot.models.settings import Filter
from bot.store.tables.terms import filter_terms
from tests.contract.store_kit import owe, rows
from tests.unit.runner.kit import Service, channel, feed, service

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.runner.assembly import Assembly

A = ChannelId("a")
NO_CHIPS = Filter(place="feeds.x", exclude=("chip",))


def assembly(one: Service, *filters: Filter) -> Assembly:
    return one.assembly([feed("x", "a", filters={A: filters} if filters else {})], [channel("a")])


async def waiting(one: Service) -> dict[str, str]:
    return {row.items[0].title: row.state.value for row in await rows(one.store)}


async def test_a_reload_drops_what_a_new_filter_keeps_out(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        await one.runner.exchange(assembly(one))
        await owe(one.store, "Chip", "Phone", channel="a", feed="x", at=one.wall())
        await one.runner.exchange(assembly(one, NO_CHIPS))
        assert await waiting(one) == {"Chip": "dropped", "Phone": "pending"}


async def test_terms_that_are_in_items_are_noted(tmp_path: Path) -> None:
    terms = Filter(place="feeds.x", exclude=("chip", "robot"))
    async with service(tmp_path) as one:
        one.news.titles = ["Chip", "Phone"]
        one.runner._assembly = assembly(one, terms)
        await one.runner.exchange(assembly(one, terms))
        async with one.running():
            await one.shows(1)
        found = await matched(one)
    assert set(found) == {"chip", "robot"}
    assert found["chip"]
    assert found["robot"] is None


async def matched(one: Service) -> dict[str, datetime | None]:
    def read() -> dict[str, datetime | None]:
        with one.store.database.read() as tx:
            return {row.term: row.matched for row in tx.execute(select(filter_terms))}

    return await one.store.database.run(read)
