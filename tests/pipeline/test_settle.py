"""What may have been sent: looked for where that is possible, else as the operator chose."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    OutcomeUnknown,
    OutOfCredit,
    PublishError,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.models.outbox import Absent, Failed, Found, Unknown
from bot.models.posts import Receipt, SearchResult
from bot.models.settings import Budget
from tests.pipeline.kit import CHANNEL, NOW, X_ACCOUNT, X_CHANNEL, Delivering, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.models.posts import Post
    from bot.store.engine import Store

LOST = OutcomeUnknown("no_answer", "connection lost")
FIND = frozenset({"find"})
FREE = replace(CHANNEL, max_per_hour=None, max_per_day=None)
THERE = SearchResult(receipt=Receipt(remote_id="77"), made_at=NOW, reads=3)


async def in_doubt(store: Store, *, error: PublishError = LOST, **keys: object) -> Delivering:
    values = {"channel": CHANNEL, "can": FIND} | keys
    lane = Delivering(store, **values)
    await lane.owe("Một tin")
    lane.platform.errors = [error]
    assert isinstance(await lane.step(), Unknown)
    return lane


async def at(lane: Delivering, seconds: float) -> object:
    lane.now = NOW + timedelta(seconds=seconds)
    return await lane.settle()


async def test_a_post_that_is_there_was_sent(store: Store) -> None:
    lane = await in_doubt(store)
    lane.platform.shows = THERE
    assert isinstance(await at(lane, 10), Found)
    assert await lane.states() == ["sent"]
    (row,) = await store.desk.deliveries(limit=0)
    assert row.remote_id == "77"
    assert lane.platform.posts == []


async def test_nobody_looks_before_it_can_be_there(store: Store) -> None:
    lane = await in_doubt(store)
    await at(lane, 0)
    assert await at(lane, 9) is None
    assert lane.platform.searches == []
    await at(lane, 10)
    assert len(lane.platform.searches) == 1


async def test_an_absent_post_is_sent_again_only_when_that_is_sure(store: Store) -> None:
    lane = await in_doubt(store)
    assert isinstance(await at(lane, 10), Unknown)
    assert await lane.states() == ["unknown"]
    assert await at(lane, 59) is None
    assert isinstance(await at(lane, 60), Absent)
    await lane.step()
    assert await lane.states() == ["sent"]
    assert len(lane.platform.posts) == 1


async def test_a_post_that_shows_up_late_is_not_sent_again(store: Store) -> None:
    lane = await in_doubt(store)
    await at(lane, 10)
    lane.platform.shows = THERE
    assert isinstance(await at(lane, 60), Found)
    assert lane.platform.posts == []


@pytest.mark.parametrize(
    ("error", "minutes"),
    [
        (Unreachable("x", "no route"), 0.5),
        (OutcomeUnknown("x", "lost"), 0.5),
        (Unauthorized("x", "no", scope="account"), 0.5),
        (OutOfCredit("x", "pay"), 0.5),
        (Throttled("x", "wait", wait=timedelta(minutes=7)), 7),
        (Throttled("x", "wait", until=NOW + timedelta(minutes=20)), 20 - 1 / 6),
    ],
)
async def test_a_look_that_fails_is_made_again(
    store: Store, error: PublishError, minutes: float
) -> None:
    lane = await in_doubt(store)
    lane.platform.search_errors = [error]
    assert isinstance(await at(lane, 10), Unknown)
    assert await lane.states() == ["unknown"]
    due = 10 + minutes * 60
    assert await at(lane, due - 1) is None
    lane.platform.shows = THERE
    assert isinstance(await at(lane, due), Found)


async def test_looks_that_fail_come_less_and_less_often_and_end(store: Store) -> None:
    lane = await in_doubt(store)
    lane.platform.search_errors = [Unreachable("x", "no route") for _ in range(99)]
    while await lane.wait():
        await lane.settle()
    assert await lane.states() == ["unknown"]
    assert timedelta(hours=24) < lane.now - NOW < timedelta(hours=26)
    assert len(lane.platform.searches) < 40
    (row,) = await store.desk.deliveries(limit=0)
    assert row.reason is not None
    assert "could not be looked for: no route" in row.reason.text


@pytest.mark.parametrize(
    ("policy", "state"), [("hold", "unknown"), ("drop", "dropped"), ("resend", "pending")]
)
async def test_an_outcome_that_can_never_be_known_follows_the_operator(
    store: Store, policy: str, state: str
) -> None:
    lane = await in_doubt(store, channel=replace(CHANNEL, on_unknown=policy))
    lane.platform.search_errors = [Rejected("protected", "the chat protects its content")]
    await at(lane, 10)
    assert await lane.states() == [state]
    assert await at(lane, 9999) is None


async def test_the_operators_choice_does_not_come_before_the_look(store: Store) -> None:
    lane = await in_doubt(store, channel=replace(CHANNEL, on_unknown="resend"))
    lane.platform.shows = THERE
    await at(lane, 0)
    assert await lane.states() == ["unknown"]
    await at(lane, 10)
    assert await lane.states() == ["sent"]
    assert lane.platform.posts == []


# --- only a later post will tell

OPEN = SearchResult(receipt=None, is_open=True)


async def test_absence_that_is_open_is_not_believed(store: Store) -> None:
    lane = await in_doubt(store)
    lane.platform.shows = OPEN
    for seconds in (10, 60, 61, 3600 * 23):
        await at(lane, seconds)
    assert await lane.states() == ["unknown"]
    assert len(lane.platform.searches) == 2, "one at first, one when it must be there"


@pytest.mark.parametrize(
    ("policy", "state"), [("hold", "unknown"), ("drop", "dropped"), ("resend", "pending")]
)
async def test_after_a_day_without_a_later_post_the_operator_decides(
    store: Store, policy: str, state: str
) -> None:
    lane = await in_doubt(store, channel=replace(CHANNEL, on_unknown=policy))
    lane.platform.shows = OPEN
    for seconds in (10, 60, 3600 * 24):
        await at(lane, seconds)
    assert await lane.states() == [state]
    assert await at(lane, 3600 * 48) is None
    (row,) = await store.desk.deliveries(limit=0)
    assert row.reason is not None
    assert row.reason.text.endswith("could not be looked for: no post of ours is known after it")


async def test_a_feeds_next_story_does_not_wait_for_that_day(store: Store) -> None:
    lane = await in_doubt(store, channel=FREE)
    lane.platform.shows = OPEN
    await lane.owe("Tin sau")
    while await lane.wait() and lane.now < NOW + timedelta(hours=1):
        await lane.step()
    assert await lane.states() == ["unknown", "sent"]
    (last,) = [row for row in await store.desk.deliveries(limit=0) if row.state == "sent"]
    assert last.sent_at == NOW + timedelta(minutes=15)


# --- duplicates

TWICE = OutcomeUnknown("duplicate", "X answered 403: duplicate content")


async def test_a_duplicate_that_is_there_is_proof(store: Store) -> None:
    lane = await in_doubt(store, error=TWICE, channel=X_CHANNEL, account=X_ACCOUNT)
    lane.platform.shows = THERE
    await at(lane, 10)
    assert await lane.states() == ["sent"]
    assert await lane.spent() == 200_000 + 3 * 1_000


async def test_a_duplicate_of_the_users_own_post_costs_nothing(store: Store) -> None:
    lane = await in_doubt(store, error=TWICE, channel=X_CHANNEL, account=X_ACCOUNT)
    lane.platform.shows = replace(THERE, made_at=NOW - timedelta(hours=3))
    await at(lane, 10)
    assert await lane.states() == ["sent"]
    assert await lane.spent() == 3 * 1_000


async def test_a_duplicate_that_is_not_there_is_never_sent_again(store: Store) -> None:
    channel = replace(X_CHANNEL, on_unknown="resend")
    lane = await in_doubt(store, error=TWICE, channel=channel, account=X_ACCOUNT)
    await at(lane, 10)
    assert isinstance(await at(lane, 60), Failed)
    assert await lane.states() == ["failed"]
    assert lane.platform.posts == []
    assert await lane.spent() == 0


# --- money


async def test_an_attempt_that_made_no_post_is_not_paid(store: Store) -> None:
    lane = await in_doubt(store, channel=X_CHANNEL, account=X_ACCOUNT)
    assert await lane.spent() == 200_000
    lane.platform.shows = SearchResult(receipt=None, reads=2)
    await at(lane, 10)
    assert await lane.spent() == 202_000
    await at(lane, 60)
    assert await lane.spent() == 4_000
    await lane.step()
    assert await lane.states() == ["sent"]
    assert await lane.spent() == 204_000


async def test_a_read_without_an_answer_may_have_been_billed(store: Store) -> None:
    lane = await in_doubt(store, channel=X_CHANNEL, account=X_ACCOUNT)
    lane.platform.search_errors = [OutcomeUnknown("x", "lost"), Unreachable("x", "no route")]
    await at(lane, 10)
    assert await lane.spent() == 220_000
    await at(lane, 40)
    assert await lane.spent() == 220_000


async def test_without_money_for_the_read_nobody_looks(store: Store) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=210_000, per_month=10_000_000))
    lane = await in_doubt(store, channel=X_CHANNEL, account=account)
    await at(lane, 10)
    assert lane.platform.searches == []
    assert await lane.states() == ["unknown"]
    lane.platform.shows = THERE
    await at(lane, 16 * 3600)  # the next local day
    assert await lane.states() == ["sent"]


# --- a platform that answers nothing but errors


class Poisoned(FakePlatform):
    """Answers errors to posts with the word, from which nobody knows whether they are out."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.refused: list[datetime] = []
        self.clock: Callable[[], datetime] = lambda: NOW

    async def publish(self, post: Post) -> Receipt:
        if self.word in post.text:
            self.refused.append(self.clock())
            raise LOST
        return await super().publish(post)


