"""Three nodes on one PostgreSQL at the same moment: the rules that hold for one hold for all."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.models.basics import AccountId, DeliveryState, FeedId
from bot.models.feeds import Validators
from bot.models.outbox import (
    Begun,
    DigestPlan,
    Dropped,
    Edited,
    Failed,
    Pace,
    Slot,
    Stopped,
    TryAgain,
    Unknown,
)
from bot.models.posts import MESSAGE_GAP
from bot.publish.pace import TELEGRAM_BOT_GAP
from bot.store.engine import Store
from tests.contract.store_kit import (
    DAY_START,
    MONTH_START,
    NOW,
    WHY,
    after,
    article,
    attempt,
    begun,
    charge,
    claim,
    key,
    lane,
    new_only,
    owe,
    poll,
    post,
    row,
    sent,
    settle,
    states,
    story,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models.outbox import Charge, Correction, Lane, Outcome
    from tests.kept import KeptStores

S = DeliveryState
TG, X = AccountId("tg"), AccountId("acc")
SLEPT = timedelta(minutes=2)
"""Longer than any claim lasts."""


@pytest.fixture
async def nodes(kept_stores: KeptStores, server_url: str) -> tuple[Store, ...]:
    return await kept_stores.shared(server_url, 3)


# --- the platforms' rules


class Sending:
    """Three nodes claim, begin and finish at each step of time, all of them at once."""

    def __init__(self, nodes: Sequence[Store], lanes: Sequence[Lane]) -> None:
        self._nodes = nodes
        self._lanes = lanes
        self._chance = random.Random(7)
        self.now = NOW
        self.times: defaultdict[str, list[datetime]] = defaultdict(list)
        self.titles: defaultdict[str, list[str]] = defaultdict(list)

    async def until(self, end: timedelta, step: timedelta, price: Charge | None = None) -> None:
        while self.now < NOW + end:
            await asyncio.gather(*(self._turn(node, price) for node in self._nodes))
            self.now += step

    async def _turn(self, node: Store, price: Charge | None) -> None:
        limit = self._chance.choice([1, 3, 99])
        for one in await claim(node, *self._lanes, at=self.now, limit=limit):
            answer = await node.outbox.begin(one.id, post(one.channel), self.now, price)
            if answer is Begun.YES:
                self.times[one.channel].append(one.start or self.now)
                self.titles[one.channel].append(one.article.title)
                await node.outbox.finish(one, sent(str(one.id)), self.now)
            elif answer is Begun.OVER_BUDGET:
                await node.outbox.finish(one, TryAgain(due=self.now + SLEPT, reason=WHY), self.now)

    @property
    def all_times(self) -> list[datetime]:
        return sorted(time for times in self.times.values() for time in times)


def most_within(times: Sequence[datetime], span: timedelta) -> int:
    return max(sum(start <= time < start + span for time in times) for start in times)


async def test_the_rate_of_a_bot_and_of_each_chat_holds_over_all_nodes(
    nodes: Sequence[Store],
) -> None:
    names = [f"c{number}" for number in range(6)]
    for name in names:
        await owe(nodes[0], *(f"{name} {number}" for number in range(5)), channel=name)
    pace, bot = Pace(gap=MESSAGE_GAP), Pace(gap=TELEGRAM_BOT_GAP)
    lanes = [lane(name, TG, pace=pace, account_pace=bot) for name in names]
    sending = Sending(nodes, lanes)
    await sending.until(timedelta(seconds=16), timedelta(seconds=0.25))
    for name in names:
        assert sending.titles[name] == [f"{name} {number}" for number in range(5)]
        gaps = [later - earlier for earlier, later in pairwise(sending.times[name])]
        assert min(gaps) >= MESSAGE_GAP
    together = [later - earlier for earlier, later in pairwise(sending.all_times)]
    assert min(together) >= TELEGRAM_BOT_GAP - timedelta(microseconds=1)


async def test_the_window_of_an_account_of_x_holds_over_all_nodes(nodes: Sequence[Store]) -> None:
    names = [f"c{number}" for number in range(6)]
    for name in names:
        await owe(nodes[0], *(f"{name} {number}" for number in range(4)), channel=name)
    window = timedelta(minutes=15)
    shared = Pace(gap=timedelta(0), windows=((window, 10),))
    sending = Sending(nodes, [lane(name, X, account_pace=shared) for name in names])
    await sending.until(2 * window, timedelta(minutes=1))
    assert len(sending.all_times) == 20
    assert most_within(sending.all_times, window) == 10


async def test_a_budget_holds_to_the_micro_dollar_over_all_nodes(nodes: Sequence[Store]) -> None:
    names = [f"c{number}" for number in range(9)]
    for name in names:
        await owe(nodes[0], name, f"{name} again", channel=name)
    lanes = [lane(name, X) for name in names]
    sending = Sending(nodes, lanes)
    # Twelve steps: which node claims how many in each is chance, one at least.
    await sending.until(timedelta(minutes=2), timedelta(seconds=10), charge(9, per_day=100))
    assert len(sending.all_times) == 11
    assert await nodes[1].desk.spent(X, DAY_START, MONTH_START) == (99, 99)


async def test_a_digest_is_made_once(nodes: Sequence[Store]) -> None:
    await owe(nodes[0], "a", "b", "c", at=NOW - timedelta(hours=1))
    slot = Slot(begin=NOW, end=after(hours=24), most=2)
    digested = lane(digests=(DigestPlan(feeds=None, slot=slot),))
    sending = Sending(nodes, [digested])
    await sending.until(timedelta(minutes=2), timedelta(seconds=30))
    assert sending.titles == {"tg": ["(digest)"]}
    assert sorted(await states(nodes[0])) == sorted([S.SENT, S.DROPPED, S.DROPPED, S.PENDING])


async def test_one_node_at_a_time_asks_a_server(nodes: Sequence[Store]) -> None:
    feeds = [FeedId(f"f{number}") for number in range(12)]
    servers = {feed: f"host{number % 3}" for number, feed in enumerate(feeds)}
    for node in nodes:
        await node.feeds.know_addresses(dict.fromkeys(feeds, "x"), NOW, servers=servers)
    now, polled, asked = (
        NOW,
        Counter[FeedId](),
        defaultdict[str, list[tuple[datetime, Store]]](list),
    )
    while polled.total() < len(feeds):
        claims = await asyncio.gather(
            *(node.feeds.claim_due_feeds(feeds, now, limit=2) for node in nodes)
        )
        here = [{servers[one.feed] for one in found} for found in claims]
        assert sum(map(len, here)) == len(set().union(*here)), "two nodes ask one server"
        for node, found in zip(nodes, claims, strict=True):
            for one in found:
                asked[servers[one.feed]].append((now, node))
                polled[one.feed] += 1
                await node.feeds.finish_poll(poll(one.feed, at=now))
        now += timedelta(seconds=0.25)
    assert set(polled.values()) == {1}
    for begins in asked.values():
        for (before, first), (time, second) in pairwise(begins):
            assert first is second or time - before >= timedelta(seconds=1)


async def test_a_server_is_free_again_when_the_claim_of_a_dead_node_is_over(
    nodes: Sequence[Store],
) -> None:
    dead, living, _ = nodes
    feeds = [FeedId("f"), FeedId("g")]
    for node in nodes:
        addresses = dict.fromkeys(feeds, "x")
        await node.feeds.know_addresses(addresses, NOW, servers=dict.fromkeys(feeds, "host"))
    assert len(await dead.feeds.claim_due_feeds(feeds, NOW, limit=1)) == 1
    assert await living.feeds.claim_due_feeds(feeds, after(seconds=59), limit=9) == []
    assert len(await living.feeds.claim_due_feeds(feeds, after(seconds=61), limit=9)) == 2


async def test_one_node_at_a_time_searches_with_an_account(nodes: Sequence[Store]) -> None:
    first, second, _ = nodes
    lanes = [lane("one", TG), lane("two", TG), lane("other", "another")]
    for one in lanes:
        await owe(first, one.channel, channel=one.channel)
        await attempt(first, Unknown(reason=WHY, search_at=NOW), one)
    (sought,) = await first.outbox.claim_searches(lanes[:1], NOW, limit=9)
    found = await second.outbox.claim_searches(lanes, NOW, limit=9)
    assert [one.channel for one in found] == ["other"]
    await first.outbox.finish_search(sought, Unknown(reason=WHY, search_at=None), NOW)
    assert len(await second.outbox.claim_searches(lanes, NOW, limit=9)) == 1


# --- what a node does that stood still, when another did its work


OUTCOMES: list[Outcome] = [
    TryAgain(due=NOW, reason=WHY),
    Unknown(reason=WHY, search_at=NOW),
    Failed(reason=WHY),
    Dropped(reason=WHY),
    Stopped(scope="channel", reason=WHY, probe_after=(SLEPT,)),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "being sent"])
async def test_what_it_says_of_a_post_counts_for_nothing(
    nodes: Sequence[Store], outcome: Outcome, *, is_sent: bool
) -> None:
    frozen, other, _ = nodes
    await owe(frozen, "a")
    late = await begun(frozen)
    await other.outbox.recover(NOW + SLEPT)
    await settle(other, TryAgain(due=NOW, reason=WHY), at=NOW + SLEPT)
    taken = await begun(other, at=NOW + SLEPT)
    if is_sent:
        await other.outbox.finish(taken, sent(), NOW + SLEPT)
    before = await row(other)
    await frozen.outbox.finish(late, outcome, NOW)
    assert await row(other) == before


async def test_its_proof_counts(nodes: Sequence[Store]) -> None:
    frozen, other, _ = nodes
    await owe(frozen, "a")
    late = await begun(frozen)
    await other.outbox.recover(NOW + SLEPT)
    await frozen.outbox.finish(late, sent("77"), NOW)
    assert (await row(other)).remote_id == "77"
    assert await claim(other, at=NOW + SLEPT) == []


async def test_it_neither_begins_nor_pays(nodes: Sequence[Store]) -> None:
    frozen, other, _ = nodes
    await owe(frozen, "a")
    (late,) = await claim(frozen, lane("tg", X))
    (taken,) = await claim(other, lane("tg", X), at=NOW + SLEPT)
    assert await frozen.outbox.begin(late.id, post(), NOW, charge(10)) is Begun.LOST
    assert await other.desk.spent(X, DAY_START, MONTH_START) == (0, 0)
    assert await other.outbox.begin(taken.id, post(), NOW + SLEPT, charge(10)) is Begun.YES


async def test_its_poll_takes_nothing_from_the_one_that_took_its_place(
    nodes: Sequence[Store],
) -> None:
    """But what it brought is news: seen is seen."""
    frozen, other, third = nodes
    feeds = [FeedId("f")]
    await frozen.feeds.claim_due_feeds(feeds, NOW, limit=1)
    await other.feeds.claim_due_feeds(feeds, NOW + SLEPT, limit=1)
    late = poll("f", validators=Validators(etag="old"), next_poll=NOW)
    await frozen.feeds.finish_poll(late, [key("a")], new_only([story("a")]))
    await frozen.feeds.renew_polls(feeds, after(hours=1))
    await frozen.feeds.put_off(FeedId("f"))
    assert await third.feeds.claim_due_feeds(feeds, NOW + SLEPT, limit=1, force=True) == []
    await other.feeds.finish_poll(poll("f", at=NOW + SLEPT, validators=Validators(etag="new")))
    (state,) = await third.feeds.claim_due_feeds(feeds, after(hours=1), limit=1)
    assert state.validators.etag == "new"
    assert await states(third) == [S.PENDING]


async def test_its_edit_is_not_noted(nodes: Sequence[Store]) -> None:
    frozen, other, _ = nodes
    await owe(frozen, "a")
    await attempt(frozen, sent())
    found = [await _correction(frozen, 1), await _correction(other, 2)]
    for node, text, correction in zip((other, frozen), ("new", "old"), found[::-1], strict=True):
        await node.outbox.finish_correction(correction, Edited(text=text))
    assert (await row(other)).text == "new"


async def _correction(node: Store, number: int) -> Correction:
    """Correct the story for the `number`th time, and claim its edit; former claims are over."""
    at = NOW + number * SLEPT
    known = (await node.stories.known_keys(FeedId("f"), [key("a")])).stories[key("a")]
    corrected = story("a", known=known.id, owed=(), is_corrected=True)
    corrected = replace(corrected, article=article(f"a, version {number}"))
    await node.feeds.finish_poll(poll("f", at=at), [key("a")], lambda _: [corrected])
    assert await claim(node, at=at) == []
    (found,) = await node.outbox.claim_corrections([lane()], at, within=timedelta(days=1))
    return found
