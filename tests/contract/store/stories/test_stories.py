"""finish_poll and known_keys: stories, keys, items, and what channels are owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, DeliveryState, FeedId, Reason, StoryId
from bot.models.feeds import Item
from bot.models.stories import Known
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    article,
    claim,
    item,
    key,
    lane,
    poll,
    row,
    rows,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from bot.models.stories import Article, KnownStory, Story
    from bot.store.engine import Store


async def known_of(store: Store, name: str) -> KnownStory | None:
    known = await store.stories.known_keys(FeedId("f"), [key(name)])
    return known.stories.get(key(name))


async def test_nothing_is_known_at_first(store: Store) -> None:
    assert await store.stories.known_keys(FeedId("f"), [key("a")]) == Known()


async def test_a_new_story_is_known_by_all_its_keys(store: Store) -> None:
    await tell(store, story("a", keys=(key("a"), key("b"))))
    known = await store.stories.known_keys(FeedId("f"), [key("a"), key("b"), key("c")])
    assert set(known.stories) == {key("a"), key("b")}
    one = known.stories[key("b")]
    assert one == known.stories[key("a")]
    assert (one.feed, one.title, one.link) == ("f", "a", "https://example.org/a")
    assert one.first_seen == NOW


async def test_decide_sees_what_is_known_and_returns_what_is_written(store: Store) -> None:
    await tell(store, story("a"))
    seen: list[Known] = []

    def decide(known: Known) -> list[Story]:
        seen.append(known)
        return [story("b")]

    decided = await store.feeds.finish_poll(poll(), [key("a"), key("b")], decide)
    assert list(decided) == [story("b")]
    assert set(seen[0].stories) == {key("a")}


async def test_an_error_in_decide_writes_nothing(store: Store) -> None:
    def broken(_: Known) -> list[Story]:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await store.feeds.finish_poll(poll(), [key("a")], broken)
    assert await store.desk.feed_status([FeedId("f")]) == []


async def test_deliveries_are_created_oldest_first(store: Store) -> None:
    await tell(store, story("old", owed=("x", "tg")), story("new"))
    found = [(one.items[0].title, one.channel, one.state, one.due) for one in await rows(store)]
    pending = DeliveryState.PENDING
    assert found == [
        ("old", "x", pending, NOW),
        ("old", "tg", pending, NOW),
        ("new", "tg", pending, NOW),
    ]


async def test_settled_channels_have_a_delivery_or_were_passed_over(store: Store) -> None:
    old = Reason(code="too_old", text="too old")
    await tell(store, story("a", owed=("tg", "x"), passed_over={ChannelId("log"): old}))
    one = await known_of(store, "a")
    assert one is not None
    assert one.settled == {"tg", "x", "log"}


async def test_polling_twice_adds_nothing(store: Store) -> None:
    passed = {ChannelId("log"): WHY}
    for minutes in (0, 15):
        await tell(store, story("a", passed_over=passed), at=after(minutes=minutes))
    (trace,) = await store.desk.find_stories("a", 9)
    assert len(trace.deliveries) == len(trace.items) == len(trace.passed_over) == 1


async def test_a_story_is_owed_to_a_channel_once_even_if_decided_twice(store: Store) -> None:
    await tell(store, story("a"))
    again = story("a", owed=("tg", "tg"), known=StoryId(1))
    await store.feeds.finish_poll(poll(), [key("a")], lambda _: [again])
    assert len(await rows(store)) == 1


async def test_a_new_story_may_share_a_key_with_an_old_one(store: Store) -> None:
    """A column repeats its title: deciding knows that, and what it calls new is new."""
    title = key("the column's title")
    await tell(store, story("monday", keys=(key("monday"), title)))
    tuesday = story("tuesday", keys=(key("tuesday"), title))
    await store.feeds.finish_poll(poll(), list(tuesday.keys), lambda _: [tuesday])
    assert [one.items[0].title for one in await rows(store)] == ["monday", "tuesday"]


async def test_another_feed_owes_the_story_to_another_channel(store: Store) -> None:
    await tell(store, story("a", owed=("tg",)))
    await tell(store, story("a", owed=("tg", "x")), feed="g", at=after(minutes=1))
    assert [(one.channel, one.feed) for one in await rows(store)] == [("tg", "f"), ("x", "g")]


async def test_a_key_stays_with_its_story(store: Store) -> None:
    await tell(store, story("a"), story("b"))
    one = story("a", keys=(key("a"), key("b"), key("new")))
    await tell(store, one)
    a, b, new = [await known_of(store, name) for name in ("a", "b", "new")]
    assert a is not None
    assert b is not None
    assert a.title == "a"
    assert b.title == "b"
    assert new == a


async def test_a_correction_reaches_what_still_waits(store: Store) -> None:
    await tell(store, story("a"))
    corrected = story("a", items=(item("a", title="A!"),), article=article("A!"), is_corrected=True)
    await tell(store, corrected, at=after(minutes=15))
    assert await titles(store) == ["A!"]
    assert [one.title for one in (await row(store)).items] == ["A!"]


async def test_a_correction_under_a_new_id_counts_too(store: Store) -> None:
    await tell(store, story("a"))
    corrected = story(
        "a", items=(item("a2", title="A!"),), article=article("A!"), is_corrected=True
    )
    await tell(store, corrected)
    assert await titles(store) == ["A!"]


async def _articles(store: Store, lacks: frozenset[str], now: Article) -> tuple[Article, Article]:
    """Return the article told first, and the one kept after a correction that `lacks` parts."""
    first = replace(article("A"), image="https://example.org/a.jpg")
    await tell(store, story("a", article=first))
    keys = {"items": (item("a", title=now.title),), "is_corrected": True, "lacks": lacks}
    await tell(store, story("a", article=now, **keys), at=after(minutes=15))
    (delivery,) = await claim(store)
    return first, delivery.article


async def test_a_correction_keeps_what_only_the_stored_article_has(store: Store) -> None:
    bare = replace(article("A!"), paragraphs=())
    first, kept = await _articles(store, frozenset({"image", "paragraphs"}), bare)
    assert kept == replace(first, title="A!", link="https://example.org/A!")


async def test_a_correction_that_lacks_nothing_replaces_all(store: Store) -> None:
    bare = replace(article("A!"), paragraphs=())
    assert (await _articles(store, frozenset(), bare))[1] == bare


async def test_a_corrected_lead_is_taken_though_the_picture_is_kept(store: Store) -> None:
    now = replace(article("A"), paragraphs=("Câu đã sửa.",))
    first, kept = await _articles(store, frozenset({"image"}), now)
    assert kept == replace(first, paragraphs=("Câu đã sửa.",))


async def test_a_corrected_short_lead_keeps_what_its_page_added(store: Store) -> None:
    told = {"paragraphs": ("Câu ngắn.", "Trang nói thêm."), "origins": ("summary", "page")}
    first = replace(article("A"), **told)
    await tell(store, story("a", article=first))
    now = replace(first, paragraphs=("Câu đã sửa.",), origins=("summary",))
    keys = {"items": (item("a", title="A"),), "is_corrected": True}
    lacks = frozenset({"image", "following"})
    await tell(store, story("a", article=now, lacks=lacks, **keys), at=after(minutes=15))
    (delivery,) = await claim(store)
    assert delivery.article == replace(first, paragraphs=("Câu đã sửa.", "Trang nói thêm."))


async def test_an_unchanged_item_changes_nothing(store: Store) -> None:
    await tell(store, story("a"))
    await tell(store, story("a", article=article("rendered otherwise")))
    assert await titles(store) == ["a"]


async def test_another_feeds_copy_does_not_replace_the_article(store: Store) -> None:
    await tell(store, story("a"))
    copy = story("a", items=(item("copy"),), article=article("copy"), owed=("tg", "x"))
    await tell(store, copy, feed="g")
    assert await titles(store, lane("tg"), lane("x")) == ["a", "a"]


async def test_another_feeds_copy_serves_where_there_was_no_article(store: Store) -> None:
    await tell(store, story("a", owed=(), passed_over={ChannelId("tg"): WHY}))
    await tell(store, story("a", article=article("copy"), owed=("x",)), feed="g")
    assert await titles(store, lane("x")) == ["copy"]


async def test_a_delivery_without_an_article_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="no article"):
        await tell(store, story("a", article=None))
    assert await known_of(store, "a") is None


async def test_the_article_comes_back_whole(store: Store) -> None:
    await tell(store, story("a"))
    (delivery,) = await claim(store)
    assert delivery.article == article("a")
    assert (delivery.channel, delivery.feed, delivery.created_at) == ("tg", "f", NOW)


HOSTILE = [
    Item(id="\ud800", title="lone \udfff surrogate", link="https://example.org/\ud83d"),
    Item(id="nul\0byte", title="\0", link="\0"),
    Item(id="x" * 100_000, title="t" * 1_000_000, link="https://example.org/" + "p" * 100_000),
    Item(id="", title="", link=None),
    Item(id="' OR 1=1 --", title="%_\\", link="javascript:alert(1)"),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_items_are_stored(store: Store, hostile: Item) -> None:
    for minutes in (0, 15):
        await tell(store, story("a", items=(hostile,), owed=()), at=after(minutes=minutes))
    assert await known_of(store, "a")
    await tell(store, story("mark", items=(hostile, item("mark")), keys=(key("a"),), owed=()))
    (trace,) = await store.desk.find_stories("mark", 9)
    assert len(trace.items) == 2
    assert all(len(one.title) <= 1000 for one in trace.items)


async def test_a_link_too_long_to_keep_whole_is_not_kept(store: Store) -> None:
    await tell(store, story("a", items=(item("a", link="https://e.org/" + "p" * 5000),), owed=()))
    one = await known_of(store, "a")
    assert one is not None
    assert one.link is None


async def test_a_feed_that_invents_ids_does_not_fill_the_disk(store: Store) -> None:
    for number in range(40):
        variant = story("a", items=(item(f"a-{number}"),), keys=(key("a"), key(f"a-{number}")))
        await tell(store, variant, at=after(minutes=number))
    only = await row(store)
    assert len(only.items) == 20
    assert await known_of(store, "a-39") is None


async def test_a_story_still_shown_is_remembered(store: Store) -> None:
    remember = timedelta(days=30)
    await tell(store, story("a", owed=()), story("b", owed=()))
    await tell(store, story("a", owed=()), at=after(days=20))
    assert await store.housekeeping(after(days=29), remember) == 0
    assert await store.housekeeping(after(days=31), remember) == 1
    assert await known_of(store, "a")
    assert await known_of(store, "b") is None
    assert await store.desk.find_stories("example.org/b", 9) == []


async def test_thousands_of_keys_in_one_poll(store: Store) -> None:
    many = [story(f"s{number}", owed=()) for number in range(1200)]
    await tell(store, *many)
    keys = [one.keys[0] for one in many]
    assert len((await store.stories.known_keys(FeedId("f"), keys)).stories) == 1200