def poisoned(lane: Delivering, word: str) -> Poisoned:
    platform = Poisoned(word)
    platform.clock = lambda: lane.now
    finder = None if lane.route.finder is None else platform
    lane.route = replace(lane.route, publisher=platform, finder=finder)
    return platform


async def pass_time(lane: Delivering, most: timedelta) -> None:
    end = lane.now + most
    while await lane.wait() and lane.now < end:
        await lane.settle()
        await lane.step()


async def test_a_post_that_never_arrives_is_tried_less_and_less_and_then_fails(
    store: Store,
) -> None:
    lane = Delivering(store, FREE, can=FIND)
    await lane.owe("độc", "sau đó")
    platform = poisoned(lane, "độc")
    await pass_time(lane, timedelta(hours=24))
    assert await lane.states() == ["failed", "sent"]
    gaps = [later - earlier for earlier, later in pairwise(platform.refused)]
    assert len(platform.refused) == 32
    assert max(gaps) < timedelta(minutes=20)
    assert timedelta(hours=6) < sum(gaps, timedelta(0)) < timedelta(hours=8)
    (row,) = [row for row in await store.desk.deliveries(limit=0) if row.state == "failed"]
    assert row.reason is not None
    assert row.reason.text == "it had not arrived (connection lost), 32 times in a row"


async def test_an_outage_does_not_cost_the_whole_queue_its_certainty(store: Store) -> None:
    lane = Delivering(store, FREE)
    await lane.owe(*[f"tin {number}" for number in range(200)])
    poisoned(lane, "tin")
    await pass_time(lane, timedelta(hours=1))
    states = Counter(await lane.states())
    assert states["unknown"] + states["pending"] == 200
    assert 8 < states["unknown"] < 15


async def test_a_post_is_not_resent_blindly_without_end(store: Store) -> None:
    lane = Delivering(store, replace(FREE, on_unknown="resend"))
    await lane.owe("độc", "sau đó")
    platform = poisoned(lane, "độc")
    await pass_time(lane, timedelta(hours=24))
    assert await lane.states() == ["unknown", "sent"]
    assert len(platform.refused) == 6
