"""What the operator sees, and the operator's hands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError, UsageError
from bot.models.basics import ChannelId, DeliveryId, DeliveryState, FeedId, Reason
from bot.models.outbox import Dropped, Failed, Stopped, TryAgain, Unknown
from bot.models.views import ChannelStatus
from tests.contract.store_kit import (
    NOW,
    WHY,
    after,
    attempt,
    begun,
    claim,
    item,
    key,
    lane,
    owe,
    row,
    rows,
    sent,
    states,
    story,
    tell,
    titles,
)

if TYPE_CHECKING:
    from bot.models.outbox import Outcome
    from bot.store.engine import Store

S = DeliveryState
TG = ChannelId("tg")


async def bring_into(store: Store, state: S) -> DeliveryId:
    """Make one delivery and bring it into `state`."""
    await owe(store, "a")
    outcomes: dict[S, Outcome] = {
        S.SENT: sent(),
        S.UNKNOWN: Unknown(reason=WHY),
        S.FAILED: Failed(reason=WHY),
        S.DROPPED: Dropped(reason=WHY),
        S.HELD: Stopped(scope="channel", reason=WHY, probe_after=()),
    }
    if state is S.SENDING:
        await begun(store)
    elif state is not S.PENDING:
        await attempt(store, outcomes[state])
    only = await row(store)
    assert only.state is state
    return only.id


# --- retry and drop


@pytest.mark.parametrize("state", [S.FAILED, S.DROPPED, S.UNKNOWN])
async def test_retry(store: Store, state: S) -> None:
    delivery = await bring_into(store, state)
    await store.desk.retry(delivery, after(hours=1))
    only = await row(store)
    assert (only.state, only.due, only.reason) == (S.PENDING, after(hours=1), None)
    assert len(await claim(store, at=after(hours=1))) == 1


async def test_retry_tries_the_whole_post_again(store: Store) -> None:
    await owe(store, "a")
    delivery = await attempt(store, TryAgain(due=NOW, reason=WHY, without=frozenset({"image"})))
    await attempt(store, Failed(reason=WHY))
    await store.desk.retry(delivery.id, NOW)
    (again,) = await claim(store)
    assert again.without == frozenset()


@pytest.mark.parametrize("state", [S.SENT, S.SENDING, S.PENDING, S.HELD])
async def test_a_delivery_that_cannot_be_retried_says_why(store: Store, state: S) -> None:
    delivery = await bring_into(store, state)
    with pytest.raises(NewsbotError, match=f"delivery {delivery} ") as caught:
        await store.desk.retry(delivery, NOW)
    assert caught.value.exit_code == 1
    assert await states(store) == [state]


async def test_retrying_what_a_pause_holds_names_the_pause(store: Store) -> None:
    delivery = await bring_into(store, S.HELD)
    with pytest.raises(
        NewsbotError, match=r"held: channel tg is paused \(because\): `newsbot resume channel:tg`$"
    ):
        await store.desk.retry(delivery, NOW)


@pytest.mark.parametrize("state", [S.PENDING, S.HELD, S.FAILED, S.UNKNOWN])
async def test_drop(store: Store, state: S) -> None:
    delivery = await bring_into(store, state)
    await store.desk.drop(delivery, NOW)
    only = await row(store)
    assert only.state is S.DROPPED
    assert only.reason is not None
    assert only.reason.code == "operator"
    await store.desk.resume("channel", TG)
    assert await claim(store) == []


@pytest.mark.parametrize("state", [S.SENT, S.SENDING, S.DROPPED])
async def test_a_delivery_that_cannot_be_dropped_says_why(store: Store, state: S) -> None:
    delivery = await bring_into(store, state)
    with pytest.raises(NewsbotError, match=f"delivery {delivery} "):
        await store.desk.drop(delivery, NOW)
    assert await states(store) == [state]


@pytest.mark.parametrize("ghost", [0, -1, 99, 2**63, 10**30])
async def test_unknown_ids_are_a_mistake_of_use(store: Store, ghost: int) -> None:
    for hand in (store.desk.retry, store.desk.drop):
        with pytest.raises(UsageError, match=f"no delivery {ghost}"):
            await hand(DeliveryId(ghost), NOW)


async def test_numbers_are_never_used_again(store: Store) -> None:
    delivery = await bring_into(store, S.DROPPED)
    assert await store.housekeeping(after(days=50), timedelta(days=1)) == 1
    await owe(store, "b")
    assert (await row(store)).id > delivery


# --- listing


async def test_the_outbox_newest_first(store: Store) -> None:
    await owe(store, "a", "b", channel="x")
    await owe(store, "c")
    await attempt(store, sent(), lane("x"))
    listed = await store.desk.deliveries()
    assert [one.items[0].title for one in listed] == ["c", "b", "a"]
    assert [one.items[0].title for one in await store.desk.deliveries(limit=1)] == ["c"]
    assert [one.state for one in await rows(store, state=S.SENT)] == [S.SENT]
    assert [one.channel for one in await rows(store, channel=ChannelId("x"))] == ["x", "x"]
    assert await rows(store, state=S.SENT, channel=TG) == []


async def test_a_row_says_everything(store: Store) -> None:
    await owe(store, "a", feed="news")
    await attempt(store, sent("7"), at=after(minutes=1))
    only = await row(store)
    assert (only.channel, only.feed, only.attempts, only.text) == ("tg", "news", 1, "tin")
    assert (only.created_at, only.due, only.sent_at) == (NOW, NOW, after(minutes=1))
    (one,) = only.items
    assert (one.feed, one.id, one.title) == ("news", "a", "a")
    assert (one.link, one.first_seen) == ("https://example.org/a", NOW)


async def test_the_latest_deliveries_of_a_feed_are_listed(store: Store) -> None:
    await owe(store, "a", "b", feed="f")
    await owe(store, "c", feed="g")
    (last,) = await store.desk.latest_deliveries_of_feed(FeedId("f"), limit=1)
    assert last.items[0].title == "b"
    assert await store.desk.latest_deliveries_of_feed(FeedId("h"), limit=1) == []


# --- explain


VIETNAMESE = "Điện thoại Trung Quốc &amp; Việt Nam ngoài 100% mong đợi"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("trung quoc", True),
        ("QUỐC điện", True),
        ("dien thoai & viet nam", True),
        ("  100%  ", True),
        ("100_", False),
        ("trung hoc", False),
        ("tag:example.org,2026:7", True),
        ("https://example.org/bai-viet?utm_source=rss", True),
        ("/bai-viet", True),
        ("", False),
        ("   ", False),
        ("%", True),
        ("_", True),
        ("'; DROP TABLE stories; --", False),
    ],
)
async def test_stories_are_found(store: Store, text: str, is_found: bool) -> None:
    link = "https://example.org/bai-viet?utm_source=rss"
    one = item("tag:example.org,2026:7", title=VIETNAMESE, link=link)
    await tell(store, story("a", items=(one,), owed=()), story("zzz", owed=()))
    found = await store.desk.find_stories(text, 9)
    assert ([trace.items[0].id for trace in found] == [one.id]) is is_found


async def test_newest_first_and_limited(store: Store) -> None:
    await owe(store, "tin a", "tin b", "tin c")
    assert [one.title for one in await store.desk.find_stories("tin", 2)] == ["tin c", "tin b"]
    assert len(await store.desk.find_stories("tin", 0)) == 3


async def test_the_trace_tells_stage_by_stage(store: Store) -> None:
    old = Reason(code="first_run", text="beyond the newest 1")
    await tell(store, story("a", passed_over={ChannelId("x"): old}))
    copy = story("copy", keys=(key("a"),), owed=("tg", "log"))
    await tell(store, copy, feed="g", at=after(hours=1))
    (trace,) = await store.desk.find_stories("copy", 9)
    assert (trace.feed, trace.title, trace.first_seen) == ("f", "a", NOW)
    assert [(one.feed, one.id) for one in trace.items] == [("f", "a"), ("g", "copy")]
    (passed,) = trace.passed_over
    assert (passed.channel, passed.reason, passed.at) == ("x", old, NOW)
    assert [one.channel for one in trace.deliveries] == ["log", "tg"]


# --- status


async def test_channels_at_a_glance(store: Store) -> None:
    for name, outcome in (
        ("a", Failed(reason=WHY)),
        ("b", Unknown(reason=WHY)),
        ("c", sent()),
        ("d", Dropped(reason=WHY)),
    ):
        await owe(store, name)
        await attempt(store, outcome)
    await owe(store, "e", "f")
    found = await store.desk.channel_status([(TG, None), (ChannelId("x"), None)], NOW)
    assert found == [
        ChannelStatus(id=TG, pending=2, unknown=1, failed=1, sent_24h=1),
        ChannelStatus(id=ChannelId("x")),
    ]


@pytest.mark.parametrize(("hours", "count"), [(23, 1), (24, 0)])
async def test_sent_in_24_hours(store: Store, hours: int, count: int) -> None:
    await owe(store, "a")
    await attempt(store, sent())
    (status,) = await store.desk.channel_status([(TG, None)], after(hours=hours))
    assert status.sent_24h == count


@pytest.mark.parametrize(("scope", "name"), [("channel", "tg"), ("account", "acc")])
async def test_a_paused_channel_says_why(store: Store, scope: str, name: str) -> None:
    await owe(store, "a")
    await store.desk.pause(scope, name, WHY, NOW)
    await claim(store, lane("tg", "acc"))
    (status,) = await store.desk.channel_status([(TG, "acc")], NOW)
    assert status == ChannelStatus(id=TG, held=1, reason=WHY)


# --- housekeeping, dry runs


@pytest.mark.parametrize(
    ("state", "days", "forgotten"),
    [
        (S.PENDING, 500, 0),
        (S.HELD, 500, 0),
        (S.UNKNOWN, 500, 0),
        (S.SENDING, 500, 0),
        (S.SENT, 500, 1),
        (S.FAILED, 500, 1),
        (S.DROPPED, 500, 1),
        (S.SENT, 7, 0),
        (S.SENT, 9, 1),
    ],
)
async def test_open_and_recent_stories_are_kept(
    store: Store, state: S, days: int, forgotten: int
) -> None:
    await bring_into(store, state)
    assert await store.housekeeping(after(days=days), timedelta(days=1)) == forgotten
    assert len(await rows(store)) == 1 - forgotten
    known = await store.stories.known_keys(FeedId("f"), [key("a")])
    assert len(known.stories) == 1 - forgotten


async def test_a_copy_changes_nothing_in_the_original(store: Store) -> None:
    await owe(store, "a")
    copy = await store.copy_to_memory()
    await owe(copy, "b")
    await attempt(copy, sent())
    assert await states(copy) == [S.SENT, S.PENDING]
    await copy.close()
    assert await states(store) == [S.PENDING]
    assert await titles(store) == ["a"]
