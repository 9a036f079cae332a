"""Subscriptions on every database: each outcome has its place, and none is lost in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.basics import FeedId, Reason
from bot.models.subscriptions import Hub, HubRefused, Lease, Subscription
from tests.contract.store_kit import NOW, after, poll, story, tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.models.feeds import FeedState
    from bot.store.engine import Store

F = FeedId("f")
BASE = "https://bot.example.org/websub/"
HUB = Hub(url="https://hub.example/", topic="https://a.vn/feed")
OTHER = Hub(url="https://other.example/", topic="https://a.vn/feed")
WHY = Reason(code="http_403", text="403 Forbidden")
LEASE = Lease(expires=after(days=10), renew_at=after(days=8))
_made = iter(range(10_000))


def make(feed: FeedId, hub: Hub) -> Subscription:
    token = f"token{next(_made)}"
    callback = f"{BASE}{token}"
    return Subscription(
        token=token, feed=feed, hub=hub.url, topic=hub.topic, callback=callback, secret="secret"
    )


async def want(
    store: Store, hub: Hub = HUB, *, at: datetime = NOW, feeds: Sequence[FeedId] = (F,)
) -> list[Subscription]:
    """Poll the feed, whose document names `hub`, and return what its hub is to be asked."""
    await tell(store, at=at, hub=hub)
    return await ask(store, at=at, feeds=feeds)


async def ask(
    store: Store, *, at: datetime = NOW, feeds: Sequence[FeedId] = (F,)
) -> list[Subscription]:
    await store.subscriptions.reconcile(feeds, BASE, make, at)
    return await store.subscriptions.claim_due(at, limit=9)


async def subscribed(store: Store) -> Subscription:
    (one,) = await want(store)
    await store.subscriptions.answer(one.token, None, NOW)
    assert await store.subscriptions.verify(one.token, "subscribe", HUB.topic, LEASE, NOW)
    return one


async def state(store: Store, at: datetime) -> FeedState:
    (found,) = await store.feeds.claim_due_feeds([F], at, limit=1, force=True)
    await store.feeds.release_polls()
    return found


async def next_poll(store: Store) -> datetime | None:
    return (await store.desk.feed_status([F]))[0].next_poll


async def test_a_feed_that_names_a_hub_is_asked_for_once(store: Store) -> None:
    (one,) = await want(store)
    assert (one.feed, one.hub, one.topic, one.mode) == (F, HUB.url, HUB.topic, "subscribe")
    assert await ask(store) == []
    (status,) = await store.subscriptions.statuses([F])
    assert status.expires is None


async def test_a_feed_that_names_none_is_not(store: Store) -> None:
    assert await want(store, Hub()) == []


async def test_what_was_asked_is_verified_and_nothing_else(store: Store) -> None:
    (one,) = await want(store)
    verify = store.subscriptions.verify
    assert not await verify("stranger", "subscribe", HUB.topic, LEASE, NOW)
    assert not await verify(one.token, "unsubscribe", HUB.topic, LEASE, NOW)
    assert not await verify(one.token, "subscribe", "https://b.vn/feed", LEASE, NOW)
    assert await verify(one.token, "subscribe", HUB.topic, LEASE, NOW)
    # The answer may be lost on its way: the hub asks again.
    assert await verify(one.token, "subscribe", HUB.topic, LEASE, NOW)
    (status,) = await store.subscriptions.statuses([F])
    assert (status.expires, status.reason) == (LEASE.expires, None)


async def test_nothing_is_verified_before_it_was_asked_for(store: Store) -> None:
    await tell(store, hub=HUB)
    await store.subscriptions.reconcile([F], BASE, make, NOW)
    token = f"token{next(_made) - 1}"
    assert await store.subscriptions.of(token) is not None
    assert not await store.subscriptions.verify(token, "subscribe", HUB.topic, LEASE, NOW)


async def test_an_answer_after_the_verification_takes_nothing_back(store: Store) -> None:
    (one,) = await want(store)
    assert await store.subscriptions.verify(one.token, "subscribe", HUB.topic, LEASE, NOW)
    await store.subscriptions.answer(one.token, HubRefused(reason=WHY), NOW)
    (status,) = await store.subscriptions.statuses([F])
    assert (status.expires, status.reason) == (LEASE.expires, None)
    assert await ask(store, at=after(days=7)) == []


async def test_a_hub_that_never_verifies_is_told_and_asked_again(store: Store) -> None:
    (one,) = await want(store)
    await store.subscriptions.answer(one.token, None, NOW)
    (status,) = await store.subscriptions.statuses([F])
    assert status.reason is not None
    assert "web.public_url" in status.reason.text
    assert await ask(store, at=after(minutes=4)) == []
    (again,) = await ask(store, at=after(minutes=6))
    assert (again.token, again.attempts) == (one.token, 1)


async def test_a_refusal_is_kept_and_tried_again_later(store: Store) -> None:
    (one,) = await want(store)
    refused = HubRefused(reason=WHY, retry_after=timedelta(hours=3))
    await store.subscriptions.answer(one.token, refused, NOW)
    (status,) = await store.subscriptions.statuses([F])
    assert status.reason == WHY
    assert await ask(store, at=after(hours=2)) == []
    assert len(await ask(store, at=after(hours=3))) == 1


async def test_a_lease_is_renewed_before_its_end(store: Store) -> None:
    one = await subscribed(store)
    assert await ask(store, at=after(days=7)) == []
    (again,) = await ask(store, at=LEASE.renew_at)
    assert (again.token, again.callback, again.mode) == (one.token, one.callback, "subscribe")
    longer = Lease(expires=after(days=18), renew_at=after(days=16))
    assert await store.subscriptions.verify(one.token, "subscribe", HUB.topic, longer, NOW)
    (status,) = await store.subscriptions.statuses([F])
    assert status.expires == longer.expires


async def test_another_hub_is_subscribed_to_and_the_old_one_left(store: Store) -> None:
    one = await subscribed(store)
    modes = {each.mode: each for each in await want(store, OTHER, at=after(hours=1))}
    assert modes["unsubscribe"].token == one.token
    assert modes["subscribe"].hub == OTHER.url
    assert await store.subscriptions.verify(one.token, "unsubscribe", HUB.topic, LEASE, NOW)
    later = [each.mode for each in await ask(store, at=after(hours=9))]
    assert later == ["subscribe"]
    assert await store.subscriptions.of(one.token) is None


async def test_a_feed_that_left_the_file_is_unsubscribed_a_few_times_at_most(store: Store) -> None:
    one = await subscribed(store)
    asked = [len(await ask(store, at=after(days=day), feeds=())) for day in range(1, 9)]
    assert sum(asked) == 3
    assert await store.subscriptions.of(one.token) is None


async def test_a_subscription_nobody_asked_for_yet_just_ends(store: Store) -> None:
    await tell(store, hub=HUB)
    await store.subscriptions.reconcile([F], BASE, make, NOW)
    assert await ask(store, feeds=()) == []


async def test_a_denial_is_told_and_the_feed_is_polled_as_usual(store: Store) -> None:
    one = await subscribed(store)
    await told_by_push(store)
    assert not await store.subscriptions.deny(one.token, "https://b.vn/", "no", after(hours=1))
    assert await store.subscriptions.deny(one.token, HUB.topic, "too much", after(hours=1))
    (status,) = await store.subscriptions.statuses([F])
    assert status.expires is None
    assert status.reason is not None
    assert status.reason.text == "too much"
    assert await next_poll(store) == after(hours=1)
    assert await ask(store, at=after(hours=2)) == []
    assert len(await ask(store, at=after(days=2))) == 1


async def told_by_push(store: Store) -> None:
    """Let the hub tell the feed's news."""
    far = after(hours=6)
    await tell(store, story("1"), at=after(minutes=1), is_told=True, next_poll=far)


