"""ports.FeedStore: claiming feeds, and a feed's state between two polls."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.feeds import FeedState, Validators
from bot.store.engine import open_store
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    article,
    item,
    key,
    poll,
    statements,
    story,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.models.stories import Known, Story
    from bot.store.engine import Store

FEEDS = [FeedId("a"), FeedId("b"), FeedId("c")]


async def claim(
    store: Store, *, at: datetime = NOW, limit: int = 9, force: bool = False
) -> list[str]:
    states = await store.feeds.claim_due_feeds(FEEDS, at, limit=limit, force=force)
    return [state.feed for state in states]


async def test_a_feed_never_seen_is_due(store: Store) -> None:
    states = await store.feeds.claim_due_feeds(FEEDS[:1], NOW, limit=9)
    assert states == [FeedState(feed=FeedId("a"), due=NOW)]


async def test_the_limit_holds_and_the_rest_follows(store: Store) -> None:
    assert await claim(store, limit=2) == ["a", "b"]
    assert await claim(store, limit=2) == ["c"]


async def test_longest_overdue_first(store: Store) -> None:
    for feed, minutes in (("a", 30), ("b", 10), ("c", 20)):
        await store.feeds.finish_poll(poll(feed, next_poll=after(minutes=minutes)))
    assert await claim(store, at=after(hours=1)) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("minutes", "force", "claimed"),
    [(14, False, []), (15, False, ["a"]), (0, True, ["a"]), (99, False, ["a"])],
)
async def test_a_feed_is_due_at_its_next_poll(
    store: Store, minutes: int, force: bool, claimed: list[str]
) -> None:
    await store.feeds.finish_poll(poll("a"))
    states = await store.feeds.claim_due_feeds(
        FEEDS[:1], after(minutes=minutes), limit=9, force=force
    )
    assert [state.feed for state in states] == claimed


@pytest.mark.parametrize(
    ("seconds", "claimed"), [(0, []), (59, []), (60, ["a", "b", "c"]), (600, ["a", "b", "c"])]
)
@pytest.mark.parametrize("force", [False, True])
async def test_a_claim_lasts_a_minute(
    store: Store, seconds: int, claimed: list[str], force: bool
) -> None:
    assert await claim(store) == ["a", "b", "c"]
    assert await claim(store, at=after(seconds=seconds), force=force) == claimed


async def test_where_nothing_is_due_a_claim_reads_one_row(store: Store) -> None:
    for feed in FEEDS:
        await store.feeds.finish_poll(poll(feed, next_poll=after(minutes=9)))
    assert await claim(store) == []
    assert len(await statements(store, lambda: claim(store, at=after(seconds=2)))) == 1
    assert await claim(store, at=after(minutes=9)) == FEEDS


async def test_what_another_process_makes_due_is_claimed_at_once(
    shared: tuple[Store, Store],
) -> None:
    service, other = shared
    for feed in FEEDS:
        await service.feeds.finish_poll(poll(feed, next_poll=after(minutes=9)))
    assert await claim(service) == []
    await other.feeds.finish_poll(poll("b", next_poll=after(seconds=1)))
    assert await claim(service, at=after(seconds=1)) == ["b"]


async def test_a_feed_that_is_resumed_is_claimed_within_three_seconds(store: Store) -> None:
    await store.desk.pause("feed", "a", WHY, NOW)
    for feed in FEEDS[1:]:
        await store.feeds.finish_poll(poll(feed, next_poll=after(minutes=9)))
    assert await claim(store) == []
    await store.desk.resume("feed", "a")
    assert await claim(store, at=after(seconds=3)) == ["a"]


async def test_finishing_releases_the_claim(store: Store) -> None:
    await claim(store)
    await store.feeds.finish_poll(poll("b", next_poll=after(seconds=5)))
    assert await claim(store, at=after(seconds=5)) == ["b"]


async def test_a_claim_that_ran_out_does_not_release_the_next_one(
    shared: tuple[Store, Store],
) -> None:
    slow, quick = shared
    await claim(slow)
    assert await claim(quick, at=after(minutes=2)) == ["a", "b", "c"]
    await slow.feeds.finish_poll(poll("a", next_poll=NOW))
    assert await claim(slow, at=after(minutes=2, seconds=1)) == []


async def interrupted(store: Store, at: datetime) -> dict[str, datetime | None]:
    states = await store.feeds.claim_due_feeds(FEEDS, at, limit=9)
    return {state.feed: state.interrupted for state in states}


async def test_a_poll_whose_process_died_is_told_of_once(shared: tuple[Store, Store]) -> None:
    killed, next_one = shared
    await killed.feeds.finish_poll(poll("b", next_poll=after(hours=9)))
    await claim(killed, force=True)
    await killed.feeds.finish_poll(poll("c", next_poll=NOW))
    # In another process: `b` is not due for hours, and is told of all the same.
    assert await interrupted(next_one, after(minutes=2)) == {"a": NOW, "b": NOW, "c": None}
    for feed in FEEDS:
        await next_one.feeds.finish_poll(poll(feed, next_poll=after(minutes=3), error=WHY))
    assert await interrupted(next_one, after(minutes=3)) == dict.fromkeys(FEEDS)


async def test_recovering_keeps_in_mind_which_polls_were_interrupted(url: str) -> None:
    killed, next_one = open_store(url, create=True), open_store(url, create=True)
    await claim(killed)
    await killed.close()
    await next_one.outbox.recover(after(seconds=5))
    assert await interrupted(next_one, after(seconds=60)) == dict.fromkeys(FEEDS, NOW)
    await next_one.close()


async def test_a_process_that_ends_in_order_interrupts_no_poll(shared: tuple[Store, Store]) -> None:
    stopped, next_one = shared
    await claim(stopped, limit=2)
    assert await claim(next_one) == ["c"]
    await stopped.feeds.release_polls()
    assert await interrupted(next_one, after(seconds=1)) == {"a": None, "b": None}


async def test_a_poll_that_goes_on_keeps_its_claim(shared: tuple[Store, Store]) -> None:
    slow, other = shared
    await claim(slow)
    await slow.feeds.renew_polls(FEEDS[:2], after(seconds=50))
    await other.feeds.renew_polls(FEEDS, after(seconds=55))
    assert await interrupted(other, after(seconds=109)) == {"c": NOW}
    assert await interrupted(other, after(seconds=110)) == {"a": NOW, "b": NOW}


async def test_a_claim_of_ones_own_that_ran_out_was_not_interrupted(store: Store) -> None:
    await claim(store)
    assert await interrupted(store, after(hours=8)) == dict.fromkeys(FEEDS)


@pytest.mark.parametrize("force", [False, True])
async def test_a_paused_feed_is_not_polled(store: Store, force: bool) -> None:
    await store.desk.pause("feed", "b", WHY, NOW)
    await store.desk.pause("channel", "c", WHY, NOW)
    assert await claim(store, force=force) == ["a", "c"]
    assert await store.desk.resume("feed", "b")
    assert await claim(store, force=force) == ["b"]


async def test_feeds_that_nobody_asked_for_are_left_alone(store: Store) -> None:
    await claim(store)
    states = await store.feeds.claim_due_feeds([FeedId("d")], after(hours=1), limit=1)
    assert [state.feed for state in states] == ["d"]


@pytest.mark.parametrize("count", [1, 200])
async def test_feeds_are_found_behind_others_that_have_been_due_for_longer(
    store: Store, count: int
) -> None:
    await store.feeds.know_addresses(dict.fromkeys(map(FeedId, "abcdefgh"), "x"), NOW)
    wanted = [FeedId(f"wanted-{number:03}") for number in range(count)]
    await store.feeds.know_addresses(dict.fromkeys(wanted, "x"), after(minutes=1))
    (state,) = await store.feeds.claim_due_feeds(wanted, after(minutes=2), limit=1)
    assert state.feed == wanted[0]


async def test_who_wants_one_feed_reads_no_other_that_is_due(store: Store) -> None:
    """A job of the queue and a ping of a hub do, while thousands may be due."""
    await store.feeds.know_addresses(dict.fromkeys(FEEDS, "x"), NOW)
    one = [FeedId("b")]
    made = await statements(store, lambda: store.feeds.claim_due_feeds(one, NOW, limit=1))
    reading = [statement for statement in made if "feeds.etag" in statement]
    assert reading
    assert all("feeds.id IN" in statement for statement in reading)


async def test_validators_come_back_as_they_were(store: Store) -> None:
    validators = Validators(etag='W/"é"', last_modified="Mon", poll_hash=b"\x00\xff")
    await store.feeds.finish_poll(poll("a", validators=validators))
    (state,) = await store.feeds.claim_due_feeds(FEEDS[:1], after(hours=1), limit=1)
    due = after(minutes=15)
    assert state == FeedState(feed=FeedId("a"), validators=validators, last_success=NOW, due=due)


async def test_failures_count_up_and_a_success_ends_them(store: Store) -> None:
    await store.feeds.finish_poll(poll("a"))
    for minutes in (1, 2):
        await store.feeds.finish_poll(poll("a", at=after(minutes=minutes), error=WHY))
    (status,) = await store.desk.feed_status(FEEDS)
    assert (status.errors, status.last_success, status.reason) == (2, NOW, WHY)
    assert status.next_poll == after(minutes=17)

    await store.feeds.finish_poll(poll("a", at=after(minutes=3)))
    (status,) = await store.desk.feed_status(FEEDS)
    assert (status.errors, status.last_success, status.reason) == (0, after(minutes=3), None)


async def test_last_new_is_when_a_new_story_was_found(store: Store) -> None:
    await tell(store, story("x"), feed="a")
    await tell(store, story("x"), feed="a", at=after(hours=1))
    await store.feeds.finish_poll(poll("a", at=after(hours=2)))
    (status,) = await store.desk.feed_status(FEEDS)
    assert status.last_new == NOW


async def test_status_names_the_pause_of_a_feed(store: Store) -> None:
    pause = Reason(code="paused", text="by the operator")
    await store.feeds.finish_poll(poll("a", error=WHY))
    await store.desk.pause("feed", "a", pause, NOW)
    await store.desk.pause("feed", "b", pause, NOW)
    statuses = await store.desk.feed_status(FEEDS)
    assert [(one.id, one.paused, one.reason) for one in statuses] == [
        ("a", True, pause),
        ("b", True, pause),
    ]


async def test_channels_are_introduced_by_a_poll_that_read_items(store: Store) -> None:
    await store.feeds.finish_poll(poll("a", channels=("tg", "x")))
    await store.feeds.finish_poll(poll("a", channels=("x", "log")))
    await store.feeds.finish_poll(poll("b"))
    known = await store.stories.known_keys(FeedId("a"), [key("k")])
    assert known.introduced == {"tg", "x", "log"}
    assert (await store.stories.known_keys(FeedId("b"), [])).introduced == frozenset()


async def test_ten_thousand_feeds_are_claimed_in_parts(store: Store) -> None:
    many = [FeedId(f"feed-{number:05}") for number in range(3000)]
    first = await store.feeds.claim_due_feeds(many, NOW, limit=2500)
    second = await store.feeds.claim_due_feeds(many, NOW + timedelta(seconds=1), limit=2500)
    assert len({state.feed for state in first + second}) == len(first) + len(second) == 3000


def corrected(stories: Sequence[Story]) -> Callable[[Known], list[Story]]:
    """All of `stories` say something else now, and their pages were not read."""

    def decide(known: Known) -> list[Story]:
        return [
            replace(
                one,
                items=(item(one.items[0].id, title="Now"),),
                known=known.stories[one.keys[0]].id,
                article=article("Now"),
                owed=(),
                is_corrected=True,
                lacks=frozenset({"image"}),
            )
            for one in stories
        ]

    return decide


@pytest.mark.parametrize("count", [3, 90])
async def test_a_poll_is_few_statements_however_many_items_it_has(store: Store, count: int) -> None:
    told = [story(f"s{number}", owed=("tg", "x")) for number in range(count)]
    passed = [
        story(f"p{number}", owed=(), passed_over={ChannelId("tg"): WHY}) for number in range(count)
    ]
    every = [*told, *passed]
    keys = [one.keys[0] for one in every]
    first = poll(channels=(ChannelId("tg"),))
    feeds = store.feeds
    new = await statements(store, lambda: feeds.finish_poll(first, keys, lambda _: every))
    same = await statements(store, lambda: feeds.finish_poll(poll(), keys, lambda _: []))
    edit = poll(at=after(hours=30))
    other = await statements(store, lambda: feeds.finish_poll(edit, keys, corrected(told)))
    lock = store.database.is_shared  # of a file there is one writer in any case
    assert max(len(new), len(same), len(other)) <= 17 + lock


async def test_unchanged_feeds_are_one_statement_together(store: Store) -> None:
    ids = [FeedId(f"f{number}") for number in range(40)]
    await store.feeds.claim_due_feeds(ids, NOW, limit=40)

    async def finish() -> None:
        await asyncio.gather(*(store.feeds.finish_poll(poll(id_)) for id_ in ids))

    # The store's thread may have begun with the first one already.
    assert 1 <= len(await statements(store, finish)) <= 2
    assert await store.feeds.claim_due_feeds(ids, after(minutes=14), limit=40) == []
    assert len(await store.feeds.claim_due_feeds(ids, after(minutes=15), limit=40)) == 40


async def test_what_is_kept_of_a_document_is_given_back(store: Store) -> None:
    async def finish(kept: bytes | None) -> bytes | None:
        await store.feeds.finish_poll(
            poll("a"), (), lambda _: [], conclude=lambda *_: (poll("a"), kept)
        )
        return await store.feeds.facts(FeedId("a"))

    assert await store.feeds.facts(FeedId("a")) is None
    assert await finish(b"one") == b"one"
    assert await finish(b"other") == b"other"
    await store.feeds.finish_poll(poll("a", error=WHY))
    assert await store.feeds.facts(FeedId("a")) == b"other"
    assert await finish(None) is None
