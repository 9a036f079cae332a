"""Claim and deliver over a real store in memory; only platform and clock are replaced."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import OutcomeUnknown, Rejected, Throttled, Unreachable
from bot.models.basics import ChannelId, DeliveryState, Platform, Reason
from bot.models.outbox import Begun, Dropped, Sent, Stopped, TryAgain
from bot.models.reasons import ReasonCode
from bot.models.settings import Backlog, Budget, Channel, Feed
from bot.pipeline.deliver import deliver
from bot.store.outbox.outbox import Outbox
from tests.pipeline.kit import CHANNEL, NOW, VN, X_ACCOUNT, X_CHANNEL, Delivering

if TYPE_CHECKING:
    from bot.store.engine import Store


class Killed(BaseException):
    """The process is gone."""


async def test_a_post_is_frozen_sent_and_proved(store: Store) -> None:
    lane = Delivering(store)
    await lane.owe("Một tin")
    assert isinstance(await lane.step(), Sent)
    (row,) = await store.desk.deliveries(limit=0)
    assert (row.state, row.remote_id, row.attempts) == (DeliveryState.SENT, "1", 1)
    assert row.text == lane.platform.posts[0].text


@pytest.mark.parametrize(
    ("channel", "per_minute", "per_hour"),
    [
        (replace(CHANNEL, max_per_hour=1200), 20, 1200),
        (replace(CHANNEL, max_per_hour=6), 6, 6),
        (replace(CHANNEL, min_gap=timedelta(minutes=2)), 1, 30),
        (replace(CHANNEL, max_per_hour=1200, max_per_day=4, backlog=Backlog(newest=200)), 4, 4),
        (replace(CHANNEL, platform=Platform.X, max_per_hour=400), 60, 400),
    ],
    ids=["telegram", "default", "min_gap", "per day", "x"],
)
async def test_no_sliding_window_ever_holds_more_than_allowed(
    store: Store, channel: Channel, per_minute: int, per_hour: int
) -> None:
    lane = Delivering(store, channel)
    await lane.owe(*(f"Tin {number:03d}" for number in range(110)))
    times = []
    while await lane.wait() and lane.now < NOW + timedelta(hours=1):
        if isinstance(await lane.step(), Sent):
            times.append(lane.now)
    assert times, "something must go out"
    for span, most in ((60, per_minute), (3600, per_hour), (900, 300)):
        window = timedelta(seconds=span)
        assert max(sum(start <= t < start + window for t in times) for start in times) <= most
    # Of a queue above its bound the newest stay; those go out in their order.
    first = max(0, 110 - (lane.lane.most or 110))
    assert [post.text.split("\n")[0] for post in lane.platform.posts] == [
        f"Tin {number:03d}" for number in range(first, first + len(times))
    ]


async def test_a_throttled_channel_is_silent_exactly_as_long_as_told(store: Store) -> None:
    lane = Delivering(store)
    await lane.owe("Một", "Hai")
    lane.platform.errors = [Throttled("flood", "wait", wait=timedelta(seconds=40))]
    await lane.step()
    for seconds, expected in ((39, 0), (40, 1)):
        lane.now = NOW + timedelta(seconds=seconds)
        await lane.step()
        assert len(lane.platform.posts) == expected


@pytest.mark.parametrize(
    ("policy", "after", "posts"),
    [("hold", "unknown", 0), ("drop", "dropped", 0), ("resend", "sent", 1)],
)
async def test_a_post_that_may_have_been_sent_follows_on_unknown(
    store: Store, policy: str, after: str, posts: int
) -> None:
    lane = Delivering(store, replace(CHANNEL, on_unknown=policy))  # type: ignore[arg-type]
    await lane.owe("Một tin")
    lane.platform.errors = [OutcomeUnknown("no_answer", "connection lost")]
    await lane.step()
    lane.now += timedelta(minutes=1)
    await lane.step()
    assert await lane.states() == [after]
    assert len(lane.platform.posts) == posts


async def test_an_unknown_outcome_keeps_its_money_reserved(store: Store) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=400_000, per_month=10_000_000))
    lane = Delivering(store, replace(X_CHANNEL, on_unknown="resend"), account)
    await lane.owe("Một", "Hai", "Ba")
    lane.platform.errors = [OutcomeUnknown("no_answer", "connection lost")]
    while await lane.wait() and lane.now < NOW + timedelta(minutes=10):
        await lane.step()
    # 0.20 may be lost on the unknown attempt: with 0.40 there is money for one certain post.
    assert len(lane.platform.posts) == 1
    assert await store.desk.spent(account.id, NOW, NOW) == (400_000, 400_000)


class Asleep(Outbox):
    """That of a machine that falls asleep for two minutes when an attempt has begun.

    Its claim is over then: another one takes the delivery back if it is `beside`.
    """

    is_shared = True

    def __init__(self, lane: Delivering, *, beside: bool) -> None:
        super().__init__(lane.store.database)
        self._lane = lane
        self._is_beside = beside

    async def begin(self, *args: Any) -> Begun:
        begun = await super().begin(*args)
        self._lane.now += timedelta(minutes=2)
        if self._is_beside:
            assert await self._lane.claim() is None
            assert await self._lane.states() == ["unknown"]
        return begun


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another machine"])
async def test_a_machine_that_slept_does_not_send_what_it_was_about_to_send(
    store: Store, *, beside: bool
) -> None:
    lane = Delivering(store, X_CHANNEL, X_ACCOUNT)
    await lane.owe("Một tin")
    delivery = await lane.claim()
    assert delivery is not None
    outbox = Asleep(lane, beside=beside)
    outcome = await deliver(delivery, lane.route, store=outbox, now=lambda: lane.now)
    assert isinstance(outcome, TryAgain)
    assert outcome.reason.code == ReasonCode.LATE
    assert (lane.platform.posts, await lane.states(), await lane.spent()) == ([], ["pending"], 0)
    lane.now = outcome.due
    assert isinstance(await lane.step(), Sent)


async def test_what_no_other_machine_can_take_over_is_sent_after_the_sleep(store: Store) -> None:
    lane = Delivering(store, X_CHANNEL, X_ACCOUNT)
    await lane.owe("Một tin")
    delivery = await lane.claim()
    assert delivery is not None
    outbox = Asleep(lane, beside=False)
    outbox.is_shared = False
    outcome = await deliver(delivery, lane.route, store=outbox, now=lambda: lane.now)
    assert isinstance(outcome, Sent)


async def test_a_budget_lasts_until_the_next_local_day(store: Store) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=200_000, per_month=10_000_000))
    lane = Delivering(store, X_CHANNEL, account)
    await lane.owe("Một", "Hai")
    await lane.step()
    lane.now += timedelta(minutes=1)
    await lane.step()
    assert await lane.states() == ["sent", "held"]
    lane.now = NOW.replace(hour=23, minute=59)
    await lane.step()
    assert len(lane.platform.posts) == 1
    lane.now = NOW.replace(hour=0, minute=1) + timedelta(days=1)
    await lane.step()
    assert await lane.states() == ["sent", "sent"]


async def test_a_dear_post_that_does_not_fit_waits_alone(store: Store) -> None:
    """0.05 is left: too little for a link in one channel, enough for three posts of another."""
    account = replace(X_ACCOUNT, budget=Budget(per_day=250_000, per_month=10_000_000))
    dear = Delivering(store, replace(X_CHANNEL, id=ChannelId("dear")), account)
    cheap = Delivering(store, replace(X_CHANNEL, id=ChannelId("cheap"), link="never"), account)
    await dear.owe("Một", "Hai")
    await cheap.owe("Ba", "Bốn", "Năm", "Sáu")
    await dear.step()
    dear.now = cheap.now = NOW + timedelta(minutes=1)
    held = await dear.step()
    assert isinstance(held, Stopped)
    assert held.scope == "channel"
    assert "no room for a post of 0.200 USD" in held.reason.text
    assert "`newsbot resume channel:dear`" in held.reason.text
    for _ in range(4):
        cheap.now += timedelta(minutes=5)
        spent_up = await cheap.step()
    # The fourth finds nothing left even for itself: then the whole account waits.
    assert isinstance(spent_up, Stopped)
    assert (spent_up.scope, len(cheap.platform.posts)) == ("account", 3)
    dear.now = cheap.now = NOW.replace(hour=0, minute=1) + timedelta(days=1)
    await dear.step()
    cheap.now += timedelta(hours=1)
    await cheap.step()
    assert (len(dear.platform.posts), len(cheap.platform.posts)) == (2, 4)


async def test_a_dear_post_that_is_a_paused_accounts_try_lets_a_cheaper_one_try_next(
    store: Store,
) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=14_000, per_month=10_000_000))
    dear = Delivering(store, replace(X_CHANNEL, id=ChannelId("dear")), account)
    cheap = Delivering(store, replace(X_CHANNEL, id=ChannelId("cheap"), link="never"), account)
    await dear.owe("Một")
    await cheap.owe("Hai")
    await cheap.step()
    more = replace(account, budget=Budget(per_day=20_000, per_month=10_000_000))
    for one in (dear, cheap):
        one.route = replace(one.route, account=more)
        one.now = NOW + timedelta(hours=1)
    assert isinstance(await dear.step(), Stopped)
    assert isinstance(await cheap.step(), Sent)


async def test_a_story_that_grew_too_old_while_it_waited_is_dropped(store: Store) -> None:
    lane = Delivering(store)
    await lane.owe("Tin cũ")
    lane.now += timedelta(days=3)
    feed = Feed(id=VN, url="https://a.vn/rss")
    assert isinstance(await lane.step(feed=feed), Dropped)
    (row,) = await store.desk.deliveries(limit=0)
    assert row.reason is not None
    assert row.reason.code == "too_old"


async def test_an_operators_pause_between_claim_and_begin_wins(store: Store) -> None:
    lane = Delivering(store)
    await lane.owe("Một tin")
    delivery = await lane.claim()
    assert delivery is not None
    await store.desk.pause("channel", "tin", Reason(code="operator", text="stop"), NOW)
    assert await lane.deliver(delivery) is None
    assert lane.platform.posts == []
    assert await lane.states() == ["held"]


async def test_an_unreachable_platform_is_asked_less_and_less_often(store: Store) -> None:
    lane = Delivering(store)
    await lane.owe("Một tin")
    lane.platform.errors = [Unreachable("unreachable", "no route") for _ in range(99)]
    attempts = []
    while await lane.wait() and lane.now < NOW + timedelta(hours=1):
        assert await lane.step() is not None
        attempts.append(lane.now)
    assert 5 <= len(attempts) <= 14
    assert attempts[-1] - attempts[-2] > timedelta(minutes=10)


async def test_after_a_long_stop_a_feed_waits_for_the_first_look(store: Store) -> None:
    lane = Delivering(store)
    await lane.owe("Một", "Hai")
    one = await lane.claim()
    assert one is not None
    lane.platform.errors = [Killed()]
    with pytest.raises(Killed):
        await lane.deliver(one)  # and the program is started again hours later
    lane.now += timedelta(hours=3)
    await store.outbox.recover(lane.now)
    assert await lane.claim() is None, "the second story would overtake the first"
    await lane.settle()  # nothing can look here, so that the operator is asked
    two = await lane.claim()
    assert two is not None
    assert two.article.title == "Hai"


async def test_a_fall_back_does_not_wait_for_min_gap_and_the_queue_stays_whole(
    store: Store,
) -> None:
    slow = replace(CHANNEL, min_gap=timedelta(hours=2), backlog=Backlog(newest=2))
    lane = Delivering(store, slow)
    await lane.step()
    await lane.owe(*(f"Tin {number}" for number in range(6)))
    lane.platform.errors = [Rejected("bad_image", "wrong type", part="image")]
    times = []
    while await lane.wait() and lane.now < NOW + timedelta(hours=12):
        if isinstance(await lane.step(), Sent):
            times.append(lane.now)
        lane.now += timedelta(seconds=1)
    assert len(times) == 6
    assert times[0] - NOW < timedelta(seconds=5)
    gaps = [later - one for one, later in pairwise(times)]
    assert min(gaps) >= timedelta(hours=2)
    assert set(await lane.states()) == {"sent"}


@pytest.mark.parametrize("channel", [CHANNEL, X_CHANNEL], ids=["telegram", "x"])
async def test_a_digest_counts_as_told_what_its_text_shows(store: Store, channel: Channel) -> None:
    account = X_ACCOUNT if channel is X_CHANNEL else None
    lane = Delivering(store, replace(channel, backlog=Backlog(newest=0)), account)
    await lane.step()
    lane.store.outbox = Outbox(store.database)
    await lane.owe(*(f"Một tin công nghệ có tựa đề dài vừa phải, số {n:02d}" for n in range(30)))
    lane.now += timedelta(hours=3)
    while not lane.platform.posts and await lane.wait():
        await lane.step()
        lane.now += timedelta(seconds=1)
    (post,) = lane.platform.posts
    shown = post.text.count("•")
    rows = await store.desk.deliveries(limit=0)
    told = [row for row in rows if row.reason and row.reason.code == "digest"]
    left_out = [row for row in rows if row.reason and row.reason.code == "backlog"]
    assert (post.told, len(told), len(left_out)) == (shown, shown, 30 - shown)
    assert all(row.items[0].title in html.unescape(post.text) for row in told)
