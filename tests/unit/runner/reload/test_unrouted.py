"""A running service drops what waits of a feed that leads there no more."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from bot.models.basics import ChannelId, FeedId
from bot.models.feeds import Routing
from bot.runner.assembly import Assembly
from tests.contract.store_kit import owe, rows
from tests.unit.runner.kit import Service, channel, feed, service


def assembly(one: Service, feeds: str, *, channels: str = "a b") -> Assembly:
    """Return an assembly whose `feeds` lead to channel a, and whose routing is that of a file."""
    made = one.assembly([feed(name, "a") for name in feeds], [channel(c) for c in channels.split()])
    leads = {FeedId(name): frozenset({ChannelId("a")}) for name in feeds}
    return replace(made, routing=Routing(leads=leads, known=frozenset(leads)))


async def waiting(one: Service) -> Counter[tuple[str, str]]:
    return Counter((str(row.feed), str(row.state)) for row in await rows(one.store))


async def test_a_reload_drops_what_a_removed_feed_had_waiting(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        await one.runner.exchange(assembly(one, "xy"))
        await owe(one.store, "x1", "x2", channel="a", feed="x", at=one.wall())
        await owe(one.store, "y1", channel="a", feed="y", at=one.wall())
        await one.runner.exchange(assembly(one, "y"))
        assert await waiting(one) == {("x", "dropped"): 2, ("y", "pending"): 1}


async def test_a_reload_that_takes_the_last_feed_out_drops_what_it_had_waiting(
    tmp_path: Path,
) -> None:
    """Also what comes later: a poll or an attempt was under way."""
    async with service(tmp_path) as one:
        await one.runner.exchange(assembly(one, "x"))
        await owe(one.store, "x1", channel="a", feed="x", at=one.wall())
        await one.runner.exchange(assembly(one, ""))
        assert await waiting(one) == {("x", "dropped"): 1}
        await owe(one.store, "x2", channel="a", feed="x", at=one.wall())
        await one.runner._drop_unrouted()
        assert await waiting(one) == {("x", "dropped"): 2}


async def test_a_channel_that_is_disabled_keeps_its_queue(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        await one.runner.exchange(assembly(one, "x"))
        await owe(one.store, "x1", channel="a", feed="x", at=one.wall())
        await one.runner.exchange(assembly(one, "x", channels="b"))
        assert await waiting(one) == {("x", "pending"): 1}


async def test_a_start_drops_it_and_posts_the_rest(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        await owe(one.store, "x1", channel="a", feed="x", at=one.wall())
        await owe(one.store, "y1", channel="a", feed="y", at=one.wall())
        await one.runner.exchange(replace(assembly(one, "y"), routing=None))
        one.runner._assembly = assembly(one, "y")
        async with one.running():
            await one.shows(1)
        assert await waiting(one) == {("x", "dropped"): 1, ("y", "sent"): 1}
