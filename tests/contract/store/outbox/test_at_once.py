"""What the operator has sent now, and posts that were deleted again."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.models.basics import ChannelId, DeliveryState, FeedId, Platform
from bot.models.outbox import Failed, Stopped, TryAgain, Unknown
from bot.models.settings import Channel, TemplateText
from bot.models.stories import Article
from tests.contract.store_kit import (
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
    owe,
    post,
    row,
    rows,
    sent,
    states,
    story,
    tell,
)

if TYPE_CHECKING:
    from bot.models.alerts import Scope
    from bot.models.outbox import Delivery, Outcome
    from bot.store.engine import Store

S = DeliveryState
CHANNEL = Channel(
    id=ChannelId("tg"), platform=Platform.TELEGRAM, template=TemplateText(name="t", source="")
)


async def owe_now(
    store: Store, name: str, channel: Channel = CHANNEL, *, hours: float = 1
) -> Delivery | None:
    found = await store.desk.find_stories(name, 0)
    (trace,) = [one for one in found if one.title == name]
    wanted = await store.desk.article(trace.id) or Article(title="đọc lại")
    return await store.outbox.owe_story(trace.id, wanted, channel, after(hours=hours))


async def test_a_new_delivery_is_claimed_and_wanted(store: Store) -> None:
    await owe(store, "a", channel="other")
    delivery = await owe_now(store, "a")
    assert delivery is not None
    assert (delivery.channel, delivery.feed, delivery.is_wanted) == ("tg", "f", True)
    assert delivery.article == article("a")
    assert await states(store) == [S.PENDING, S.PENDING]
    assert await claim(store, at=after(hours=1)) == []
    old = {FeedId("f"): after(days=9)}
    assert await store.outbox.drop_outdated(old, after(hours=1)) == 0


async def test_a_story_that_nobody_was_owed_gets_its_text(store: Store) -> None:
    await tell(store, story("a", owed=()))
    (trace,) = await store.desk.find_stories("a", 2)
    assert await store.desk.article(trace.id) is None
    delivery = await owe_now(store, "a")
    assert delivery is not None
    assert delivery.article.title == "đọc lại"
    assert await store.desk.article(trace.id) == Article(title="đọc lại")


async def test_then_no_feed_owes_it_again(store: Store) -> None:
    await tell(store, story("a", owed=()))
    assert await owe_now(store, "a")
    await tell(store, story("copy", keys=(key("a"),)), feed="g")
    assert len(await rows(store)) == 1


async def test_a_channel_that_is_posted_to_is_left_alone(store: Store) -> None:
    await owe(store, "a", "b")
    await begun(store)
    assert await owe_now(store, "b", hours=0) is None
    assert await owe_now(store, "a", hours=0) is None
    assert await states(store) == [S.SENDING, S.PENDING]


async def test_a_refused_part_stays_out_while_the_delivery_waits(store: Store) -> None:
    await owe(store, "a")
    await attempt(store, TryAgain(due=NOW, reason=WHY, without=frozenset({"image"})))
    delivery = await owe_now(store, "a")
    assert delivery is not None
    assert delivery.without == {"image"}


async def test_a_chat_that_moved_is_followed(store: Store) -> None:
    here = replace(CHANNEL, chat="-5")
    await owe(store, "a", "b")
    first = await claim(store, lane(chat="-5"))
    await store.outbox.begin(first[0].id, replace(post(), chat="-5"), NOW)
    await store.outbox.finish(first[0], TryAgain(due=NOW, reason=WHY, chat=-100), NOW)
    delivery = await owe_now(store, "b", here)
    assert delivery is not None
    assert delivery.chat == -100


@pytest.mark.parametrize("scope", ["channel", "account"])
async def test_the_platforms_wait_holds(store: Store, scope: str) -> None:
    await owe(store, "a", "b")
    wait = TryAgain(due=NOW, reason=WHY, **{f"{scope}_until": after(hours=2)})
    await attempt(store, wait, lane("tg", "acc"))
    channel = replace(CHANNEL, account="acc")
    with pytest.raises(NewsbotError, match="channel tg rests until 2026-11-23 11:00:00 UTC"):
        await owe_now(store, "b", channel)
    assert await owe_now(store, "b", channel, hours=1.9999) is None
    assert await owe_now(store, "b", channel, hours=2)


@pytest.mark.parametrize(("scope", "name"), [("channel", "tg"), ("account", "acc")])
async def test_a_pause_refuses_before_anything_is_written(
    store: Store, scope: Scope, name: str
) -> None:
    await owe(store, "a")
    await store.desk.pause(scope, name, WHY, NOW)
    channel = replace(CHANNEL, account="acc")
    said = rf"^{scope} {name} is paused \(because\): `newsbot resume {scope}:{name}`$"
    with pytest.raises(NewsbotError, match=said):
        await owe_now(store, "a", channel)
    with pytest.raises(NewsbotError, match=said):
        await store.outbox.owe_directly(article("t"), channel, NOW)
    assert len(await rows(store)) == 1


async def test_a_post_of_no_feed_follows_a_chat_that_moved(store: Store) -> None:
    await owe(store, "a")
    first = await claim(store, lane(chat="-5"))
    await store.outbox.begin(first[0].id, replace(post(), chat="-5"), NOW)
    await store.outbox.finish(first[0], TryAgain(due=NOW, reason=WHY, chat=-100), NOW)
    delivery = await store.outbox.owe_directly(article("t"), replace(CHANNEL, chat="-5"), NOW)
    assert delivery is not None
    assert delivery.chat == -100


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (TryAgain(due=NOW, reason=WHY), S.DROPPED),
        (Stopped(scope="channel", reason=WHY, probe_after=()), S.DROPPED),
        (Failed(reason=WHY), S.DROPPED),
        (Unknown(reason=WHY), S.UNKNOWN),
        (sent(), S.SENT),
    ],
)
async def test_a_withdrawn_post_is_never_sent_but_one_that_may_be_out_stays(
    store: Store, outcome: Outcome, left: S
) -> None:
    delivery = await store.outbox.owe_directly(article("t"), CHANNEL, NOW)
    assert delivery is not None
    await store.outbox.begin(delivery.id, post(), NOW)
    await store.outbox.finish(delivery, outcome, NOW)
    await store.desk.withdraw(delivery.id)
    assert await states(store) == [left]


async def test_a_delivery_that_was_only_claimed_is_withdrawn_too(store: Store) -> None:
    delivery = await store.outbox.owe_directly(article("t"), CHANNEL, NOW)
    assert delivery is not None
    await store.desk.withdraw(delivery.id)
    only = await row(store)
    assert (only.state, only.reason and only.reason.text) == (
        S.DROPPED,
        "test post, not sent: say it again",
    )
    assert await claim(store, at=after(hours=1)) == []


async def test_a_killed_command_leaves_nothing_behind(store: Store) -> None:
    await owe(store, "a")
    assert await owe_now(store, "a")
    (again,) = await claim(store, at=after(hours=1, minutes=1))
    assert again.article.title == "a"


async def test_of_two_commands_one_sends(shared: tuple[Store, Store]) -> None:
    await owe(shared[0], "a")
    both = await asyncio.gather(*(owe_now(store, "a") for store in shared))
    assert sorted(one is None for one in both) == [False, True]
    assert len(await rows(shared[0])) == 1


# --- posts that stand, and their deletion


async def test_the_last_posts_that_stand(store: Store) -> None:
    await owe(store, "a", "b", "c", "d")
    for number, outcome in enumerate((sent("1"), Unknown(reason=WHY), sent("3"))):
        await attempt(store, outcome, at=after(minutes=number))
    await owe(store, "x", channel="other")
    await attempt(store, sent("9"), lane("other"))
    posts = await store.desk.sent_posts(ChannelId("tg"), 9)
    assert [(one.title, one.remote_id) for one in posts] == [("c", "3"), ("a", "1")]
    assert posts[0].url == "https://t.me/c/3"
    assert [one.title for one in await store.desk.sent_posts(ChannelId("tg"), 1)] == ["c"]


async def test_a_deletion_is_reserved_and_given_back(store: Store) -> None:
    await owe(store, "a")
    delivery = await attempt(store, sent(), lane("tg", "acc"), price=charge(60))
    price = replace(charge(40), kind="delete")
    assert await store.desk.begin_delete(delivery.id, price, after(minutes=1))
    assert not await store.desk.begin_delete(delivery.id, price, after(minutes=2))
    assert (await row(store)).cost == 100
    await store.desk.give_back(delivery.id, "delete", after(minutes=1))
    assert (await row(store)).cost == 60


async def test_retracted(store: Store) -> None:
    await owe(store, "a")
    delivery = await attempt(store, sent())
    await store.desk.retracted(delivery.id, after(hours=1))
    only = await row(store)
    assert only.state is S.RETRACTED
    assert only.reason is not None
    assert only.reason.text == "retracted at 2026-11-23 10:00 UTC"
    assert await store.desk.sent_posts(ChannelId("tg"), 9) == []
    with pytest.raises(NewsbotError, match=r"deleted again: `newsbot post --channel tg --item"):
        await store.desk.retry(delivery.id, NOW)
    with pytest.raises(NewsbotError, match=r"was sent and deleted again$"):
        await store.desk.drop(delivery.id, NOW)


async def test_dropping_what_stands_names_what_deletes_it(store: Store) -> None:
    found = []
    for name in "abc":
        await owe(store, name)
        found.append((await attempt(store, sent())).id)
    for delivery, words in zip(
        found,
        (
            "--last 3` deletes it, and the 2 newer posts",
            "--last 2` deletes it, and the 1 newer post",
            "--last 1` deletes it",
        ),
        strict=True,
    ):
        said = f"delivery {delivery} was sent already: `newsbot retract --channel tg {words}"
        with pytest.raises(NewsbotError, match=f"^{re.escape(said)}$"):
            await store.desk.drop(delivery, NOW)
    assert [post.id for post in await store.desk.sent_posts(ChannelId("tg"), 2)] == found[:0:-1]


async def test_nothing_is_named_that_deletes_no_post(store: Store) -> None:
    await owe(store, "a")
    delivery = await attempt(store, sent())
    with pytest.raises(NewsbotError, match=r"was sent already$"):
        await store.desk.drop(delivery.id, NOW, erasable={ChannelId("other")})


async def test_a_post_of_no_feed_is_listed_with_its_title(store: Store) -> None:
    await store.outbox.owe_directly(article("thử"), CHANNEL, NOW)
    only = await row(store)
    assert (only.title, only.items) == ("thử", ())


@pytest.mark.parametrize("state", [S.PENDING, S.UNKNOWN])
async def test_a_post_that_stands_alone_becomes_retracted(store: Store, state: S) -> None:
    await owe(store, "a")
    if state is S.UNKNOWN:
        await attempt(store, Unknown(reason=WHY))
    await store.desk.retracted((await row(store)).id, NOW)
    assert await states(store) == [state]


async def test_a_retracted_post_counts_in_the_pace(store: Store) -> None:
    await owe(store, "a", "b")
    delivery = await attempt(store, sent())
    await store.desk.retracted(delivery.id, NOW)
    windowed = lane(pace=replace(lane().pace, windows=((timedelta(hours=1), 1),)))
    assert await claim(store, windowed, at=after(minutes=59)) == []
    assert len(await claim(store, windowed, at=after(hours=1))) == 1
