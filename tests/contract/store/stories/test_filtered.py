"""What waits and would not pass the filters of today is dropped, with the term that decides."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.models.basics import ChannelId, FeedId
from bot.models.reasons import ReasonCode
from bot.models.settings import Feed, Filter
from bot.pipeline.screening import why_kept_out
from tests.contract.store_kit import NOW, WHY, claim, lane, owe, rows, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

TG = ChannelId("tg")


def feeds(**excluded: str) -> dict[FeedId, Feed]:
    """Return feeds that lead to tg, each with a word that it keeps out, "" for none."""
    return {
        FeedId(name): Feed(
            id=FeedId(name),
            url=f"https://{name}.example/",
            channels=(TG,),
            filters={TG: (Filter(place=f"feeds.{name}", exclude=(word,)),)} if word else {},
        )
        for name, word in excluded.items()
    }


async def drop(store: Store, **excluded: str) -> Counter[FeedId]:
    return await store.desk.drop_filtered(feeds(**excluded), why_kept_out)


async def states(store: Store) -> list[tuple[str, str, str]]:
    return [(r.items[0].title if r.items else "", r.feed, r.state.value) for r in await rows(store)]


async def test_it_is_dropped_with_its_reason(store: Store) -> None:
    await owe(store, "Chip one", "two")
    await owe(store, "Chip three", feed="other")
    assert await drop(store, f="chip", other="") == Counter(f=1)
    assert set(await states(store)) == {
        ("Chip one", "f", "dropped"),
        ("two", "f", "pending"),
        ("Chip three", "other", "pending"),
    }
    [reason] = [row.reason for row in await rows(store) if row.reason]
    assert (reason.code, reason.text) == (ReasonCode.FILTERED, '"chip" is in it (feeds.f.exclude)')
    assert await drop(store, f="chip", other="") == {}


async def test_what_is_paused_is_dropped_and_what_the_operator_wants_stays(store: Store) -> None:
    await owe(store, "Chip one", "Chip two")
    [_, wanted] = await rows(store)
    await store.desk.drop(wanted.id, NOW)
    await store.desk.retry(wanted.id, NOW)
    await store.desk.pause("channel", "tg", WHY, NOW)
    assert await drop(store, f="chip") == Counter(f=1)
    kept = [row for row in await rows(store) if row.state.value != "dropped"]
    assert [row.id for row in kept] == [wanted.id]


async def test_a_story_that_another_feed_may_post_is_that_feed_s(store: Store) -> None:
    await owe(store, "Chip one")
    await tell(store, story("Chip one"), feed="second")
    assert await drop(store, f="chip", second="phone") == {}
    assert await states(store) == [("Chip one", "second", "pending")]


async def test_a_story_that_no_other_feed_may_post_is_dropped(store: Store) -> None:
    await tell(store, story("Chip one", owed=(), passed_over={TG: WHY}), feed="third")
    await owe(store, "Chip one")
    await tell(store, story("Chip one"), feed="second")
    assert await drop(store, f="chip", second="one", third="") == Counter(f=1)


async def test_a_digest_tells_nothing_of_it(store: Store) -> None:
    await owe(store, "Chip one", "Chip two", "Chip three", "Chip four")
    await claim(store, lane(most=1))
    assert "digest" in {row.reason.code for row in await rows(store) if row.reason}
    dropped = await drop(store, f="chip")
    assert dropped["f"] >= 3
    open_ = [row for row in await rows(store) if row.feed == "(digest)"]
    assert {row.state.value for row in open_} == {"dropped"}


async def test_what_waits_for_approval_is_dropped_too(store: Store) -> None:
    await owe(store, "Chip one", "two")
    assert await claim(store, lane(asks=True)) == []
    assert {row.state.value for row in await rows(store)} == {"held"}
    assert await drop(store, f="chip") == Counter(f=1)
    assert sorted(row.state.value for row in await rows(store)) == ["dropped", "held"]
