"""What the desk in the browser reads, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import AccountId, ChannelId, FeedId, Reason
from bot.models.overview import FeedShare
from bot.models.reasons import ReasonCode
from tests.contract.store_kit import NOW, after, attempt, item, lane, owe, sent, story, tell

if TYPE_CHECKING:
    from bot.store.engine import Store

TG, X = ChannelId("tg"), ChannelId("x")
KEPT_OUT = Reason(code=ReasonCode.FILTERED, text="excluded")


async def test_decisions_are_told_newest_first_each_once(store: Store) -> None:
    await owe(store, "cũ", at=NOW)
    await attempt(store, sent(), at=after(minutes=1))
    await owe(store, "chờ", channel="x", at=after(minutes=2))
    await tell(store, story("lọc", owed=(), passed_over={TG: KEPT_OUT}), at=after(minutes=3))
    await owe(store, "qua tài khoản", channel="tg", at=after(minutes=4))
    await attempt(store, sent("2"), lane("tg", "acc"), at=after(minutes=5))
    found = await store.overview.decisions([AccountId("acc")], 10)
    assert [(one.title, one.state, one.channel) for one in found] == [
        ("qua tài khoản", "sent", TG),
        ("lọc", "skipped", TG),
        ("chờ", "pending", X),
        ("cũ", "sent", TG),
    ]
    assert found[1].reason == KEPT_OUT
    assert [one.title for one in await store.overview.decisions([], 2)] == ["qua tài khoản", "lọc"]


async def test_the_last_post_and_the_next_due_of_each_channel(store: Store) -> None:
    await owe(store, "một", "hai", at=NOW)
    await attempt(store, sent("1"), at=after(minutes=1))
    await attempt(store, sent("2"), at=after(minutes=2))
    await owe(store, "ba", channel="x", at=after(minutes=3))
    posts = await store.overview.last_posts([TG, X])
    assert {channel: (one.title, one.url) for channel, one in posts.items()} == {
        TG: ("hai", "https://t.me/c/2")
    }
    assert await store.overview.next_due([TG, X]) == {X: after(minutes=3)}


async def test_the_shares_of_each_feed(store: Store) -> None:
    early = replace(item("a"), published=NOW - timedelta(minutes=10))
    late = replace(item("b"), published=NOW - timedelta(minutes=30))
    await tell(store, story("a", items=(early,)), story("b", items=(late,)), feed="f", at=NOW)
    await tell(store, story("a"), feed="g", at=after(minutes=1))
    await tell(
        store, story("c", owed=(), passed_over={TG: KEPT_OUT}), feed="g", at=after(minutes=2)
    )
    found = await store.overview.feed_shares()
    assert found == {
        "f": FeedShare(own=2, delay=timedelta(minutes=20)),
        "g": FeedShare(own=1, merged=1, filtered=1),
    }


async def test_feeds_in_short_are_as_in_full(store: Store) -> None:
    await tell(store, story("a"), feed="f", at=NOW)
    why = Reason(code=ReasonCode.OPERATOR, text="paused by the operator")
    await store.desk.pause("feed", "g", why, NOW)
    ids = [FeedId("f"), FeedId("g")]
    full = {one.id: one for one in await store.desk.feed_status(ids)}
    assert await store.overview.feed_briefs() == {
        id_: replace(one, rhythm=None) for id_, one in full.items()
    }
    assert await store.overview.story_times(ids) == {"f": [NOW], "g": []}


async def test_the_latest_stories_of_feeds_come_newest_first_with_what_is_kept_of_them(
    store: Store,
) -> None:
    await tell(store, story("một"), story("hai"), feed="a", at=NOW)
    await tell(store, story("ba"), feed="b", at=NOW)
    await tell(store, story("lọc", owed=(), passed_over={TG: KEPT_OUT}), feed="a", at=NOW)
    both = await store.overview.latest_of([FeedId("a"), FeedId("b")], 3)
    assert [(one.feed, one.title) for one in both] == [("a", "lọc"), ("b", "ba"), ("a", "hai")]
    assert [one.article and one.article.title for one in both] == [None, "ba", "hai"]
    assert both[0].link == "https://example.org/lọc"
    assert await store.overview.latest_of([FeedId("none")], 3) == []
    many = [FeedId(f"f{n}") for n in range(2500)]
    assert len(await store.overview.latest_of([*many, FeedId("a")], 20)) == 3
