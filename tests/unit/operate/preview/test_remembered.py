"""`preview` decides as the service does with the same database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.dedupe.decide import decide
from bot.dedupe.keys import keys_of
from bot.format.templates import compile_template
from bot.models.basics import DeliveryId, FeedId, Reason
from bot.models.feeds import ParsedFeed, Poll, Validators
from bot.models.settings import Feed
from bot.models.stories import Article
from bot.operate.preview.previews import Preview, Stage, render_previews
from bot.operate.preview.remembered import recall
from tests.unit.operate.preview.kit import NOW, channel, item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.basics import ChannelId
    from bot.models.feeds import Item
    from bot.models.stories import Known, Story
    from bot.store.engine import Store

ONE, TWO = channel("console", id="one"), channel("console", id="two")
HOUR = timedelta(hours=1)
BY_HAND = Reason(code="operator", text="paused by the operator")
FEED = Feed(id=FeedId("vn"), url="https://example.vn/rss", channels=(ONE.id, TWO.id), first_run=1)


def news(*names: str) -> list[Item]:
    """Return items, newest first."""
    return [
        item(f"Tin số {name} của hôm nay", id=name, link=f"https://example.vn/{name}", published=at)
        for name, at in zip(names, (NOW - HOUR * nth for nth in range(1, 99)), strict=False)
    ]


async def poll(
    store: Store, items: Sequence[Item], feed: Feed = FEED
) -> set[tuple[str, ChannelId]]:
    """Poll the feed as the service does; return what was owed to whom, and not held back."""
    keys = keys_of(feed.id, items)
    owed: list[tuple[str, ChannelId]] = []

    def decided(known: Known) -> list[Story]:
        stories = decide(items, keys, known, feed=feed, now=NOW)
        owed[:] = [(s.items[0].id, one) for s in stories if not s.held for one in s.owed]
        return [replace(s, article=Article(title=s.items[0].title)) for s in stories]

    done = Poll(
        feed=feed.id, at=NOW, next_poll=NOW, validators=Validators(), channels=feed.channels
    )
    await store.feeds.finish_poll(done, [key for one in keys for key in one.all], decided)
    return set(owed)


async def shown(store: Store, items: Sequence[Item], feed: Feed = FEED) -> list[Preview]:
    read = ParsedFeed(title="Báo", items=tuple(items))
    channels = {one.id: one for one in (ONE, TWO)}
    templates = {id_: compile_template(one.template, one.platform) for id_, one in channels.items()}
    stage = Stage(channels=channels, templates=templates, now=NOW)
    known = await recall(feed, read, channels.values(), store, NOW, timezone=ZoneInfo("UTC"))
    return render_previews(feed, read, stage, limit=0, remembered=known)


def posts(found: Sequence[Preview]) -> set[tuple[str, ChannelId]]:
    """Return the items that preview says are posted, without those that wait already."""
    return {
        (one.item.id, one.channel.id)
        for one in found
        if one.item
        and one.decision == "post"
        and (one.reason is None or one.reason.code != "known")
    }


def told(found: Sequence[Preview], name: str, at: ChannelId = ONE.id) -> tuple[str, str]:
    (one,) = (one for one in found if one.item and (one.item.id, one.channel.id) == (name, at))
    return one.decision, one.reason.text if one.reason else ""


@pytest.mark.parametrize(
    ("before", "after", "feed"),
    [
        ([], ["a", "b"], FEED),
        (["a", "b"], ["a", "b"], FEED),
        (["a", "b"], ["c", "a", "b"], FEED),
        (["a"], [f"n{nth}" for nth in range(30)], FEED),
        (["a", "b"], ["c", "a", "b"], replace(FEED, max_age=timedelta(minutes=90))),
        (["a"], ["b", "c", "a"], replace(FEED, languages={TWO.id: ("en",)}, language="vi")),
    ],
    ids=["first run", "nothing new", "one new", "a storm", "too old", "another language"],
)
async def test_the_decisions_are_those_of_the_next_poll(
    store: Store, before: list[str], after: list[str], feed: Feed
) -> None:
    if before:
        await poll(store, news(*before), feed)
    expected = posts(await shown(store, news(*after), feed))
    assert await poll(store, news(*after), feed) == expected


async def test_a_channel_that_is_new_to_a_feed_has_its_first_run(store: Store) -> None:
    await poll(store, news("a", "b", "c"), replace(FEED, channels=(ONE.id,)))
    found = await shown(store, news("a", "b", "c"))
    assert posts(found) == {("a", TWO.id)}
    assert await poll(store, news("a", "b", "c")) == posts(found)


async def test_what_became_of_known_items_is_told(store: Store) -> None:
    await poll(store, news("a", "b"), replace(FEED, first_run=2))
    found = await shown(store, news("a", "b"))
    assert told(found, "a") == ("post", "waits in the queue, due 2026-05-04 03:02 UTC")
    rows = {(row.items[0].id, row.channel): row.id for row in await store.desk.deliveries()}
    await store.desk.drop(DeliveryId(rows["a", ONE.id]), NOW)
    await store.desk.pause("channel", TWO.id, BY_HAND, NOW)
    found = await shown(store, news("c", "a", "b"))
    assert told(found, "a") == ("skip", "dropped: dropped by the operator at 2026-05-04 03:02 UTC")
    assert told(found, "a", TWO.id) == ("skip", "held: paused by the operator")
    assert told(found, "c") == ("post", "")
    paused = "channel two is paused (paused by the operator): `newsbot resume channel:two`"
    assert told(found, "c", TWO.id) == ("skip", paused)
    assert told(found, "b")[0] == "post"


async def test_a_feed_that_is_paused_posts_nothing_new(store: Store) -> None:
    await poll(store, news("a"))
    await store.desk.pause("feed", FEED.id, BY_HAND, NOW)
    assert told(await shown(store, news("b", "a")), "b") == (
        "skip",
        "feed vn is paused: `newsbot resume feed:vn`",
    )


async def test_a_feed_that_cannot_be_read_needs_no_database(store: Store) -> None:
    reason = Reason(code="http_404", text="404 Not Found")
    assert (await recall(FEED, reason, (ONE,), store, NOW, timezone=ZoneInfo("UTC"))).fates == {}