async def test_a_feed_is_told_of_while_its_subscription_is_in_force(store: Store) -> None:
    await subscribed(store)
    assert (await state(store, NOW)).is_told is False
    await told_by_push(store)
    assert (await state(store, after(days=9))).is_told
    assert (await state(store, after(days=11))).is_told is None
    await tell(store, story("2"), at=after(minutes=2), is_told=False)
    assert not (await state(store, after(days=1))).is_told


async def test_a_hub_that_tells_nothing_is_asked_again_once_a_day(store: Store) -> None:
    """Our answer to its verification may have been lost, and it knows nothing of us."""
    one = await subscribed(store)
    for minutes in (1, 2):
        await tell(store, story(str(minutes)), at=after(minutes=minutes), is_told=False)
    assert await ask(store, at=after(hours=23)) == []
    (again,) = await ask(store, at=after(hours=25))
    assert again.token == one.token


async def test_a_subscription_that_ends_lets_its_feed_be_polled_at_once(store: Store) -> None:
    await subscribed(store)
    far = after(days=12)
    await tell(store, story("1"), at=after(minutes=1), is_told=True, next_poll=far)
    assert await store.subscriptions.are_due([F], after(days=11))
    await ask(store, at=after(days=11))
    assert await next_poll(store) == after(days=11)


