"""Two outlets' reports of one event are one story, for each channel that has it already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.dedupe.events.common import ENOUGH
from bot.models.basics import DeliveryState, FeedId, Reason
from bot.models.events import Likeness, Outlet
from bot.models.settings import Backlog
from bot.models.stories import Article
from bot.pipeline.merging import merged
from bot.store.events.words import MOST_REPORTS, common_words, learn
from tests.contract.store_kit import NOW, after, claim, lane, rows, sent, story, tell

if TYPE_CHECKING:
    from bot.models.events import Heard
    from bot.models.stories import Story
    from bot.store.engine import Store

WINDOW = timedelta(hours=48)
ONE = Article(
    title="Hãng Lốc Xoáy mua lại công ty robot Thạch Anh với giá 1,25 tỷ USD",
    link="https://one.example/1",
    source="Báo Một",
    paragraphs=("Thương vụ mua Thạch Anh Robotics trị giá 1,25 tỷ USD, hoàn tất trong quý II.",),
)
OTHER = Article(
    title="Thạch Anh Robotics về tay Lốc Xoáy trong thương vụ 1,25 tỷ USD",
    link="https://two.example/1",
    source="Báo Hai",
    paragraphs=(
        "Công ty robot của kỹ sư Đoàn Lâm được Lốc Xoáy thâu tóm, dự kiến hoàn tất trong quý 2.",
    ),
)


async def teach(store: Store, count: int = ENOUGH, language: str = "vi") -> None:
    """Let `store` have read enough of a language to merge anything."""

    def work() -> None:
        with store.database.write() as tx:
            learn(tx, language, [{}] * count)

    await store.database.run(work)


async def heard(store: Store, *articles: Article, feed: str = "g") -> list[Heard]:
    return await store.events.hear(FeedId(feed), articles, NOW, WINDOW)


def named(name: str, told: Article, *, owed: tuple[str, ...] = ("tg",)) -> Story:
    return story(name, owed=owed, article=told)


async def told(store: Store, name: str, article: Article, feed: str, **fields: object) -> Story:
    """Poll `feed`, which brings a story that was compared before."""
    one = merged(named(name, article, **fields), (await heard(store, article, feed=feed))[0])
    await tell(store, one, feed=feed)
    return one


async def test_the_later_report_of_an_event_is_dropped_with_its_reason(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    later = await told(store, "other", OTHER, "g")
    assert later.owed == ()
    states = {row.title: (row.state, row.reason and row.reason.code) for row in await rows(store)}
    assert states[ONE.title] == (DeliveryState.PENDING, None)
    assert states[OTHER.title] == (DeliveryState.DROPPED, "same_story")


async def test_a_channel_that_was_told_nobody_gets_the_first_that_comes(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f", owed=("tg",))
    later = await told(store, "other", OTHER, "g", owed=("tg", "second"))
    assert later.owed == ("second",)


async def test_two_items_of_one_feed_are_two_stories(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    [found] = await heard(store, OTHER, feed="f")
    assert found.relations == ()


async def test_another_language_is_another_story(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    [found] = await heard(store, replace(OTHER, language="en"))
    assert found.relations == ()


async def test_a_report_after_the_window_is_another_story(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    [found] = await store.events.hear(FeedId("g"), [OTHER], after(hours=49), WINDOW)
    assert found.relations == ()


async def test_before_enough_of_a_language_was_read_nothing_is_merged(store: Store) -> None:
    await teach(store, ENOUGH - 10)
    await told(store, "one", ONE, "f")
    later = await told(store, "other", OTHER, "g")
    assert later.owed == ("tg",)
    assert [one.likeness for one in later.heard.relations] == [Likeness.RELATED]


async def test_a_story_that_nobody_is_told_merges_nothing(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    [row] = await rows(store)
    await store.desk.drop(row.id, NOW)
    later = await told(store, "other", OTHER, "g")
    assert later.owed == ("tg",)


async def test_a_third_report_is_compared_with_the_first_that_was_told(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    await told(store, "other", OTHER, "g")
    third = await told(store, "third", replace(OTHER, source="Báo Ba"), "h")
    assert third.owed == ()
    assert {relation.title for relation in third.heard.relations if relation.channels} == {
        ONE.title
    }


async def test_two_polls_at_once_are_noticed_when_the_later_is_claimed(store: Store) -> None:
    await teach(store)
    [first], [second] = await heard(store, ONE, feed="f"), await heard(store, OTHER, feed="g")
    await tell(store, merged(named("one", ONE), first), feed="f")
    await tell(store, merged(named("other", OTHER), second), feed="g")
    [first_post] = await claim(store)
    assert await store.events.told_meanwhile(first_post, NOW, show=False) is None
    await store.outbox.finish(first_post, sent(), NOW)
    [second_post] = await claim(store)
    found = await store.events.told_meanwhile(second_post, NOW, show=False)
    assert found is not None
    assert found.title == ONE.title


async def test_each_channel_notices_what_two_polls_at_once_brought(store: Store) -> None:
    await teach(store)
    both = ("tg", "tg2")
    [first], [second] = await heard(store, ONE, feed="f"), await heard(store, OTHER, feed="g")
    await tell(store, merged(named("one", ONE, owed=both), first), feed="f")
    await tell(store, merged(named("other", OTHER, owed=both), second), feed="g")
    for channel in both:
        [first_post] = await claim(store, lane(channel))
        await store.outbox.finish(first_post, sent(), NOW)
        [second_post] = await claim(store, lane(channel))
        found = await store.events.told_meanwhile(second_post, NOW, show=False)
        assert found is not None, channel


async def test_a_crash_before_the_later_report_is_dropped_forgets_nothing(store: Store) -> None:
    await teach(store)
    [first], [second] = await heard(store, ONE, feed="f"), await heard(store, OTHER, feed="g")
    await tell(store, merged(named("one", ONE), first), feed="f")
    await tell(store, merged(named("other", OTHER), second), feed="g")
    [first_post] = await claim(store)
    await store.outbox.finish(first_post, sent(), NOW)
    [second_post] = await claim(store)
    before = await store.events.told_meanwhile(second_post, NOW, show=True)
    again = await store.events.told_meanwhile(second_post, NOW, show=True)
    assert before is not None
    assert again == before


async def test_two_polls_at_once_in_two_languages_are_two_stories(store: Store) -> None:
    await teach(store)
    await teach(store, language="en")
    english = replace(ONE, language="en", source="One")
    [first], [second] = await heard(store, english, feed="f"), await heard(store, ONE, feed="g")
    await tell(store, merged(named("one", english), first), feed="f")
    await tell(store, merged(named("other", ONE), second), feed="g")
    [first_post] = await claim(store)
    await store.outbox.finish(first_post, sent(), NOW)
    [second_post] = await claim(store)
    assert await store.events.told_meanwhile(second_post, NOW, show=False) is None


async def test_retry_says_that_they_are_two_events(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    await told(store, "other", OTHER, "g")
    dropped = next(row for row in await rows(store) if row.title == OTHER.title)
    await store.desk.retry(dropped.id, NOW)
    [trace] = await store.desk.find_stories("other", 1)
    assert [one.likeness for one in trace.related] == [Likeness.APART]
    assert await store.desk.merges_since(after(days=-1)) == (1, 1)


async def test_the_post_that_was_told_names_the_other_outlet(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    [delivery] = await claim(store)
    await store.outbox.finish(delivery, sent(), NOW)
    [report] = await heard(store, OTHER)
    await tell(store, merged(named("other", OTHER), report, also_at=["tg"]), feed="g")
    [correction] = await store.outbox.claim_corrections([lane()], NOW, within=WINDOW)
    assert correction.delivery.article.also_at == (
        Outlet(name="Báo Hai", link="https://two.example/1"),
    )


async def test_a_post_whose_channel_names_no_outlets_is_left_alone(store: Store) -> None:
    await teach(store)
    await told(store, "one", ONE, "f")
    [delivery] = await claim(store)
    await store.outbox.finish(delivery, sent(), NOW)
    await told(store, "other", OTHER, "g")
    assert await store.outbox.claim_corrections([lane()], NOW, within=WINDOW) == []


async def test_related_stories_stand_together_in_a_digest(store: Store) -> None:
    await teach(store, 10)  # too little to merge
    none = lane(backlog=Backlog(newest=0))
    await claim(store, none)
    await store.desk.pause("channel", "tg", Reason(code="operator", text="wait"), after(minutes=1))
    await claim(store, none, at=after(minutes=2))
    between = replace(ONE, title="Viettel tắt sóng 3G", paragraphs=("Mạng 3G tắt từ tháng 9.",))
    await told(store, "one", ONE, "f")
    await told(store, "between", between, "f")
    await told(store, "other", OTHER, "g")
    await claim(store, none, at=after(hours=3))
    await store.desk.resume("channel", "tg")
    shown: list[str] = []
    for minutes in range(1, 30, 5):
        for delivery in await claim(store, none, at=after(hours=3, minutes=minutes)):
            shown += [one.title for one in delivery.article.headlines]
            await store.outbox.finish(delivery, sent(), after(hours=3, minutes=minutes))
    # By age the unrelated one is the second.
    assert shown == [OTHER.title, ONE.title, between.title]


async def test_reports_out_of_the_window_leave_the_index_and_words_are_halved(store: Store) -> None:
    await teach(store, MOST_REPORTS + 10)
    await told(store, "one", ONE, "f")
    await store.events.forget(after(minutes=1))
    assert (await heard(store, OTHER))[0].relations == ()
    assert await store.database.run(lambda: reports_learned(store)) == (MOST_REPORTS + 11) // 2


def reports_learned(store: Store) -> int:
    with store.database.read() as tx:
        return common_words(tx, "vi", []).reports