async def test_a_push_that_no_poll_read_is_polled_for(store: Store) -> None:
    """The process that took it died: what it kept in memory is gone."""
    one = await subscribed(store)
    await told_by_push(store)
    await store.subscriptions.push(one.token, after(minutes=5))
    assert not await store.subscriptions.are_due([F], after(minutes=6))
    assert await store.subscriptions.are_due([F], after(minutes=8))
    await ask(store, at=after(minutes=8))
    assert await next_poll(store) == after(minutes=8)
    await store.feeds.finish_poll(poll(at=after(minutes=9), next_poll=after(hours=6)))
    assert not await store.subscriptions.are_due([F], after(minutes=12))


async def test_what_a_poll_did_not_read_of_several_pushes_is_polled_for(store: Store) -> None:
    await subscribed(store)
    began = after(minutes=5)
    await store.subscriptions.push_more(F, began + timedelta(microseconds=1))
    await store.feeds.finish_poll(poll(at=began, next_poll=after(hours=6)))
    assert await store.subscriptions.are_due([F], after(minutes=8))


async def test_why_a_push_was_ignored_is_told_until_the_hub_is_right_again(store: Store) -> None:
    one = await subscribed(store)
    await store.subscriptions.ignore(one.token, WHY)
    (status,) = await store.subscriptions.statuses([F])
    assert status.reason == WHY
    assert await store.subscriptions.verify(one.token, "subscribe", HUB.topic, LEASE, NOW)
    (status,) = await store.subscriptions.statuses([F])
    assert status.reason is None


async def test_without_a_public_address_all_are_forgotten(store: Store) -> None:
    one = await subscribed(store)
    await told_by_push(store)
    assert await store.subscriptions.are_any()
    await store.subscriptions.forget_all(after(hours=1))
    assert not await store.subscriptions.are_any()
    assert await store.subscriptions.of(one.token) is None
    assert await next_poll(store) == after(hours=1)


async def test_a_new_hub_is_due_at_once(store: Store) -> None:
    await subscribed(store)
    assert not await store.subscriptions.are_due([F], after(minutes=1))
    await tell(store, at=after(minutes=1), hub=OTHER)
    assert await store.subscriptions.are_due([F], after(minutes=1))


async def test_a_hub_of_a_feed_that_left_the_file_is_never_due(store: Store) -> None:
    await tell(store, hub=HUB)
    assert await store.subscriptions.are_due([F], NOW)
    assert not await store.subscriptions.are_due([FeedId("other")], NOW)


async def test_a_part_leaves_what_is_known_of_the_whole_document(store: Store) -> None:
    whole = poll(channels=("tg",), hub=HUB)
    await store.feeds.finish_poll(whole, (), lambda _: [], conclude=lambda _k, _s: (whole, b"x"))
    part = poll(at=after(minutes=1), is_part=True)
    await store.feeds.finish_poll(part, (), lambda _: [], conclude=lambda _k, _s: (part, None))
    assert await store.feeds.facts(F) == b"x"
    assert len(await ask(store)) == 1
